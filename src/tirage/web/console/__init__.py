"""The pages of the identified zone: a reader of the API like any other, that answers in HTML.

Pages are rendered here and work without scripts; the scripts beside them only spare a click.
"""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from tirage.web.api import PREFIX
from tirage.web.api.bodies import Bodies
from tirage.web.console.failures import show_failures
from tirage.web.console.guard import guard
from tirage.web.console.reader import Readers

STATIC = Path(__file__).parent / "static"


def make_console(api: FastAPI, pages: Sequence[APIRouter], *, is_secure: bool) -> FastAPI:
    """The whole application: the API below `/api/v1`, and the pages. `is_secure` when it speaks TLS."""
    console = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    console.state.readers = Readers(api)
    console.state.doors = api.state.doors
    console.state.is_secure = api.state.is_secure = is_secure
    console.add_middleware(Bodies)
    guard(console, is_secure=is_secure)
    show_failures(console)
    console.mount(PREFIX, api)
    console.mount("/static", StaticFiles(directory=STATIC))
    for each in pages:
        console.include_router(each)
    return console
