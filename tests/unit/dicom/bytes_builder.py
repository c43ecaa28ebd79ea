"""DICOM bytes made by hand, so that tests can also write what no library would."""

import struct
from collections.abc import Iterable

from tirage.dicom.elements import BytesSource, Header, Limits, read_header
from tirage.dicom.syntaxes import EXPLICIT_LITTLE

CT = "1.2.840.10008.5.1.4.1.1.2"
INSTANCE = "1.2.826.0.1.3680043.8.498.1.1.1"
STUDY = "1.2.826.0.1.3680043.8.498.1"
SERIES = "1.2.826.0.1.3680043.8.498.1.1"
UNDEFINED = 0xFFFFFFFF
LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}

ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def element(tag: int, vr: bytes, value: bytes = b"", *, length: int | None = None, order: str = "<") -> bytes:
    """An explicit element; `length` is what it claims, if not the truth."""
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB", b"UN") else b" "
    claimed = len(value) if length is None else length
    if vr in LONG_FORM:
        return struct.pack(order + "HH2s2xI", tag >> 16, tag & 0xFFFF, vr, claimed) + value
    return struct.pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr, claimed) + value


def implicit(tag: int, value: bytes = b"", *, length: int | None = None) -> bytes:
    """An element without VR."""
    value += b" " * (len(value) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(content: bytes, *, defined: bool = False) -> bytes:
    """An item of a sequence."""
    if defined:
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    return struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) + content + ITEM_END


def sequence(tag: int, items: Iterable[bytes], *, defined: bool = False, vr: bytes = b"SQ") -> bytes:
    """An explicit sequence of items given with their own headers."""
    content = b"".join(items)
    if defined:
        return element(tag, vr, content)
    return element(tag, vr, content, length=UNDEFINED) + SEQUENCE_END


def encapsulated(frames: Iterable[bytes], table: bytes = b"", tag: int = 0x7FE00010) -> bytes:
    """Pixel data in fragments."""
    parts = [table, *frames]
    content = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part for part in parts)
    return element(tag, b"OB", content, length=UNDEFINED) + SEQUENCE_END


def meta(syntax: str = EXPLICIT_LITTLE, sop_class: str = CT, sop_instance: str = INSTANCE) -> bytes:
    """File meta information with its group length."""
    content = b"".join(
        (
            element(0x00020001, b"OB", b"\0\1"),
            element(0x00020002, b"UI", sop_class.encode()) if sop_class else b"",
            element(0x00020003, b"UI", sop_instance.encode()) if sop_instance else b"",
            element(0x00020010, b"UI", syntax.encode()),
        )
    )
    return element(0x00020000, b"UL", struct.pack("<I", len(content))) + content


def file(dataset: bytes, syntax: str = EXPLICIT_LITTLE, **ids: str) -> bytes:
    """A whole file around a data set."""
    return bytes(128) + b"DICM" + meta(syntax, **ids) + dataset


def read(data: bytes, limits: Limits | None = None, *, allow_bare: bool = False) -> Header:
    """The header of a file given as bytes."""
    return read_header(BytesSource(data), limits or Limits(), allow_bare=allow_bare)


def us(tag: int, number: int) -> bytes:
    """An unsigned short."""
    return element(tag, b"US", struct.pack("<H", number))


def image(
    *,
    rows: int = 4,
    columns: int = 4,
    bits: int = 16,
    frames: int | None = None,
    samples: int = 1,
    photometric: bytes = b"MONOCHROME2",
    pixels: bytes | None = None,
    replace: dict[int, bytes] | None = None,
    without: tuple[int, ...] = (),
) -> bytes:
    """A small image; `replace` gives whole elements by tag, `pixels` the whole pixel data element."""
    if pixels is None:
        pixels = element(0x7FE00010, b"OW", bytes(rows * columns * samples * bits // 8 * (frames or 1)))
    elements = {
        0x00080016: element(0x00080016, b"UI", CT.encode()),
        0x00080018: element(0x00080018, b"UI", INSTANCE.encode()),
        0x00080060: element(0x00080060, b"CS", b"CT"),
        0x00100010: element(0x00100010, b"PN", b"Doe^Jane"),
        0x00100020: element(0x00100020, b"LO", b"4711"),
        0x0020000D: element(0x0020000D, b"UI", STUDY.encode()),
        0x0020000E: element(0x0020000E, b"UI", SERIES.encode()),
        0x00280002: us(0x00280002, samples),
        0x00280004: element(0x00280004, b"CS", photometric),
        0x00280010: us(0x00280010, rows),
        0x00280011: us(0x00280011, columns),
        0x00280100: us(0x00280100, bits),
        0x00280103: us(0x00280103, 0),
        0x7FE00010: pixels,
    }
    if frames is not None:
        elements[0x00280008] = element(0x00280008, b"IS", str(frames).encode())
    elements |= replace or {}
    return b"".join(content for tag, content in sorted(elements.items()) if tag not in without)
