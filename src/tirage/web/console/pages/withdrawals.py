"""`/withdrawals`: what was called back after it was released."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from tirage.web.console.forms import Sent
from tirage.web.console.reader import ApiFailed, Asking
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/withdrawals")
async def withdrawals(request: Request, asking: Asking) -> HTMLResponse:
    """What was called back, with every copy and recipient."""
    return render(request, "withdrawals.html", asking, items=await asking.get("/withdrawals"))


@pages.post("/withdrawals")
async def recall(sent: Sent, asking: Asking) -> RedirectResponse:
    """Call studies back."""
    named = sent.text("named")
    if not named or len(sent.text("why")) < 3:
        raise ApiFailed(
            422, "REQUEST_INVALID", "Give the pseudonym or study UID of the release, and say why."
        )
    body = {"project": sent.text("project"), sent.text("kind"): named, "why": sent.text("why")}
    await asking.send("POST", "/withdrawals", body, once=sent.once)
    return RedirectResponse("/withdrawals", status_code=303)
