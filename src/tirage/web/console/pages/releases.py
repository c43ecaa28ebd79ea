"""`/releases`: what is proposed to leave, what to judge it by, and signing it."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tirage.web.console.forms import Sent
from tirage.web.console.reader import ApiFailed, Asking, Reader
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/releases")
async def releases(request: Request, asking: Asking, after: str = "", asked: str = "") -> HTMLResponse:
    """What was proposed, and what became of it; and asking for another."""
    found = await asking.get("/releases", {"after": after})
    projects = []
    if asking.may("ask-release"):
        summary = await asking.get("/overview")
        projects = [each["project"] for each in summary["projects"] if each["project"]]
        projects = [name for name in projects if asking.may("ask-release", name)]
    return render(request, "releases.html", asking, found=found, projects=projects, asked=asked[:40])


@pages.post("/releases")
async def ask(request: Request, asking: Asking, sent: Sent) -> Response:
    """Ask for a project's next release."""
    project = sent.text("project")
    done = await asking.send("POST", f"/projects/{project}/releases", once=sent.once)
    return RedirectResponse(f"/releases?asked={done['outcome'].replace(' ', '-')}", 303)


@pages.get("/releases/{number}")
async def release(request: Request, asking: Asking, number: str) -> HTMLResponse:
    """One candidate and everything people judge it by."""
    return await _page(request, asking, number)


@pages.post("/releases/{number}/sign")
async def sign(request: Request, asking: Asking, sent: Sent, number: str) -> Response:
    """Sign the statement that the page showed."""
    body = {"statement": sent.text("statement"), "password": sent.text("password")}
    try:
        await asking.send("POST", f"/releases/{number}/signatures", body, once=sent.once)
    except ApiFailed as failure:
        return await _page(request, asking, number, failure)
    return RedirectResponse(f"/releases/{number}", 303)


@pages.post("/releases/{number}/refuse")
async def refuse(request: Request, asking: Asking, sent: Sent, number: str) -> Response:
    """Decline what the page showed, with a reason."""
    body = {"reason": sent.text("reason")}
    try:
        await asking.send("POST", f"/releases/{number}/refusal", body, once=sent.once)
    except ApiFailed as failure:
        return await _page(request, asking, number, failure)
    return RedirectResponse(f"/releases/{number}", 303)


async def _page(
    request: Request, asking: Reader, number: str, failure: ApiFailed | None = None
) -> HTMLResponse:
    found = await asking.get(f"/releases/{number}")
    return render(
        request,
        "release.html",
        asking,
        status=failure.status if failure else 200,
        release=found,
        failure=failure,
    )
