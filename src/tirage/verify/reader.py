"""What a finished file consists of, read by a reader of the gate's own.

It shares nothing with the walker that made the file: an error there must not be repeated here. It reads
what Tirage may write (PS3.10 file meta information, PS3.5 7.1 and 7.5) and calls all else unreadable.
"""

import zlib
from bisect import bisect_right
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from tirage.dicom.dictionary import implicit_vrs, keyword_of
from tirage.dicom.sources import BytesSource, FileRange, Source
from tirage.model.records import Confidential

_FIRST_READ = 32 << 10
_LARGE = 64 << 10
_HEADER_LIMIT = 96 << 20
_INFLATED_LIMIT = 256 << 20
_DEPTH_LIMIT = 64
_ELEMENT_LIMIT = 200_000
_UNDEFINED = 0xFFFFFFFF
_NO_END = 1 << 62
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_TRANSFER_SYNTAX = 0x00020010
_IMPLICIT, _DEFLATED, _BIG = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2"
_BITS_ALLOCATED = 0x00280100
_PIXEL_DATA = 0x7FE00010
# PS3.5 table 7.1-1 and 7.1-2: which VRs have a 32-bit length, which a 16-bit one.
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"}
    | {b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
_BULKY = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"))


class Unreadable(Exception):
    """The bytes are not a file that Tirage writes."""


Leaf = tuple[int, bytes, int, int, int]
"""(tag, VR, start, end, container): an element with a value of its own and where that lies in the buffer."""


class Bulk(NamedTuple):
    """A value left in the file; `bits` is the size of its samples, 0 when it is compressed or not samples."""

    tag: int
    container: int
    range: FileRange
    bits: int


class Container(NamedTuple):
    """The data set (0) or a sequence item: its parent, the sequence's tag, its number from 0."""

    parent: int
    tag: int
    number: int


@dataclass(slots=True, repr=False)
class Contents(Confidential):
    """A file taken apart: `buffer` is all of it but the values in `bulks`, `body` what those lie in."""

    body: Source
    buffer: bytes
    leaves: list[Leaf]
    starts: list[int]
    bulks: list[Bulk]
    containers: list[Container]

    def leaf_at(self, position: int) -> Leaf | None:
        """The leaf whose value covers a position of the buffer; None between values."""
        index = bisect_right(self.starts, position) - 1
        if index >= 0 and position < self.leaves[index][3]:
            return self.leaves[index]
        return None

    def path(self, tag: int, container: int) -> str:
        """Where an element is, by keywords: `RequestAttributesSequence[0].AccessionNumber`."""
        names = [keyword_of(tag)]
        while container:
            parent = self.containers[container]
            names.append(f"{keyword_of(parent.tag)}[{parent.number}]")
            container = parent.parent
        return ".".join(reversed(names))


def read_contents(source: Source) -> Contents:
    """The parts of a finished file; raises `Unreadable`."""
    window = source.read(0, _FIRST_READ)
    if window[128:132] != b"DICM":
        raise Unreadable("no DICOM prefix")
    meta = _Reader(source, window, 132, explicit=True, big=False)
    meta.run(only_group=2)
    syntax = meta.text(_TRANSFER_SYNTAX)
    if not syntax:
        raise Unreadable("no transfer syntax")
    if syntax != _DEFLATED:
        meta.become(explicit=syntax != _IMPLICIT, big=syntax == _BIG)
        meta.run()
        return meta.contents()
    inflated = _inflate(source, meta.position)
    body = BytesSource(bytes(meta.buffer[: meta.position]) + inflated)
    reader = _Reader(body, body.read(0, _FIRST_READ), 132, explicit=True, big=False)
    reader.run()
    return reader.contents()


def _inflate(source: Source, offset: int) -> bytes:
    try:
        expander = zlib.decompressobj(-15)
        data = expander.decompress(source.read(offset, source.size - offset), _INFLATED_LIMIT)
    except zlib.error as error:
        raise Unreadable("damaged deflate stream") from error
    if not expander.eof:
        raise Unreadable("deflate stream too long or cut short")
    return data


class _Reader:
    """Position, buffer and open sequences of one pass."""

    def __init__(self, source: Source, window: bytes, position: int, *, explicit: bool, big: bool) -> None:
        self.source = source
        self.buffer = window
        self.position = position
        self.beyond = len(window)  # offset in the source of what follows the buffer
        self.leaves: list[Leaf] = []
        self.bulks: list[Bulk] = []
        self.bits = 0
        self.containers = [Container(0, 0, 0)]
        self.become(explicit=explicit, big=big)

    def become(self, *, explicit: bool, big: bool) -> None:
        """Go on in another encoding: the data set after the file meta information."""
        order = ">" if big else "<"
        self.explicit = explicit
        self.order = order
        self.head = Struct(order + "HH2sH").unpack_from
        self.head_implicit = Struct(order + "HHI").unpack_from
        self.long = Struct(order + "I").unpack_from
        self.vrs = {} if explicit else implicit_vrs()

    def text(self, tag: int) -> bytes:
        """A value that was read, without padding; empty when absent."""
        for leaf in self.leaves:
            if leaf[0] == tag:
                return self.buffer[leaf[2] : leaf[3]].strip(b" \0")
        return b""

    def contents(self) -> Contents:
        return Contents(
            self.source,
            self.buffer,
            self.leaves,
            [leaf[2] for leaf in self.leaves],
            self.bulks,
            self.containers,
        )

    def has(self, end: int) -> bool:
        """Whether the buffer reaches to `end`, after reading on where needed."""
        while end > len(self.buffer):
            if end > _HEADER_LIMIT:
                raise Unreadable("header too long")
            more = self.source.read(self.beyond, max(end - len(self.buffer), len(self.buffer)))
            if not more:
                return False
            self.beyond += len(more)
            self.buffer += more
        return True

    def run(self, only_group: int | None = None) -> None:
        """Read elements to the end of the file, or to the first of another group."""
        head, head_implicit, long, vrs, leaves = (
            self.head, self.head_implicit, self.long, self.vrs, self.leaves
        )  # fmt: skip
        explicit, position, container = self.explicit, self.position, 0
        buffer, size, append = self.buffer, len(self.buffer), leaves.append
        stack: list[_Open] = []
        while True:
            while stack and position >= stack[-1].end:
                closed = stack.pop()
                if position > closed.end:
                    raise Unreadable("value crosses the end of its sequence or item")
                explicit, container = closed.explicit, closed.container
            if position + 12 > size:
                complete = self.has(position + 12)
                buffer, size = self.buffer, len(self.buffer)
                if size == position:
                    break
                # An empty element may end the file; less than that is no element.
                if not complete and size < position + 8:
                    raise Unreadable("bytes after the last element")
            if explicit:
                group, element, vr, length = head(buffer, position)
            else:
                group, element, length = head_implicit(buffer, position)
                vr = vrs.get(group << 16 | element, b"UN")
            tag = group << 16 | element
            if only_group is not None and group != only_group:
                break
            start = position + 8
            if group == 0xFFFE:
                (length,) = long(buffer, position + 4)
                position = start
                if tag in (_ITEM_END, _SEQUENCE_END):
                    if not stack or stack[-1].is_item != (tag == _ITEM_END) or stack[-1].end != _NO_END:
                        raise Unreadable("delimiter without its sequence or item")
                    closed = stack.pop()
                    explicit, container = closed.explicit, closed.container
                    continue
                if tag != _ITEM or not stack or stack[-1].is_item:
                    raise Unreadable("item outside a sequence")
                sequence = stack[-1]
                self.containers.append(Container(container, sequence.tag, sequence.count))
                sequence.count += 1
                stack.append(_Open(tag, _end(start, length), explicit, container, is_item=True))
                container = len(self.containers) - 1
                continue
            if stack and not stack[-1].is_item:
                raise Unreadable("element between items")
            if explicit:
                if vr in _LONG:
                    if start + 4 > size:
                        raise Unreadable("element cut short")
                    (length,) = long(buffer, start)
                    start += 4
                elif vr not in _SHORT:
                    raise Unreadable("no such value representation")
            if vr == b"SQ" or (vr == b"UN" and length == _UNDEFINED):
                if len(stack) >= 2 * _DEPTH_LIMIT:
                    raise Unreadable("too deep")
                stack.append(_Open(tag, _end(start, length), explicit, container, is_item=False))
                # PS3.5 6.2.2: an unknown sequence is encoded with implicit VR whatever surrounds it.
                explicit = explicit and vr == b"SQ"
                position = start
                continue
            is_pixels = _PIXEL_DATA - 2 <= tag <= _PIXEL_DATA and not container
            if length == _UNDEFINED or is_pixels or (length > _LARGE and vr in _BULKY):
                self.position = start
                left_out = self.leave_out(tag, vr, length, container)
                for opened in stack:
                    if opened.end != _NO_END:
                        opened.end -= left_out
                position = start
                buffer, size = self.buffer, len(self.buffer)
                continue
            position = start + length
            if position > size:
                if not self.has(position):
                    raise Unreadable("value longer than the file")
                buffer, size = self.buffer, len(self.buffer)
            append((tag, vr, start, position, container))
            if tag == _BITS_ALLOCATED and not container and length == 2:
                self.bits = int.from_bytes(buffer[start:position], "big" if self.order == ">" else "little")
            if len(leaves) > _ELEMENT_LIMIT:
                raise Unreadable("too many elements")
        if any(opened.end != _NO_END for opened in stack) or (stack and only_group is None):
            raise Unreadable("sequence without an end")
        self.position = position

    def leave_out(self, tag: int, vr: bytes, length: int, container: int) -> int:
        """Take the value at the position out of the buffer; how many bytes that were in the file."""
        offset = self.beyond - (len(self.buffer) - self.position)
        bits = 0
        if length == _UNDEFINED:
            if vr not in (b"OB", b"OW"):
                raise Unreadable("undefined length of a value without fragments")
            length = self.fragments_length(offset)
        elif tag == _PIXEL_DATA and not container:
            bits = self.bits
        if offset + length > self.source.size:
            raise Unreadable("value longer than the file")
        self.bulks.append(Bulk(tag, container, FileRange(offset, length), bits))
        rest = self.buffer[self.position + length :]
        self.buffer = self.buffer[: self.position] + rest
        self.beyond = max(self.beyond, offset + length)
        return length

    def fragments_length(self, offset: int) -> int:
        """Bytes of an encapsulated value with its delimiter (PS3.5 A.4)."""
        position = offset
        while True:
            head = self.source.read(position, 8)
            if len(head) < 8:
                raise Unreadable("fragments without an end")
            group, element, length = self.head_implicit(head, 0)
            position += 8
            if (group << 16 | element) == _SEQUENCE_END:
                return position - offset
            if (group << 16 | element) != _ITEM:
                raise Unreadable("something else between fragments")
            position += length


def _end(start: int, length: int) -> int:
    return _NO_END if length == _UNDEFINED else start + length


class _Open:
    """A sequence or item that has not ended: where it will, and what applies again after it."""

    __slots__ = ("container", "count", "end", "explicit", "is_item", "tag")

    def __init__(self, tag: int, end: int, explicit: bool, container: int, *, is_item: bool) -> None:
        self.tag = tag
        self.end = end
        self.explicit = explicit
        self.container = container
        self.is_item = is_item
        self.count = 0
