"""What a person sees when a page cannot be shown: what happened, and what to do next."""

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tirage.web.console.reader import ApiFailed, NotSignedIn
from tirage.web.console.render import render

SIGN_IN = "/sign-in"


def show_failures(console: FastAPI) -> None:
    """Answer failures of pages as pages."""
    console.add_exception_handler(NotSignedIn, _sign_in)
    console.add_exception_handler(ApiFailed, _failed)
    console.add_exception_handler(HTTPException, _missing)


async def _sign_in(request: Request, error: Exception) -> Response:
    return RedirectResponse(SIGN_IN, status_code=303)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiFailed)
    return render(request, "failure.html", status=error.status, code=error.code, detail=error.detail)


async def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return render(request, "failure.html", status=error.status_code, code="", detail="There is no such page.")
