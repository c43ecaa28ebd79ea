"""The regions of an ultrasound image; what lies outside of them is the screen of the machine.

Source: PS3.3 C.8.5.5, US Region Calibration Module.
"""

from collections.abc import Sequence
from itertools import pairwise

from tirage.dicom.header import Header, number_of
from tirage.model.pixels import Box

_REGIONS = 0x00186011
_CORNERS = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)
"""Region Location Min X0, Min Y0, Max X1, Max Y1; the last two belong to the region."""

_LEAST = 0.05
"""Share of the image that all regions together cover at least to be believed."""


def regions_of(header: Header, rows: int, columns: int) -> tuple[Box, ...]:
    """The regions an ultrasound image declares; empty without any, or when one of them cannot be."""
    start = header.find(_REGIONS)
    if start is None:
        return ()
    items: list[dict[int, int]] = []
    for index in range(start + 1, len(header.elements)):
        tag, vr, _, _, _, depth = header.elements[index]
        if not depth:
            break
        if depth == 1 and vr == b"IT":
            items.append({})
        elif depth == 1 and tag in _CORNERS and items:
            number = number_of(vr, header.value(index), header.big_endian)
            if number is not None:
                items[-1][tag] = number
    boxes = []
    for item in items:
        if len(item) < len(_CORNERS):
            return ()
        x0, y0, x1, y1 = (item[tag] for tag in _CORNERS)
        box = Box(x0, y0, x1 + 1, y1 + 1)
        if box.is_empty or box.x1 > columns + 1 or box.y1 > rows + 1:
            return ()
        boxes.append(box.clipped(rows, columns))
    covered = rows * columns - sum(
        (box.x1 - box.x0) * (box.y1 - box.y0) for box in outside(boxes, rows, columns)
    )
    return tuple(boxes) if boxes and covered >= _LEAST * rows * columns else ()


def outside(regions: Sequence[Box], rows: int, columns: int) -> tuple[Box, ...]:
    """Rectangles that cover exactly what lies in none of the regions."""
    edges = sorted({0, rows, *(edge for box in regions for edge in (box.y0, box.y1))})
    found = []
    for y0, y1 in pairwise(edges):
        x = 0
        for box in sorted(box for box in regions if box.y0 <= y0 and y1 <= box.y1):
            if box.x0 > x:
                found.append(Box(x, y0, box.x0, y1))
            x = max(x, box.x1)
        if x < columns:
            found.append(Box(x, y0, columns, y1))
    return tuple(found)
