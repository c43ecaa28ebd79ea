"""Where lines of text are in a picture: rectangles, turned or not, around what the network marks."""

from typing import TYPE_CHECKING, Any

from tirage.ocr.networks import Network, answer, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Corners = NDArray[np.float32]
    """Four points (x, y), clockwise from the upper left as one reads."""

_LONGEST, _SHORTEST = 2_000, 32
"""Pixels of a side; other pictures are searched in a smaller or larger copy."""
_STEP = 32
"""Pixels: the network wants sides that are multiples."""
_FLATTEST = 8
"""A picture wider than so many heights is set between empty rows: the network sees lines there better."""

_MARKED, _LIKELY = 0.3, 0.5
"""From which on a pixel, and a line on average, is taken for text."""
_THINNEST = 3
_SWOLLEN = 1.6
"""The network marks the middle of a line; area by perimeter, so many times, is what is missing around it."""
_MOST = 1_000
_UPRIGHT = 1.5


def places_of(picture: "Picture") -> "list[Corners]":
    """The corners of the lines in a picture, from top to bottom."""
    import cv2
    import numpy as np

    above = _rows_above(picture)
    padded = np.pad(picture, ((above, above), (0, 0)))
    rows, columns = padded.shape
    scale = min(1.0, _LONGEST / max(rows, columns))
    scale = max(scale, _SHORTEST / min(rows, columns))
    size = [max(1, round(side * scale / _STEP)) * _STEP for side in (columns, rows)]
    likely = answer(Network.WHERE, scaled(np.asarray(cv2.resize(padded, size), np.uint8)))[0]
    shrunk = np.array((columns / size[0], rows / size[1]), np.float32)
    last = np.array((columns - 1, rows - 1), np.float32)
    found = []
    for corners in _marked(likely):
        corners = np.clip(np.round(corners * shrunk), 0, last)
        if min(_width(corners), _height(corners)) > _THINNEST:
            found.append(corners - np.array((0, above), np.float32))
    return sorted(found, key=lambda corners: (corners[:, 1].min(), corners[:, 0].min()))


def cropped(picture: "Picture", corners: "Corners") -> "Picture":
    """A line cut out and laid across."""
    import cv2
    import numpy as np

    width, height = int(_width(corners)), int(_height(corners))
    target = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    line: Any = cv2.warpPerspective(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(np.rot90(line) if height >= _UPRIGHT * width else line)


def _marked(likely: "NDArray[np.float32]") -> "list[Corners]":
    """Rectangles around what is marked, as large as the lines are."""
    import cv2
    import numpy as np

    marked = cv2.dilate((likely > _MARKED).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines[:_MOST]:
        middle, (width, height), angle = cv2.minAreaRect(outline)
        if min(width, height) < _THINNEST:
            continue
        if _mean_within(likely, cv2.boxPoints((middle, (width, height), angle))) < _LIKELY:
            continue
        more = _SWOLLEN * width * height / (width + height)
        corners = cv2.boxPoints((middle, (width + more, height + more), angle))
        found.append(_clockwise(np.asarray(corners, np.float32)))
    return found


def _mean_within(likely: "NDArray[np.float32]", corners: Any) -> float:
    import cv2
    import numpy as np

    rows, columns = likely.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, (columns - 1, rows - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)), 0, (columns - 1, rows - 1)).astype(int)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(likely[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _clockwise(corners: "Corners") -> "Corners":
    """The two leftmost first, each pair from top to bottom; then in order from the upper left."""
    import numpy as np

    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    upper_left, lower_left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    upper_right, lower_right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array((upper_left, upper_right, lower_right, lower_left), np.float32)


def _width(corners: "Corners") -> float:
    import numpy as np

    return float(max(np.hypot(*(corners[0] - corners[1])), np.hypot(*(corners[2] - corners[3]))))


def _height(corners: "Corners") -> float:
    import numpy as np

    return float(max(np.hypot(*(corners[0] - corners[3])), np.hypot(*(corners[1] - corners[2]))))


def _rows_above(picture: "Picture") -> int:
    rows, columns = picture.shape
    if rows > _SHORTEST and columns <= _FLATTEST * rows:
        return 0
    return int(abs(2 * max(columns // _FLATTEST, _SHORTEST) - rows) // 2)
