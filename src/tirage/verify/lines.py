"""Where in a picture letters may stand: rows of dense edges, cut out and set on sheets for reading.

The method is the gate's own: edges by their gradient, joined into rows, where the cleaner looks by the shape
of strokes. A picture without such rows, flat or smooth, costs no reading; many frames share a sheet.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tirage.model.pixels import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_LOWEST, _HIGHEST = 6, 96
"""Rows of pixels of a line of letters."""
_SHORT, _LONG = 1.25, 2.0
"""A line's width by its height: of the four narrowest letters (`Lili`), and of ordinary ones (`Noel`)."""
_LARGER = ((600, 2), (1_200, 4))
"""Pixels a side from which a picture is looked at in half and a quarter of its size: for larger letters."""
_PAGE = (800, 1_280)
"""Rows and columns of a sheet; the reader takes one in about two seconds."""
_FRAME = 32
"""Empty pixels around what is on a sheet that is not full: the reader finds a line better that has some."""
_LINE = 52
"""Rows to which a line is enlarged or made smaller, with the empty ones above and below."""
_ENLARGED = 500
_SAME = 0.75
_STROKES = 21
"""Pixels a side of the median that letters are finer than; the outlines of a body are not."""
_MARGIN = 8
_SIGNATURE = (6, 48)
_ALIKE = 10.0
"""Mean difference of grey levels up to which two cuttings of one place say the same."""


class Row(NamedTuple):
    """A place that may hold a line of letters; `likelihood` is for comparing alone.

    `length` is its width by its height, without the margins of `box`.
    """

    likelihood: float
    box: Box
    length: float

    @property
    def holds_four(self) -> bool:
        """Whether four narrow letters have room: fewer are never taken for a name."""
        return self.length >= _SHORT

    @property
    def is_long(self) -> bool:
        """Whether four ordinary letters have room; of texture little is as long."""
        return self.length >= _LONG


class Cutting(NamedTuple):
    """One line of letters, enlarged and stretched, and where it was."""

    likelihood: float
    is_long: bool
    frame: int
    box: Box
    picture: "Picture"


class Sheet(NamedTuple):
    """Cuttings set under one another, and the place of each on the sheet."""

    picture: "Picture"
    places: tuple[tuple[Box, Cutting], ...]


