"""Puts pieces of strokes together to rows of lettering, and says how much each is like text.

A row is what follows one another at about the same height, size and brightness. How like text it is, is a
weighted sum of what distinguishes lettering from anatomy; `tools/look/fit.py` makes the weights.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.look.strokes import (
    AREA,
    HEIGHT,
    LEVEL,
    SHARPNESS,
    SPREAD,
    STROKE,
    TALLEST,
    WIDTH,
    Pieces,
    X,
    Y,
)

MOST = 600
"""Pieces of one picture that are put together, the brightest first."""

_LOWEST = 5
_LONGEST = 14
"""A piece's width, as a multiple of its height, up to which it may be letters that touch."""

WEIGHTS = {
    "pieces": 2.707,  # logarithm of their number
    "letters": -0.425,  # logarithm of the number of letters as guessed from widths
    "height": -5.030,  # logarithm of the mean height in pixels
    "stroke": -32.259,  # thickness of strokes, a share of the height
    "stroke deviation": -14.120,
    "density": 20.382,  # share of the row that is ink
    "baseline": -7.272,  # deviation of the top or of the bottom, a share of the height
    "fill": 13.152,  # share of each piece's rectangle that is ink
    "uniformity": -5.979,  # how much the brightness varies within pieces
    "height deviation": -2.545,
    "sharpness": -1.315,
    "length": 3.628,  # logarithm of length by height
}
BIAS = 8.825
"""Makes 0 the middle between lettering and anatomy."""

Rows = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Rectangles (x0, y0, x1, y1), one a line, and how like text each is: 0 is doubtful, 4 is certain."""


def rows_of(pieces: Pieces) -> Rows:
    """The rows that run across, with their likeness to text."""
    boxes, features = features_of(pieces)
    weights = np.array(list(WEIGHTS.values()), np.float32)
    return boxes, features @ weights + np.float32(BIAS)


def features_of(pieces: Pieces) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The rectangles of the rows, and one column of features for each of the weights."""
    pieces = _letters(pieces)
    if not len(pieces):
        return np.zeros((0, 4), np.float32), np.zeros((0, len(WEIGHTS)), np.float32)
    pieces, starts = _long(pieces, _chains(pieces))
    if not len(starts):
        return np.zeros((0, 4), np.float32), np.zeros((0, len(WEIGHTS)), np.float32)
    count = np.diff(np.r_[starts, len(pieces)])
    x, y, width, height, area = (pieces[:, column] for column in (X, Y, WIDTH, HEIGHT, AREA))

    def mean(values: NDArray[Any], shares: NDArray[Any] | None = None) -> NDArray[Any]:
        if shares is None:
            return np.asarray(np.add.reduceat(values, starts) / count)
        return np.asarray(np.add.reduceat(values * shares, starts) / np.add.reduceat(shares, starts))

    def deviation(values: NDArray[Any]) -> NDArray[Any]:
        return mean(np.abs(values - np.repeat(mean(values), count)))

    x0, y0 = np.minimum.reduceat(x, starts), np.minimum.reduceat(y, starts)
    x1, y1 = np.maximum.reduceat(x + width, starts), np.maximum.reduceat(y + height, starts)
    tall, thick = mean(height), mean(pieces[:, STROKE])
    letters = np.add.reduceat(_letters_in(pieces), starts)
    features = np.column_stack(
        (
            np.log(count),
            np.log(letters),
            np.log(tall),
            thick / tall,
            deviation(pieces[:, STROKE]) / np.maximum(thick, 0.1),
            np.add.reduceat(area, starts) / ((x1 - x0) * (y1 - y0)),
            np.minimum(deviation(y + height), deviation(y)) / tall,
            mean(area / (width * height)),
            mean(pieces[:, SPREAD], area),
            deviation(height) / tall,
            mean(pieces[:, SHARPNESS], area),
            np.log((x1 - x0) / tall),
        )
    )
    return np.column_stack((x0, y0, x1, y1)), features.astype(np.float32)


