"""`/holds`: what did not go on, and what a person does about it."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from tirage.web.console.forms import Sent
from tirage.web.console.reader import ApiFailed, Asking, Reader
from tirage.web.console.render import render

pages = APIRouter()

FILTERS = ("disposition", "project", "reason", "age")
TABS = {
    "held": "wait for a person",
    "quarantined": "cannot be trusted as DICOM",
    "rejected": "not wanted, by a rule or a person",
    "failed": "work that is tried again by itself",
}
AGES = {"1": "over a day", "7": "over a week", "30": "over a month"}
MOST, PORTION = 1_000, 200


@pages.get("/holds")
async def holds(request: Request, asking: Asking) -> HTMLResponse:
    """One list of everything that did not go on."""
    query = {name: request.query_params.get(name, "") for name in FILTERS}
    query["disposition"] = query["disposition"] if query["disposition"] in TABS else "held"
    is_failed = query["disposition"] == "failed"
    counts = (await asking.get("/holds/counts"))["counts"]
    after = request.query_params.get("after", "")
    page = (
        {"items": [], "next": None} if is_failed else await asking.get("/holds", {**query, "cursor": after})
    )
    failed = (await asking.get("/holds/failed"))["failed"] if asking.may("see-node") else []
    here = [each for each in counts if each["disposition"] == query["disposition"]]
    return render(
        request,
        "holds.html",
        asking,
        query=query,
        tabs=_tabs(counts, failed),
        here=[each for each in here if _fits(each, query)],
        reasons=_sums(here, "reason", {**query, "reason": ""}),
        projects=_sums(here, "project", {**query, "project": ""}),
        ages={days: sum(each[_OLDER[days]] for each in here if _fits(each, query)) for days in AGES},
        age_names=AGES,
        page=page,
        failed=failed if is_failed else [],
        to=sorted({each["project"] for each in counts} - {""}),
        done=_done(request),
    )


@pages.get("/holds/{project}/{reason}/{study}")
async def hold(request: Request, project: str, reason: str, study: int, asking: Asking) -> HTMLResponse:
    """The objects of one study that did not go on for a reason."""
    after = request.query_params.get("after", "")
    page = await asking.get(f"/holds/{project}/{reason}/{study}", {"cursor": after})
    counts = (await asking.get("/holds/counts"))["counts"]
    known = [each for each in counts if each["reason"] == reason]
    return render(
        request,
        "hold.html",
        asking,
        project="" if project == "-" else project,
        reason=reason,
        study=study,
        page=page,
        about=known[0] if known else None,
        to=sorted({each["project"] for each in counts} - {""}),
    )


@pages.post("/holds")
async def resolve(sent: Sent, asking: Asking) -> RedirectResponse:
    """Do what a person decided about what they chose."""
    query = {name: sent.text(name) for name in FILTERS}
    chosen = await _all(asking, query) if sent.text("all") else [*map(_chosen, sent.several("chosen"))]
    if not chosen:
        raise ApiFailed(400, "NOTHING_CHOSEN", "Choose at least one study, then say what to do with it.")
    objects = 0
    for project in sorted({each[0] for each in chosen}):
        body: dict[str, Any] = {
            "way": sent.text("way"),
            "project": project,
            "why": sent.text("why"),
            "to": sent.text("to") if sent.text("way") == "assign" else "",
            "targets": [target for name, target in chosen if name == project],
        }
        once = f"{sent.once}-{project}" if sent.once else ""
        objects += (await asking.send("POST", "/holds/resolutions", body, once=once))["objects"]
    told = {name: value for name, value in query.items() if value} | {"did": sent.text("way"), "n": objects}
    return RedirectResponse(f"/holds?{urlencode(told)}", status_code=303)


_OLDER = {"1": "older_than_a_day", "7": "older_than_a_week", "30": "older_than_a_month"}


def _chosen(text: str) -> tuple[str, dict[str, Any]]:
    """What a box stands for: project, reason, study, and the object where it is one alone."""
    project, reason, study, *objects = text.split("/")
    try:
        target = {"reason": reason, "study": int(study), "objects": [int(each) for each in objects]}
    except ValueError as error:
        raise ApiFailed(400, "REQUEST_INVALID", "This choice is of no list; load the page again.") from error
    return project, target


async def _all(asking: Reader, query: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Every study that fits the filter, up to as many as are decided at once."""
    found: list[tuple[str, dict[str, Any]]] = []
    after = ""
    while len(found) < MOST:
        page = await asking.get("/holds", {**query, "cursor": after, "most": PORTION})
        found += [
            (each["project"], {"reason": each["reason"], "study": each["study"], "objects": []})
            for each in page["items"]
        ]
        if not (after := page["next"]):
            break
    return found


def _tabs(counts: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, tuple[int, str]]:
    sums = {name: sum(each["objects"] for each in counts if each["disposition"] == name) for name in TABS}
    sums["failed"] = sum(each["runs"] for each in failed)
    return {name: (sums[name], words) for name, words in TABS.items()}


def _fits(count: dict[str, Any], query: dict[str, str]) -> bool:
    return (query["reason"] in ("", count["reason"])) and (query["project"] in ("", count["project"] or "-"))


def _sums(here: list[dict[str, Any]], name: str, query: dict[str, str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in here:
        if _fits(each, query):
            key = each[name] or "-"
            sums[key] = sums.get(key, 0) + each[_OLDER.get(query["age"], "objects")]
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _done(request: Request) -> tuple[str, int] | None:
    did, count = request.query_params.get("did", ""), request.query_params.get("n", "")
    known = did in ("retry", "release", "reject", "assign") and count.isdecimal() and len(count) < 10
    return (did, int(count)) if known else None
