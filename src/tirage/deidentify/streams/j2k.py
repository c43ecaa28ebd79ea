"""JPEG 2000 and HTJ2K without comments, boxes around the codestream and bytes after its end.

Sources: ITU-T T.800 A (codestream) and I (JP2 boxes), T.814 A (HTJ2K).
"""

import re
from struct import Struct

from tirage.deidentify.streams.jpeg import PADDINGS

_START = b"\xff\x4f\xff\x51"
_BOXES = b"\0\0\0\x0cjP  "
_END = b"\xff\xd9"

_ENCODER_NOTE = re.compile(
    rb"(?:Kakadu-|Kdu-|Creator: JasPer Version |Created by (?:OpenJPEG|GDCM/OpenJPEG|Grok) +version "
    rb"|LEADTOOLS |Aware |OpenJPH Ver )"
    rb"[0-9v.,:;{}_()\-+ \n\r\0]{0,40}"
    rb"|Kdu-Layer-Info: log_2\{Delta-D\(squared-error\)/Delta-L\(bytes\)\}, L\(bytes\)"
    rb"[0-9., \-+e\n\r\0]{0,2000}"
)
"""What encoders say of themselves, which stays, so that frames without other comments stay as they are."""

_CAP, _SIZ, _COD, _COC, _TLM, _PLM, _PLT = 0x50, 0x51, 0x52, 0x53, 0x55, 0x57, 0x58
_QCD, _CRG, _COM, _SOT, _SOD = 0x5C, 0x63, 0x64, 0x90, 0x93
_KNOWN = frozenset((_CAP, _SIZ, _COD, _COC, _TLM, _PLT, _QCD, 0x59, 0x5D, 0x5E, 0x5F))
"""What describes the coding; packed headers and registrations are rare and not looked into."""

_ONCE = frozenset((_CAP, _SIZ, _COD, _QCD))
_DISPENSABLE = frozenset((_COM, _CRG, _PLM))
_LONGEST_CAP = 10

_TWO_SHORTS = Struct(">HH")
_TILE_PART = Struct(">HHLBB")
_BOX = Struct(">L4s")


def strip_j2k(frame: bytes) -> bytes | None:
    """The frame without all that is not its image; the same object if there is nothing; None if in doubt."""
    source = _unboxed(frame) if frame.startswith(_BOXES) else frame
    if source is None or not source.startswith(_START):
        return None
    head = _segments(source, 2, _SOT)
    if head is None:
        return None
    position, kept = head
    parts: list[bytes] = []
    is_changed = False
    while source[position : position + 2] == b"\xff\x90":
        part = _tile_part(source, position)
        if part is None:
            return None
        length, image = part
        is_changed |= len(image) != length
        parts.append(image)
        position += length
    if not parts or source[position : position + 2] != _END:
        return None
    if is_changed:
        # Its lengths are those of the tile-parts; decoders do without it (T.800 A.7.1).
        kept = [segment for segment in kept if segment[1] != _TLM]
    image = b"".join([b"\xff\x4f", *kept, *parts, _END])
    return frame if frame.startswith(image) and frame[len(image) :] in PADDINGS else image


def _unboxed(frame: bytes) -> bytes | None:
    """The codestream of a JP2 file; None when its boxes change the meaning of the samples (T.800 I.5.3)."""
    position = 0
    while position + 8 <= len(frame):
        length, kind = _BOX.unpack_from(frame, position)
        start = position + 8
        if length == 1:
            length, start = int.from_bytes(frame[start : start + 8], "big"), start + 8
        end = position + length if length else len(frame)
        if end < start or end > len(frame):
            return None
        if kind == b"jp2c":
            return frame[start:end]
        if kind == b"jp2h" and any(name in frame[start:end] for name in (b"pclr", b"cmap", b"cdef")):
            return None
        position = end
    return None


def _tile_part(frame: bytes, position: int) -> tuple[int, bytes] | None:
    """The length of the tile-part at `position` and what of it stays."""
    if len(frame) < position + 12:
        return None
    size, tile, length, part, count = _TILE_PART.unpack_from(frame, position + 2)
    head = _segments(frame, position + 12, _SOD)
    if size != 10 or head is None:
        return None
    data, kept = head
    if not length:
        # The last tile-part reaches to the end marker (T.800 A.4.2).
        end = frame.rfind(_END, data)
        length = end - position
    if position + length < data + 2 or position + length > len(frame):
        return None
    head_bytes = b"".join(kept)
    removed = data - position - 12 - len(head_bytes)
    if not removed:
        return length, frame[position : position + length]
    start = b"\xff\x90" + _TILE_PART.pack(size, tile, length - removed, part, count)
    return length, start + head_bytes + frame[data : position + length]


def _segments(frame: bytes, position: int, last: int) -> tuple[int, list[bytes]] | None:
    """Where the marker `last` stands, and the segments up to it that stay; None for a foreign one."""
    seen: set[int] = set()
    kept: list[bytes] = []
    while position + 4 <= len(frame):
        marker, length = _TWO_SHORTS.unpack_from(frame, position)
        kind = marker & 0xFF
        if marker >> 8 != 0xFF:
            return None
        if kind == last:
            return position, kept
        segment = frame[position : position + 2 + length]
        if len(segment) != 2 + length or length < 2:
            return None
        if kind not in _DISPENSABLE:
            if kind not in _KNOWN - (seen & _ONCE) or not _is_of_its_length(kind, segment):
                return None
            kept.append(segment)
        elif kind == _COM and _ENCODER_NOTE.fullmatch(segment[6:]):
            kept.append(segment)
        seen.add(kind)
        position += 2 + length
    return None


def _is_of_its_length(kind: int, segment: bytes) -> bool:
    """Whether a coding style or capability segment has no room for more than it says (T.800 A.5, A.6)."""
    length = len(segment) - 2
    match kind:
        case 0x50:  # CAP
            return length <= _LONGEST_CAP
        case 0x51:  # SIZ
            return length >= 38 and length == 38 + 3 * int.from_bytes(segment[38:40], "big")
        case 0x52 if length >= 10:  # COD
            return length == 12 + (segment[9] + 1 if segment[4] & 1 else 0)
        case 0x53 if length >= 7:  # COC
            return length == 9 + (segment[6] + 1 if segment[5] & 1 else 0)
        case 0x52 | 0x53:
            return False
        case _:
            return True