def _long(pieces: Pieces, labels: NDArray[np.int64]) -> tuple[Pieces, NDArray[np.int64]]:
    """The pieces of the chains that may be three letters or more, chain by chain, and where each begins."""
    order = np.argsort(labels, kind="stable")
    pieces, labels = pieces[order], labels[order]
    starts = np.flatnonzero(np.r_[True, np.diff(labels) > 0])
    count = np.diff(np.r_[starts, len(pieces)])
    left = np.minimum.reduceat(pieces[:, X], starts)
    right = np.maximum.reduceat(pieces[:, X] + pieces[:, WIDTH], starts)
    tall = np.add.reduceat(pieces[:, HEIGHT], starts) / count
    is_long = (np.add.reduceat(_letters_in(pieces), starts) >= 3) & (right - left >= 1.6 * tall)
    return pieces[np.repeat(is_long, count)], np.cumsum(np.r_[0, count[is_long]])[:-1]


def _letters_in(pieces: Pieces) -> NDArray[np.float32]:
    """How many letters each piece may be, as guessed from its width."""
    return np.maximum(1, np.round(pieces[:, WIDTH] / (0.75 * pieces[:, HEIGHT])))


def whole_row(box: NDArray[np.float32], pieces: Pieces) -> NDArray[np.float32]:
    """A row with the words of the same line beside it, and a margin for what hangs below or stands above."""
    x0, y0, x1, y1 = box
    height = y1 - y0
    overlap = np.minimum(pieces[:, Y] + pieces[:, HEIGHT], y1) - np.maximum(pieces[:, Y], y0)
    beside = overlap >= 0.5 * np.minimum(height, pieces[:, HEIGHT])
    beside &= (pieces[:, HEIGHT] <= 1.6 * height) & (pieces[:, WIDTH] <= _LONGEST * height)
    left, right = pieces[beside, X], pieces[beside, X] + pieces[beside, WIDTH]
    reach = 2.2 * height
    while True:
        near = (left < x1 + reach) & (right > x0 - reach)
        if not near.any():
            break
        wider = min(x0, left[near].min()), max(x1, right[near].max())
        if wider == (x0, x1):
            break
        x0, x1 = wider
    margin = 0.5 * height, 0.3 * height
    return np.array((x0 - margin[0], y0 - margin[1], x1 + margin[0], y1 + margin[1]), np.float32)


def _letters(pieces: Pieces) -> Pieces:
    """The pieces that may be letters or words, from left to right."""
    width, height = pieces[:, WIDTH], pieces[:, HEIGHT]
    is_rule = (width > 6 * height) & (pieces[:, AREA] > 0.85 * width * height)
    fits = (height >= _LOWEST) & (height <= TALLEST) & (width <= _LONGEST * height) & ~is_rule
    pieces = pieces[fits]
    if len(pieces) > MOST:
        pieces = pieces[np.argsort(-pieces[:, LEVEL], kind="stable")[:MOST]]
    return pieces[np.argsort(pieces[:, X], kind="stable")]


def _chains(pieces: Pieces) -> NDArray[np.int64]:
    """For each piece, the first of those it is connected with."""
    x, y, width, height = (pieces[:, column] for column in (X, Y, WIDTH, HEIGHT))
    level, bottom, right = pieces[:, LEVEL], y + height, x + width
    tall, low = np.maximum(height[:, None], height), np.minimum(height[:, None], height)
    gap = x - right[:, None]
    near = (gap <= np.maximum(3, tall)) & (gap >= -0.5 * low) & (low >= 0.5 * tall)
    slack = np.maximum(1.5, 0.2 * tall)
    near &= (np.abs(bottom[:, None] - bottom) <= slack) | (np.abs(y[:, None] - y) <= slack)
    near &= np.abs(level[:, None] - level) <= np.maximum(8, 0.4 * np.maximum(level[:, None], level))
    first, second = np.nonzero(np.triu(near, 1))
    labels = np.arange(len(pieces))
    while first.size:
        least, joined = np.minimum(labels[first], labels[second]), labels.copy()
        np.minimum.at(joined, first, least)
        np.minimum.at(joined, second, least)
        joined = joined[joined]
        if np.array_equal(joined, labels):
            break
        labels = joined
    return labels
