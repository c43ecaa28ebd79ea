"""What has been seen in the frames of one object: every row of lettering once, with what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tirage.deidentify.look.lettering import (
    CERTAIN,
    DOUBTFUL,
    UNDENIABLE,
    Lettering,
    Search,
    joined,
    lettering_in,
    searches_of,
    share,
)
from tirage.deidentify.look.planes import Kind
from tirage.deidentify.look.reading import read_all, read_row
from tirage.deidentify.look.strokes import Plane
from tirage.deidentify.look.words import SURE, Fate, Words
from tirage.errors import Permanent
from tirage.model.pixels import Box
from tirage.ocr import Line

EVERY = -1
"""The number of a picture that stands for all frames."""

_READINGS = 400
_WHOLE = 1
"""Pictures of one object in which rows are read, and that are read as a whole, at most."""

_KEPT = 64
"""Pictures whose strokes are kept for the next look: up to a megabyte each."""

_ALIKE = 10.0
"""Grey levels by which two pictures of the same words differ at most, on average."""


class Endless(Permanent):
    """There is more lettering in the frames of one object than anybody would read."""

    code = "ENDLESS_LETTERING"
    remedy = "Look at the object; blank the place by a rule for its device."


@dataclass(slots=True)
class Sighting:
    """One row, the frames it was seen in, and how it looked in the first of them."""

    box: Box
    fate: Fate
    is_upright: bool
    kind: Kind
    look: Plane
    frames: set[int] = field(default_factory=set)


class Survey:
    """Looks at pictures one after another and remembers what is in them."""

    def __init__(self, words: Words) -> None:
        self.seen: list[Sighting] = []
        self._words = words
        self._readings = 0
        self._whole = 0
        self._searches: dict[tuple[int, Kind], list[Search]] = {}

    def look(self, plane: Plane, frame: int, kind: Kind, hidden: Sequence[Box] = ()) -> None:
        """Judge the rows of a picture that were not known before; what is `hidden` is passed over."""
        least = CERTAIN if kind is Kind.RANKS else DOUBTFUL
        fresh = [
            row
            for row in lettering_in(plane, hidden, self._searched(plane, frame, kind))
            if row.likeness >= least and not self._is_known(row, plane, frame, kind)
        ]
        if fresh:
            self._read(blanked(plane, hidden), fresh, frame, kind)

    def _searched(self, plane: Plane, frame: int, kind: Kind) -> list[Search]:
        """The searches of a frame, kept for the next look at it; projections differ from look to look."""
        known = self._searches.get((frame, kind))
        if known is None:
            known = searches_of(plane)
            if frame != EVERY and len(self._searches) < _KEPT:
                self._searches[frame, kind] = known
        return known

    def _read(self, plane: Plane, rows: list[Lettering], frame: int, kind: Kind) -> None:
        self._readings += 1
        if self._readings > _READINGS:
            raise Endless("too many rows to read")
        lines: list[Line] = []
        if kind is not Kind.RANKS and any(row.likeness >= CERTAIN for row in rows):
            lines = self._read_whole(plane)
        for row in rows:
            line = None if _lines_of(row, lines) else read_row(plane, row)
            if line is not None:
                lines.append(line)
        if any(self._words.fate(line) is not Fate.NOTHING for line in lines):
            lines += self._read_whole(plane)
        for row in rows:
            box, fate = self._judged(row, lines, plane)
            if fate is Fate.UNEXPLAINED and kind is Kind.RANKS:
                fate = Fate.NOTHING  # levels spread evenly make rows of noise
            self._add(box, fate, row.is_upright, plane, frame, kind)
        for line in lines:
            fate = self._words.fate(line)
            if fate is Fate.NOTHING or not is_plausible(line, plane):
                continue
            if not any(share(line.box, row.box) >= 0.6 for row in rows):
                self._add(_padded(line.box, plane), fate, False, plane, frame, kind)

    def _read_whole(self, plane: Plane) -> list[Line]:
        """All lines of the first pictures: the reader also sees what does not look like a row."""
        if self._whole >= _WHOLE:
            return []
        self._whole += 1
        return read_all(plane)

    def _judged(self, row: Lettering, lines: list[Line], plane: Plane) -> tuple[Box, Fate]:
        """The box and the fate of a row, given all that was read in and around it."""
        own = [line for line in _lines_of(row, lines) if is_plausible(line, plane)]
        fates = [self._words.fate(line) for line in own]
        box = row.box
        for line, fate in zip(own, fates, strict=True):
            if fate is Fate.GOES:
                box = joined(box, _padded(line.box, plane))
        if Fate.GOES in fates:
            return box, Fate.GOES
        if Fate.STAYS in fates:
            read = sum(share(box, line.box) for line in own)
            return box, Fate.STAYS if read >= 0.3 or row.likeness < CERTAIN else Fate.GOES
        return box, Fate.UNEXPLAINED if row.likeness >= UNDENIABLE else Fate.NOTHING

    def _add(self, box: Box, fate: Fate, is_upright: bool, plane: Plane, frame: int, kind: Kind) -> None:
        self.seen.append(Sighting(box, fate, is_upright, kind, _look(plane, box), {frame}))

    def _is_known(self, row: Lettering, plane: Plane, frame: int, kind: Kind) -> bool:
        """Whether a row is one already judged: its place goes anyway, or it looks as it did."""
        for sighting in self.seen:
            if share(row.box, sighting.box) < 0.7:
                continue
            if frame == EVERY:
                return True
            is_same = sighting.fate is Fate.GOES or (
                frame in sighting.frames
                if sighting.kind != kind
                else _difference(_look(plane, sighting.box), sighting.look) <= _ALIKE
            )
            if is_same:
                sighting.frames.add(frame)
                return True
        return False


def blanked(plane: Plane, boxes: Sequence[Box]) -> Plane:
    """A picture with boxes black."""
    if not boxes:
        return plane
    plane = plane.copy()
    for box in boxes:
        plane[box.y0 : box.y1, box.x0 : box.x1] = 0
    return plane


def is_plausible(line: Line, plane: Plane) -> bool:
    """Whether a line may be one: the reader takes a whole body for two letters sometimes."""
    height = min(line.box.x1 - line.box.x0, line.box.y1 - line.box.y0)
    letters = sum(character.isalnum() for character in line.text)
    return height <= max(24, min(plane.shape) // 8) or (letters >= 4 and line.score >= SURE)


def _lines_of(row: Lettering, lines: list[Line]) -> list[Line]:
    return [line for line in lines if share(line.box, row.box) >= 0.5 or share(row.box, line.box) >= 0.5]


def _padded(box: Box, plane: Plane) -> Box:
    margin = max(3, min(box.x1 - box.x0, box.y1 - box.y0) // 4)
    return Box(box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin).clipped(*plane.shape)


def _look(plane: Plane, box: Box) -> Plane:
    """A small copy of a part of a picture, to know it again."""
    import cv2

    part = plane[box.y0 : box.y1, box.x0 : box.x1]
    return np.asarray(cv2.resize(part, (96, 16), interpolation=cv2.INTER_AREA), np.uint8)


def _difference(first: Plane, second: Plane) -> float:
    return float(np.abs(first.astype(np.int16) - second).mean())
