"""A header read by its likeness to a neighbour: the values asked for are taken from where they must lie."""

from collections.abc import Iterable
from functools import cached_property

from tirage.dicom.header import number_of, text_of
from tirage.dicom.json import Template
from tirage.dicom.malformed import Limits
from tirage.dicom.pattern import Pattern
from tirage.dicom.pixeldata import PixelData, encapsulated
from tirage.dicom.sources import FileRange, Source


class Likeness:
    """A pattern with what can be prepared from it once: the JSON of its runs, the texts that never vary."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        header = pattern.sample.header
        self.header = header
        self.first = sum(index < 0 for index in pattern.varying)
        self.places: dict[int, int] = {}  # of varying values, by tag
        metas = list(header.meta)
        for place, index in enumerate(pattern.varying):
            if index < 0:
                self.places[metas[index]] = place
            elif not header.elements[index][5]:
                self.places[header.elements[index][0]] = place
        self.texts: dict[int, str] = {}

    @cached_property
    def template(self) -> Template:
        """The JSON, varying values left open."""
        return Template(self.header, self.pattern.varying[self.first :])

    def read(self, source: Source, start: bytes, limits: Limits) -> "Sibling | None":
        """The header of a file that begins with `start`; None when it is not alike."""
        spans = self.pattern.match(start)
        if spans is None:
            return None
        end, known = spans[-1][1], self.header
        if known.pixel is None:
            return Sibling(self, start, spans, None) if end == source.size else None
        if known.fragments is None:
            place = FileRange(end, known.pixel.length)
            if end + place.length != source.size:
                return None
            return Sibling(self, start, spans, PixelData(known.pixel_tag, known.pixel_vr, place))
        tag, vr = known.pixel_tag, known.pixel_vr
        found = encapsulated(source, tag, vr, end, source.size, limits.fragments, big_endian=False)
        if end + found.place.length + 8 != source.size:
            return None
        return Sibling(self, start, spans, found)


class Sibling:
    """One object's facts; what does not vary is answered by the neighbour's header."""

    __slots__ = ("likeness", "pixel_data", "spans", "start")

    def __init__(
        self, likeness: Likeness, start: bytes, spans: list[tuple[int, int]], pixel_data: PixelData | None
    ) -> None:
        self.likeness = likeness
        self.start = start
        self.spans = spans
        self.pixel_data = pixel_data

    def __repr__(self) -> str:
        return "<Sibling, hidden>"

    @property
    def transfer_syntax(self) -> str:
        return self.likeness.header.transfer_syntax

    @property
    def pixel(self) -> FileRange | None:
        return self.pixel_data.place if self.pixel_data else None

    @property
    def pixel_tag(self) -> int:
        return self.likeness.header.pixel_tag

    @property
    def fragments(self) -> list[FileRange] | None:
        return self.pixel_data.fragments if self.pixel_data else None

    @property
    def offset_table(self) -> bytes:
        return self.pixel_data.offset_table if self.pixel_data else b""

    @property
    def codestream(self) -> bytes:
        return self.pixel_data.codestream if self.pixel_data else b""

    def has(self, tag: int) -> bool:
        return self.likeness.header.has(tag)

    def text(self, tag: int) -> str:
        place = self.likeness.places.get(tag)
        if place is not None:
            return self.likeness.header.charset.read(self._value(place)).strip(" \0")
        texts = self.likeness.texts
        if tag not in texts:
            texts[tag] = self.likeness.header.text(tag)
        return texts[tag]

    def texts(self, wanted: Iterable[tuple[str, int]]) -> dict[str, str]:
        places, header = self.likeness.places, self.likeness.header
        found: dict[str, str] = {}
        for name, tag in wanted:
            place = places.get(tag)
            if place is None:
                found |= header.texts(((name, tag),))
            elif text := text_of(self._vr(place), self._value(place), False, header.charset.read):
                found[name] = text
        return found

    def number(self, tag: int) -> int | None:
        header, place = self.likeness.header, self.likeness.places.get(tag)
        if place is None:
            return header.number(tag)
        return number_of(self._vr(place), self._value(place), big_endian=False)

    def meta_text(self, tag: int) -> str:
        place = self.likeness.places.get(tag)
        if place is None:
            return self.likeness.header.meta_text(tag)
        return self._value(place).decode("ascii", "replace").strip(" \0")

    def json(self) -> bytes:
        """The header as DICOM JSON, byte for byte what `to_json` makes of the walked header."""
        start = self.start
        values = [start[value:end] for value, end in self.spans[self.likeness.first : -1]]
        return self.likeness.template.fill(values)

    def _vr(self, place: int) -> bytes:
        return self.likeness.header.elements[self.likeness.pattern.varying[place]][1]

    def _value(self, place: int) -> bytes:
        value, end = self.spans[place]
        return self.start[value:end]
