"""Encodes a frame as JPEG Lossless, selection value 1: no library of ours writes this syntax.

Each sample is predicted from its left neighbour, the first of a row from the one above; the differences are
Huffman-coded by their number of bits. Source: ITU-T T.81 H.
"""

from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LENGTHS = (2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
"""Bits of the code of each of the 17 categories: those of T.81 Table K.3, continued."""

_BYTES = 5
"""A code of up to 14 bits and a difference of up to 15, wherever they begin, lie within so many bytes."""

_SHORTS = Struct(">BHHB")


def encode_lossless(values: NDArray[Any], precision: int, is_rgb: bool) -> bytes:
    """The codestream of unsigned samples, (rows, columns) or (rows, columns, samples), below 2**precision."""
    samples = values.reshape(*values.shape[:2], -1).astype(np.int32)
    rows, columns, count = samples.shape
    names = b"RGB" if is_rgb else b"\1\2\3\4"
    frame = _SHORTS.pack(precision, rows, columns, count)
    scan = bytes([count])
    for name in names[:count]:
        frame += bytes((name, 0x11, 0))
        scan += bytes((name, 0))
    table = b"\0" + bytes(_LENGTHS.count(size) for size in range(1, 17)) + bytes(range(17))
    # Decoders that believe a stream rather than the object have to know that nothing is transformed.
    adobe = _segment(0xEE, b"Adobe\0\x64\0\0\0\0\0") if is_rgb else b""
    head = adobe + _segment(0xC3, frame) + _segment(0xC4, table) + _segment(0xDA, scan + b"\1\0\0")
    return b"\xff\xd8" + head + _coded(_differences(samples, precision)) + b"\xff\xd9"


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _differences(samples: NDArray[np.int32], precision: int) -> NDArray[np.int32]:
    """Sample less prediction, modulo 65,536, in coding order (T.81 H.1.2.1)."""
    predicted = np.empty_like(samples)
    predicted[:, 1:] = samples[:, :-1]
    predicted[1:, 0] = samples[:-1, 0]
    predicted[0, 0] = 1 << (precision - 1)
    difference = (samples - predicted) & 0xFFFF
    difference[difference > 0x8000] -= 0x10000
    return difference.reshape(-1)


def _coded(differences: NDArray[np.int32]) -> bytes:
    """The entropy-coded data: for each difference its category's code and so many low bits."""
    magnitude = np.abs(differences)
    category = np.ceil(np.log2(magnitude + 1.0)).astype(np.int64)
    codes, code = [], 0
    for before, size in zip((_LENGTHS[0], *_LENGTHS), _LENGTHS, strict=False):
        code <<= size - before
        codes.append(code)
        code += 1
    extra = np.where(category < 16, category, 0)  # 32,768 is the whole of its category
    low = np.where(differences > 0, differences, differences - 1) & ((1 << extra) - 1)
    bits = (np.array(codes, np.int64)[category] << extra) | low
    sizes = np.array(_LENGTHS, np.int64)[category] + extra
    ends = np.cumsum(sizes)
    starts = ends - sizes
    total = int(ends[-1])
    shifted = bits << (8 * _BYTES - sizes - (starts & 7))
    data = np.zeros(total // 8 + _BYTES + 1, np.uint8)
    for place in range(_BYTES):
        # No two codes share a bit, so adding them up joins them.
        part = (shifted >> (8 * (_BYTES - 1 - place))) & 0xFF
        data[place:] += np.bincount(starts >> 3, part, len(data) - place).astype(np.uint8)
    size = (total + 7) // 8
    if total % 8:
        data[size - 1] |= 0xFF >> (total % 8)
    return data[:size].tobytes().replace(b"\xff", b"\xff\0")
