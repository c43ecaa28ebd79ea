"""A data set's header as a flat list of elements over one buffer."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cached_property

from tirage.dicom.charsets import Charset, charset_of
from tirage.dicom.pixeldata import PixelData
from tirage.dicom.sources import FileRange, Source

Element = tuple[int, bytes, int, int, int, int]
"""(tag, VR, start, value, end, depth).

`tag` is 0xGGGGEEEE. `start`, `value` and `end` are positions in the header's buffer: of the element, of its
value, and just past it with its delimiter. `depth` counts the enclosing sequences. Sequences (VR `SQ`) and
items (tag 0xFFFEE000, VR `IT`, at the depth of their content) stand before what they contain; delimiters
are not listed.
"""

_NUMBERS = frozenset((b"US", b"UL"))
_BINARY = frozenset(
    (b"SQ", b"OB", b"OW", b"OD", b"OF", b"OL", b"OV", b"FL", b"FD", b"SS", b"SL", b"SV", b"UV")
)

SPECIFIC_CHARACTER_SET = 0x00080005


class Flag(StrEnum):
    """What is irregular about a data set that could nevertheless be read."""

    OUT_OF_ORDER = "out of order"
    UNKNOWN_VR = "unknown VR"
    NO_PREAMBLE = "no preamble"
    NO_META = "no file meta"
    MISLABELLED = "encoded otherwise than its transfer syntax says"
    TRAILING_BYTES = "trailing bytes"


def text_of(vr: bytes, value: bytes, big_endian: bool, read: Callable[[bytes], str]) -> str:
    """A value as text, without padding; `read` decodes text. Empty for sequences and other binary values."""
    if vr in _NUMBERS:
        number = number_of(vr, value, big_endian)
        return "" if number is None else str(number)
    return "" if vr in _BINARY else read(value).strip(" \0")


def number_of(vr: bytes, value: bytes, big_endian: bool) -> int | None:
    """A US, UL or IS value, the first of several; None when it is not a whole number."""
    if vr in _NUMBERS:
        return int.from_bytes(value, "big" if big_endian else "little") if len(value) in (2, 4) else None
    first = value.split(b"\\", 1)[0].strip(b" \0")
    return int(first) if first.isdigit() and len(first) <= 12 else None


class Header:
    """Everything of one object but its pixel data and its large values.

    `buffer` holds the data set's bytes without the top-level pixel data element and without the values in
    `bulk`, which maps the index of an element to where its value lies in `body` (such an element has
    `value == end`). `body` is the file itself, or the inflated data set of a deflated one; `pixel` and
    `fragments` are positions in it too. `fragments` is None for native pixel data; otherwise its first member
    is the Basic Offset Table (PS3.5 A.4), whose bytes are `offset_table`; `codestream` are the first bytes of
    the next. Elements from `tail_index` on follow the pixel data.
    `implicit_ranges` are the parts of an explicit data set's buffer that are encoded with implicit VR: the
    content of sequences of VR UN (PS3.5 6.2.2), little endian.
    """

    def __init__(self, body: Source, buffer: bytes, elements: list[Element]) -> None:
        self.body = body
        self.buffer = buffer
        self.elements = elements
        self.transfer_syntax = ""
        self.explicit = True
        self.big_endian = False
        self.preamble = b""
        self.meta: dict[int, bytes] = {}
        self.dataset_offset = 0
        self.bulk: dict[int, FileRange] = {}
        self.pixel: FileRange | None = None
        self.pixel_tag = 0
        self.pixel_vr = b""
        self.fragments: list[FileRange] | None = None
        self.offset_table = b""
        self.codestream = b""
        self.tail_index = len(elements)
        self.implicit_ranges: list[tuple[int, int]] = []
        self.flags: frozenset[Flag] = frozenset()

    def set_pixel(self, found: PixelData) -> None:
        """Note where the pixel data lies."""
        self.pixel_tag, self.pixel_vr, self.pixel = found.tag, found.vr, found.place
        self.fragments, self.offset_table, self.codestream = (
            found.fragments,
            found.offset_table,
            found.codestream,
        )

    def __repr__(self) -> str:
        return f"<Header, {len(self.elements)} elements, hidden>"

    def value(self, index: int) -> bytes:
        """The value of an element as it is encoded; empty for one that is in `bulk`."""
        element = self.elements[index]
        return self.buffer[element[3] : element[4]]

    def whole_value(self, index: int) -> bytes:
        """The value of an element wherever it lies; it may be as large as the file."""
        where = self.bulk.get(index)
        return self.value(index) if where is None else self.body.read(where.offset, where.length)

    def has(self, tag: int) -> bool:
        """Whether a top-level element is there, empty or not."""
        return tag in self.top_level

    def find(self, tag: int) -> int | None:
        """The index of a top-level element, or None."""
        return self.top_level.get(tag)

    def text(self, tag: int) -> str:
        """A top-level value decoded in its character set, without padding; empty if absent or a sequence."""
        index = self.top_level.get(tag)
        if index is None or self.elements[index][1] == b"SQ":
            return ""
        return self.charset.read(self.value(index)).strip(" \0")

    def texts(self, wanted: Iterable[tuple[str, int]]) -> dict[str, str]:
        """The top-level values that are not empty, as text by the name given with their tag.

        Binary numbers are written in decimal, several values joined by a backslash.
        """
        found = {}
        places, elements, buffer, read = self.top_level, self.elements, self.buffer, self.charset.read
        for name, tag in wanted:
            index = places.get(tag)
            if index is None:
                continue
            _, vr, _, start, end, _ = elements[index]
            text = text_of(vr, buffer[start:end], self.big_endian, read)
            if text:
                found[name] = text
        return found

    def number(self, tag: int) -> int | None:
        """A top-level US, UL or IS value, the first of several; None when absent or not a number."""
        index = self.top_level.get(tag)
        if index is None:
            return None
        return number_of(self.elements[index][1], self.value(index), self.big_endian)

    def meta_text(self, tag: int) -> str:
        """A file meta value as text, without padding; empty when absent."""
        return self.meta.get(tag, b"").decode("ascii", "replace").strip(" \0")

    @cached_property
    def charset(self) -> Charset:
        """The character set of the top level (PS3.3 C.12.1.1.2)."""
        index = self.top_level.get(SPECIFIC_CHARACTER_SET)
        return charset_of(b"" if index is None else self.value(index))

    @cached_property
    def top_level(self) -> dict[int, int]:
        """Index by tag of the top-level elements."""
        return {element[0]: index for index, element in enumerate(self.elements) if not element[5]}
