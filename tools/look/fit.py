"""Fits the weights by which rows of strokes are told from anatomy; prints them for `deidentify/look/rows.py`.

Lettering: synthetic drawings (`tests/lettering.py`). Everything else: what else is in those drawings, and the
frames of real files without text in the folders named on the command line.

    python -m tools.look.fit ../shared/corpus
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.lettering import Plane, drawing

from tirage.deidentify.look.planes import Kind, planes_of
from tirage.deidentify.look.rows import WEIGHTS, features_of
from tirage.deidentify.look.strokes import pieces_of, turned
from tirage.dicom.decode import Undecodable
from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.frames import Frames

DRAWINGS = range(10_000, 11_200)
EVERY_OF_REAL = 6
SEARCHES = ((1, 5), (1, 11), (2, 11))

Table = NDArray[np.float64]


def rows_in(plane: Plane) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], tuple[bool, bool]]]:
    """Rectangle in the picture's pixels, features, and whether it is upright and bright, of every row."""
    for factor, kernel in SEARCHES:
        small = plane[: len(plane) // factor * factor, : plane.shape[1] // factor * factor]
        small = small.reshape(len(small) // factor, factor, -1, factor).mean((1, 3)).astype(np.uint8)
        for is_upright, is_bright in product((False, True), repeat=2):
            pieces = pieces_of(small if is_bright else np.invert(small), kernel)
            boxes, features = features_of(turned(pieces) if is_upright else pieces)
            for box, row in zip(boxes, features, strict=True):
                yield (box[[1, 0, 3, 2]] if is_upright else box) * factor, row, (is_upright, is_bright)


def synthetic(pictures: list[Plane]) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Features of rows of lettering, and of those that touch none."""
    lettering, others = [], []
    for seed in DRAWINGS:
        drawn = drawing(seed, 20 if seed % 6 == 1 else None, pictures)
        rows, columns = np.nonzero(drawn.ink)
        x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        for box, row, ways in rows_in(drawn.picture):
            left, top, right, bottom = (int(value) for value in box)
            shared = max(0, min(right, x1) - max(left, x0)) * max(0, min(bottom, y1) - max(top, y0))
            share = (
                drawn.ink[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2].sum() / drawn.ink.sum()
            )
            is_within = shared > 0.6 * (right - left) * (bottom - top)
            if not shared:
                others.append(row)
            elif ways == (drawn.is_upright, drawn.is_bright) and share > 0.35 and is_within:
                lettering.append(row)
    return lettering, others


def real(folders: list[Path]) -> list[Plane]:
    """The first frames of real files, which are taken to have no text."""
    files = [path for folder in folders for path in sorted(folder.rglob("*.dcm"))]
    frames = []
    for path in files[::EVERY_OF_REAL]:
        try:
            with FileSource.open(path) as source:
                kind, plane = planes_of(Frames(read_header(source)), 0)[0]
        except (Malformed, Undecodable):
            continue
        if kind is Kind.BRIGHTNESS and plane.std() > 8:
            frames.append(plane)
    return frames


def fitted(lettering: Table, others: Table) -> tuple[Table, float]:
    """Weights and bias of a logistic regression in which both sides weigh the same."""
    values = np.vstack([lettering, others])
    is_text = np.r_[np.ones(len(lettering)), np.zeros(len(others))]
    middle, spread = values.mean(0), values.std(0)
    scaled = np.column_stack([(values - middle) / spread, np.ones(len(values))])
    share = np.where(is_text == 1, len(others) / len(lettering), 1.0)
    weights = np.zeros(scaled.shape[1])
    for _ in range(80):
        guess = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (share * (is_text - guess)) - weights
        bend = (scaled * (share * guess * (1 - guess))[:, None]).T @ scaled + np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    plain = weights[:-1] / spread
    return plain, float(weights[-1] - plain @ middle)


def main() -> None:
    """Write the weights, and how well they tell one from the other."""
    pictures = real([Path(name) for name in sys.argv[1:]])
    lettering, others = synthetic(pictures)
    others += [row for plane in pictures for _, row, _ in rows_in(plane)]
    weights, bias = fitted(np.array(lettering, float), np.array(others, float))
    for name, weight in zip(WEIGHTS, weights, strict=True):
        sys.stdout.write(f'    "{name}": {weight:.3f},\n')
    sys.stdout.write(f"BIAS = {bias:.3f}\n")
    for least in (1, 4, 6):
        found = np.mean(np.array(lettering) @ weights + bias >= least)
        false = np.sum(np.array(others) @ weights + bias >= least)
        sys.stdout.write(
            f"from {least}: {found:.1%} of {len(lettering)} rows, {false} of {len(others)} others\n"
        )


if __name__ == "__main__":
    main()
