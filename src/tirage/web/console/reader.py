"""How a page asks the API: inside the process, as the person who looks at the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import httpx2
from fastapi import Depends, FastAPI, Request

from tirage.model.people import Permission, Who
from tirage.web.api.access import CSRF_HEADER, session_of

Query = Mapping[str, Any]


class NotSignedIn(Exception):
    """The page is for somebody with an account."""


class ApiFailed(Exception):
    """The API could not do what the page asked; `code` and `detail` as in its problem details."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True, slots=True, repr=False)
class Reader:
    """The API as one person at one page may use it."""

    who: Who
    csrf: str
    _client: httpx2.AsyncClient
    _cookies: str

    async def get(self, path: str, query: Query | None = None) -> Any:
        """What the API answers, as JSON; empty values of `query` are left out. Raises `ApiFailed`."""
        return await self._json("GET", path, query=query)

    async def send(
        self, method: str, path: str, body: Any | None = None, *, once: str = "", etag: str = ""
    ) -> Any:
        """Change something: `once` is the key under which a repeated form is the same request, `etag` the
        state that the person saw. Raises `ApiFailed`.
        """
        headers = {CSRF_HEADER: self.csrf, "Idempotency-Key": once or uuid4().hex}
        if etag:
            headers["If-Match"] = etag
        return await self._json(method, path, body=body, headers=headers)

    def may(self, permission: str, project: str | None = None) -> bool:
        """Whether the person may do it; for templates, which name permissions by their text."""
        return self.who.may(Permission(permission), project)

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        answer = await self._client.request(
            method,
            path,
            params={name: value for name, value in (query or {}).items() if value not in ("", None)},
            json=body,
            headers={"Cookie": self._cookies, **(headers or {})},
        )
        if answer.status_code == 401:
            raise NotSignedIn
        if answer.is_error:
            problem = answer.json()
            raise ApiFailed(answer.status_code, problem["code"], problem["detail"])
        return answer.json() if answer.content else None


class Readers:
    """Makes the reader of each request."""

    def __init__(self, api: FastAPI) -> None:
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=api), base_url="http://console", follow_redirects=False
        )

    def reader(self, request: Request) -> Reader:
        """The API for whoever looks at this page; raises `NotSignedIn`."""
        session = session_of(request)
        if session is None:
            raise NotSignedIn
        return Reader(session.who, session.csrf, self._client, request.headers.get("Cookie", ""))


def reader(request: Request) -> Reader:
    """A dependency of pages; raises `NotSignedIn`."""
    readers: Readers = request.app.state.readers
    return readers.reader(request)


Asking = Annotated[Reader, Depends(reader)]
"""The API for whoever looks at a page."""
