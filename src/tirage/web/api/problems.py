"""What a request is answered that cannot be met: problem details. Source: RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from tirage.errors import Permanent, TirageError, Transient

MEDIA_TYPE = "application/problem+json"
_BUSY_S = "5"


class Details(BaseModel):
    """Why a request cannot be met; `code` is explained in `docs/errors.md`."""

    type: str
    title: str
    status: int
    code: str
    detail: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": Details.model_json_schema()}},
    }
    for status in (400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 503)
}
"""What any request may be answered, for the API's own description."""


class Problem(Exception):
    """A request that cannot be met; `code` is a heading of `docs/errors.md`, `detail` names no patient."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def not_found(what: str) -> Problem:
    """There is no such thing, or the person may not know of it: both are answered alike."""
    return Problem(404, "NOT_FOUND", f"there is no such {what} that you may see")


def missing(what: str) -> NoReturn:
    """Raise `not_found`; for the place where a value would stand."""
    raise not_found(what)


def forbidden(permission: str) -> Problem:
    """The person lacks a permission."""
    return Problem(403, "FORBIDDEN", f"your roles do not include `{permission}`")


def stale() -> Problem:
    """The thing has changed since the person looked at it. Source: RFC 9110, 13.1.1 (If-Match)."""
    return Problem(412, "CHANGED_SINCE", "it has changed since you looked; look again and decide anew")


def answer_problems(app: FastAPI) -> None:
    """Answer every failure of `app` as problem details, never with a value from the request."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(TirageError, _ours)


def response(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Problem details as a response."""
    content = {
        "type": f"urn:tirage:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(content | more, status, dict(headers or {}), MEDIA_TYPE)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return response(error.status, error.code, error.detail, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(part) for part in each["loc"]), "problem": each["type"]}
        for each in error.errors()
    ]
    return response(422, "REQUEST_INVALID", "fields are missing or not of the form asked for", fields=fields)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.upper().replace(" ", "_").replace("-", "_")
    return response(error.status_code, code, phrase, error.headers)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TirageError)
    structlog.get_logger("tirage.web").warning("request failed", code=error.code)
    is_busy = isinstance(error, Transient)
    status = 503 if is_busy else 409 if isinstance(error, Permanent) else 500
    return response(
        status, error.code, f"{error}. {error.remedy}", {"Retry-After": _BUSY_S} if is_busy else None
    )
