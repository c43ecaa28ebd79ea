"""What one catalogued object consists of, read from its DICOM JSON (PS3.18 F), pixels left aside."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from tirage.deidentify.private import is_creator
from tirage.deidentify.risk import DECISIVE
from tirage.dicom.elements import BytesSource, FileRange, Header
from tirage.dicom.header import SPECIFIC_CHARACTER_SET
from tirage.model.records import Confidential

Content = dict[str, dict[str, Any]]

_ROWS = 0x00280010
_NEWEST = b"ISO_IR 192"


class Part(NamedTuple):
    """One element: `creator` is that of a private one, None when nobody reserved its block."""

    tag: int
    vr: bytes
    is_nested: bool
    creator: str | None
    texts: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Part ({self.tag >> 16:04X},{self.tag & 0xFFFF:04X}), hidden>"


class Facts(Confidential):
    """An object of the catalogue: its elements, and a header of what its risk is judged by."""

    def __init__(self, json: bytes, transfer_syntax: str) -> None:
        self._content: Content = orjson.loads(json)
        self._transfer_syntax = transfer_syntax

    def text(self, tag: int) -> str:
        """A top-level value, several joined by a backslash; empty when absent."""
        return "\\".join(_texts(self._content.get(f"{tag:08X}", {})))

    def parts(self) -> Iterator[Part]:
        """Every element at any depth but private creators; the walker had allowed 64 levels."""
        return _parts(self._content, False)

    def header(self) -> Header:
        """The attributes that decide the risk, as a header; pixel data count as there when there are rows."""
        buffer, elements = bytearray(_NEWEST), [(SPECIFIC_CHARACTER_SET, b"CS", 0, 0, len(_NEWEST), 0)]
        for part in self.parts():
            if part.tag in DECISIVE and part.texts:
                start = len(buffer)
                buffer += "\\".join(part.texts).encode()
                vr = b"IS" if part.vr == b"US" else part.vr
                elements.append((part.tag, vr, start, start, len(buffer), int(part.is_nested)))
        header = Header(BytesSource(b""), bytes(buffer), elements)
        header.transfer_syntax = self._transfer_syntax
        if f"{_ROWS:08X}" in self._content:
            header.pixel = FileRange(0, 0)
        return header


def _parts(content: Content, is_nested: bool) -> Iterator[Part]:
    creators = {
        key[:4] + key[6:]: "".join(_texts(entry)).strip()
        for key, entry in content.items()
        if _is_creator(int(key, 16))
    }
    for key, entry in content.items():
        tag = int(key, 16)
        if _is_creator(tag):
            continue
        creator = creators.get(key[:6]) if tag & 0x10000 else None
        yield Part(tag, entry["vr"].encode(), is_nested, creator, tuple(_texts(entry)))
        if entry["vr"] == "SQ":
            for item in entry.get("Value", ()):
                yield from _parts(item, True)


def _is_creator(tag: int) -> bool:
    return bool(tag & 0x10000) and is_creator(tag)


def _texts(entry: dict[str, Any]) -> Iterator[str]:
    for value in entry.get("Value", ()):
        if isinstance(value, dict):
            if "Alphabetic" in value:
                yield str(value["Alphabetic"])
        else:
            yield "" if value is None else str(value)
