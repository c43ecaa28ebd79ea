"""Values in words, for the eyes of the identified zone only."""

import struct

from tirage.dicom.header import Header

LONGEST = 200
"""Characters of a value that are shown."""

MOST_NUMBERS = 24
_FORMATS = {
    b"US": ("H", 2),
    b"SS": ("h", 2),
    b"UL": ("I", 4),
    b"SL": ("i", 4),
    b"UV": ("Q", 8),
    b"SV": ("q", 8),
    b"FL": ("f", 4),
    b"FD": ("d", 8),
}
_OPAQUE = frozenset((b"OB", b"OW", b"OD", b"OF", b"OL", b"OV", b"UN"))


def shown(header: Header, index: int, longest: int = LONGEST) -> str:
    """An element's value as a person would read it, cut when it is long; empty for a sequence."""
    vr = header.elements[index][1]
    bulk = header.bulk.get(index)
    if bulk is not None:
        return f"{bulk.length:,} bytes"
    value = header.value(index)
    if vr == b"SQ" or not value:
        return ""
    if vr in _FORMATS:
        return _numbers(vr, value, header.big_endian)
    if vr == b"AT":
        order = ">" if header.big_endian else "<"
        parts = struct.unpack_from(f"{order}{len(value) // 4 * 2}H", value)
        return " ".join(
            f"({group:04X},{one:04X})" for group, one in zip(parts[::2], parts[1::2], strict=True)
        )
    text = header.charset.read(value).strip(" \0")
    is_text = all(character.isprintable() or character in "\r\n\t\f" for character in text)
    if vr in _OPAQUE and not is_text:
        return f"{len(value):,} bytes"
    return cut("".join(character if character.isprintable() else " " for character in text), longest)


def cut(text: str, longest: int = LONGEST) -> str:
    """A text no longer than fits a table."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _numbers(vr: bytes, value: bytes, big_endian: bool) -> str:
    letter, size = _FORMATS[vr]
    count = min(len(value) // size, MOST_NUMBERS)
    numbers = struct.unpack_from(f"{'>' if big_endian else '<'}{count}{letter}", value)
    more = " …" if len(value) // size > count else ""
    return cut("\\".join(f"{number:g}" if letter in "fd" else str(number) for number in numbers)) + more
