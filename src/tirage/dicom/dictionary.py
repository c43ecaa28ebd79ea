"""The data dictionary: a tag's name and how its value is encoded. Source: PS3.6, as pydicom carries it."""

from dataclasses import dataclass
from functools import cache, lru_cache


@dataclass(frozen=True, slots=True)
class Attribute:
    """One entry; `vr` is one VR or several joined by " or ", `vm` as in PS3.6."""

    tag: int
    keyword: str
    vr: str
    vm: str
    name: str
    retired: bool


@cache
def attributes() -> dict[int, Attribute]:
    """Every public attribute with a fixed tag."""
    from pydicom._dicom_dict import DicomDictionary

    return {
        tag: Attribute(tag, keyword, vr, vm, name, bool(retired))
        for tag, (vr, vm, name, retired, keyword) in DicomDictionary.items()
    }


@cache
def _repeating() -> tuple[tuple[int, int, Attribute], ...]:
    """Attributes of repeating groups (60xx, 50xx …): mask, value under it, entry."""
    from pydicom._dicom_dict import RepeatersDictionary

    rows = []
    for pattern, (vr, vm, name, retired, keyword) in RepeatersDictionary.items():
        mask = int("".join("0" if digit == "x" else "F" for digit in pattern), 16)
        tag = int(pattern.replace("x", "0"), 16)
        rows.append((mask, tag, Attribute(tag, keyword, vr, vm, name, bool(retired))))
    return tuple(rows)


def find_attribute(tag: int) -> Attribute | None:
    """The entry of a public tag, repeating groups included; None when the standard has none."""
    found = attributes().get(tag)
    if found is not None or tag & 0x10000:
        return found
    for mask, value, attribute in _repeating():
        if tag & mask == value:
            return attribute
    return None


@cache
def _tags() -> dict[str, int]:
    return {entry.keyword: tag for tag, entry in attributes().items() if entry.keyword}


def tag_of(keyword: str) -> int | None:
    """The tag of a keyword such as `PatientID`; None when there is no such attribute."""
    return _tags().get(keyword)


def keyword_of(tag: int) -> str:
    """A tag's keyword, or the tag itself as `(gggg,eeee)` when it has none; never a value."""
    found = find_attribute(tag)
    if found is not None and found.keyword:
        return found.keyword
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


@cache
def implicit_vrs() -> dict[int, bytes]:
    """VR by tag, for data sets that do not carry it; entries with a choice of VRs are left out."""
    return {tag: entry.vr.encode() for tag, entry in attributes().items() if len(entry.vr) == 2}


def choice_of_vrs(tag: int) -> tuple[bytes, ...]:
    """The VRs a public tag may have; empty when it is unknown. Group lengths are UL (PS3.5 7.2)."""
    found = find_attribute(tag)
    if found is not None:
        return tuple(part.encode() for part in found.vr.split(" or ") if len(part) == 2)
    return (b"UL",) if not tag & 0xFFFF else ()


@cache
def _private() -> dict[str, dict[str, tuple[str, str, str, str]]]:
    from pydicom._private_dict import private_dictionaries

    return private_dictionaries


@lru_cache(maxsize=1 << 14)
def private_vr(tag: int, creator: bytes) -> bytes:
    """The VR a private creator gives to one of its elements, UN when that is not publicly known."""
    known = _private().get(creator.decode("latin_1"))
    if known is None:
        return b"UN"
    entry = known.get(f"{tag >> 16:04X}xx{tag & 0xFF:02X}") or known.get(f"{tag:08X}")
    if entry is None or len(entry[0]) != 2 or entry[0] == "SQ":
        return b"UN"
    return entry[0].encode()


def private_name(tag: int, creator: bytes) -> str:
    """A private element by block, creator and name as far as publicly known: `(0019,xx0C) CREATOR B_value`.

    A creator that nobody knows may be a person's name: it is left out, and the tag is given as it is.
    """
    name = creator.strip(b" \0").decode("latin_1")
    known = _private().get(name)
    if known is None:
        return keyword_of(tag)
    place = f"{tag >> 16:04X}xx{tag & 0xFF:02X}"
    entry = known.get(place) or known.get(f"{tag:08X}")
    words = [f"({place[:4]},{place[4:]})", name, entry[2] if entry is not None else ""]
    return " ".join(word for word in words if word and word != "Unknown")
