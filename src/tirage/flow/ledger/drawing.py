"""A flow diagram as CONSORT draws it, as SVG: boxes from top to bottom, at the side what left on the way.

Source: CONSORT 2010, figure 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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
class Aside:
    """How many left for one reason; `kind` chooses the colour (`flow.ledger.words.Kind`)."""

    kind: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Station:
    """How many came so far, and how those left that came no further."""

    title: str
    count: int
    asides: tuple[Aside, ...] = ()
    note: str = ""

    @property
    def left(self) -> int:
        """How many came no further."""
        return sum(each.count for each in self.asides)


def draw(stations: Sequence[Station], heading: str) -> str:
    """The diagram as an SVG element that stands alone as a file or inside a page."""
    parts, top = [], 24
    for station in stations:
        is_last = station is stations[-1]
        parts.append(_main(station, top, is_last=is_last))
        if is_last:
            top += _HIGH
            break
        side = 18 + _LINE * (len(station.asides) + 1) if station.left else 0
        below = top + _HIGH
        gap = max(_GAP, side + 20)
        parts.append(_arrow(_LEFT + _MAIN // 2, below, _LEFT + _MAIN // 2, below + gap))
        if station.left:
            middle = below + gap // 2
            parts.append(_arrow(_LEFT + _MAIN // 2, middle, _SIDE, middle))
            parts.append(_aside(station, middle - side // 2, side))
        top = below + gap
    height = top + 24
    told = ". ".join(f"{each.title}: {each.count:,}{_told(each)}" for each in stations)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="attrition-title attrition-what" font-size="14" '
        "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n"
        f'<title id="attrition-title">{escape(heading)}</title>\n'
        f'<desc id="attrition-what">{escape(told)}.</desc>\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="attrition-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="a-tip" d="M0 0 10 5 0 10z"/></marker></defs>\n'
        f'<rect class="a-page" width="{_WIDTH}" height="{height}" rx="10"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _main(station: Station, top: int, *, is_last: bool) -> str:
    note = f" · {station.note}" if station.note else ""
    middle = _LEFT + _MAIN // 2
    return (
        f'<rect class="{"a-last" if is_last else "a-box"}" x="{_LEFT}" y="{top}" width="{_MAIN}" '
        f'height="{_HIGH}" rx="7" stroke-width="1.4"/>'
        f'<text class="a-text" x="{middle}" y="{top + 25}" text-anchor="middle" font-weight="600">'
        f"{escape(station.title)}</text>"
        f'<text class="a-soft" x="{middle}" y="{top + 45}" text-anchor="middle">'
        f"n = {station.count:,}{escape(note)}</text>"
    )


def _aside(station: Station, top: int, high: int) -> str:
    lines = [
        f'<rect class="a-side" x="{_SIDE}" y="{top}" width="{_SIDE_WIDTH}" height="{high}" rx="7"/>'
        f'<text class="a-text" x="{_SIDE + 14}" y="{top + 23}" font-weight="600">'
        f"No further (n = {station.left:,})</text>"
    ]
    for number, each in enumerate(station.asides, start=1):
        y = top + 23 + _LINE * number
        lines.append(
            f'<rect class="a-{each.kind}" x="{_SIDE + 14}" y="{y - 10}" width="10" height="10" rx="2"/>'
            f'<text class="a-text" x="{_SIDE + 74}" y="{y}" text-anchor="end" font-size="13">'
            f"{each.count:,}</text>"
            f'<text class="a-soft" x="{_SIDE + 84}" y="{y}" font-size="13">{escape(each.words)}</text>'
        )
    return "\n".join(lines)


def _arrow(x0: int, y0: int, x1: int, y1: int) -> str:
    return f'<path class="a-way" d="M{x0} {y0}L{x1} {y1}" marker-end="url(#attrition-tip)"/>'


def _told(station: Station) -> str:
    if not station.left:
        return ""
    return " (no further: " + ", ".join(f"{each.count:,} {each.words}" for each in station.asides) + ")"
