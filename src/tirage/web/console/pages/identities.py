"""`/identities`: who may be whom, side by side; what a decision would change, the decision, its undoing."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from tirage.web.console.forms import Sent
from tirage.web.console.reader import ApiFailed, Asking
from tirage.web.console.render import render

pages = APIRouter()
FILTERS = ("state", "reason", "project")
FIELDS = {
    "patient_id": "Identifier",
    "issuer": "Issued by",
    "name": "Name",
    "birth_date": "Born",
    "sex": "Sex",
}
KINDS = {
    "accept": "the same person, spelt otherwise",
    "alias": "the same person, with another identifier",
    "merge": "two patients became one",
    "new": "a different person",
    "split": "one patient became two",
    "undo": "a decision was taken back",
}


@pages.get("/identities")
async def identities(request: Request, asking: Asking, after: str = "") -> HTMLResponse:
    """Everything that is not told by rule."""
    query = {name: request.query_params.get(name, "") for name in FILTERS}
    query["state"] = query["state"] if query["state"] in ("open", "flagged") else "open"
    counts = await asking.get("/identities/counts")
    return render(
        request,
        "identities.html",
        asking,
        query=query,
        totals={state: _sum(counts, state) for state in ("open", "flagged")},
        reasons={each["reason"]: each["conflicts"] for each in counts if each["state"] == query["state"]},
        page=await asking.get("/identities", {**query, "after": after}),
        fields=FIELDS,
    )


@pages.get("/identities/{number}")
async def identity(request: Request, asking: Asking, number: str) -> HTMLResponse:
    """One conflict."""
    found = await asking.get(f"/identities/{number}")
    return render(
        request,
        "identity.html",
        asking,
        found=found,
        fields=FIELDS,
        kinds=KINDS,
        done=request.query_params.get("done", "") == "1",
    )


@pages.post("/identities/{number}")
async def decide(sent: Sent, asking: Asking, number: str) -> RedirectResponse:
    """Do what a person decided."""
    choice, _, other = sent.text("choice").partition(":")
    if not choice:
        raise ApiFailed(400, "NOTHING_CHOSEN", "Choose what to decide, and say why.")
    if len(sent.text("why")) < 3:
        raise ApiFailed(400, "NO_REASON", "Say in a few words why: it is kept with the decision.")
    body = {"choice": choice, "why": sent.text("why"), "other": int(other) if other.isdecimal() else None}
    address = f"/identities/{number}"
    await asking.send("POST", f"{address}/decisions", body, once=sent.once, etag=f'"{sent.text("etag")}"')
    return RedirectResponse(f"{address}?done=1", 303)


@pages.post("/identities/{number}/undo")
async def undo(sent: Sent, asking: Asking, number: str) -> RedirectResponse:
    """Take a decision back."""
    if len(sent.text("why")) < 3:
        raise ApiFailed(400, "NO_REASON", "Say in a few words why: it is kept with the decision.")
    address = f"/identity-decisions/{sent.text('decision')}/undo"
    await asking.send("POST", address, {"why": sent.text("why")}, once=sent.once)
    return RedirectResponse(f"/identities/{number}?done=1", 303)


def _sum(counts: list[dict[str, Any]], state: str) -> int:
    return sum(int(each["conflicts"]) for each in counts if each["state"] == state)
