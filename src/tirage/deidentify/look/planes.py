"""The pictures that one frame is searched in: brightness, colour, and grey levels spread evenly."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.look.strokes import Plane
from tirage.dicom.display import grey_of
from tirage.dicom.frames import Frames

_COLOURFUL = 48
"""Grey levels by which colours differ from grey at least, somewhere, for them to be searched."""


class Kind(IntEnum):
    """What a picture shows of a frame."""

    BRIGHTNESS = 0
    COLOUR = 1
    RANKS = 2


def planes_of(frames: Frames, index: int) -> list[tuple[Kind, Plane]]:
    """The pictures of one frame, brightness first.

    Raises
    ------
    Undecodable
        When the frame cannot be decoded.
    """
    if frames.photometric == "PALETTE COLOR":
        return [(Kind.BRIGHTNESS, frames.displayed(index))]
    values = _within(frames.read(index), frames)
    found = [(Kind.BRIGHTNESS, grey_of(values, frames.photometric))]
    if values.ndim == 3:
        colour = _colour(values, frames.photometric)
        if colour.max(initial=0) >= _COLOURFUL:
            found.append((Kind.COLOUR, colour))
    elif values.dtype != np.uint8 and values.dtype.kind != "f":
        found.append((Kind.RANKS, spread_evenly(values)))
    return found


def spread_evenly(values: NDArray[Any]) -> Plane:
    """Grey levels by rank: what is hidden in a few of thousands of levels becomes visible.

    No level takes more than a fiftieth of the scale, so that an empty background stays one level.
    """
    low, high = int(values.min()), int(values.max())
    shift = max(0, (high - low).bit_length() - 12)
    levels = ((values.astype(np.int64) - low) >> shift).astype(np.int32)
    counts = np.bincount(levels.ravel(), minlength=((high - low) >> shift) + 1)
    places = np.cumsum(np.minimum(counts, max(1, levels.size // 50)))
    scale: Plane = (255.0 * (places - places[0]) / max(1, places[-1] - places[0])).astype(np.uint8)
    return scale[levels]


def _within(values: NDArray[Any], frames: Frames) -> NDArray[Any]:
    """The values without the bits above those stored, which no output has (PS3.5 8.1.1)."""
    if values.dtype.kind == "f" or frames.samples != 1:
        return values
    spare = 8 * values.itemsize - frames.shape.high_bit - 1
    unused = 8 * values.itemsize - frames.bits_stored
    # Shifted up and down again, which keeps the sign.
    return values if unused <= 0 or spare < 0 else (values << spare) >> unused


def _colour(values: NDArray[Any], photometric: str) -> Plane:
    """How far each pixel is from grey."""
    wide = (
        values if values.dtype == np.uint8 else (values >> (8 * values.dtype.itemsize - 8)).astype(np.uint8)
    )
    if photometric.startswith("YBR"):
        away = np.abs(wide[:, :, 1:].astype(np.int16) - 128).max(axis=2)
        return np.asarray(np.minimum(2 * away, 255), np.uint8)
    return np.asarray(wide.max(axis=2) - wide.min(axis=2), np.uint8)
