"""What a released object's own header says in the columns that may be shared."""

import math
import re
from collections.abc import Iterable
from datetime import date

from tirage.deliver.columns import READ, Column, Kind
from tirage.dicom.header import Header, text_of

Value = str | int | float | date | None

_SHARED_GROUPS = 0x52009229  # SharedFunctionalGroupsSequence: what all frames have in common
_WANTED = tuple((column.name, column.tag) for column in READ)
_CODED = re.compile(r"[A-Z0-9_ ]{0,16}(\\[A-Z0-9_ ]{0,16}){0,15}")
_LONGEST = 64  # characters of an LO, PS3.5 6.2
_MOST = 2**63


def values(header: Header) -> list[Value]:
    """One value for each column of `READ`; None where the object does not say or cannot be understood.

    What an object with many frames says of all of them together counts, what differs between them does not.
    """
    found = header.texts(_WANTED)
    if header.has(_SHARED_GROUPS):
        found = _of_all_frames(header) | found
    return [_value(column, found.get(column.name, "")) for column in READ]


def _of_all_frames(header: Header) -> dict[str, str]:
    begin = header.find(_SHARED_GROUPS)
    assert begin is not None
    depth = header.elements[begin][5]
    found: dict[int, str] = {}
    for tag, vr, _, start, end, level in header.elements[begin + 1 :]:
        if level <= depth:
            break
        found.setdefault(tag, text_of(vr, header.buffer[start:end], header.big_endian, header.charset.read))
    return {name: found[tag] for name, tag in _WANTED if found.get(tag)}


def _value(column: Column, text: str) -> Value:
    match column.kind:
        case Kind.CODE:
            return text if text and _CODED.fullmatch(text) else None
        case Kind.TEXT:
            return text if text and len(text) <= _LONGEST and text.isprintable() else None
        case Kind.INTEGER:
            number = _number(text)
            return int(number) if number is not None and abs(number) < _MOST else None
        case Kind.NUMBER:
            parts = text.split("\\")
            place = column.place or 0
            return _number(parts[place]) if place < len(parts) else None
        case Kind.DATE:
            return _day(text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def agreed(each: Iterable[Value]) -> Value:
    """What all that say something agree on; None where they differ or none does."""
    said = {value for value in each if value is not None}
    return said.pop() if len(said) == 1 else None
