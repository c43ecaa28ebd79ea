"""`/people` and `/account`: accounts and roles, and one's own."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from tirage.model.people import Role
from tirage.web.console.forms import Sent
from tirage.web.console.pages.entrance import SIGN_IN
from tirage.web.console.reader import ApiFailed, Asking, Reader
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/people")
async def people(request: Request, asking: Asking, after: str = "") -> Response:
    """Accounts by name."""
    return await _people(request, asking, after)


@pages.post("/people")
async def create(request: Request, asking: Asking, sent: Sent) -> Response:
    """Make an account and show its invitation once."""
    try:
        invited = await asking.send("POST", "/people", {"name": sent.text("name")}, once=sent.once)
    except ApiFailed as failed:
        return await _people(request, asking, failed=failed)
    return await _person(request, asking, str(invited["number"]), code=invited["code"])


@pages.get("/people/{number}")
async def person(request: Request, asking: Asking, number: str) -> Response:
    """One account and its roles."""
    return await _person(request, asking, number)


@pages.post("/people/{number}")
async def change(request: Request, asking: Asking, sent: Sent, number: str) -> Response:
    """Grant or withdraw a role, invite anew, close or open the account."""
    address, code = f"/people/{number}", ""
    given = {"role": sent.text("role"), "project": sent.text("project") or "*"}
    what = sent.text("do")
    try:
        if what == "grant":
            await asking.send("PUT", f"{address}/grants", given, once=sent.once)
        elif what == "withdraw":
            role, project = (quote(given[name], safe="*") for name in ("role", "project"))
            await asking.send("DELETE", f"{address}/grants/{role}/{project}", once=sent.once)
        elif what == "reset":
            code = (await asking.send("POST", f"{address}/reset", once=sent.once))["code"]
        elif what in ("disable", "enable"):
            await asking.send("POST", f"{address}/{what}", once=sent.once)
    except ApiFailed as failed:
        return await _person(request, asking, number, failed=failed)
    return await _person(request, asking, number, code=code) if code else RedirectResponse(address, 303)


@pages.get("/account")
async def account(request: Request, asking: Asking) -> Response:
    """One's own account."""
    return await _account(request, asking)


@pages.post("/account")
async def change_own(request: Request, asking: Asking, sent: Sent) -> Response:
    """Change one's own account."""
    what, number, password = sent.text("do"), sent.text("number"), sent.exact("password")
    secret = ""
    try:
        if what == "password":
            if sent.exact("new") != sent.exact("again"):
                raise ApiFailed(422, "PASSWORD_UNFIT", "The two new passwords differ.")
            body = {"password": password, "new": sent.exact("new")}
            await asking.send("POST", "/account/password", body, once=sent.once)
            return RedirectResponse(SIGN_IN, 303)
        if what == "offer":
            await asking.send("POST", "/account/factor/offer", {"password": password}, once=sent.once)
        elif what == "confirm":
            await asking.send("POST", "/account/factor", {"code": sent.text("code")}, once=sent.once)
        elif what == "token":
            days = int(sent.text("days")[:4]) if sent.text("days").isdecimal() else 0
            wanted: dict[str, Any] = {"password": password, "name": sent.text("name"), "days": days}
            secret = (await asking.send("POST", "/account/tokens", wanted, once=sent.once))["secret"]
        elif what in ("tokens", "sessions") and number.isdecimal():
            await asking.send("DELETE", f"/account/{what}/{number}", once=sent.once)
    except ApiFailed as failed:
        return await _account(request, asking, failed=failed)
    return await _account(request, asking, secret=secret) if secret else RedirectResponse("/account", 303)


async def _people(
    request: Request, asking: Reader, after: str = "", failed: ApiFailed | None = None
) -> Response:
    found = await asking.get("/people", {"after": after})
    return render(request, "people.html", asking, people=found, failed=failed, status=_status(failed))


async def _person(
    request: Request, asking: Reader, number: str, code: str = "", failed: ApiFailed | None = None
) -> Response:
    found = await asking.get(f"/people/{number}")
    return render(
        request,
        "person.html",
        asking,
        status=_status(failed),
        person=found,
        roles=list(Role),
        code=code,
        failed=failed,
    )


async def _account(
    request: Request, asking: Reader, secret: str = "", failed: ApiFailed | None = None
) -> Response:
    own = await asking.get("/account")
    return render(
        request, "account.html", asking, own=own, secret=secret, failed=failed, status=_status(failed)
    )


def _status(failed: ApiFailed | None) -> int:
    return failed.status if failed else 200
