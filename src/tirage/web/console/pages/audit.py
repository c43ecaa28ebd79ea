"""`/audit`: who did what, and the proof that it is still all of it."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from tirage.web.console.reader import Asking
from tirage.web.console.render import render

pages = APIRouter()
FILTERS = ("actor", "action", "subject", "first", "last")


@pages.get("/audit")
async def audit(request: Request, asking: Asking, after: str = "", check: str = "") -> Response:
    """Lines of the audit, the newest first; with `check`, a look at all of them."""
    query = {name: request.query_params.get(name, "")[:200] for name in FILTERS}
    wanted = {name: query[name] for name in ("actor", "action", "subject")}
    times = {"since": _micros(query["first"]), "until": _micros(query["last"], timedelta(days=1))}
    return render(
        request,
        "audit.html",
        asking,
        query=query,
        lines=await asking.get("/audit", wanted | times | {"after": after}),
        verdict=await asking.get("/audit/verdict") if check else None,
    )


def _micros(day: str, more: timedelta = timedelta()) -> int | None:
    """The beginning of a day in UTC; None for what is no day."""
    try:
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC) + more
        return max(int(moment.timestamp()), 0) * 1_000_000
    except (ValueError, OverflowError):
        return None
