"""Whether a compressed frame carries more than its image: comments, private segments, bytes after its end.

Only markers are read; nothing is decoded.

Sources: ITU-T T.81 B (JPEG), T.87 C (JPEG-LS), T.800 A (JPEG 2000), PS3.5 G (RLE).
"""

import re
from itertools import pairwise
from struct import Struct

_SEGMENT = re.compile(rb"\xff[\xe0-\xef\xfe\xf0-\xf6\xf9-\xfd\xc8\xcc\xdc]")
"""JPEG: application, comment, reserved and unused segments; entropy-coded data never hold these pairs."""

_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf\xf7](.)(.).{5}(.)", re.DOTALL)
_RESTART_INTERVAL = re.compile(rb"\xff\xdd(?!\x00\x04)")

_JFIF = re.compile(rb"\xff\xe0\x00\x10JFIF\x00.{7}\x00\x00", re.DOTALL)
_ADOBE = re.compile(rb"\xff\xee\x00(?:\x0cAdobe.{5}|\x0eAdobe.{7})(?=\xff)", re.DOTALL)

_ENCODER_NOTE = re.compile(
    rb"(?:Kakadu-|Kdu-|Creator: JasPer Version |Created by (?:OpenJPEG|GDCM/OpenJPEG|Grok) +version "
    rb"|LEADTOOLS |Aware |OpenJPH Ver )"
    rb"[0-9v.,:;{}_()\-+ \n\r\0]{0,40}"
    rb"|Kdu-Layer-Info: log_2\{Delta-D\(squared-error\)/Delta-L\(bytes\)\}, L\(bytes\)"
    rb"[0-9., \-+e\n\r\0]{0,2000}"
)
"""Comments that encoders write about themselves; anything else in a comment may be about a person."""

_J2K_SEGMENTS = frozenset({0x50, 0x51, 0x52, 0x53, 0x55, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F})
"""JPEG 2000: what describes the coding; packed headers and registrations are rare and not looked into."""

_J2K_ONCE = frozenset({0x50, 0x51, 0x52, 0x5C})
_J2K_COMMENT, _COD, _COC, _CAP, _SOT, _SOD = 0x64, 0x52, 0x53, 0x50, 0x90, 0x93
_LONGEST_CAP = 10

_TWO_SHORTS = Struct(">HH")
_TILE_PART = Struct(">HHLBB")
_RLE_HEADER = Struct("<16L")


def is_clean(codec: str, frame: bytes, samples: int, sample_bytes: int) -> bool:
    """Whether one frame is nothing but its image; False as well for what cannot be followed.

    `samples` is rows × columns, `sample_bytes` bytes of a pixel over all its samples.
    """
    match codec:
        case "jpeg":
            return _is_clean_jpeg(frame)
        case "jpeg2000":
            return _is_clean_j2k(frame)
        case "rle":
            return _is_clean_rle(frame, samples, sample_bytes)
        case _:
            return False


def _is_clean_jpeg(frame: bytes) -> bool:
    end = frame.find(b"\xff\xd9")
    if not frame.startswith(b"\xff\xd8") or end < 0 or frame[end + 2 :] not in (b"", b"\0", b"\xff"):
        return False
    frames = _FRAME.findall(frame)
    # One frame header, as long as its number of components says: decoders pass over others unread.
    if len(frames) != 1 or _RESTART_INTERVAL.search(frame):
        return False
    high, low, components = frames[0]
    if high != b"\0" or ord(low) != 8 + 3 * ord(components):
        return False
    return all(
        _JFIF.match(frame, found.start()) or _ADOBE.match(frame, found.start())
        for found in _SEGMENT.finditer(frame)
    )


def _is_clean_j2k(frame: bytes) -> bool:
    if not frame.startswith(b"\xff\x4f\xff\x51"):
        return False
    position = _after_segments(frame, 2, _SOT)
    while position is not None and frame[position : position + 2] == b"\xff\x90":
        if len(frame) < position + 12:
            return False
        length = _TILE_PART.unpack_from(frame, position + 2)[2]
        data = _after_segments(frame, position + 12, _SOD)
        if data is None:
            return False
        # Psot 0: the last tile-part reaches to the end marker (T.800 A.4.2).
        position = position + length if length else frame.find(b"\xff\xd9", data)
        if position < data:
            return False
    return (
        position is not None
        and frame[position : position + 2] == b"\xff\xd9"
        and frame[position + 2 :] in (b"", b"\0", b"\xff")
    )


def _after_segments(frame: bytes, position: int, last: int) -> int | None:
    """Where the marker `last` stands after known segments; None for a foreign one or a telling comment."""
    seen: set[int] = set()
    while position + 4 <= len(frame):
        marker, length = _TWO_SHORTS.unpack_from(frame, position)
        kind = marker & 0xFF
        if marker >> 8 != 0xFF:
            return None
        if kind == last:
            return position
        if kind == _J2K_COMMENT:
            if not _ENCODER_NOTE.fullmatch(frame[position + 6 : position + 2 + length]):
                return None
        elif kind not in _J2K_SEGMENTS - (seen & _J2K_ONCE):
            return None
        if not _is_of_its_length(kind, length, frame[position + 4 : position + 10]):
            return None
        seen.add(kind)
        position += 2 + length
    return None


def _is_of_its_length(kind: int, length: int, start: bytes) -> bool:
    """Whether a coding style or capability segment has no room for more than it says (T.800 A.5, A.6)."""
    if kind == _CAP:
        return length <= _LONGEST_CAP
    if kind == _COD and len(start) == 6:
        style, levels = start[0], start[5]
        return length == 12 + (levels + 1 if style & 1 else 0)
    if kind == _COC and len(start) == 6:
        style, levels = start[1], start[2]
        return length == 9 + (levels + 1 if style & 1 else 0)
    return True


def _is_clean_rle(frame: bytes, samples: int, sample_bytes: int) -> bool:
    if len(frame) < _RLE_HEADER.size:
        return False
    count, *offsets = _RLE_HEADER.unpack_from(frame)
    if count != sample_bytes or count > 15 or offsets[0] != _RLE_HEADER.size or any(offsets[count:]):
        return False
    bounds = [*offsets[:count], len(frame)]
    return all(
        start < end and _is_clean_packbits(frame, start, end, samples) for start, end in pairwise(bounds)
    )


def _is_clean_packbits(frame: bytes, position: int, end: int, wanted: int) -> bool:
    """Whether a segment yields `wanted` bytes and ends there, up to one byte of padding."""
    decoded = 0
    while decoded < wanted and position < end:
        control = frame[position]
        if control < 128:
            decoded += control + 1
            position += control + 2
        elif control > 128:
            decoded += 257 - control
            position += 2
        else:
            position += 1
    # Encoders that write whole rows may overshoot by nothing; PS3.5 G.3.1 pads a segment to an even length.
    return decoded == wanted and position <= end and frame[position:end] in (b"", b"\0")
