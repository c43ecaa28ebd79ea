"""Where the pixels of two objects differ: rectangles, frame by frame, found by decoding both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tirage.dicom.header import Header
from tirage.model.pixels import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tirage.dicom.frames import Frames

MOST_BOXES = 64
"""Rectangles told apart in one frame; more are given as the one around them all."""

GAP = 8
"""Rows or columns without a difference that part two rectangles."""

_PIECE = 1 << 20


class Verdict(StrEnum):
    """How the pixel data of two objects compare."""

    NONE = "no pixel data"
    IDENTICAL = "identical, byte by byte"
    SAME = "identical samples, encoded otherwise"
    BOXES = "differ in rectangles"
    REMOVED = "removed"
    INCOMPARABLE = "cannot be compared"


@dataclass(frozen=True, slots=True)
class Pixels:
    """The verdict; `boxes` by frame from 0, `share` of all pixels that differ, 0 to 1."""

    verdict: Verdict
    frames: int = 0
    boxes: Mapping[int, tuple[Box, ...]] = field(default_factory=dict)
    share: float = 0.0


def compare_pixels(before: Header, after: Header) -> Pixels:
    """Where the pixels differ; holds one frame of each at a time."""
    from tirage.dicom.decode import Undecodable
    from tirage.dicom.frames import Frames

    if before.pixel is None or after.pixel is None:
        return Pixels(Verdict.NONE if before.pixel is None and after.pixel is None else Verdict.REMOVED)
    try:
        old, new = Frames(before), Frames(after)
        if _is_same_stream(before, after):
            return Pixels(Verdict.IDENTICAL, old.count)
        if (old.count, old.rows, old.columns) != (new.count, new.rows, new.columns):
            return Pixels(Verdict.INCOMPARABLE)
        found, differing = {}, 0
        for number in range(old.count):
            mask = _difference(old, new, number)
            count = int(mask.sum())
            if count:
                found[number], differing = boxes_of(mask), differing + count
    except Undecodable:
        return Pixels(Verdict.INCOMPARABLE)
    share = differing / (old.count * old.rows * old.columns)
    return Pixels(Verdict.BOXES if found else Verdict.SAME, old.count, found, share)


def boxes_of(mask: "NDArray[np.bool_]") -> tuple[Box, ...]:
    """The rectangles around what is set in `mask` (rows, columns), cut at gaps in both directions."""
    boxes = [
        Box(left, top, right, bottom)
        for top, bottom in _runs(mask.nonzero()[0].tolist())
        for left, right in _runs(mask[top:bottom].nonzero()[1].tolist())
    ]
    if len(boxes) > MOST_BOXES:
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        return (Box(min(x0), min(y0), max(x1), max(y1)),)
    return tuple(boxes)


def _difference(old: "Frames", new: "Frames", number: int) -> "NDArray[np.bool_]":
    """Where a frame differs, by rows and columns."""
    is_alike = old.photometric == new.photometric and old.samples == new.samples
    first = old.read(number) if is_alike else old.displayed(number)
    second = new.read(number) if is_alike else new.displayed(number)
    import numpy as np

    differs: NDArray[np.bool_] = np.not_equal(first, second)
    return np.logical_or.reduce(differs, axis=2) if differs.ndim == 3 else differs


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    """Where runs of positions begin and end; gaps shorter than `GAP` are part of a run."""
    start = end = -1
    for position in sorted(set(positions)):
        if start >= 0 and position - end >= GAP:
            yield start, end
            start = -1
        start, end = (position if start < 0 else start), position + 1
    if start >= 0:
        yield start, end


def _is_same_stream(before: Header, after: Header) -> bool:
    """Whether the encoded pixel data are equal, fragment by fragment without the offset table."""
    if before.transfer_syntax != after.transfer_syntax or before.big_endian != after.big_endian:
        return False
    first, second = list(_pieces(before)), list(_pieces(after))
    return len(first) == len(second) and all(a == b for a, b in zip(first, second, strict=True))


def _pieces(header: Header) -> Iterator[bytes]:
    import hashlib

    assert header.pixel is not None
    for place in header.fragments[1:] if header.fragments else [header.pixel]:
        hasher = hashlib.sha256()
        for done in range(0, place.length, _PIECE):
            hasher.update(header.body.read(place.offset + done, min(_PIECE, place.length - done)))
        yield hasher.digest()
