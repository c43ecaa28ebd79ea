"""`/sign-in/hospital`, `/sign-in/back`: to the hospital's provider of identities and back."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from tirage.web.console.entrance import Hospital, Refused
from tirage.web.console.pages.entrance import address, admit
from tirage.web.console.render import render

COOKIE, LONGEST_S = "tirage-hospital", 600
PATH = "/sign-in/back"


def pages(hospital: Hospital, *, behind_proxy: bool = False) -> APIRouter:
    """The pages of this way in."""
    routes = APIRouter()

    @routes.get("/sign-in/hospital")
    def leave(request: Request) -> Response:
        """To the provider. Its answer comes from another site, so this one cookie is not `Strict`."""
        left = hospital.leave_for()
        if isinstance(left, Refused):
            return render(request, "back.html", refused=left, status=503)
        target, kept = left
        answer = RedirectResponse(target, 303)
        answer.set_cookie(
            COOKIE,
            kept,
            max_age=LONGEST_S,
            path=PATH,
            secure=request.app.state.is_secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    @routes.get(PATH)
    def back(request: Request, state: str = "", code: str = "") -> Response:
        """From the provider. The session's cookie is `Strict`: a page of ours goes on, not a redirect."""
        kept = request.cookies.get(COOKIE, "")
        found = hospital.back(kept[:4000], state[:500], code[:2000], address(request, behind_proxy))
        if isinstance(found, Refused):
            answer: Response = render(request, "back.html", refused=found, status=403)
        else:
            answer = admit(request, found, render(request, "back.html", refused=None))
        answer.delete_cookie(COOKIE, path=PATH)
        return answer

    return routes
