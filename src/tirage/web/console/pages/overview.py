"""`/`: where everything stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from tirage.web.console.reader import Reader, reader
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/")
async def overview(request: Request, asking: Annotated[Reader, Depends(reader)]) -> HTMLResponse:
    """The first page after signing in."""
    return render(request, "overview.html", asking, summary=await asking.get("/overview"))
