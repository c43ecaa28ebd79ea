"""The gate's other question: can whoever looks at the pictures of a finished file read who it is about?"""

from tirage.dicom.sources import Source
from tirage.model.records import Finding, View
from tirage.verify.gate import Gate
from tirage.verify.pictures import Undecodable, pictures

__all__ = ["scan_pixels"]

_WHERE = "PixelData"
_UNREADABLE = Finding(_WHERE, "cannot be read", View.OCR)


def scan_pixels(gate: Gate, source: Source) -> list[Finding]:
    """What can be read in the pictures of a finished file and must not; empty when it may pass.

    Without a text recogniser nothing is known of the pictures, and that is a finding too.
    """
    from tirage.ocr import OcrMissing, read_text
    from tirage.verify.judge import kinds_in_text

    found: set[Finding] = set()
    try:
        for number, picture in enumerate(pictures(source)):
            for line in read_text(picture):
                for kind in kinds_in_text(gate, line.text):
                    found.add(Finding(f"{_WHERE}[{number}]", kind, View.OCR))
    except (OcrMissing, Undecodable):
        found.add(_UNREADABLE)
    return sorted(found, key=lambda finding: (finding.where, finding.kind))
