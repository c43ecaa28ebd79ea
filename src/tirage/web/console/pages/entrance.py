"""`/sign-in`, `/start`, `/sign-out`: the pages before the door."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tirage.web.api.access import cookie_name
from tirage.web.console.entrance import Admitted, Entrance, Refused
from tirage.web.console.forms import Form, fields, form
from tirage.web.console.render import render

Sent = Annotated[Form, Depends(fields)]
SIGN_IN, CODE = "/sign-in", "/sign-in/code"


def pages(entrance: Entrance, *, behind_proxy: bool = False, has_hospital: bool = False) -> APIRouter:
    """The pages of an entrance; `has_hospital` when people may sign in at the hospital's own sign-in."""
    routes = APIRouter()

    def signing_in(request: Request, refused: Refused | None = None, name: str = "") -> Response:
        return render(
            request,
            "sign-in.html",
            status=_status(refused),
            refused=refused,
            name=name,
            has_hospital=has_hospital,
            is_new=entrance.is_new(),
        )

    @routes.get(SIGN_IN)
    def sign_in(request: Request) -> Response:
        """The form of name and password."""
        return signing_in(request)

    @routes.post(SIGN_IN)
    async def password(request: Request, sent: Sent) -> Response:
        """The first step."""
        name, typed = sent.text("name")[:200], sent.exact("password")[:1000]
        found = await run_in_threadpool(entrance.password, name, typed, address(request, behind_proxy))
        if isinstance(found, Refused):
            return await run_in_threadpool(signing_in, request, found, name)
        return admit(request, found)

    @routes.get(CODE)
    def ask_code(request: Request) -> Response:
        """The form of the second step; with the picture to set it up for whoever has none."""
        half = entrance.half(shown(request))
        if half is None:
            return RedirectResponse(SIGN_IN, 303)
        return render(request, "code.html", half=half, refused=None)

    @routes.get("/sign-in/factor.svg")
    def picture(request: Request) -> Response:
        """The second factor to be set up."""
        drawn = entrance.picture(shown(request))
        return Response(drawn or b"", 200 if drawn else 404, media_type="image/svg+xml")

    @routes.post(CODE)
    async def code(request: Request, sent: Sent) -> Response:
        """The second step."""
        secret = shown(request)
        half = await run_in_threadpool(entrance.half, secret)
        found = await run_in_threadpool(entrance.code, secret, sent.text("code")[:20])
        if isinstance(found, Admitted):
            return admit(request, found)
        if half is None:
            return await run_in_threadpool(signing_in, request, found)
        return render(request, "code.html", half=half, refused=found, status=_status(found))

    @routes.get("/start")
    def start(request: Request) -> Response:
        """The form of whoever has a code."""
        return render(request, "start.html", refused=None, name="")

    @routes.post("/start")
    async def begin(request: Request, sent: Sent) -> Response:
        """Choose a password by a code."""
        name, first, again = (
            sent.text("name")[:200],
            sent.exact("password")[:1000],
            sent.exact("again")[:1000],
        )
        found: Admitted | Refused = Refused("The two passwords differ.")
        if first == again:
            at = address(request, behind_proxy)
            found = await run_in_threadpool(entrance.begin, sent.text("code")[:200], name, first, at)
        if isinstance(found, Refused):
            return render(request, "start.html", refused=found, name=name, status=_status(found))
        return admit(request, found)

    @routes.post("/sign-out")
    async def sign_out(request: Request, sent: Annotated[Form, Depends(form)]) -> Response:
        """End the session."""
        await run_in_threadpool(entrance.leave, shown(request))
        answer = RedirectResponse(SIGN_IN, 303)
        answer.delete_cookie(
            cookie_name(request), path="/", secure=request.app.state.is_secure, httponly=True
        )
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    return routes


def admit(request: Request, found: Admitted, answer: Response | None = None) -> Response:
    """Open the next door: a new cookie at every step, so that one known before opens nothing."""
    answer = answer or RedirectResponse(CODE if found.is_half else "/", 303)
    answer.set_cookie(
        cookie_name(request),
        found.secret,
        path="/",
        secure=request.app.state.is_secure,
        httponly=True,
        samesite="strict",
    )
    return answer


def shown(request: Request) -> str:
    """The session that the browser shows, '' for none."""
    return request.cookies.get(cookie_name(request), "")


def address(request: Request, behind_proxy: bool) -> str:
    """Where a request comes from. A proxy of ours adds it as the last; what stands before may be lies."""
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() if behind_proxy else ""
    return (named or (request.client.host if request.client else ""))[:64]


def _status(refused: Refused | None) -> int:
    if refused is None:
        return 200
    return 429 if refused.wait_s else 403
