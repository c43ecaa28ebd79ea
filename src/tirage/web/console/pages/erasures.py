"""`/erasures`: studies that were erased everywhere."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from tirage.web.console.forms import Sent
from tirage.web.console.reader import ApiFailed, Asking
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/erasures")
async def erasures(request: Request, asking: Asking) -> HTMLResponse:
    """Erased studies, the newest first."""
    page = await asking.get("/erasures", {"cursor": request.query_params.get("after", "")})
    return render(request, "erasures.html", asking, page=page)


@pages.get("/erasures/{tombstone}")
async def erasure(request: Request, tombstone: int, asking: Asking) -> HTMLResponse:
    """One erased study, and the copies of it to recall."""
    grave = await asking.get(f"/erasures/{tombstone}")
    return render(request, "erasure.html", asking, each=grave["erasure"], copies=grave["copies"])


@pages.post("/erasures")
async def erase(sent: Sent, asking: Asking) -> RedirectResponse:
    """Erase a study."""
    if not sent.text("study").isdecimal() or len(sent.text("why")) < 3:
        raise ApiFailed(422, "REQUEST_INVALID", "Say why the study is to be erased.")
    body = {"study": int(sent.text("study")), "why": sent.text("why")}
    made = await asking.send("POST", "/erasures", body, once=sent.once)
    return RedirectResponse(f"/erasures/{made['erasure']['tombstone']}", status_code=303)


@pages.post("/erasures/{tombstone}/lift")
async def lift(tombstone: int, sent: Sent, asking: Asking) -> RedirectResponse:
    """Let an erased study come in again."""
    await asking.send("POST", f"/erasures/{tombstone}/lift", once=sent.once)
    return RedirectResponse(f"/erasures/{tombstone}", status_code=303)
