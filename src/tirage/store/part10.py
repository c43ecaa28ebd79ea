"""The File Meta Information in front of a data set: written alike for every object, read from imported files.

Source: PS3.10 7.1. Our own depends on nothing but SOP class, SOP instance and transfer syntax, so two objects
with the same three and the same data set are the same file, and have the same digest.
"""

import struct
from dataclasses import dataclass

from tirage.model.identifiers import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, Uid

PREAMBLE = bytes(128)
PREFIX = b"DICM"
MOST_META_BYTES = 64 * 1024
_LONG_FORM = frozenset(
    (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UC", b"UR", b"UT", b"SV", b"UV")
)
_CLASS, _INSTANCE, _SYNTAX = 0x0002, 0x0003, 0x0010


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What a file says of its data set, and where that begins."""

    sop_class: Uid
    sop_instance: Uid
    transfer_syntax: Uid
    dataset_offset: int


def _short(element: int, vr: bytes, value: bytes) -> bytes:
    pad = (b"\0" if vr == b"UI" else b" ") if len(value) % 2 else b""
    return struct.pack("<HH2sH", 0x0002, element, vr, len(value) + len(pad)) + value + pad


def file_meta(sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid) -> bytes:
    """Preamble, prefix and file meta for a data set; the same bytes in every version of Tirage."""
    group = b"".join(
        (
            struct.pack("<HH2sHI", 0x0002, 0x0001, b"OB", 0, 2) + b"\x00\x01",
            _short(_CLASS, b"UI", _encoded(sop_class)),
            _short(_INSTANCE, b"UI", _encoded(sop_instance)),
            _short(_SYNTAX, b"UI", _encoded(transfer_syntax)),
            _short(0x0012, b"UI", IMPLEMENTATION_CLASS.encode()),
            _short(0x0013, b"SH", IMPLEMENTATION_VERSION.encode()),
        )
    )
    length = _short(0x0000, b"UL", struct.pack("<I", len(group)))
    return PREAMBLE + PREFIX + length + group


def read_meta(start: bytes) -> FileMeta | None:
    """What the file meta at the `start` of a file says (give 64 KiB); none when there is no sound one."""
    if start[128:132] != PREFIX:
        return None
    found: dict[int, Uid] = {}
    position = 132
    while position + 8 <= len(start):
        group, element, vr, length = struct.unpack_from("<HH2sH", start, position)
        if group != 0x0002:
            break
        value = position + 8
        if vr in _LONG_FORM:
            if value + 4 > len(start):
                return None
            (length,) = struct.unpack_from("<I", start, value)
            value += 4
        position = value + length
        if position > len(start):
            return None
        if vr == b"UI":
            text = start[value:position].rstrip(b"\0 ").decode("ascii", "replace")
            found[element] = Uid(text)
    if not found.keys() >= {_CLASS, _INSTANCE, _SYNTAX}:
        return None
    return FileMeta(found[_CLASS], found[_INSTANCE], found[_SYNTAX], position)


def _encoded(uid: Uid) -> bytes:
    # A UID of the wire may be anything; a value field of the short form ends at 65,534 bytes.
    return uid.encode("utf-8", "surrogateescape")[:65_534]
