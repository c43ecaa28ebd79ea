"""Where in a picture something looks like text, bright or dark, across or upright, without reading it.

Measured in decision 18: what is missed, and how often anatomy is taken for text.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tirage.deidentify.look.rows import rows_of, whole_row
from tirage.deidentify.look.strokes import Pieces, Plane, pieces_of, turned
from tirage.model.pixels import Box

DOUBTFUL, CERTAIN = 2.0, 4.0
"""Likeness to text from which a row is read, and from which it is text even if nobody can read it."""

_TILE, _OVERLAP = 1024, 160
"""Pixels; larger pictures are searched in parts that overlap."""

_LARGE = 1024
_SEARCHES = ((1, 5), (1, 11), (2, 11))
_LARGE_SEARCHES = (*_SEARCHES, (4, 11))
"""How many times smaller a copy is searched, and the kernel: strokes thinner than that are found."""


class Lettering(NamedTuple):
    """A row that looks like text; `likeness` as above, `is_upright` when it runs up or down."""

    box: Box
    likeness: float
    is_upright: bool


def lettering_in(plane: Plane) -> list[Lettering]:
    """The rows of a picture that are at least doubtful, those of one line as one."""
    found: list[Lettering] = []
    searches = _LARGE_SEARCHES if min(plane.shape) >= _LARGE else _SEARCHES
    for factor, kernel in searches:
        for x, y, tile in _tiles(_smaller(plane, factor)):
            for pieces in (pieces_of(tile, kernel), pieces_of(np.invert(tile), kernel)):
                found += _rows(pieces, x, y, factor, plane)
    return merged(found)


def merged(rows: list[Lettering]) -> list[Lettering]:
    """Rows that overlap by more than half of the smaller one, as one each."""
    kept: list[Lettering] = []
    for row in sorted(rows, key=lambda row: -_area(row.box)):
        for place, other in enumerate(kept):
            shared = _shared(row.box, other.box)
            if row.is_upright == other.is_upright and 2 * shared >= _area(row.box):
                likeness = max(row.likeness, other.likeness)
                kept[place] = Lettering(joined(row.box, other.box), likeness, row.is_upright)
                break
        else:
            kept.append(row)
    return kept


def joined(first: Box, second: Box) -> Box:
    """The smallest rectangle around both."""
    return Box(
        min(first.x0, second.x0),
        min(first.y0, second.y0),
        max(first.x1, second.x1),
        max(first.y1, second.y1),
    )


def share(box: Box, other: Box) -> float:
    """How much of `box` lies in `other`, from 0 to 1."""
    return _shared(box, other) / max(1, _area(box))


def _rows(pieces: Pieces, x: int, y: int, factor: int, plane: Plane) -> Iterator[Lettering]:
    for is_upright in (False, True):
        lying = turned(pieces) if is_upright else pieces
        boxes, likeness = rows_of(lying)
        for box, much in zip(boxes, likeness, strict=True):
            if much < DOUBTFUL:
                continue
            x0, y0, x1, y1 = whole_row(box, lying).tolist()
            if is_upright:
                x0, y0, x1, y1 = y0, x0, y1, x1
            corners = ((x0 + x) * factor, (y0 + y) * factor, (x1 + x) * factor + 1, (y1 + y) * factor + 1)
            place = Box(*(int(value) for value in corners)).clipped(*plane.shape)
            yield Lettering(place, float(much), is_upright)


def _tiles(plane: Plane) -> Iterator[tuple[int, int, Plane]]:
    """Column and row of the corner of each part of a picture, and the part."""
    step = _TILE - _OVERLAP
    rows, columns = plane.shape
    for y in range(0, max(1, rows - _OVERLAP), step):
        for x in range(0, max(1, columns - _OVERLAP), step):
            yield x, y, plane[y : y + _TILE, x : x + _TILE]


def _smaller(plane: Plane, factor: int) -> Plane:
    import cv2

    if factor == 1 or min(plane.shape) < 2 * factor:
        return plane
    rows, columns = plane.shape
    return np.asarray(cv2.resize(plane, (columns // factor, rows // factor), interpolation=cv2.INTER_AREA))


def _area(box: Box) -> int:
    return 0 if box.is_empty else (box.x1 - box.x0) * (box.y1 - box.y0)


def _shared(first: Box, second: Box) -> int:
    return _area(
        Box(
            max(first.x0, second.x0),
            max(first.y0, second.y0),
            min(first.x1, second.x1),
            min(first.y1, second.y1),
        )
    )
