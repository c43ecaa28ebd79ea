"""Native pixel data with boxes blanked and unused bits cleared: ranges of the source, and rows made anew.

Only rows that change are read, a few at a time. Source: PS3.5 8.1.1, 8.2; PS3.3 C.7.6.3.1.2, C.7.6.3.1.3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.bits import Unused
from tirage.deidentify.black import Black
from tirage.deidentify.chunks import Chunk, Made
from tirage.dicom.decode import Undecodable
from tirage.dicom.header import Header
from tirage.dicom.samples import without_unused
from tirage.dicom.shape import Shape
from tirage.dicom.sources import FileRange, Source
from tirage.model.pixels import Box, Mask, inside

BAND_BYTES = 4 << 20
"""How much is read at once."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the samples of a frame lie: `planes` one after the other, of rows of `cells`.

    A cell is `step` pixels with all their samples: one pixel, or two that share their colour.
    """

    shape: Shape
    planes: int
    cells: int
    step: int
    width: int

    @property
    def row_bytes(self) -> int:
        return self.cells * self.width * self.shape.kind().itemsize


def layout_of(shape: Shape) -> Layout | None:
    """None for a layout in which rows do not begin with a byte of their own."""
    if shape.allocated not in (8, 16, 32, 64) or (shape.is_halved and shape.columns % 2):
        return None
    if shape.is_halved:
        return Layout(shape, 1, shape.columns // 2, 2, 4)
    if shape.samples > 1 and shape.planar == 1:
        return Layout(shape, shape.samples, shape.columns, 1, 1)
    return Layout(shape, 1, shape.columns, 1, shape.samples)


def has_hidden_bits(header: Header, extent: FileRange, shape: Shape) -> bool:
    """Whether any sample says something beside its Bits Stored."""
    unused, kind, end = Unused(shape), shape.kind(), extent.offset + extent.length
    for offset in range(extent.offset, end, BAND_BYTES):
        data = header.body.read(offset, min(BAND_BYTES, end - offset))
        values = np.frombuffer(data, kind, len(data) // kind.itemsize)
        if values.size and unused.has_any(values):
            return True
    return False


def native_chunks(
    body: Source, extent: FileRange, layout: Layout, mask: Mask, black: Black, is_cleared: bool
) -> list[Chunk]:
    """The frames in `extent` with the boxes of `mask` black and, if `is_cleared`, unused bits cleared."""
    chunks: list[Chunk] = []
    shape, row = layout.shape, layout.row_bytes
    done = extent.offset
    most = max(1, BAND_BYTES // row)
    if mask.is_empty:
        rows = shape.rows * shape.count * layout.planes
        wheres = (
            FileRange(done + first * row, (last - first) * row) for first, last in _bands([(0, rows)], most)
        )
        return [Made(partial(_band, body, where, layout, 0, (), black, is_cleared)) for where in wheres]
    for number in range(shape.count * layout.planes):
        frame, plane = divmod(number, layout.planes)
        boxes = inside(mask.boxes(frame), shape.rows, shape.columns)
        fill = black[plane : plane + 1] if layout.planes > 1 else black
        for first, last in _bands([(0, shape.rows)] if is_cleared else _rows(boxes), most):
            start = extent.offset + (number * shape.rows + first) * row
            if start > done:
                chunks.append(FileRange(done, start - done))
            where = FileRange(start, (last - first) * row)
            within = tuple(box for box in boxes if box.y0 < last and box.y1 > first)
            chunks.append(Made(partial(_band, body, where, layout, first, within, fill, is_cleared)))
            done = start + where.length
    end = extent.offset + extent.length
    return [*chunks, FileRange(done, end - done)] if done < end else chunks


def blanked_bits(body: Source, extent: FileRange, shape: Shape, mask: Mask) -> list[Chunk]:
    """1-bit frames, packed without gaps, with the boxes of `mask` zero, and the bits after the last one."""
    spans = list(_bit_spans(shape, mask))
    spans.append((shape.rows * shape.columns * shape.count, 8 * extent.length))
    chunks: list[Chunk] = []
    at = 0
    for offset in range(0, extent.length, BAND_BYTES):
        size = min(BAND_BYTES, extent.length - offset)
        first, last = 8 * offset, 8 * (offset + size)
        while at < len(spans) and spans[at][1] <= first:
            at += 1
        within = []
        for start, stop in spans[at:]:
            if start >= last:
                break
            if stop > max(start, first):
                within.append((max(start, first) - first, min(stop, last) - first))
        where = FileRange(extent.offset + offset, size)
        chunks.append(Made(partial(_zeroed, body, where, tuple(within))) if within else where)
    return chunks


def blank(values: NDArray[Any], boxes: Sequence[Box], fill: Black, first: int = 0, step: int = 1) -> None:
    """Fill the boxes in (rows, cells, samples) values whose first row is `first`; cells are `step` pixels."""
    cell = np.array(fill, values.dtype)
    for x0, y0, x1, y1 in boxes:
        values[max(y0 - first, 0) : y1 - first, x0 // step : -(-x1 // step)] = cell


def _band(
    body: Source,
    where: FileRange,
    layout: Layout,
    first: int,
    boxes: Sequence[Box],
    fill: Black,
    is_cleared: bool,
) -> bytes:
    data = body.read(where.offset, where.length)
    if len(data) != where.length:
        raise Undecodable("the source ended before its pixels")
    values = np.frombuffer(data, layout.shape.kind())
    values = without_unused(values, layout.shape) if is_cleared else values.copy()
    cell = (fill[0], fill[0], *fill[1:]) if layout.step == 2 else fill
    blank(values.reshape(-1, layout.cells, layout.width), boxes, cell, first, layout.step)
    return values.tobytes()


def _rows(boxes: Sequence[Box]) -> list[tuple[int, int]]:
    """The rows in which the boxes lie, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted((box.y0, box.y1) for box in boxes):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _bands(spans: Sequence[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    for first, last in spans:
        for start in range(first, last, most):
            yield start, min(start + most, last)


def _bit_spans(shape: Shape, mask: Mask) -> Iterator[tuple[int, int]]:
    """The blanked bits, rising."""
    for frame in range(shape.count):
        boxes = inside(mask.boxes(frame), shape.rows, shape.columns)
        spans = [(y, box.x0, box.x1) for box in boxes for y in range(box.y0, box.y1)]
        for y, x0, x1 in sorted(spans):
            row = (frame * shape.rows + y) * shape.columns
            yield row + x0, row + x1


def _zeroed(body: Source, where: FileRange, spans: Sequence[tuple[int, int]]) -> bytes:
    data = body.read(where.offset, where.length)
    if len(data) != where.length:
        raise Undecodable("the source ended before its pixels")
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    for start, stop in spans:
        bits[start:stop] = 0
    return np.packbits(bits, bitorder="little").tobytes()
