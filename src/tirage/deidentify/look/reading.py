"""Reads lettering: all of a picture at once, or one row by itself."""

import numpy as np

from tirage.deidentify.look.lettering import Lettering
from tirage.deidentify.look.strokes import Plane
from tirage.model.pixels import Box
from tirage.ocr import Line, read_line, read_text

_READER_HEIGHT = 40
"""Pixels: the height of lettering that the reader likes best."""

_LEGIBLE = 0.75
"""Score of the reader: lettering has more (measured: all but 3 %), rows of anatomy less."""

_WINDOW, _STEP = 1600, 1400
"""Pixels; larger pictures are read in parts."""


def read_all(plane: Plane) -> list[Line]:
    """Every line the reader finds in a picture."""
    rows, columns = plane.shape
    lines = []
    for y in range(0, max(1, rows - _WINDOW + _STEP), _STEP):
        for x in range(0, max(1, columns - _WINDOW + _STEP), _STEP):
            part = plane[y : y + _WINDOW, x : x + _WINDOW]
            lines += [_moved(line, Box(x, y, 0, 0)) for line in read_text(part)]
    return lines


def read_row(plane: Plane, row: Lettering) -> Line | None:
    """One row by itself, enlarged and with its contrast stretched, upright ones turned either way.

    None when it cannot be read: in what is no row the reader sees letters too, but is not sure.
    """
    import cv2

    place = row.box
    part = plane[place.y0 : place.y1, place.x0 : place.x1]
    height = min(place.x1 - place.x0, place.y1 - place.y0)
    factor = min(6.0, max(1.0, _READER_HEIGHT / height), _WINDOW / max(part.shape))
    low, high = np.percentile(part, (1, 99))
    wide = (part.astype(np.float32) - low) * (255.0 / max(1.0, high - low))
    part = np.asarray(np.clip(wide, 0, 255), np.uint8)
    part = np.asarray(cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))
    turns = (1, 3) if row.is_upright else (0,)
    lines = [read_line(np.ascontiguousarray(np.rot90(part, turn))) for turn in turns]
    best = max(lines, key=lambda line: line.score * len(line.text))
    return Line(best.text, place, best.score) if best.score >= _LEGIBLE else None


def _moved(line: Line, area: Box) -> Line:
    box = line.box
    box = Box(box.x0 + area.x0, box.y0 + area.y0, box.x1 + area.x0, box.y1 + area.y0)
    return Line(line.text, box, line.score)
