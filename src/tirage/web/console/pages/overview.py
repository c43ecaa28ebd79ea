"""`/`, `/node`: where everything stands, and what the node is made of."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tirage.web.console.forms import Sent
from tirage.web.console.reader import Asking
from tirage.web.console.render import render

pages = APIRouter()


@pages.get("/")
async def overview(request: Request, asking: Asking) -> HTMLResponse:
    """The first page after signing in."""
    summary = await asking.get("/overview")
    busiest = max((hour[name] for hour in summary["hours"] for name in hour if name != "at"), default=0)
    return render(
        request,
        "overview.html",
        asking,
        summary=summary,
        busiest=busiest,
        tiles=await asking.get("/node"),
        archives=await asking.get("/archives"),
        destinations=await asking.get("/destinations"),
    )


@pages.get("/jobs")
async def jobs(request: Request, asking: Asking) -> HTMLResponse:
    """What is being done, has failed or was stopped."""
    return render(request, "jobs.html", asking, jobs=await asking.get("/jobs"))


@pages.post("/jobs/{run}/{act}")
async def act_on_job(asking: Asking, sent: Sent, run: str, act: str) -> Response:
    """Set a run going again, or stop it."""
    await asking.send("POST", f"/jobs/{run}/{act}", once=sent.once)
    return RedirectResponse("/jobs", 303)


@pages.post("/archives/{name}/test")
async def test_archive(request: Request, asking: Asking, sent: Sent, name: str) -> HTMLResponse:
    """Whether an archive answers."""
    tile = await asking.send("POST", f"/archives/{name}/test", once=sent.once)
    return render(request, "tested.html", asking, tile=tile)


@pages.post("/archives/{name}/pause")
async def pause(asking: Asking, sent: Sent, name: str) -> Response:
    """Ask an archive for nothing more, or again."""
    wanted = {"is_paused": sent.text("is_paused") == "yes"}
    await asking.send("PUT", f"/archives/{name}/pause", wanted, once=sent.once)
    return RedirectResponse("/", 303)


@pages.post("/destinations/{project}/{name}/pause")
async def pause_destination(asking: Asking, sent: Sent, project: str, name: str) -> Response:
    """Send to a destination nothing more, or again."""
    wanted = {"is_paused": sent.text("is_paused") == "yes"}
    await asking.send("PUT", f"/destinations/{project}/{name}/pause", wanted, once=sent.once)
    return RedirectResponse("/", 303)


@pages.post("/destinations/{project}/{name}/give-up")
async def give_up(asking: Asking, sent: Sent, project: str, name: str) -> Response:
    """Want no more of what a destination does not take of a release."""
    wanted = {"version": sent.text("version")}
    await asking.send("POST", f"/destinations/{project}/{name}/give-up", wanted, once=sent.once)
    return RedirectResponse("/", 303)


@pages.post("/destinations/{project}/{name}/test")
async def test_destination(
    request: Request, asking: Asking, sent: Sent, project: str, name: str
) -> HTMLResponse:
    """Whether a destination answers and takes files."""
    tile = await asking.send("POST", f"/destinations/{project}/{name}/test", once=sent.once)
    return render(request, "tested.html", asking, tile=tile)
