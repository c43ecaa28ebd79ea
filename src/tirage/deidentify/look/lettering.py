"""Where in a picture something looks like text, bright or dark, across or upright, without reading it.

Measured in decision 18: what is missed, and how often anatomy is taken for text.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.look.rows import rows_of, whole_row
from tirage.deidentify.look.strokes import HEIGHT, WIDTH, Pieces, Plane, X, Y, pieces_of, turned
from tirage.model.pixels import Box

DOUBTFUL, CERTAIN, UNDENIABLE = 2.0, 4.0, 6.0
"""Likeness to text from which a row is read by itself, from which it makes the whole picture be read, and
from which it is text even if nobody can read it."""

_STANDS_OUT = 2.4
"""How much stronger than what lies above and below strokes are: speckle has 2.3 at most, lettering of 30 grey
levels less in one of a hundred pictures."""

_TILE, _OVERLAP = 1024, 160
"""Pixels; larger pictures are searched in parts that overlap."""

_KERNEL = 11
_LARGE = 1024
_SEARCHES = ((1, 5), (1, _KERNEL), (2, _KERNEL))
_LARGE_SEARCHES = (*_SEARCHES, (4, _KERNEL))
"""How many times smaller a copy is searched, and the kernel: strokes thinner than that are found."""


class Lettering(NamedTuple):
    """A row that looks like text; `likeness` as above, `is_upright` when it runs up or down."""

    box: Box
    likeness: float
    is_upright: bool


class Search:
    """The pieces in one part of a picture, (x, y) of a copy `factor` times smaller, and their rows."""

    def __init__(self, pieces: Pieces, x: int, y: int, factor: int) -> None:
        self._pieces, self._place = pieces, (x, y, factor)
        self._rows: tuple[int, list[Lettering]] | None = None

    def rows(self, plane: Plane, hidden: Sequence[Box]) -> list[Lettering]:
        """The rows of what is not hidden; the same as before when no other piece is: boxes only grow."""
        left = _visible(self._pieces, *self._place, hidden)
        if self._rows is None or self._rows[0] != len(left):
            self._rows = len(left), list(_rows(left, *self._place, plane))
        return self._rows[1]


def searches_of(plane: Plane) -> list[Search]:
    """A picture searched in all sizes and both polarities, whatever of it is hidden."""
    return [
        Search(pieces, x, y, factor)
        for factor, kernel in (_LARGE_SEARCHES if min(plane.shape) >= _LARGE else _SEARCHES)
        for x, y, tile in _tiles(_smaller(plane, factor))
        for pieces in (pieces_of(tile, kernel), pieces_of(np.invert(tile), kernel))
    ]


def lettering_in(
    plane: Plane, hidden: Sequence[Box] = (), searches: Sequence[Search] | None = None
) -> list[Lettering]:
    """The rows of a picture that are at least doubtful, those of one line as one.

    What lies in `hidden` is passed over as if it were not there; painting it out would draw new edges.
    `searches` are those of the picture from when it was looked at with less hidden.
    """
    found: list[Lettering] = []
    for search in searches_of(plane) if searches is None else searches:
        found += search.rows(plane, hidden)
    return _one_way(merged(found))


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


def _one_way(rows: list[Lettering]) -> list[Lettering]:
    """Without the columns that letters of several lines make, and without the lines that columns make."""
    kept = []
    for row in rows:
        crossing = [other for other in rows if other.is_upright != row.is_upright]
        covered = sum(_shared(row.box, other.box) for other in crossing)
        likest = max((other.likeness for other in crossing if _shared(row.box, other.box)), default=0.0)
        if 2 * covered < _area(row.box) or likest <= row.likeness:
            kept.append(row)
    return kept


def _stands_out(plane: Plane, box: Box, is_upright: bool) -> bool:
    """Whether strokes are stronger in a row than above and below: at the edge of speckle they are not."""
    import cv2

    if is_upright:
        plane, box = plane.T, Box(box.y0, box.x0, box.y1, box.x1)
    height = box.y1 - box.y0
    first, last = max(0, box.y0 - height), min(len(plane), box.y1 + height)
    part = np.ascontiguousarray(plane[first:last, box.x0 : box.x1])
    for polarity in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strokes = cv2.morphologyEx(part, polarity, np.ones((_KERNEL, _KERNEL), np.uint8))
        beside = (strokes[: box.y0 - first], strokes[box.y1 - first :])
        around = [float(band.mean()) for band in beside if len(band) >= max(2, height // 4)]
        inside = strokes[box.y0 - first : box.y1 - first]
        if np.percentile(inside, 90) >= _STANDS_OUT * (max(around, default=0.0) + 1):
            return True
    return False


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
            if much < DOUBTFUL or not _stands_out(plane, _placed(box, x, y, factor, is_upright), is_upright):
                continue
            place = _placed(whole_row(box, lying), x, y, factor, is_upright).clipped(*plane.shape)
            yield Lettering(place, float(much), is_upright)


def _placed(box: NDArray[np.float32], x: int, y: int, factor: int, is_upright: bool) -> Box:
    """A rectangle of a part of a smaller copy, in the picture's own pixels."""
    x0, y0, x1, y1 = box.tolist()
    if is_upright:
        x0, y0, x1, y1 = y0, x0, y1, x1
    corners = ((x0 + x) * factor, (y0 + y) * factor, (x1 + x) * factor + 1, (y1 + y) * factor + 1)
    return Box(*(int(value) for value in corners))


def _visible(pieces: Pieces, x: int, y: int, factor: int, hidden: Sequence[Box]) -> Pieces:
    """The pieces whose middle is not hidden."""
    if not hidden or not len(pieces):
        return pieces
    middle_x = (pieces[:, X] + pieces[:, WIDTH] / 2 + x) * factor
    middle_y = (pieces[:, Y] + pieces[:, HEIGHT] / 2 + y) * factor
    is_left = np.ones(len(pieces), bool)
    for box in hidden:
        is_left &= (middle_x < box.x0) | (middle_x >= box.x1) | (middle_y < box.y0) | (middle_y >= box.y1)
    return pieces[is_left]


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
