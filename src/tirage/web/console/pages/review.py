"""`/review`: the grid of samples, one sample opened, and the rules that were proposed."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tirage.web.console.forms import Form, Sent
from tirage.web.console.reader import ApiFailed, Asking
from tirage.web.console.render import render

pages = APIRouter()

SIZES = (24, 40, 60)
STATES = ("mine", "open", "disputed", "passed", "failed")
FATES = ("changed", "removed", "added", "kept")
VERDICTS = ("ok", "leak", "doubt")
A_SENTENCE = 4
"""Spaces of a value from which on it is a text."""
CORNERS = ("x0", "y0", "x1", "y1")


@pages.get("/review")
async def review(request: Request, asking: Asking) -> HTMLResponse:
    """The projects in which the person reviews."""
    return render(request, "review.html", asking, reviews=await asking.get("/review"))


@pages.get("/review/samples/{number:int}")
async def sample(request: Request, asking: Asking, number: int) -> HTMLResponse:
    """One sample: its picture, before and after, and what became of its attributes."""
    asked = request.query_params
    found = await asking.get(f"/samples/{number}")
    last = max(0, found["frames"] - 1)
    query = {
        "frame": str(min(_whole(asked.get("frame")), last)),
        "side": "before" if asked.get("side") == "before" else "after",
        "fate": asked.get("fate", "") if asked.get("fate") in FATES else "",
        "words": "1" if asked.get("words") else "",
        "low": str(min(_whole(asked.get("low")), 999)),
        "high": str(max(1, min(_whole(asked.get("high"), 1000), 1000))),
    }
    words = None
    if query["words"] and found["frames"]:
        words = await asking.get(f"/samples/{number}/frames/{query['frame']}/words")
    mine = next((each for each in found["readings"] if each["reader"] == asking.who.account), None)
    return render(
        request,
        "sample.html",
        asking,
        sample=found,
        mine=mine,
        words=words,
        query=query,
        fates={fate: sum(line["fate"] == fate for line in found["lines"]) for fate in FATES},
        lines=_ordered(found["lines"], query["fate"]),
    )


@pages.post("/review/samples/{number:int}")
async def judge(asking: Asking, sent: Sent, number: int) -> Response:
    """Keep what the person says of a sample, take it back, or propose a box as a rule."""
    here = f"/review/samples/{number}"
    action, version = sent.text("action"), f'"{_whole(sent.text("version"))}"'
    if action == "back":
        await asking.send("DELETE", f"/samples/{number}/reading", once=sent.once, etag=version)
        return RedirectResponse(here, 303)
    if action.startswith("promote-"):
        box = _whole(action.removeprefix("promote-"))
        await asking.send("POST", f"/samples/{number}/boxes/{box}/promotion", once=sent.once)
        return RedirectResponse(f"/review/{sent.text('project')}/rules", 303)
    said = {
        "verdict": action,
        "boxes": _boxes(sent),
        "seconds": min(_whole(sent.text("seconds")), 86_400),
        "hold_device": bool(sent.text("hold_device")),
    }
    kept = await asking.send("PUT", f"/samples/{number}/reading", said, once=sent.once, etag=version)
    if said["boxes"]:
        return RedirectResponse(here, 303)
    query = {"state": "mine", "most": 1}
    following = (await asking.get(f"/projects/{kept['project']}/review/samples", query))["items"]
    address = f"/review/samples/{following[0]['number']}" if following else f"/review/{kept['project']}"
    return RedirectResponse(address, 303)


@pages.get("/review/{project}")
async def grid(request: Request, asking: Asking, project: str, after: str = "") -> HTMLResponse:
    """The project's standing, and a page of samples."""
    asked = request.query_params
    query = {
        "state": asked.get("state", "") if asked.get("state") in STATES else "mine",
        "most": asked.get("most", "") if _whole(asked.get("most")) in SIZES else str(SIZES[0]),
    }
    plan = await asking.get(f"/projects/{project}/review")
    samples = await asking.get(f"/projects/{project}/review/samples", query | {"after": after})
    changed = asked.get("changed", "")
    return render(
        request,
        "grid.html",
        asking,
        plan=plan,
        samples=samples,
        query=query,
        after=after,
        sizes=SIZES,
        states=STATES,
        changed=_whole(changed),
    )


@pages.post("/review/{project}")
async def judge_several(asking: Asking, sent: Sent, project: str) -> Response:
    """Keep what was chosen on a page of the grid; `rest` is said of those of which nothing was."""
    readings = []
    for number in sent.several("sample")[: max(SIZES)]:
        verdict = sent.text(f"verdict-{number}") or (
            sent.text("rest") if sent.text(f"picture-{number}") else ""
        )
        if verdict in VERDICTS:
            version = _whole(sent.text(f"version-{number}"))
            readings.append({"sample": _whole(number), "version": version, "verdict": verdict})
    query = f"state={sent.text('state')}&most={sent.text('most')}"
    if readings:
        path = f"/projects/{project}/review/readings"
        kept = await asking.send("POST", path, {"readings": readings}, once=sent.once)
        query += f"&changed={len(kept['changed'])}"
    return RedirectResponse(f"/review/{project}?{query}", 303)


@pages.get("/review/{project}/rules")
async def rules(request: Request, asking: Asking, project: str) -> HTMLResponse:
    """The rules that were proposed, as lines for the project's file."""
    found = await asking.get(f"/projects/{project}/review/rules")
    return render(request, "rules.html", asking, project=project, found=found)


def _whole(text: str | None, otherwise: int = 0) -> int:
    """A whole number as sent; `otherwise` for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 else otherwise


def _boxes(sent: Form) -> list[dict[str, Any]]:
    """The boxes of a form: those it lists, without those that are ticked, and one written in numbers."""
    try:
        listed = orjson.loads(sent.text("boxes") or "[]")
    except ValueError as error:
        raise ApiFailed(
            422, "REQUEST_INVALID", "the boxes are not understood; load the page again"
        ) from error
    gone = {_whole(each, -1) for each in sent.several("remove")}
    boxes = [each for number, each in enumerate(listed) if number not in gone]
    if all(sent.text(name) for name in CORNERS):
        boxes.append({name: _whole(sent.text(name)) for name in (*CORNERS, "frame")})
    return boxes


def _ordered(lines: list[dict[str, Any]], fate: str) -> list[dict[str, Any]]:
    """The lines to show: texts that lost some of their words first, then texts that stay as they were."""
    shown = [line for line in lines if not fate or line["fate"] == fate]

    def order(line: dict[str, Any]) -> tuple[bool, bool, int]:
        is_cleaned = len({piece["is_gone"] for piece in line["before"]}) == 2
        stays = line["fate"] == "kept" and line["after"].count(" ") >= A_SENTENCE
        return not is_cleaned, not stays, FATES.index(line["fate"])

    return sorted(shown, key=order)
