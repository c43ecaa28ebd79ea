"""Reads printed text in a picture with the networks of PP-OCR, which the package `rapidocr` brings.

They are run by onnxruntime without that package's own code: importing it takes longer than many readings, and
it widens each short line to one of seven letters before it reads it. Comes with the extra `ocr`; without it
`OcrMissing` is raised. Heavy libraries are imported on first use.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tirage.model.pixels import Box
from tirage.model.records import Confidential
from tirage.ocr.networks import OcrMissing, folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

__all__ = ["Line", "OcrMissing", "is_installed", "read_line", "read_text"]

_SURE_ENOUGH = 0.5
"""Score of a line below which it is none."""


@dataclass(frozen=True, slots=True, repr=False)
class Line(Confidential):
    """One line of text as read; `score` from 0 to 1 says how sure the reader is."""

    text: str
    box: Box
    score: float


def is_installed() -> bool:
    """Whether pictures can be searched and read: the extra `ocr` is there."""
    return all(find_spec(name) is not None for name in ("cv2", "onnxruntime")) and folder() is not None


def read_text(image: "Picture") -> list[Line]:
    """The lines of text in a picture: uint8, (rows, columns), white 255.

    Letters should be 12 to 60 pixels high; time grows with the number of pixels and of lines.

    Raises
    ------
    OcrMissing
        Without the extra `ocr`.
    """
    rows, columns = image.shape
    return list(_lines(rows, columns, image.tobytes())) if rows and columns else []


@lru_cache(maxsize=16)
def _lines(rows: int, columns: int, samples: bytes) -> tuple[Line, ...]:
    """The lines of a picture; those of the last pictures are remembered, frames are often alike."""
    import numpy as np

    from tirage.ocr.detect import cropped, places_of
    from tirage.ocr.recognise import read, righted

    image = np.frombuffer(samples, np.uint8).reshape(rows, columns)
    found = []
    for corners in places_of(image):
        text, score = read(righted(cropped(image, corners)))
        if text.strip() and score >= _SURE_ENOUGH:
            (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
            box = Box(int(x0), int(y0), int(x1) + 1, int(y1) + 1)
            found.append(Line(text, box.clipped(rows, columns), score))
    return tuple(found)


def read_line(image: "Picture") -> Line:
    """What a picture of a single line of text says, without asking where or whether: a tenth of the time."""
    from tirage.ocr.recognise import read

    rows, columns = image.shape
    text, score = read(image)
    return Line(text, Box(0, 0, columns, rows), score)
