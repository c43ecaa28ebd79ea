"""One frame of an object as a picture for people to look at; made in a child process."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from tirage.dicom.decode import Undecodable
from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.frames import Frames
from tirage.dicom.shape import shape_of
from tirage.flow.sheet.pictures import png, smaller
from tirage.model.records import Confidential

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHOLE = 0
LARGEST_SIDE = 4096
"""Pixels of a picture that is asked for whole."""

WIDTH = 1000
"""The brightness scale of a window: from 0 to this, between the darkest and the brightest value."""

_EFFORT = 1
"""Of zlib: a tile is made faster than it is squeezed."""


class Unshown(StrEnum):
    """Why there is no picture."""

    NO_PIXELS = "no picture in it"
    NO_FRAME = "no such frame"
    UNDECODABLE = "cannot be decoded"
    CRASHED = "the decoder crashed on it"
    GONE = "not on disk any more"


@dataclass(frozen=True, slots=True, repr=False)
class Wanted(Confidential):
    """Which picture: `size` is its longest side, `low` and `high` the ends of its window in `WIDTH`ths."""

    path: Path
    frame: int
    size: int = WHOLE
    low: int = 0
    high: int = WIDTH


@dataclass(frozen=True, slots=True, repr=False)
class Tile(Confidential):
    """A picture as PNG, and the size and number of the object's frames."""

    png: bytes
    rows: int
    columns: int
    frames: int


def tile(wanted: Wanted) -> Tile | Unshown:
    """The picture, or why there is none."""
    try:
        with FileSource.open(wanted.path) as source:
            header = read_header(source)
            if header.pixel is None or shape_of(header) is None:
                return Unshown.NO_PIXELS
            frames = Frames(header)
            if not 0 <= wanted.frame < frames.count:
                return Unshown.NO_FRAME
            image = _image(frames, wanted)
    except FileNotFoundError:
        return Unshown.GONE
    except (Undecodable, Malformed):
        return Unshown.UNDECODABLE
    content = png(smaller(image, wanted.size or LARGEST_SIDE), _EFFORT)
    return Tile(content, frames.rows, frames.columns, frames.count)


def _image(frames: Frames, wanted: Wanted) -> "NDArray[np.uint8]":
    if (wanted.low, wanted.high) == (0, WIDTH):
        return frames.displayed(wanted.frame)
    import numpy as np

    values = frames.read(wanted.frame)
    if values.ndim == 3 or frames.photometric == "PALETTE COLOR":
        values = frames.displayed(wanted.frame)
    grey = np.nan_to_num(values.astype(np.float64))
    least, most = float(grey.min()), float(grey.max())
    low = least + (most - least) * wanted.low / WIDTH
    high = least + (most - least) * wanted.high / WIDTH
    spread = np.clip((grey - low) * (255.0 / max(high - low, 1e-9)), 0, 255).astype(np.uint8)
    is_inverted = frames.photometric == "MONOCHROME1" and values.ndim == 2
    return np.invert(spread) if is_inverted else spread