def rows_of(picture: "Picture") -> list[Row]:
    """The places that may hold a line of letters, the likeliest first."""
    import cv2
    import numpy as np

    found = _rows(picture)
    for limit, times in _LARGER:
        if max(picture.shape) > limit:
            size = (picture.shape[1] // times, picture.shape[0] // times)
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
            found += [row._replace(box=Box(*(times * edge for edge in row.box))) for row in _rows(small)]
    return _distinct(sorted(found, reverse=True))


def _distinct(rows: list[Row]) -> list[Row]:
    """The rows of which most is not in a likelier one already."""
    import numpy as np

    kept: list[Row] = []
    corners = np.zeros((len(rows), 4), np.int32)
    for row in rows:
        x0, y0, x1, y1 = row.box
        others = corners[: len(kept)]
        width = np.minimum(others[:, 2], x1) - np.maximum(others[:, 0], x0)
        height = np.minimum(others[:, 3], y1) - np.maximum(others[:, 1], y0)
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        if not kept or int(shared.max()) < _SAME * (x1 - x0) * (y1 - y0):
            corners[len(kept)] = row.box
            kept.append(row)
    return kept


def _rows(picture: "Picture") -> list[Row]:
    """The rows in one size of a picture."""
    import cv2
    import numpy as np

    rows, columns = picture.shape
    calm = cv2.GaussianBlur(picture, (3, 3), 0)
    local = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(calm)
    found: list[Row] = []
    fine = cv2.absdiff(calm, cv2.medianBlur(calm, _STROKES))
    kernel = np.ones((3, 3), np.uint8)
    views = (
        (cv2.morphologyEx(calm, cv2.MORPH_GRADIENT, kernel), 12.0, 3.0),
        (cv2.morphologyEx(local, cv2.MORPH_GRADIENT, kernel), 40.0, 2.5),
        (cv2.dilate(fine, kernel), 10.0, 3.0),
    )
    for edges, least, times in views:
        strong = np.asarray(edges > max(least, times * float(np.median(edges))), np.uint8)
        joined = cv2.morphologyEx(strong, cv2.MORPH_CLOSE, np.ones((1, 13), np.uint8))
        joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((3, 5), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
        for x, y, width, height, area in stats[1:count].tolist():
            if not (_LOWEST <= height <= _HIGHEST and width >= height and area >= 0.3 * width * height):
                continue
            share = float(strong[y : y + height, x : x + width].mean())
            pad = height // 2 + 2
            box = Box(x - 2 * pad, y - pad, x + width + 2 * pad, y + height + pad).clipped(rows, columns)
            found.append(Row(share * min(width / height, 6.0), box, width / height))
    return found


def sheets(cuttings: Iterable[Cutting], pages: int) -> Iterator[Sheet]:
    """The cuttings on at most so many sheets, in their order; what finds no room there is not read."""
    import numpy as np

    rows, columns = _PAGE
    places: list[tuple[Box, Cutting]] = []
    page, x, y, depth = np.zeros(_PAGE, np.uint8), 0, 0, 0
    for cutting in cuttings:
        height, width = cutting.picture.shape
        if x + width > columns:
            x, y, depth = 0, y + depth + _MARGIN, 0
        if y + height > rows:
            yield Sheet(page, tuple(places))
            pages -= 1
            if not pages:
                return
            places = []
            page, x, y, depth = np.zeros(_PAGE, np.uint8), 0, 0, 0
        page[y : y + height, x : x + width] = cutting.picture
        places.append((Box(x, y, x + width, y + height), cutting))
        x, depth = x + width + 4 * _MARGIN, max(depth, height)
    if places:
        yield _framed(page[: y + depth], places)


def _framed(page: "Picture", places: Iterable[tuple[Box, Cutting]]) -> Sheet:
    """A sheet that is not full, as small as what is on it: empty columns take the reader's time too."""
    import numpy as np

    moved = tuple((Box(*(edge + _FRAME for edge in box)), cutting) for box, cutting in places)
    filled = max(box.x1 for box, _ in moved) - _FRAME
    return Sheet(np.pad(page[:, :filled], _FRAME), moved)


def whole(picture: "Picture", frame: int) -> Sheet:
    """A picture as one sheet, small ones enlarged, each part of it stretched over all grey levels."""
    import cv2
    import numpy as np

    rows, columns = picture.shape
    scale = 1.5 if max(rows, columns) < _ENLARGED else 1.0
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    shown = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(6, 6)).apply(large.astype(np.uint8)).astype(np.uint8)
    everything = Cutting(0.0, True, frame, Box(0, 0, columns, rows), shown)
    return Sheet(shown, ((Box(0, 0, shown.shape[1], shown.shape[0]), everything),))


def cut(picture: "Picture", row: Row, frame: int) -> Cutting:
    """One line enlarged, stretched over all grey levels, light on dark."""
    import cv2
    import numpy as np

    box = row.box
    part = picture[box.y0 : box.y1, box.x0 : box.x1]
    height, width = part.shape
    scale = min(max(_LINE / height, 0.5), 4.0, (_PAGE[1] - 2) / width)
    large = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(large, (2, 99.5))
    stretched = np.clip((large.astype(np.float32) - low) * (255 / max(high - low, 1.0)), 0, 255)
    shown = stretched.astype(np.uint8)
    light = 255 - shown if float(np.median(shown)) > 127 else shown
    return Cutting(row.likelihood, row.is_long, frame, box, light)


class Seen:
    """Cuttings already taken: the same letters at the same place of another frame are read once."""

    def __init__(self) -> None:
        self._signatures: dict[tuple[int, int], list[NDArray[np.float32]]] = {}

    def is_new(self, cutting: Cutting) -> bool:
        """Whether nothing like it was at its place before; remembers it."""
        import cv2
        import numpy as np

        small = cv2.resize(cutting.picture, _SIGNATURE[::-1], interpolation=cv2.INTER_AREA)
        signature = small.astype(np.float32)
        known = self._signatures.setdefault((cutting.box.x0 // 8, cutting.box.y0 // 8), [])
        if any(float(np.abs(signature - other).mean()) < _ALIKE for other in known):
            return False
        known.append(signature)
        return True
