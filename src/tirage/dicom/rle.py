"""RLE frames whose segments end where their image does. Source: PS3.5 G."""

from itertools import pairwise
from struct import Struct

_HEADER = Struct("<16L")
_MOST_SEGMENTS = 15


def exact(frame: bytes, samples: int, sample_bytes: int) -> bytes | None:
    """The frame without bytes that are not decoded; None if its segments do not come out even.

    `samples` is rows × columns, `sample_bytes` bytes of a pixel over all its samples. The same object if
    there is nothing to leave behind.
    """
    if len(frame) < _HEADER.size:
        return None
    count, *offsets = _HEADER.unpack_from(frame)
    bounds = [*offsets[:count], len(frame)]
    if count != sample_bytes or not 0 < count <= _MOST_SEGMENTS or offsets[0] < _HEADER.size:
        return None
    segments: list[bytes] = []
    for start, stop in pairwise(bounds):
        end = _end_of_segment(frame, start, min(stop, len(frame)), samples)
        if end is None:
            return None
        # Segments are of even length (PS3.5 G.3.1).
        segments.append(frame[start:end] + bytes((end - start) % 2))
    places, position = [], _HEADER.size
    for segment in segments:
        places.append(position)
        position += len(segment)
    image = b"".join([_HEADER.pack(count, *places, *[0] * (15 - count)), *segments])
    # The last segment may lack its padding: the fragment ends there.
    return frame if image in (frame, frame + b"\0") else image


def _end_of_segment(frame: bytes, position: int, stop: int, wanted: int) -> int | None:
    """Where a segment has given `wanted` bytes; None when it does not come out even."""
    decoded = 0
    while decoded < wanted and position < stop:
        control = frame[position]
        if control < 128:
            decoded += control + 1
            position += control + 2
        elif control > 128:
            decoded += 257 - control
            position += 2
        else:
            position += 1
    return position if decoded == wanted and position <= stop else None
