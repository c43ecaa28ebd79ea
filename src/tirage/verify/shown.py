"""The gate's other question: can whoever looks at the pictures of a finished file read who it is about?

Every frame is decoded anew and searched for lines of letters. What is found is read once where frames say the
same, the likeliest first, on at most three sheets: so the time for an object is bounded, whatever its frames.
"""

from typing import TYPE_CHECKING

from tirage.dicom.sources import Source
from tirage.model.pixels import Box
from tirage.model.records import Finding, View
from tirage.verify.gate import Gate
from tirage.verify.judge import kinds_in_text
from tirage.verify.lines import Cutting, Seen, cut, rows_of, sheets
from tirage.verify.pictures import Undecodable, pictures
from tirage.verify.suspicion import suspicion

if TYPE_CHECKING:
    from tirage.ocr import Line

__all__ = ["scan_pixels"]

_UNREADABLE = Finding("PixelData", "cannot be read", View.OCR)
_KEPT = 400
"""Cuttings that are kept for reading; more than find room on the sheets."""


def scan_pixels(gate: Gate, source: Source) -> list[Finding]:
    """What can be read in the pictures of a finished file and must not; empty when it may pass.

    Without a text recogniser nothing is known of the pictures, and that is a finding too.
    """
    from tirage.ocr import OcrMissing, read_text

    found: set[Finding] = set()
    try:
        for sheet in sheets(_cuttings(source)):
            for line in read_text(sheet.picture):
                kinds = _kinds(gate, line.text)
                if kinds:
                    where = _place(sheet.places, line)
                    found |= {Finding(where, kind, View.OCR) for kind in kinds}
    except (OcrMissing, Undecodable):
        found.add(_UNREADABLE)
    return sorted(found, key=lambda finding: (finding.where, finding.kind))


def _cuttings(source: Source) -> list[Cutting]:
    """The lines of all frames, the likeliest first."""
    seen = Seen()
    found: list[Cutting] = []
    for number, picture in enumerate(pictures(source)):
        cuttings = (cut(picture, row, number) for row in rows_of(picture))
        found += [cutting for cutting in cuttings if seen.is_new(cutting)]
        if len(found) > 2 * _KEPT:
            found = sorted(found, key=_order)[:_KEPT]
    return sorted(found, key=_order)[:_KEPT]


def _order(cutting: Cutting) -> tuple[float, int, Box]:
    return -cutting.likelihood, cutting.frame, cutting.box


def _kinds(gate: Gate, text: str) -> set[str]:
    kinds = kinds_in_text(gate, text) | gate.likeness.kinds(text)
    return kinds | {kind for kind in (suspicion(text),) if kind}


def _place(places: tuple[tuple[Box, Cutting], ...], line: "Line") -> str:
    """The frame and the rectangle of a line, as it is in the object."""
    x, y = (line.box.x0 + line.box.x1) // 2, (line.box.y0 + line.box.y1) // 2
    for box, cutting in places:
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
            at = cutting.box
            return f"PixelData[{cutting.frame}] at {at.x0},{at.y0}–{at.x1},{at.y1}"
    return "PixelData"
