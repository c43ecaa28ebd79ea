"""The way of objects through the node as a picture: every stream as wide as it has objects.

What came in stands at the left. At each step those leave that stopped there, upwards those that wait for the
next step by themselves, downwards those that did not go on; what is left goes on to the right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

WIDTH = 960
_TOP, _FULL, _BAR = 70, 130, 14
_STEPS = (
    ("received", "Received", "to catalogue"),
    ("catalogued", "Catalogued", "to de-identify"),
    ("deidentified", "Verified", "to release"),
)
_LEAST = 2.0
"""Pixels: a stream of one object among millions is still seen."""

_STYLE = """
  text { font: 14px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1b2a2e }
  .soft { fill: #55646a } .bar { fill: #12343b } .on { fill: #7fb3b0 } .waiting { fill: #9fb3cf }
  .held { fill: #e0a94f } .rejected { fill: #a8b0b4 } .quarantined { fill: #cf6a63 } .done { fill: #4f9d75 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e9efee } .soft { fill: #a6b3b4 } .bar { fill: #cfe3e2 } .on { fill: #3f7d7d }
    .waiting { fill: #5a7193 } .held { fill: #b98330 } .rejected { fill: #5d686c }
    .quarantined { fill: #a84b47 } .done { fill: #3b7f5b }
  }
"""


@dataclass(frozen=True, slots=True)
class Flows:
    """How many objects came, wait by the last step completed, stopped by disposition, and were released."""

    received: int
    waiting: Mapping[str, int]
    stopped: Mapping[str, int]
    released: int
    delivered: int


def draw(flows: Flows) -> str:
    """The picture as an SVG document; its text says the same in words."""
    scale = _FULL / max(flows.received, 1)
    parts, left, x = list[str](), flows.received, 90.0
    gap = (WIDTH - 250) / 4
    for place, (stage, title, waits) in enumerate(_STEPS):
        high = _high(left, scale)
        parts.append(_bar(x, high, title, left))
        leaving = [(f"{flows.waiting.get(stage, 0):,} {waits}", "waiting", flows.waiting.get(stage, 0))]
        # Where most of it stops: unreadable bytes at once, the rest behind the catalogue.
        if place == 0:
            leaving += [_stop(flows, "quarantined")]
        elif place == 1:
            leaving += [_stop(flows, "held"), _stop(flows, "rejected")]
        goes_on = left - sum(count for _, _, count in leaving)
        parts += _leaving(x + _BAR, gap, high, _high(goes_on, scale), scale, leaving)
        parts.append(_stream(x + _BAR, x + gap, _high(goes_on, scale), "on"))
        left, x = goes_on, x + gap
    parts.append(_bar(x, _high(flows.released, scale), "Released", flows.released))
    parts.append(_stream(x + _BAR, x + gap, _high(flows.delivered, scale), "done"))
    parts.append(_bar(x + gap, _high(flows.delivered, scale), "Delivered", flows.delivered))
    told = ", ".join(
        (
            f"{flows.received:,} received",
            *(f"{count:,} {name}" for name, count in flows.stopped.items()),
            f"{sum(flows.waiting.values()):,} on the way",
            f"{flows.released:,} released",
            f"{flows.delivered:,} delivered",
        )
    )
    rows = max(sum(flows.stopped.get(name, 0) > 0 for name in ("held", "rejected")), 1)
    height = _TOP + _FULL + 26 + 30 * (rows + (flows.waiting.get("catalogued", 0) > 0))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="what"><title id="what">{escape(told)}</title><style>{_STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _stop(flows: Flows, name: str) -> tuple[str, str, int]:
    count = flows.stopped.get(name, 0)
    return f"{count:,} {name}", name, count


def _high(count: int, scale: float) -> float:
    return max(count * scale, _LEAST) if count > 0 else 0.0


def _bar(x: float, high: float, title: str, count: int) -> str:
    return (
        f'<rect class="bar" x="{x:.1f}" y="{_TOP:.1f}" width="{_BAR}" height="{max(high, 1):.1f}"/>'
        f'<text x="{x + _BAR / 2:.1f}" y="26" text-anchor="middle">{title}</text>'
        f'<text class="soft" x="{x + _BAR / 2:.1f}" y="44" text-anchor="middle">{count:,}</text>'
    )


def _stream(x0: float, x1: float, high: float, kind: str) -> str:
    if not high:
        return ""
    return f'<rect class="{kind}" x="{x0:.1f}" y="{_TOP:.1f}" width="{x1 - x0:.1f}" height="{high:.1f}"/>'


def _leaving(
    x: float, gap: float, high: float, kept: float, scale: float, streams: list[tuple[str, str, int]]
) -> list[str]:
    """Streams that bend down from below the one that goes on, each with its name beside its end."""
    parts, top, row = [], _TOP + kept, 0
    for name, kind, count in streams:
        if count <= 0:
            continue
        wide = _high(count, scale)
        floor, end = _TOP + _FULL + 26 + 30 * row, x + gap * 0.34
        middle = (x + end) / 2
        parts.append(
            f'<path class="{kind}" d="M{x:.1f} {top:.1f} C{middle:.1f} {top:.1f} {middle:.1f} {floor:.1f} '
            f"{end:.1f} {floor:.1f} L{end:.1f} {floor + min(wide, 14):.1f} C{middle:.1f} "
            f'{floor + wide:.1f} {middle:.1f} {top + wide:.1f} {x:.1f} {top + wide:.1f} Z"/>'
        )
        parts.append(f'<text x="{end + 6:.1f}" y="{floor + 11:.1f}">{escape(name)}</text>')
        top, row = top + wide, row + 1
    return parts
