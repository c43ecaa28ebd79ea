"""`/notes`: notes and corrections of a patient or study, on a page of their own and as a panel of others."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from tirage.web.console.forms import Form, Sent
from tirage.web.console.reader import Asking, Reader
from tirage.web.console.render import render

pages = APIRouter()

KINDS = ("text", "yes/no", "number", "date")
FIELDS = {
    "patient_id": "Patient ID",
    "issuer": "Issuer of the ID",
    "name": "Name (Family^Given)",
    "birth_date": "Birth date (YYYYMMDD)",
    "sex": "Sex (M, F, O)",
}


async def panel(asking: Reader, subject: str) -> dict[str, Any]:
    """What the macro `panel` of `notes.html` shows of a patient or study (`study:17`, `patient:3`)."""
    corrected = await asking.get("/corrections", {"subject": subject})
    return {
        "subject": subject,
        "notes": (await asking.get("/notes", {"subject": subject}))["notes"],
        "corrections": corrected["corrections"],
        "effects": corrected["effects"],
        "kinds": KINDS,
        "fields": FIELDS,
    }


@pages.get("/notes/{kind}/{number}")
async def notes(request: Request, kind: str, number: int, asking: Asking) -> HTMLResponse:
    """Notes and corrections of a patient or study."""
    return render(request, "notebook.html", asking, panel=await panel(asking, f"{kind}:{number}"))


@pages.get("/notes/{note}/history/all")
async def history(request: Request, note: int, asking: Asking) -> HTMLResponse:
    """Every version of a note."""
    found = await asking.get(f"/notes/{note}/history")
    return render(request, "notehistory.html", asking, versions=found["notes"])


@pages.post("/notes")
async def write(sent: Sent, asking: Asking) -> RedirectResponse:
    """Write, change or remove a note."""
    body = {name: sent.text(name) for name in ("kind", "name", "text")}
    note, etag = sent.text("note"), sent.text("etag")
    if not note.isdecimal():
        await asking.send("POST", "/notes", {**body, "subject": sent.text("subject")}, once=sent.once)
    elif sent.text("do") == "remove":
        await asking.send("DELETE", f"/notes/{note}", once=sent.once, etag=etag)
    else:
        await asking.send("PUT", f"/notes/{note}", body, once=sent.once, etag=etag)
    return _back(sent)


@pages.post("/corrections")
async def correct(sent: Sent, asking: Asking) -> RedirectResponse:
    """Correct a patient or study; what is left empty stays as it was received."""
    values = {name: sent.text(name) or None for name in FIELDS}
    body = {**values, "subject": sent.text("subject"), "why": sent.text("why")}
    await asking.send("POST", "/corrections", body, once=sent.once)
    return _back(sent)


@pages.post("/corrections/{correction}/undo")
async def undo(correction: int, sent: Sent, asking: Asking) -> RedirectResponse:
    """Take a correction back."""
    await asking.send("POST", f"/corrections/{correction}/undo", once=sent.once)
    return _back(sent)


def _back(sent: Form) -> RedirectResponse:
    """To the page the form stood on: one of ours, whatever was sent."""
    kind, _, number = sent.text("subject").partition(":")
    page = sent.text("page")
    known = {f"/studies/{number}", f"/patients/{number}", f"/identities/{number}"}
    is_known = number.isdecimal() and kind in ("study", "patient")
    target = page if page in known else f"/notes/{kind}/{number}"
    return RedirectResponse(target if is_known else "/", status_code=303)
