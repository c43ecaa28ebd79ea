"""Walks the elements of one data set: iterative, within limits, every length checked against the bytes left.

Two loops take the plain elements at full speed (`explicit_run`, `implicit_run`) and stop at the first one
that needs a decision; `Walk._step` takes that one. Source: PS3.5 7.
"""

from tirage.dicom.dictionary import choice_of_vrs
from tirage.dicom.header import Element, Flag, Header
from tirage.dicom.malformed import Limits, Malformed
from tirage.dicom.pixeldata import PIXEL_TAGS, PIXEL_VRS, PixelData, encapsulated, fragments_from
from tirage.dicom.runs import BIG, LITTLE, PLAIN, explicit_run, implicit_run
from tirage.dicom.sources import BytesSource, FileRange, Source
from tirage.model.reasons import HoldReason, QuarantineReason

UNDEFINED = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
PIXEL_REPRESENTATION = 0x00280103

# How far one run may go before the number of elements is looked at again, in bytes.
_STRETCH = 128 << 10

_Frame = tuple[int, int, bool, bool, bool, int]


class Walk:
    """One pass over a data set that begins at `offset` of `body`, whose first bytes are `window`."""

    def __init__(
        self, body: Source, offset: int, window: bytes, explicit: bool, big_endian: bool, limits: Limits
    ) -> None:
        self.body = body
        self.limits = limits
        self.big_endian = big_endian
        self.buffer = window
        self.shift = offset  # a position in the buffer plus this is a position in the body
        self.pos = 0
        self.elements: list[Element] = []
        self.bulk: dict[int, FileRange] = {}
        self.pixel: PixelData | None = None
        self.tail_index = 0
        self.implicit_ranges: list[tuple[int, int]] = []
        self.flags: set[Flag] = set()
        # The container being read: where it ends at the latest, whether that end is stated, what it holds.
        self.end = body.size - offset
        self.is_defined = True
        self.in_sequence = False
        self.explicit = explicit
        self.layout = BIG if big_endian and explicit else LITTLE
        self.last = -1
        self.depth = 0
        self.stack: list[_Frame] = []

    def run(self) -> Header:
        """The header of the data set; raises `Malformed`."""
        while True:
            if not self.in_sequence:
                self._plain_run()
            if len(self.elements) > self.limits.elements:
                raise Malformed(QuarantineReason.TOO_MANY, self.pos)
            if not self._step():
                break
        if Flag.OUT_OF_ORDER in self.flags:
            self._check_duplicates()
        header = Header(self.body, self.buffer[: self.pos], self.elements)
        header.explicit, header.big_endian = self.explicit, self.big_endian
        header.bulk = self.bulk
        header.implicit_ranges = self.implicit_ranges
        header.flags = frozenset(self.flags)
        header.tail_index = len(self.elements)
        if self.pixel is not None:
            header.set_pixel(self.pixel)
            header.tail_index = self.tail_index
        return header

    def _plain_run(self) -> None:
        limit = min(self.end, len(self.buffer), self.pos + _STRETCH)
        run = explicit_run if self.explicit else implicit_run
        self.pos, self.last = run(
            self.buffer,
            self.pos,
            limit,
            self.last,
            self.depth,
            self.elements,
            self.layout,
            self.limits.bulk_bytes,
        )

    def _step(self) -> bool:
        """Take the one thing at the current position; False at the end of the data set."""
        if self.pos == self.end:
            if not self.is_defined:
                raise Malformed(QuarantineReason.TRUNCATED, self.pos)
            if not self.stack:
                return False
            self._close(self.pos)
            return True
        if self.end - self.pos < 8:
            return self._leftover()
        if self.pos + 8 > len(self.buffer):
            self._fill(self.pos + 8)
        if self.in_sequence:
            self._item()
            return True
        return self._element()

    def _item(self) -> None:
        group, number, length = self.layout[1].unpack_from(self.buffer, self.pos)
        tag = group << 16 | number
        if tag == SEQUENCE_END and not self.is_defined:
            self._close(self.pos + 8)
        elif tag == ITEM:
            self._push(ITEM, b"IT", self.pos, self.pos + 8, length, self.explicit, in_sequence=False)
        else:
            raise Malformed(QuarantineReason.LENGTH_LIE, self.pos)

    def _element(self) -> bool:
        start = self.pos
        tag, vr, value, length = self._read_element_header()
        if tag >> 16 == 0xFFFE:
            if tag != ITEM_END or self.is_defined:
                raise Malformed(QuarantineReason.LENGTH_LIE, start)
            self._close(start + 8)
            return True
        if not tag and not length and not self.stack:
            return self._leftover()
        if tag <= self.last:
            if tag == self.last:
                raise Malformed(HoldReason.DUP_TAG, start)
            self.flags.add(Flag.OUT_OF_ORDER)
        self.last = tag
        if not self.stack and tag in PIXEL_TAGS and self.pixel is None:
            self._pixel_data(tag, vr, value, length)
        elif vr == b"SQ" or (length == UNDEFINED and vr == b"UN"):
            # A sequence of VR UN has implicit VR inside (PS3.5 6.2.2).
            explicit = self.explicit and self.buffer[start + 4 : start + 6] == b"SQ"
            self._push(tag, b"SQ", start, value, length, explicit, in_sequence=True)
        elif length == UNDEFINED:
            self._nested_fragments(tag, vr, value)
        else:
            self._plain(tag, vr, start, value, length)
        return True

    def _plain(self, tag: int, vr: bytes, start: int, value: int, length: int) -> None:
        """A value of stated length: kept in the buffer when small, left in the body when large."""
        stop = value + length
        if stop > self.end:
            raise Malformed(QuarantineReason.LENGTH_LIE, start)
        if length > self.limits.bulk_bytes:
            self.bulk[len(self.elements)] = FileRange(value + self.shift, length)
            self._cut(value, length)
            stop = value
        else:
            self._fill(stop)
        self.elements.append((tag, vr, start, value, stop, self.depth))
        self.pos = stop

    def _nested_fragments(self, tag: int, vr: bytes, value: int) -> None:
        """Encapsulated pixel data inside a sequence (an icon): one opaque value, delimiter included."""
        if vr not in (b"OB", b"OW"):
            raise Malformed(QuarantineReason.LENGTH_LIE, self.pos)
        _, stop = fragments_from(
            self.body, value + self.shift, self.end + self.shift, self.limits.fragments, self.layout is BIG
        )
        self._plain(tag, vr, self.pos, value, stop - self.shift - value)

    def _pixel_data(self, tag: int, vr: bytes, value: int, length: int) -> None:
        """The top-level pixel data element: only its place is noted, and the walk goes on behind it."""
        offset = value + self.shift
        if vr not in PIXEL_VRS:
            raise Malformed(QuarantineReason.DECODE_FAIL, self.pos)
        if length == UNDEFINED:
            most = self.limits.fragments
            self.pixel = encapsulated(
                self.body, tag, vr, offset, self.end + self.shift, most, self.layout is BIG
            )
            behind = offset + self.pixel.place.length + 8
        elif value + length > self.end:
            raise Malformed(QuarantineReason.PIXEL_LENGTH, self.pos)
        else:
            self.pixel = PixelData(tag, vr, FileRange(offset, length))
            behind = offset + length
        self.tail_index = len(self.elements)
        self._cut(self.pos, behind - self.shift - self.pos)

    def _read_element_header(self) -> tuple[int, bytes, int, int]:
        """Tag, VR, position of the value and length of the element at the current position."""
        pos = self.pos
        short, plain, long = self.layout
        group, number, length = plain.unpack_from(self.buffer, pos)
        tag = group << 16 | number
        if group == 0xFFFE:
            return tag, b"", pos + 8, length
        if not self.explicit:
            return tag, self._implied_vr(tag, length), pos + 8, length
        _, _, vr, brief = short.unpack_from(self.buffer, pos)
        size = PLAIN.get(vr)
        if size == 8:
            return tag, vr, pos + 8, brief
        if size is None and vr != b"SQ" and vr != b"UN":
            return self._unknown_vr(tag, vr, brief, length)
        if pos + 12 > self.end:
            raise Malformed(QuarantineReason.TRUNCATED, pos)
        self._fill(pos + 12)
        (length,) = long.unpack_from(self.buffer, pos + 8)
        if vr == b"UN" and length != UNDEFINED and not self.big_endian:
            vr = self._implied_vr(tag, length)
            if vr == b"SQ" and not self._holds_items(pos + 12, length):
                vr = b"UN"  # what such a value contains is anyone's guess: kept closed
        return tag, vr, pos + 12, length

    def _holds_items(self, value: int, length: int) -> bool:
        """Whether a value of VR UN is a sequence in implicit VR, as PS3.5 6.2.2 note 2 has it."""
        if length > self.limits.bulk_bytes or value + length > self.end:
            return False
        self._fill(value + length)
        content = self.buffer[value : value + length]
        inside = Walk(BytesSource(content), 0, content, explicit=False, big_endian=False, limits=self.limits)
        inside.in_sequence = True
        try:
            inside.run()
        except Malformed:
            return False
        return True

    def _implied_vr(self, tag: int, length: int) -> bytes:
        """The VR of an element that does not state it (PS3.5 A.1, 7.8.1 for private ones)."""
        if tag & 0x10000:
            return b"LO" if 0x10 <= tag & 0xFFFF <= 0xFF else b"UN"
        choice = choice_of_vrs(tag)
        if not choice or (length == UNDEFINED and choice[0] not in (b"SQ", b"OB", b"OW")):
            return b"UN"
        if b"SS" in choice and b"US" in choice:
            return b"SS" if self._is_signed() else b"US"
        return b"OW" if b"OW" in choice else choice[0]

    def _unknown_vr(self, tag: int, vr: bytes, brief: int, length: int) -> tuple[int, bytes, int, int]:
        """An element whose VR bytes are not standard: of VR UN, its extent by the likeliest reading."""
        pos = self.pos
        self.flags.add(Flag.UNKNOWN_VR)
        if vr.isalpha() and vr.isupper() and not brief:
            # VRs of the future have the long form (PS3.5 7.1.2).
            if pos + 12 > self.end:
                raise Malformed(QuarantineReason.TRUNCATED, pos)
            self._fill(pos + 12)
            (length,) = self.layout[2].unpack_from(self.buffer, pos + 8)
            return tag, b"UN", pos + 12, length
        if all(32 <= byte < 127 for byte in vr):
            return tag, b"UN", pos + 8, brief
        # Some writers switch to implicit VR inside an explicit data set: those bytes are a length.
        return tag, b"UN", pos + 8, length

    def _is_signed(self) -> bool:
        """Whether the nearest Pixel Representation read so far says two's complement."""
        for element in reversed(self.elements):
            if element[0] == PIXEL_REPRESENTATION:
                return self.buffer[element[3] : element[4]] == b"\1\0"
        return False

    def _push(
        self, tag: int, vr: bytes, start: int, value: int, length: int, explicit: bool, *, in_sequence: bool
    ) -> None:
        stop = self.end if length == UNDEFINED else value + length
        if stop > self.end:
            raise Malformed(QuarantineReason.LENGTH_LIE, start)
        depth = self.depth + in_sequence
        if depth > self.limits.depth:
            raise Malformed(QuarantineReason.TOO_DEEP, start)
        self.stack.append(
            (len(self.elements), self.end, self.is_defined, self.in_sequence, self.explicit, self.last)
        )
        self.elements.append((tag, vr, start, value, stop, self.depth))
        self.end, self.is_defined = stop, length != UNDEFINED
        self.in_sequence, self.last = in_sequence, -1
        if explicit != self.explicit:
            self.explicit, self.layout = explicit, BIG if self.big_endian and explicit else LITTLE
        self.depth, self.pos = depth, value

    def _close(self, behind: int) -> None:
        if not self.stack:
            raise Malformed(QuarantineReason.LENGTH_LIE, self.pos)
        content_is_explicit = self.explicit
        index, self.end, self.is_defined, self.in_sequence, self.explicit, self.last = self.stack.pop()
        tag, vr, start, value, _, self.depth = self.elements[index]
        self.elements[index] = tag, vr, start, value, behind, self.depth
        if self.explicit and not content_is_explicit:
            self.layout = BIG if self.big_endian else LITTLE
            self.implicit_ranges.append((value, behind))
        self.pos = behind

    def _fill(self, upto: int) -> None:
        """Have the buffer reach `upto`, which lies within the current container."""
        missing = upto - len(self.buffer)
        if missing <= 0:
            return
        if upto > self.limits.header_bytes:
            raise Malformed(QuarantineReason.BOMB, self.pos)
        more = self.body.read(len(self.buffer) + self.shift, max(missing, len(self.buffer), 4096))
        if len(more) < missing:
            raise Malformed(QuarantineReason.TRUNCATED, self.pos)
        self.buffer += more

    def _cut(self, pos: int, length: int) -> None:
        """Leave `length` bytes at `pos` out of the buffer and go on behind them."""
        self.buffer = self.buffer[:pos] + self.buffer[pos + length :]
        if len(self.buffer) == pos:
            self.buffer += self.body.read(pos + length + self.shift, 4096)
        self.shift += length
        self.end -= length
        self.stack = [(frame[0], frame[1] - length, *frame[2:]) for frame in self.stack]
        self.pos = pos

    def _leftover(self) -> bool:
        """What follows the last element: padding with zeros is passed over, anything else is a cut file."""
        rest = self.end - self.pos
        if self.stack or rest > self.limits.bulk_bytes:
            raise Malformed(QuarantineReason.TRUNCATED, self.pos)
        self._fill(self.end)
        if self.buffer[self.pos : self.end].strip(b"\0"):
            raise Malformed(QuarantineReason.TRUNCATED, self.pos)
        self.flags.add(Flag.TRAILING_BYTES)
        return False

    def _check_duplicates(self) -> None:
        """Look for tags that stand twice at one level: first and last reader would disagree."""
        holder = [-1] * (self.limits.depth + 2)
        seen: set[tuple[int, int]] = set()
        for index, (tag, _, start, _, _, depth) in enumerate(self.elements):
            if tag == ITEM:
                holder[depth] = index
            elif (holder[depth], tag) in seen:
                raise Malformed(HoldReason.DUP_TAG, start)
            else:
                seen.add((holder[depth], tag))
