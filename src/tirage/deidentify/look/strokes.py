"""Finds pieces of what may be lettering: connected strokes, brighter than what lies around them.

Strokes are what a top-hat leaves: thinner than its kernel, and standing out from what it leaves nearby, so
that noise and texture raise the bar for themselves. Dark lettering is found in the inverted picture.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
"""A picture of one brightness, (rows, columns)."""

Pieces = NDArray[np.float32]
"""One row a piece, columns as named below: place and size in pixels, then what its strokes are like."""

X, Y, WIDTH, HEIGHT, AREA, LEVEL, STROKE, SHARPNESS, SPREAD = range(9)

TALLEST = 64
"""Pixels; taller lettering is found in a smaller copy of the picture."""

_SMALLEST = 4
_FAINTEST = 8
"""Grey levels that a stroke stands out at least."""


def pieces_of(plane: Plane, kernel: int) -> Pieces:
    """The bright pieces of a picture whose strokes are thinner than `kernel` pixels.

    LEVEL is how far they stand out in grey levels, SPREAD how much that varies within (a share of LEVEL),
    STROKE how thick they are in pixels, SHARPNESS the step at their edge (a share of LEVEL).
    """
    import cv2

    top = cv2.morphologyEx(plane, cv2.MORPH_TOPHAT, np.ones((kernel, kernel), np.uint8))
    around = cv2.blur(top, (4 * kernel + 1, 4 * kernel + 1))
    ink = cv2.compare(top, cv2.addWeighted(around, 1.5, around, 0, _FAINTEST), cv2.CMP_GT)
    # On one thread, as `inspect` asks for, a third of the time of the others.
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(ink, 8, cv2.CV_32S, cv2.CCL_BBDT)
    x, y, width, height, area = stats[1:].T
    fits = (np.maximum(width, height) >= _SMALLEST) & (np.minimum(width, height) <= TALLEST)
    fits &= (area > _SMALLEST) & (area >= 0.06 * width * height)
    kept = np.flatnonzero(fits)
    if not kept.size:
        return np.zeros((0, 9), np.float32)
    number = np.full(count, -1, np.int32)
    number[kept + 1] = np.arange(kept.size)
    where = np.flatnonzero(ink)
    owner = number[labels.ravel()[where]]
    where, owner = where[owner >= 0], owner[owner >= 0]
    size = area[kept].astype(np.float32)

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.bincount(owner, weights=values, minlength=kept.size) / size)

    light = top.ravel()[where].astype(np.float32)
    level = mean(light)
    spread = np.sqrt(np.maximum(mean(light * light) - level * level, 0))
    depth = mean(cv2.distanceTransform(ink, cv2.DIST_L1, 3).ravel()[where])
    step = mean(cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).ravel()[where])
    place = (x[kept], y[kept], width[kept], height[kept], size)
    # In a bar of thickness t the mean distance to its edge is about (t + 1) / 4.
    return np.column_stack((*place, level, 4 * depth - 1, step / level, spread / level)).astype(np.float32)


def turned(pieces: Pieces) -> Pieces:
    """The pieces as in the transposed picture, where lettering that runs down runs across."""
    return pieces[:, (Y, X, HEIGHT, WIDTH, AREA, LEVEL, STROKE, SHARPNESS, SPREAD)]
