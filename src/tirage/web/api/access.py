"""Who asks, and whether they may: every route of the API names one permission, or says that it needs none.

A browser shows its session by a cookie, a script a token of its own in `Authorization: Bearer`. With a
cookie, whatever changes something also shows the session's own word in `X-CSRF-Token`.
"""

import secrets
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from tirage.model.people import Permission, Who
from tirage.web.api.problems import Problem, forbidden

COOKIE, SECURE_COOKIE = "tirage", "__Host-tirage"
"""The second where the console speaks TLS: browsers send a cookie of that prefix to this host alone."""

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """A person at a browser; `csrf` is the word that forms of this session carry."""

    who: Who
    csrf: str


class Doors(Protocol):
    """Whoever knows sessions and tokens."""

    def session(self, secret: str) -> Session | None:
        """The session a cookie's value opens; None when there is none, or when it has run out."""

    def token(self, secret: str) -> Who | None:
        """Who a script's token stands for; None for an unknown, withdrawn or expired one."""


class Allowed:
    """Lets those in who hold a permission; as a dependency of a route it gives it `Who` asks."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Who:
        """Raises `Problem` 401 for nobody, 403 for somebody who may not."""
        who = asking(request)
        if self.permission is not None and not who.may(self.permission):
            raise forbidden(self.permission)
        return who


def allowed(permission: Permission) -> Allowed:
    """A dependency: whoever may do it, in some project at least. What of it is theirs the route narrows."""
    return Allowed(permission)


KNOWN = Allowed(None)
"""A dependency for what everybody with an account may do."""

Known = Annotated[Who, Depends(KNOWN)]


def asking(request: Request) -> Who:
    """Who makes this request; raises `Problem` 401 for nobody, 403 without the session's own word."""
    doors: Doors = request.app.state.doors
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if secret:
        who = doors.token(secret.strip()) if scheme.lower() == "bearer" else None
        if who is None:
            raise unknown()
        return who
    session = session_of(request)
    if session is None:
        raise unknown()
    if request.method not in SAFE_METHODS:
        shown = request.headers.get(CSRF_HEADER, "")
        if not secrets.compare_digest(shown.encode(), session.csrf.encode()):
            raise Problem(403, "CSRF_MISSING", f"send the session's own word in `{CSRF_HEADER}`")
    return session.who


def session_of(request: Request) -> Session | None:
    """The session that a request's cookie shows."""
    doors: Doors = request.app.state.doors
    shown = request.cookies.get(cookie_name(request))
    return doors.session(shown) if shown else None


def cookie_name(request: Request) -> str:
    """The name of the session's cookie: over TLS only the one that no other host could have set."""
    return SECURE_COOKIE if request.app.state.is_secure else COOKIE


def unknown() -> Problem:
    """Nobody is known to ask."""
    return Problem(401, "NOT_SIGNED_IN", "sign in, or send a token of yours", {"WWW-Authenticate": "Bearer"})
