"""Reads printed text in a picture, with RapidOCR on one processor thread: several wait for each other busily.

Comes with the extra `ocr`; without it `OcrMissing` is raised. Heavy libraries are imported on first use.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tirage.errors import Permanent
from tirage.model.pixels import Box
from tirage.model.records import Confidential

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


_LONGEST = 2000
"""Pixels; pictures with a longer side are read in a smaller copy."""


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


def is_installed() -> bool:
    """Whether pictures can be searched and read: the extra `ocr` is there."""
    return all(find_spec(name) is not None for name in ("cv2", "onnxruntime", "rapidocr"))


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

    image = np.frombuffer(samples, np.uint8).reshape(rows, columns)
    found = _engine()(_as_colour(image), use_det=True, use_cls=True, use_rec=True)
    if found.boxes is None or found.txts is None:
        return ()
    return tuple(
        Line(text, _around(corners).clipped(rows, columns), float(score))
        for text, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
    )


def read_line(image: "Picture") -> Line:
    """What a picture of a single line of text says, without asking where or whether: a tenth of the time."""
    rows, columns = image.shape
    found = _engine()(_as_colour(image), use_det=False, use_cls=False, use_rec=True)
    is_read = bool(found.txts) and found.txts[0] is not None
    return Line(
        found.txts[0] if is_read else "", Box(0, 0, columns, rows), float(found.scores[0]) if is_read else 0.0
    )


def _as_colour(image: "Picture") -> "Picture":
    import numpy as np

    return np.repeat(image[:, :, None], 3, axis=2)


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
            "Global.max_side_len": _LONGEST,
            # By default short sides are enlarged to 736 pixels: seconds for one line of text.
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST,
            # Lines of a batch are as wide as its widest.
            "Rec.rec_batch_num": 2,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
