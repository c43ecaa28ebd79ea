"""A change that is sent twice happens once: `Idempotency-Key`.

Source: draft-ietf-httpapi-idempotency-key-header. A key is remembered for a day with the answer it was given;
the same key with another request is refused, and one whose first request is still under way is told so.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tirage.web.api.access import SAFE_METHODS, asking
from tirage.web.api.problems import Problem, response

HEADER = "idempotency-key"
LONGEST = 200
_KEPT_BELOW = 500
"""Answers from this status on were faults of ours: the request may be sent again."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a request was answered; None in `status` while it is under way."""

    fingerprint: bytes
    status: int | None
    body: bytes
    media_type: str


class Repeats(Protocol):
    """Remembers keys, across restarts."""

    def begin(self, account: str, key: str, fingerprint: bytes) -> Answer | None:
        """Take the key; None when it is new, otherwise what is known of its first request."""

    def end(self, account: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None lets the key go."""


class Once:
    """Lets each key change something once. Behind `Bodies`, which has read the request whole."""

    def __init__(self, app: ASGIApp, repeats: Repeats) -> None:
        self._app, self._repeats = app, repeats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get(HEADER, "") if scope["type"] == "http" else ""
        if not key or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        if len(key) > LONGEST or not key.isprintable():
            problem = response(400, "KEY_INVALID", f"a key is at most {LONGEST} printable characters")
            await problem(scope, receive, send)
            return
        message = await receive()
        try:
            who = await run_in_threadpool(asking, Request(scope))
        except Problem:
            await self._app(scope, _given(message), send)  # answers that nobody is known to ask
            return
        body = message.get("body", b"")
        fingerprint = _fingerprint(scope, body)
        known = await run_in_threadpool(self._repeats.begin, who.account, key, fingerprint)
        if known is not None:
            await _repeated(known, fingerprint)(scope, receive, send)
            return
        await self._first(scope, _given(message), send, who.account, key, fingerprint)

    async def _first(
        self, scope: Scope, receive: Receive, send: Send, account: str, key: str, fingerprint: bytes
    ) -> None:
        status, media_type, body = 0, "", bytearray()

        async def watched(message: Message) -> None:
            nonlocal status, media_type
            if message["type"] == "http.response.start":
                status = message["status"]
                media_type = Headers(raw=message["headers"]).get("content-type", "")
            else:
                body.extend(message.get("body", b""))
            await send(message)

        answer: Answer | None = None
        try:
            await self._app(scope, receive, watched)
            if 0 < status < _KEPT_BELOW:
                answer = Answer(fingerprint, status, bytes(body), media_type)
        finally:
            await run_in_threadpool(self._repeats.end, account, key, answer)


def _repeated(known: Answer, fingerprint: bytes) -> Response:
    if known.fingerprint != fingerprint:
        return response(422, "KEY_USED", "this key was used for another request; take a new one")
    if known.status is None:
        return response(409, "UNDER_WAY", "the first request of this key is under way; ask again soon")
    return Response(known.body, known.status, {"Idempotency-Replayed": "true"}, known.media_type or None)


def _fingerprint(scope: Scope, body: bytes) -> bytes:
    # By length, so that no two requests run together into one.
    parts = (scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def _given(message: Message) -> Receive:
    sent = [message]

    async def receive() -> Message:
        return sent.pop() if sent else {"type": "http.disconnect"}

    return receive
