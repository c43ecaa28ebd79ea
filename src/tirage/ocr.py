"""Reads printed text in a picture, with RapidOCR on one processor thread.

Comes with the extra `ocr`; without it `OcrMissing` is raised. Heavy libraries are imported on first use.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tirage.errors import Permanent
from tirage.model.pixels import Box
from tirage.model.records import Confidential

if TYPE_CHECKING:
    import numpy as np


class OcrMissing(Permanent):
    """Text in pictures cannot be read, because the libraries for it are not installed."""

    code = "OCR_MISSING"
    remedy = "Install the extra: `pip install 'tirage[ocr]'`."


@dataclass(frozen=True, slots=True, repr=False)
class Line(Confidential):
    """One line of text as read; `score` from 0 to 1 says how sure the reader is."""

    text: str
    box: Box
    score: float


def read_text(image: "np.ndarray[Any, Any]") -> list[Line]:
    """The lines of text in a picture: uint8, (rows, columns), white 255.

    Raises
    ------
    OcrMissing
        Without the extra `ocr`.
    """
    import numpy as np

    rows, columns = image.shape
    if not rows or not columns:
        return []
    # The reader shrinks long sides to 2,000 pixels and enlarges short ones to 736: boxes come back in ours.
    found = _engine()(np.repeat(image[:, :, None], 3, axis=2))
    if found.boxes is None or found.txts is None:
        return []
    return [
        Line(text, _around(corners).clipped(rows, columns), float(score))
        for text, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
    ]


def _around(corners: Any) -> Box:
    """The upright rectangle around four corners (x, y)."""
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Box(int(x0), int(y0), int(x1) + 1, int(y1) + 1)


@cache
def _engine() -> Any:
    """The reader, made once in a process: it takes a second."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise OcrMissing("the extra `ocr` is not installed") from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
