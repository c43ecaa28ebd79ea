"""How much a request may send and how long it may take about it, whatever it says of itself."""

import asyncio
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tirage.web.api.problems import response

MOST_BYTES = 1_000_000
PATIENCE_S = 15.0
Body = bytes


class Bodies:
    """Reads each request whole before anything else sees it; constant memory, bounded time.

    Answers 413 for a body that is, or claims to be, over `most_bytes`; 408 for one that does not come;
    415 for one that is packed: what unpacks to gigabytes is never unpacked here. Source: RFC 9110, 15.5.
    """

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES, patience_s: float = PATIENCE_S) -> None:
        self._app, self._most_bytes, self._patience_s = app, most_bytes, patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        if refusal is None:
            try:
                async with asyncio.timeout(self._patience_s):
                    body = await self._read(receive)
            except TimeoutError:
                refusal = response(408, "REQUEST_TIMEOUT", "the request did not come to its end in time")
            else:
                if body is not None:
                    await self._app(scope, _replayed(body, receive), send)
                    return
                refusal = _too_large()
        refusal.headers["Connection"] = "close"
        await refusal(scope, receive, send)

    def _refusal(self, headers: Headers) -> Any:
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            return response(400, "BAD_REQUEST", "the length of the request is no number")
        if len(length) > 18 or int(length) > self._most_bytes:
            return _too_large()
        if headers.get("content-encoding", "identity").lower() != "identity":
            return response(415, "UNSUPPORTED_MEDIA_TYPE", "send the request unpacked")
        return None

    async def _read(self, receive: Receive) -> Body | None:
        """The whole body; None when it grows beyond the limit."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > self._most_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def _replayed(body: Body, receive: Receive) -> Receive:
    """The body once, then whatever the connection says."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


def _too_large() -> Any:
    return response(413, "REQUEST_TOO_LARGE", "the request is longer than is taken here")
