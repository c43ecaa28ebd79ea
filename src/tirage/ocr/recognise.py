"""What one line of text says."""

from math import ceil
from typing import TYPE_CHECKING

from tirage.ocr.networks import Network, answer, letters, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_HEIGHT = 48
"""Rows that the networks want."""
_NARROWEST, _BESIDE = 96, 24
"""Columns of a line at least, and empty ones at its end: the time grows with them, 320 are usual."""
_STEP = 8
"""Columns for which the network says one character."""
_TURNED = (192, 0.9)
"""Columns of the network that tells which way up a line is, and how sure it must be."""


def righted(line: "Picture") -> "Picture":
    """A line the right way up."""
    import cv2
    import numpy as np

    columns, least = _TURNED
    upright, turned = answer(Network.WHICH_WAY_UP, _fitted(line, columns, columns))
    is_turned = turned > max(upright, least)
    return np.asarray(cv2.rotate(line, cv2.ROTATE_180), np.uint8) if is_turned else line


def read(line: "Picture") -> tuple[str, float]:
    """The text of a line and how sure it is, from 0 to 1; no text, 0."""
    import numpy as np

    rows, columns = line.shape
    drawn = ceil(_HEIGHT * columns / rows)
    width = max(_NARROWEST, ceil((drawn + _BESIDE) / _STEP) * _STEP)
    likely = answer(Network.WHAT, _fitted(line, drawn, width))
    best = likely.argmax(axis=1)
    is_letter = (best != 0) & np.r_[True, best[1:] != best[:-1]]
    if not is_letter.any():
        return "", 0.0
    known = letters()
    return "".join(known[place] for place in best[is_letter]), float(likely.max(axis=1)[is_letter].mean())


def _fitted(line: "Picture", most: int, width: int) -> "NDArray[np.float32]":
    """A line as high as the networks want it, at most so wide, grey beside it."""
    import cv2
    import numpy as np

    rows, columns = line.shape
    drawn = min(most, ceil(_HEIGHT * columns / rows))
    fitted = np.zeros((_HEIGHT, width), np.float32)
    fitted[:, :drawn] = scaled(np.asarray(cv2.resize(line, (drawn, _HEIGHT)), np.uint8))
    return fitted
