"""The gate's other question: can whoever looks at the pictures of a finished file read who it is about?

Every frame is decoded anew and searched for lines of letters. A few lines are cut out and read on sheets,
once where frames say the same. Where a frame has many, as speckle has, the first frame is read as a whole,
and of several what is brightest and darkest at each place, and a sheet of the likeliest lines besides. So the
time for an object is bounded whatever its frames: two sheets, or three pictures and a sheet.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tirage.dicom.sources import Source
from tirage.model.pixels import Box
from tirage.model.records import Finding, View
from tirage.verify.gate import Gate
from tirage.verify.judge import kinds_in_print
from tirage.verify.lines import Cutting, Seen, Sheet, cut, rows_of, sheets, whole
from tirage.verify.pictures import Undecodable, pictures
from tirage.verify.suspicion import suspicion

if TYPE_CHECKING:
    from tirage.ocr import Line
    from tirage.verify.pictures import Picture

__all__ = ["scan_pixels"]

_UNREADABLE = Finding("PixelData", "cannot be read", View.OCR)
_FEW = 24
"""Lines of one frame up to which sheets say it all."""
_MANY = 80
"""Lines of all frames up to which short ones are read too: they have room on one sheet."""
_KEPT = 400
"""Cuttings that are kept for reading; more than find room on the sheets."""


def scan_pixels(gate: Gate, source: Source) -> list[Finding]:
    """What can be read in the pictures of a finished file and must not; empty when it may pass.

    Without a text recogniser nothing is known of the pictures, and that is a finding too.
    """
    from tirage.ocr import OcrMissing, read_text

    found: set[Finding] = set()
    try:
        for sheet in _sheets(source):
            for line in read_text(sheet.picture):
                kinds = _kinds(gate, line.text)
                if kinds:
                    where = _place(sheet.places, line)
                    found |= {Finding(where, kind, View.OCR) for kind in kinds}
    except (OcrMissing, Undecodable):
        found.add(_UNREADABLE)
    return sorted(found, key=lambda finding: (finding.where, finding.kind))


def _sheets(source: Source) -> Iterator[Sheet]:
    """What is read of all frames."""
    import numpy as np

    seen, found, is_busy = Seen(), list[Cutting](), False
    extremes: list[Picture] = []
    for number, picture in enumerate(pictures(source)):
        rows = rows_of(picture)
        is_busy = is_busy or len(rows) > _FEW
        cuttings = (cut(picture, row, number) for row in rows if row.holds_four)
        found += [cutting for cutting in cuttings if seen.is_new(cutting)]
        if len(found) > 2 * _KEPT:
            found = sorted(found, key=_order)[:_KEPT]
        if not extremes:
            extremes = [picture]
        elif picture.shape == extremes[0].shape:
            first, brightest, darkest = extremes if len(extremes) > 1 else extremes * 3
            extremes = [first, np.maximum(brightest, picture), np.minimum(darkest, picture)]
    if is_busy:
        yield from (whole(picture, 0) for picture in extremes)
    if is_busy or len(found) > _MANY:
        # What is shorter is nearly always texture; it would come last, and push the sheets to their limit.
        found = [cutting for cutting in found if cutting.is_long]
    yield from sheets(sorted(found, key=_order), 1 if is_busy else 2)


def _order(cutting: Cutting) -> tuple[float, int, Box]:
    return -cutting.likelihood, cutting.frame, cutting.box


def _kinds(gate: Gate, text: str) -> set[str]:
    kinds = kinds_in_print(gate, text) | gate.likeness.kinds(text)
    return kinds | {kind for kind in (suspicion(text),) if kind}


def _place(places: tuple[tuple[Box, Cutting], ...], line: "Line") -> str:
    """The frame and the rectangle of a line, as it is in the object."""
    x, y = (line.box.x0 + line.box.x1) // 2, (line.box.y0 + line.box.y1) // 2
    for box, cutting in places:
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
            at = cutting.box
            return f"PixelData[{cutting.frame}] at {at.x0},{at.y0}–{at.x1},{at.y1}"
    return "PixelData"
