"""One object before and after, for a reviewer: attributes, changed pixels, words in its picture.

Made in a child process.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tirage.dicom.decode import Undecodable
from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.frames import Frames
from tirage.dicom.header import Header
from tirage.flow.compare.headers import compare
from tirage.flow.compare.pixels import Pixels, compare_pixels
from tirage.flow.sheet.study import MOST_ROWS, Line, pieces
from tirage.flow.sheet.tile import Unshown
from tirage.model.pixels import Box
from tirage.model.records import Confidential

LONGEST_TEXT = 20_000
"""Characters of a value: a report is read whole."""


@dataclass(frozen=True, slots=True, repr=False)
class Both(Confidential):
    """An original and its output."""

    before: Path
    after: Path


@dataclass(frozen=True, slots=True, repr=False)
class Beside(Confidential):
    """What became of the object. `boxes` are where its pixels differ, by frame; `frames` is 0 without any."""

    lines: tuple[Line, ...]
    is_cut: bool
    pixels: str
    boxes: dict[int, tuple[Box, ...]] = field(default_factory=dict)
    frames: int = 0
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """What an object says of the device that made it; None and '' where it does not."""

    modality: str
    sop_class: str
    manufacturer: str
    model: str
    rows: int | None
    columns: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Word(Confidential):
    """A line of text in a picture; `score` from 0 to 1."""

    text: str
    box: Box
    score: float


def beside(both: Both) -> Beside | Unshown:
    """The object before and after, or why it cannot be shown."""
    try:
        with ExitStack() as stack:
            before, after = (_header(stack, path) for path in (both.before, both.after))
            rows = compare(before, after, LONGEST_TEXT)
            pixels = compare_pixels(before, after)
            shape = _shape(after)
    except FileNotFoundError:
        return Unshown.GONE
    except Malformed:
        return Unshown.UNDECODABLE
    lines = tuple(Line(row.path, row.fate, pieces(row), row.after) for row in rows[:MOST_ROWS])
    return Beside(lines, len(rows) > MOST_ROWS, pixels.verdict.value, _boxes(pixels), *shape)


def device(path: Path) -> Device | Unshown:
    """What the object says of its device."""
    try:
        with ExitStack() as stack:
            header = _header(stack, path)
    except FileNotFoundError:
        return Unshown.GONE
    except Malformed:
        return Unshown.UNDECODABLE
    return Device(
        modality=header.text(0x00080060),
        sop_class=header.text(0x00080016),
        manufacturer=header.text(0x00080070),
        model=header.text(0x00081090),
        rows=header.number(0x00280010),
        columns=header.number(0x00280011),
    )


def words(wanted: tuple[Path, int]) -> list[Word] | Unshown:
    """The lines of text that can be read in one frame; raises `OcrMissing` without the extra `ocr`."""
    from tirage.ocr import read_text

    path, frame = wanted
    try:
        with ExitStack() as stack:
            header = _header(stack, path)
            if header.pixel is None:
                return []
            frames = Frames(header)
            if not 0 <= frame < frames.count:
                return Unshown.NO_FRAME
            return [Word(each.text, each.box, each.score) for each in read_text(frames.displayed(frame))]
    except FileNotFoundError:
        return Unshown.GONE
    except (Undecodable, Malformed):
        return Unshown.UNDECODABLE


def _header(stack: ExitStack, path: Path) -> Header:
    return read_header(stack.enter_context(FileSource.open(path)))


def _shape(header: Header) -> tuple[int, int, int]:
    if header.pixel is None:
        return 0, 0, 0
    try:
        frames = Frames(header)
    except Undecodable:
        return 0, 0, 0
    return frames.count, frames.rows, frames.columns


def _boxes(pixels: Pixels) -> dict[int, tuple[Box, ...]]:
    return dict(pixels.boxes)
