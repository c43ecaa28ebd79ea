"""How many rows came how far, and where the others went: a flow diagram as CONSORT draws it, as SVG.

Source: CONSORT 2010, figure 1: boxes with n from top to bottom, at the side what left on the way.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tirage.acquire.standing import Step
from tirage.flow.ledger.entries import Entry
from tirage.flow.ledger.words import WORDS, Kind
from tirage.model.requests import RequestOutcome

TITLES = {
    Step.REQUESTED: "Requested",
    Step.FOUND: "Found in an archive",
    Step.WANTED: "Wanted by the project",
    Step.FETCHED: "Fetched",
    Step.RECEIVED: "Received whole",
    Step.RELEASED: "De-identified and released",
    Step.DELIVERED: "Delivered",
}
_WIDTH, _LEFT, _MAIN, _HIGH = 760, 24, 290, 58
_SIDE, _SIDE_WIDTH, _LINE, _GAP = 372, 364, 21, 34
_STYLE = """
    .a-page { fill: #ffffff } .a-text { fill: #1d2733 } .a-soft { fill: #5a6672 }
    .a-box { fill: #f4f7fb; stroke: #5f7288 } .a-last { fill: #e8f3ee; stroke: #2f7d5b }
    .a-side { fill: #ffffff; stroke: #b4bdc8 }
    .a-way { stroke: #5f7288; fill: none; stroke-width: 1.6 } .a-tip { fill: #5f7288 }
    .a-done { fill: #2f7d5b } .a-coming { fill: #2f74c0 } .a-person { fill: #d98a00 }
    .a-absent { fill: #8a5fbf } .a-unwanted { fill: #98a2ae }
    @media screen and (prefers-color-scheme: dark) {
      .a-page { fill: #14191f } .a-text { fill: #e8edf2 } .a-soft { fill: #a9b4bf }
      .a-box { fill: #1f2832; stroke: #8494a6 } .a-last { fill: #14261e; stroke: #4fa37e }
      .a-side { fill: #1a2129; stroke: #4a5663 }
      .a-way { stroke: #8494a6 } .a-tip { fill: #8494a6 }
      .a-done { fill: #4fa37e } .a-coming { fill: #6aa9ea } .a-person { fill: #f0b03f }
      .a-absent { fill: #b795e0 } .a-unwanted { fill: #7d8793 }
    }
"""


@dataclass(frozen=True, slots=True)
class Box:
    """Rows that came so far, and how those of them ended that came no further, the most first.

    The last box has no side: `ended` splits what is in it.
    """

    step: Step
    count: int
    ended: tuple[tuple[RequestOutcome, int], ...]

    @property
    def left(self) -> int:
        """How many came no further."""
        return 0 if self.step is Step.DELIVERED else sum(count for _, count in self.ended)


def boxes(entries: Iterable[Entry]) -> list[Box]:
    """A box for each step; each holds what the one before held, less what left there."""
    stopped: dict[Step, Counter[RequestOutcome]] = {step: Counter() for step in Step}
    for entry in entries:
        stopped[entry.decision.step][entry.decision.outcome] += 1
    found, count = [], sum(each.total() for each in stopped.values())
    for step, outcomes in stopped.items():
        box = Box(step, count, tuple(sorted(outcomes.items(), key=lambda each: (-each[1], each[0]))))
        found.append(box)
        count -= box.left
    return found


def picture(found: Sequence[Box], project: str) -> str:
    """The diagram as an SVG element that stands alone as a file or inside a page."""
    parts, top = [], 24
    for box in found:
        is_last = box.step is Step.DELIVERED
        parts.append(_main(box, top))
        if is_last:
            top += _HIGH
            break
        side = 18 + _LINE * (len(box.ended) + 1) if box.left else 0
        below = top + _HIGH
        gap = max(_GAP, side + 20)
        parts.append(_arrow(_LEFT + _MAIN // 2, below, _LEFT + _MAIN // 2, below + gap))
        if box.left:
            middle = below + gap // 2
            parts.append(_arrow(_LEFT + _MAIN // 2, middle, _SIDE, middle))
            parts.append(_aside(box, middle - side // 2, side))
        top = below + gap
    height = top + 24
    told = ". ".join(f"{TITLES[box.step]}: {box.count:,}{_told(box)}" for box in found)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="attrition-title attrition-what" font-size="14" '
        "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n"
        f'<title id="attrition-title">What became of the requests of {escape(project)}</title>\n'
        f'<desc id="attrition-what">{escape(told)}.</desc>\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="attrition-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="a-tip" d="M0 0 10 5 0 10z"/></marker></defs>\n'
        f'<rect class="a-page" width="{_WIDTH}" height="{height}" rx="10"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _main(box: Box, top: int) -> str:
    is_last = box.step is Step.DELIVERED
    before = dict(box.ended).get(RequestOutcome.ALREADY_DELIVERED, 0) if is_last else 0
    note = f" · {before:,} of them before this cohort" if before else ""
    middle = _LEFT + _MAIN // 2
    return (
        f'<rect class="{"a-last" if is_last else "a-box"}" x="{_LEFT}" y="{top}" width="{_MAIN}" '
        f'height="{_HIGH}" rx="7" stroke-width="1.4"/>'
        f'<text class="a-text" x="{middle}" y="{top + 25}" text-anchor="middle" font-weight="600">'
        f"{TITLES[box.step]}</text>"
        f'<text class="a-soft" x="{middle}" y="{top + 45}" text-anchor="middle">'
        f"n = {box.count:,}{note}</text>"
    )


def _aside(box: Box, top: int, high: int) -> str:
    lines = [
        f'<rect class="a-side" x="{_SIDE}" y="{top}" width="{_SIDE_WIDTH}" height="{high}" rx="7"/>'
        f'<text class="a-text" x="{_SIDE + 14}" y="{top + 23}" font-weight="600">'
        f"No further (n = {box.left:,})</text>"
    ]
    for number, (outcome, count) in enumerate(box.ended, start=1):
        y = top + 23 + _LINE * number
        kind: Kind = WORDS[outcome].kind
        lines.append(
            f'<rect class="a-{kind}" x="{_SIDE + 14}" y="{y - 10}" width="10" height="10" rx="2"/>'
            f'<text class="a-text" x="{_SIDE + 74}" y="{y}" text-anchor="end" font-size="13">{count:,}</text>'
            f'<text class="a-soft" x="{_SIDE + 84}" y="{y}" font-size="13">{escape(outcome.value)}</text>'
        )
    return "\n".join(lines)


def _arrow(x0: int, y0: int, x1: int, y1: int) -> str:
    return f'<path class="a-way" d="M{x0} {y0}L{x1} {y1}" marker-end="url(#attrition-tip)"/>'


def _told(box: Box) -> str:
    if not box.left:
        return ""
    return " (no further: " + ", ".join(f"{count:,} {outcome}" for outcome, count in box.ended) + ")"
