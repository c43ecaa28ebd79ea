"""What neighbouring headers of a series have in common, byte for byte.

Headers of one series differ in a few values. From two of them a pattern is learnt: runs of equal bytes, and
between them the values that varied. A third header that matches it needs no walk: its runs are compared at
the speed of memory, and equal bytes at an equal place mean what they meant before. Whatever does not match
is walked; nothing is guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tirage.dicom.header import SPECIFIC_CHARACTER_SET, Header
from tirage.dicom.meta import TRANSFER_SYNTAX, meta_elements
from tirage.dicom.walk import PIXEL_REPRESENTATION

Cell = tuple[int, int, int, int]
"""An element in a file: its index in the header (negative: of the file meta), start, value, end."""

# Larger values are left in the file by the walker, larger headers are not worth keeping samples of.
MOST_BYTES = 64 << 10

_CONTAINERS = (b"SQ", b"IT")
_UNDEFINED = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Sample:
    """A header together with the bytes of its file up to the pixel data's value, and the file's size."""

    header: Header
    start: bytes
    size: int


Step = tuple[bytes, int, int]
"""A run of equal bytes, what it leads to (`VALUE`, `OPEN`, `CLOSE`), how many bytes of a length follow it."""

VALUE, OPEN, CLOSE = range(3)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`varying` are the elements whose values vary, as in `Cell`, in the order of the file."""

    sample: Sample
    varying: tuple[int, ...]
    steps: tuple[Step, ...]
    rest: bytes

    def match(self, start: bytes) -> list[tuple[int, int]] | None:
        """Where the varying values lie in a file that begins with `start`, and last the end of the header."""
        spans = []
        ends: list[int] = []  # stated by the sequences and items around the current position
        pos = 0
        for run, kind, width in self.steps:
            if not start.startswith(run, pos):
                return None
            pos += len(run) + width
            if kind == CLOSE:
                if ends.pop() != pos:
                    return None
                continue
            stop = pos + int.from_bytes(start[pos - width : pos], "little")
            if kind == OPEN:
                ends.append(stop)
                continue
            if stop - pos > MOST_BYTES:
                return None
            spans.append((pos, stop))
            pos = stop
        if not start.startswith(self.rest, pos):
            return None
        pos += len(self.rest)
        if pos > len(start):
            return None
        spans.append((pos, pos))
        return spans


def can_be_learnt(header: Header) -> bool:
    """Whether a header lies in one piece at the beginning of its file and is regular."""
    return (
        not header.flags
        and not header.bulk
        and not header.implicit_ranges
        and not header.big_endian
        and header.tail_index == len(header.elements)
    )


def learn(known: Sample, other: Sample, varying: frozenset[int] = frozenset()) -> Pattern | None:
    """The pattern of two headers of equal structure; `varying` were seen to vary before.

    None when the structures differ, or when what varies decides how other values are read.
    """
    one, two = known.header, other.header
    if one.transfer_syntax != two.transfer_syntax or len(one.elements) != len(two.elements):
        return None
    if any(a[:2] != b[:2] or a[5] != b[5] for a, b in zip(one.elements, two.elements, strict=True)):
        return None
    cells, others = list(_cells(known)), list(_cells(other))
    if len(cells) != len(others):
        return None
    seen = set(varying)
    for cell, counterpart in zip(cells, others, strict=True):
        if known.start[cell[2] : cell[3]] != other.start[counterpart[2] : counterpart[3]]:
            seen.add(cell[0])
    if any(_decides(one, index) for index in seen):
        return None
    return _compile(known, cells, seen)


def _cells(sample: Sample) -> Iterator[Cell]:
    """The elements of a file that carry a value of their own: file meta, then data set."""
    header = sample.header
    metas = meta_elements(sample.start[: header.dataset_offset], len(header.preamble) + 4)
    for place, (_, start, value, end) in enumerate(metas):
        yield place - len(header.meta), start, value, end
    shift = header.dataset_offset
    for index, (_, vr, start, value, end, _) in enumerate(header.elements):
        if vr not in _CONTAINERS:
            yield index, start + shift, value + shift, end + shift


def _decides(header: Header, index: int) -> bool:
    """Whether the value of an element decides how others are read."""
    if index < 0:
        return list(header.meta)[index] == TRANSFER_SYNTAX
    tag, vr, *_ = header.elements[index]
    is_creator = bool(tag & 0x10000) and vr == b"LO" and 0x10 <= tag & 0xFFFF <= 0xFF
    return tag in (SPECIFIC_CHARACTER_SET, PIXEL_REPRESENTATION) or is_creator


def _compile(sample: Sample, cells: list[Cell], varying: set[int]) -> Pattern:
    header, text = sample.header, sample.start
    points = [
        (value, VALUE, 2 if value - start == 8 and (index < 0 or header.explicit) else 4, end)
        for index, start, value, end in cells
        if index in varying
    ]
    points += _containers(header, [value for value, *_ in points])
    # Where one container ends and another begins, the first closes first; inner ones close before outer ones.
    points.sort(key=lambda point: (point[0], point[1] != CLOSE))
    steps = []
    done = 0
    for pos, kind, width, behind in points:
        steps.append((text[done : pos - width], kind, width))
        done = behind
    return Pattern(sample, tuple(c[0] for c in cells if c[0] in varying), tuple(steps), text[done:])


def _containers(header: Header, values: list[int]) -> Iterator[tuple[int, int, int, int]]:
    """Begin and end of each sequence or item of stated length around one of the values."""
    for _, vr, _, value, end, _ in header.elements:
        if vr in _CONTAINERS and header.buffer[value - 4 : value] != _UNDEFINED:
            first, last = value + header.dataset_offset, end + header.dataset_offset
            if any(first <= place <= last for place in values):
                yield first, OPEN, 4, first
                yield last, CLOSE, 0, last
