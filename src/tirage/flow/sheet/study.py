"""What a sheet says of each study: its objects, their pictures, what became of their attributes."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.header import Header
from tirage.flow.compare.headers import Fate, Row, compare
from tirage.flow.compare.pixels import Pixels, Verdict, compare_pixels
from tirage.flow.sheet.pairs import Pair
from tirage.flow.sheet.pictures import Picture, pictures
from tirage.model.records import Confidential, Finding

PICTURES = 6
"""Pictures of a series."""

MOST_ROWS = 1500
"""Rows of a series' table: a structured report or functional groups may have a hundred thousand."""

_TEXTS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "CS"})
_STUDY, _SERIES = 0x0020000D, 0x0020000E
_FACTS = {
    "Patient's name": 0x00100010,
    "Patient ID": 0x00100020,
    "Birth date": 0x00100030,
    "Sex": 0x00100040,
    "Age": 0x00101010,
    "Study date": 0x00080020,
    "Accession number": 0x00080050,
    "Study description": 0x00081030,
    "Institution": 0x00080080,
    "Device": 0x00081090,
}
_SERIES_FACTS = {"Modality": 0x00080060, "Number": 0x00200011, "Description": 0x0008103E}


@dataclass(frozen=True, slots=True, repr=False)
class Piece(Confidential):
    """Words of a value that stay, or go."""

    text: str
    is_gone: bool


@dataclass(frozen=True, slots=True, repr=False)
class Line(Confidential):
    """A row of the table; `pieces` is the value before, in words that stay and words that go."""

    path: str
    fate: str
    pieces: tuple[Piece, ...]
    after: str

    @property
    def is_cleaned(self) -> bool:
        """Whether some words went and others stayed."""
        return len({piece.is_gone for piece in self.pieces}) == 2


@dataclass(slots=True, repr=False)
class SeriesSheet(Confidential):
    """One series: `lines` of its first object, and of later ones what happened to none before."""

    facts: dict[str, tuple[str, str]]
    objects: int = 0
    released: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    findings: Counter[Finding] = field(default_factory=Counter)
    pixels: Counter[str] = field(default_factory=Counter)
    pictures: list[Picture] = field(default_factory=list)
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def has_boxes(self) -> bool:
        """Whether something was blanked in one of the pictures."""
        return any(picture.boxes for picture in self.pictures)

    def by_fate(self) -> dict[str, list[Line]]:
        """The lines by what became of the attribute, what matters most first: texts that lost some words."""
        order = (Fate.CHANGED, Fate.REMOVED, Fate.ADDED, Fate.KEPT)
        lines = sorted(self.lines.values(), key=lambda line: not line.is_cleaned)
        return {fate: [line for line in lines if line.fate == fate] for fate in order}


@dataclass(slots=True, repr=False)
class StudySheet(Confidential):
    """One study, with what identifies it before and after."""

    facts: dict[str, tuple[str, str]]
    series: dict[str, SeriesSheet] = field(default_factory=dict)

    @property
    def objects(self) -> int:
        """How many objects were looked at."""
        return sum(each.objects for each in self.series.values())

    @property
    def released(self) -> int:
        """How many of them have an output."""
        return sum(each.released for each in self.series.values())


class Studies:
    """The studies of the pairs taken so far, in the order they came."""

    def __init__(self) -> None:
        self._found: dict[str, StudySheet] = {}

    @property
    def sheets(self) -> list[StudySheet]:
        """Each study."""
        return list(self._found.values())

    def add(self, pair: Pair) -> bool:
        """Take one pair; False when the input is no DICOM."""
        with ExitStack() as stack:
            before = _header(stack, pair.before)
            after = _header(stack, pair.after) if pair.after is not None else None
            if before is None:
                return False
            study = self._found.setdefault(before.text(_STUDY), StudySheet({}))
            series = study.series.setdefault(before.text(_SERIES), SeriesSheet({}))
            _improve(study.facts, _FACTS, before, after)
            _improve(series.facts, _SERIES_FACTS, before, after)
            _add(series, pair, before, after)
        return True


def _header(stack: ExitStack, path: Path) -> Header | None:
    source = stack.enter_context(FileSource.open(path))
    try:
        return read_header(source)
    except Malformed:
        return None


def _improve(
    facts: dict[str, tuple[str, str]], wanted: dict[str, int], before: Header, after: Header | None
) -> None:
    """Take the facts of the first object that has an output: a study may begin with a held one."""
    if not facts or (after is not None and not any(right for _, right in facts.values())):
        for name, tag in wanted.items():
            facts[name] = before.text(tag), after.text(tag) if after is not None else ""


def _add(series: SeriesSheet, pair: Pair, before: Header, after: Header | None) -> None:
    series.objects += 1
    pixels = Pixels(Verdict.NONE)
    if after is None:
        series.stops[pair.reason or "no output"] += 1
        series.findings.update(pair.findings)
    else:
        series.released += 1
        pixels = compare_pixels(before, after)
        series.pixels[pixels.verdict] += 1
        for row in compare(before, after):
            if len(series.lines) >= MOST_ROWS:
                series.is_cut = True
                break
            if (row.path, row.fate) not in series.lines:
                series.lines[row.path, row.fate] = _line(row)
    left = PICTURES - len(series.pictures)
    is_chosen = not series.objects & (series.objects - 1)  # the 1st, 2nd, 4th, 8th …
    if before.pixel is not None and left and (is_chosen or pixels.boxes):
        number = before.text(0x00200013) or str(series.objects)
        most = left if before.number(0x00280008) not in (None, 1) else 1
        series.pictures += pictures(f"Instance {number}", before, after, pixels, most)


def _line(row: Row) -> Line:
    return Line(row.path, row.fate, pieces(row), row.after)


def pieces(row: Row) -> tuple[Piece, ...]:
    """The value before, the words that are not in the value after marked as gone."""
    if row.fate is Fate.REMOVED:
        return (Piece(row.before, True),)
    if row.fate is not Fate.CHANGED or row.vr not in _TEXTS or not row.after:
        return (Piece(row.before, row.fate is Fate.CHANGED),)
    before, after = row.before.split(" "), row.after.split(" ")
    found = []
    for what, start, end, _, _ in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if end > start:
            found.append(Piece(" ".join(before[start:end]), what != "equal"))
    return tuple(found)
