"""`/search`, `/studies`, `/patients`, `/objects`: finding what is here, and what happened to it."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tirage.web.console.forms import Sent
from tirage.web.console.pages.notes import panel
from tirage.web.console.reader import Asking
from tirage.web.console.render import render

pages = APIRouter()
FILTERS = ("modality", "manufacturer", "first_date", "last_date", "project")


@pages.post("/search")
async def search(request: Request, asking: Asking, sent: Sent) -> Response:
    """What a text means; straight to the one study, when it means one thing exactly."""
    text = sent.text("text")[:200]
    hits = await asking.send("POST", "/search", {"text": text}) if text else []
    if len(hits) == 1 and hits[0]["study"]:
        return RedirectResponse(f"/studies/{hits[0]['study']['number']}", 303)
    return render(request, "search.html", asking, text=text, hits=hits)


@pages.get("/studies")
async def studies(request: Request, asking: Asking, after: str = "") -> HTMLResponse:
    """Studies, newest date first, narrowed by what was chosen."""
    query = {name: request.query_params.get(name, "") for name in FILTERS}
    wanted = query | {name: query[name].replace("-", "") for name in ("first_date", "last_date")}
    return render(
        request,
        "studies.html",
        asking,
        query=query,
        choice=await asking.get("/studies/choice", wanted),
        studies=await asking.get("/studies", wanted | {"after": after}),
    )


@pages.get("/studies/{number}")
async def study(request: Request, asking: Asking, number: str, after: str = "") -> HTMLResponse:
    """One study: who, what, where it stands, and how it came there."""
    address = f"/studies/{number}"
    return render(
        request,
        "study.html",
        asking,
        study=await asking.get(address),
        panel=await panel(asking, f"study:{number}"),
        events=await asking.get(f"{address}/timeline"),
        objects=await asking.get(f"{address}/objects", {"after": after}),
    )


@pages.get("/objects/{number}")
async def object_(request: Request, asking: Asking, number: str) -> HTMLResponse:
    """One object and everything that happened to it."""
    return render(request, "object.html", asking, object=await asking.get(f"/objects/{number}"))


@pages.get("/patients/{number}")
async def patient(request: Request, asking: Asking, number: str) -> HTMLResponse:
    """One identity as received, and its studies."""
    found = await asking.get(f"/patients/{number}")
    notes = await panel(asking, f"patient:{number}")
    return render(request, "patient.html", asking, found=found, panel=notes)
