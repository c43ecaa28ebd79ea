"""What a page's form sends, and only from a page of ours."""

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from tirage.web.console.reader import ApiFailed, Asking

FIELD = "csrf"
ONCE = "once"
MOST_BYTES = 1_000_000


class Form:
    """The fields of a form; a field that was not sent is empty."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """The last value of a field, without outer white space."""
        return self._fields.get(name, [""])[-1].strip()

    def exact(self, name: str) -> str:
        """The last value of a field as it was typed: a password may begin with a space."""
        return self._fields.get(name, [""])[-1]

    def several(self, name: str) -> list[str]:
        """Every value of a field."""
        return self._fields.get(name, [])

    @property
    def once(self) -> str:
        """The word under which this form, sent twice, counts once."""
        return self.text(ONCE)


async def fields(request: Request) -> Form:
    """The fields of a form without a session (signing in); raises `ApiFailed` for a form of another site."""
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and urlsplit(origin).netloc != request.headers.get("Host"):
        raise ApiFailed(403, "CSRF_MISSING", "this form comes from another site")
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise ApiFailed(413, "REQUEST_TOO_LARGE", "this form is too long")
    found: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=2_000) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                found.setdefault(name, []).append(value)
    return Form(found)


async def form(sent: Annotated[Form, Depends(fields)], asking: Asking) -> Form:
    """A dependency of pages that change something; raises `ApiFailed` without the session's own word."""
    if not secrets.compare_digest(sent.text(FIELD).encode(), asking.csrf.encode()):
        raise ApiFailed(403, "CSRF_MISSING", "this form is not of your session; load the page again")
    return sent


Sent = Annotated[Form, Depends(form)]
"""What a page's form sent, in the session that the page was shown in."""
