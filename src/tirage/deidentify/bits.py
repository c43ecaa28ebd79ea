"""Whether native pixel data hold more than samples: the bits above Bits Stored, where overlays hide.

Source: PS3.5 8.1.1 (unused bits) and the retired overlays in pixel data of PS3.3 C.9.2.
"""

from collections.abc import Iterator

import numpy as np

from tirage.dicom.header import Header
from tirage.dicom.sources import FileRange

BITS_ALLOCATED = 0x00280100
BITS_STORED = 0x00280101
HIGH_BIT = 0x00280102
REPRESENTATION = 0x00280103

CHUNK_BYTES = 4 << 20


def has_unused_bits_set(header: Header, extent: FileRange) -> bool:
    """Whether a sample of the native pixels in `extent` says more than its Bits Stored can.

    True as well for an arrangement that leaves unused bits below the sample, or that is contradictory:
    nothing is known of those bits then. A sign that is extended into the unused bits is part of the sample.
    """
    allocated, stored = header.number(BITS_ALLOCATED), header.number(BITS_STORED)
    if allocated is None or stored is None or allocated == stored:
        return allocated is None or stored is None
    if allocated not in (8, 16, 32) or not 0 < stored < allocated or header.number(HIGH_BIT) != stored - 1:
        return True
    signed = header.number(REPRESENTATION) == 1
    lowest, highest = (-(1 << (stored - 1)), (1 << (stored - 1)) - 1) if signed else (0, (1 << stored) - 1)
    kind = np.dtype(f"<{'i' if signed else 'u'}{allocated // 8}")
    for chunk in _chunks(header, extent):
        samples = np.frombuffer(chunk, kind, len(chunk) // kind.itemsize)
        if samples.size and (int(samples.min()) < lowest or int(samples.max()) > highest):
            return True
    return False


def _chunks(header: Header, extent: FileRange) -> Iterator[bytes]:
    for offset in range(extent.offset, extent.offset + extent.length, CHUNK_BYTES):
        yield header.body.read(offset, min(CHUNK_BYTES, extent.offset + extent.length - offset))
