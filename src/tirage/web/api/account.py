"""`/account`: one's own password, second factor, sessions and tokens. Changes are made at a browser alone."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from tirage.model.people import Who
from tirage.web.api.access import KNOWN, Known
from tirage.web.api.people import GivenBy
from tirage.web.api.problems import Problem, not_found

Number = Annotated[int, Path(ge=1, le=2**53)]
Typed = Annotated[str, Field(max_length=1000)]
SVG = "image/svg+xml"


class OpenSession(BaseModel):
    """A session; times in microseconds."""

    number: int
    created_at: int
    used_at: int | None
    expires_at: int


class OpenToken(OpenSession):
    """A token of scripts."""

    name: str


class Own(BaseModel):
    """What a person may know of their own account."""

    name: str
    grants: list[GivenBy]
    has_password: bool
    has_factor: bool
    is_offered: bool
    sessions: list[OpenSession]
    tokens: list[OpenToken]


class Proof(BaseModel):
    """The password again, so that a browser left open gives nothing away for good."""

    password: Typed = ""


class NewPassword(Proof):
    """A password to change to."""

    new: Typed


class NewToken(Proof):
    """A token to make."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]
    days: Annotated[int, Field(ge=1, le=366)] = 90


class MadeToken(BaseModel):
    """The secret of a token: shown now and never again."""

    number: int
    secret: str


class Offered(BaseModel):
    """A second factor to set up, as text for phones without a camera."""

    secret: str


class Code(BaseModel):
    """Six digits."""

    code: Annotated[str, Field(max_length=20)]


class Accounts(Protocol):
    """Whoever keeps accounts."""

    def own(self, who: Who) -> Own:
        """The person's own account."""

    def change_password(self, who: Who, wanted: NewPassword) -> None:
        """Change the password and end all sessions and tokens."""

    def offer_factor(self, who: Who, proof: Proof) -> Offered:
        """A new second factor, in force once it is confirmed."""

    def picture(self, who: Who) -> bytes | None:
        """The offered second factor as a picture."""

    def confirm_factor(self, who: Who, code: str) -> None:
        """Put the offered second factor in force."""

    def make_token(self, who: Who, wanted: NewToken) -> MadeToken:
        """A token for scripts, that may what the person may."""

    def end_token(self, who: Who, number: int) -> bool:
        """Withdraw a token; False when there is no such."""

    def end_session(self, who: Who, number: int) -> bool:
        """End a session; False when there is no such."""


def at_browser(request: Request, who: Annotated[Who, Depends(KNOWN)]) -> Who:
    """Whoever signed in: a script's token must not make itself last. Raises `Problem` 403."""
    if request.headers.get("Authorization"):
        raise Problem(403, "BROWSER_ONLY", "accounts are changed at a browser, not with a token")
    return who


def router(accounts: Accounts) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["account"])
    at_a_browser = [Depends(at_browser)]

    @routes.get("/account")
    def own(who: Known) -> Own:
        """One's own account."""
        return accounts.own(who)

    @routes.post("/account/password", status_code=204, dependencies=at_a_browser)
    def change_password(who: Known, wanted: NewPassword) -> None:
        """Change the password; everything open ends, this session too."""
        accounts.change_password(who, wanted)

    @routes.post("/account/factor/offer", dependencies=at_a_browser)
    def offer_factor(who: Known, proof: Proof) -> Offered:
        """Begin to set up a second factor."""
        return accounts.offer_factor(who, proof)

    @routes.get(
        "/account/factor.svg",
        response_class=Response,
        responses={200: {"content": {SVG: {}}}},
        dependencies=at_a_browser,
    )
    def picture(who: Known) -> Response:
        """The picture for the phone."""
        drawn = accounts.picture(who)
        if drawn is None:
            raise not_found("picture")
        return Response(drawn, media_type=SVG)

    @routes.post("/account/factor", status_code=204, dependencies=at_a_browser)
    def confirm_factor(who: Known, sent: Code) -> None:
        """Confirm the second factor by a code of it."""
        accounts.confirm_factor(who, sent.code)

    @routes.post("/account/tokens", status_code=201, dependencies=at_a_browser)
    def make_token(who: Known, wanted: NewToken) -> MadeToken:
        """Make a token for scripts."""
        return accounts.make_token(who, wanted)

    @routes.delete("/account/tokens/{number}", status_code=204, dependencies=at_a_browser)
    def end_token(who: Known, number: Number) -> None:
        """Withdraw a token."""
        if not accounts.end_token(who, number):
            raise not_found("token")

    @routes.delete("/account/sessions/{number}", status_code=204, dependencies=at_a_browser)
    def end_session(who: Known, number: Number) -> None:
        """End a session of one's own."""
        if not accounts.end_session(who, number):
            raise not_found("session")

    return routes
