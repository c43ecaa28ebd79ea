"""How one element is written. Source: PS3.5 7.1 and 7.5; little endian, explicit or implicit VR."""

from struct import Struct

LONG_VRS = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
"""VRs whose length takes four bytes (PS3.5 Table 7.1-1)."""

UNDEFINED_LENGTH = 0xFFFFFFFF
SHORT_LIMIT = 0xFFFF

ITEM = 0xFFFEE000
ITEM_DELIMITER = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00"
SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"

_SHORT = Struct("<HH2sH")
_LONG = Struct("<HH2sxxL")
_BARE = Struct("<HHL")


def padded(vr: bytes, value: bytes) -> bytes:
    """A value of even length: binary values and UIDs end in zero, text in a space (PS3.5 6.2)."""
    if not len(value) % 2:
        return value
    return value + (b"\0" if vr in (b"UI", b"OB", b"UN") else b" ")


def element(tag: int, vr: bytes, value: bytes, explicit: bool) -> bytes:
    """The bytes of one element of defined length; as UN when too long for its VR (PS3.5 6.2.2)."""
    value = padded(vr, value)
    return opening(tag, vr, len(value), explicit) + value


def opening(tag: int, vr: bytes, length: int, explicit: bool) -> bytes:
    """The bytes of an element, or an item, before its value."""
    group, number = tag >> 16, tag & 0xFFFF
    if not explicit or tag == ITEM:
        return _BARE.pack(group, number, length)
    if vr in LONG_VRS:
        return _LONG.pack(group, number, vr, length)
    if length > SHORT_LIMIT:
        return _LONG.pack(group, number, b"UN", length)
    return _SHORT.pack(group, number, vr, length)
