"""Whoever asks for what is not theirs is written down: 403, and 404 for what may exist all the same."""

from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tirage.web.api.access import asking
from tirage.web.api.problems import Problem

NOTED = frozenset({403, 404})
LONGEST_NUMBER = 9


class Refusals(Protocol):
    """Whoever writes refusals down."""

    def refused(self, account: str, what: str, status: int) -> None:
        """An account was refused `what`: a method and a route with the numbers asked for, never a text."""


class Noted:
    """Writes down what known people are refused."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self._app, self._refusals = app, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status in NOTED:
                    await run_in_threadpool(self._note, scope, status)
            await send(message)

        await self._app(scope, receive, watched)

    def _note(self, scope: Scope, status: int) -> None:
        try:
            who = asking(Request(scope))
        except Problem:
            return
        self._refusals.refused(who.account, f"{scope['method']} {named(scope)}", status)


def named(scope: Scope) -> str:
    """The route that was asked, with the numbers of things: any other text may be anything typed."""
    pattern = getattr(scope.get("route"), "path", "/…")
    for name, value in (scope.get("path_params") or {}).items():
        number = str(value)
        if number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER:
            pattern = pattern.replace(f"{{{name}}}", number)
    return str(pattern)
