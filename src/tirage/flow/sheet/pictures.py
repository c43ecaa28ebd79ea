"""Frames as small pictures that stand inside a page."""

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tirage.dicom.header import Header
from tirage.flow.compare.pixels import Pixels
from tirage.model.pixels import Box
from tirage.model.records import Confidential

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_SIDE = 480
"""Pixels; a picture is made smaller by a whole factor, never larger."""


@dataclass(frozen=True, slots=True, repr=False)
class Place(Confidential):
    """A rectangle in per cent of a picture's size, for CSS."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, repr=False)
class Picture(Confidential):
    """One frame before and after, as data URIs; `after` is empty when there is no output."""

    title: str
    before: str
    after: str
    boxes: tuple[Place, ...]


def pictures(title: str, before: Header, after: Header | None, pixels: Pixels, most: int) -> list[Picture]:
    """Up to `most` frames of one object: first those that differ, then others spread over it."""
    from tirage.dicom.decode import Undecodable
    from tirage.dicom.frames import Frames

    try:
        old, new = Frames(before), None if after is None else Frames(after)
        return [
            Picture(
                title if old.count == 1 else f"{title}, frame {number + 1} of {old.count}",
                data_uri(old.displayed(number)),
                "" if new is None else data_uri(new.displayed(number)),
                tuple(_place(box, old.rows, old.columns) for box in pixels.boxes.get(number, ())),
            )
            for number in chosen(old.count, sorted(pixels.boxes), most)
        ]
    except Undecodable:
        return []


def chosen(count: int, wanted: Sequence[int], most: int) -> list[int]:
    """At most `most` numbers below `count`, in order: of `wanted` first, the rest evenly spread."""
    first = [wanted[step * len(wanted) // most] for step in range(most)] if len(wanted) > most else [*wanted]
    others = [number for number in range(count) if number not in set(wanted)]
    left = min(most - len(first), len(others))
    return sorted({*first, *(others[(2 * step + 1) * len(others) // (2 * left)] for step in range(left))})


def data_uri(image: "NDArray[np.uint8]") -> str:
    """A grey image (rows, columns) as a PNG inside a URI, made smaller by averaging blocks of pixels."""
    return f"data:image/png;base64,{base64.b64encode(png(smaller(image, LONGEST_SIDE))).decode('ascii')}"


def smaller(image: "NDArray[np.uint8]", longest: int) -> "NDArray[np.uint8]":
    """A grey image with no side above `longest`, by averaging blocks of pixels."""
    import numpy as np

    factor = -(-max(image.shape) // longest)
    if factor <= 1:
        return image
    rows, columns = max(1, image.shape[0] // factor), max(1, image.shape[1] // factor)
    blocks = image[: rows * factor, : columns * factor]
    tall, wide = min(factor, image.shape[0]), min(factor, image.shape[1])
    means = blocks.reshape(rows, tall, columns, wide).mean(axis=(1, 3))
    return np.asarray(means, np.uint8)


def png(image: "NDArray[np.uint8]", effort: int = 6) -> bytes:
    """A grey image (rows, columns) as PNG, 8 bits; `effort` is zlib's, 1 to 9. Source: ISO/IEC 15948."""
    rows, columns = image.shape
    lines = b"".join(b"\0" + line.tobytes() for line in image)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, effort)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _place(box: Box, rows: int, columns: int) -> Place:
    return Place(
        100 * box.x0 / columns,
        100 * box.y0 / rows,
        100 * (box.x1 - box.x0) / columns,
        100 * (box.y1 - box.y0) / rows,
    )
