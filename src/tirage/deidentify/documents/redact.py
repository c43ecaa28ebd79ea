"""Redacts a PDF: pages are drawn anew, white but for the words that may stay.

Nothing of the file is carried over: no text layer, fonts, pictures, attachments, links or metadata. A text
layer may say something else than the page shows, so the finished page is read once more as a picture.
Needs the extras `documents` and `ocr`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from tirage.deidentify.documents.pages import (
    Undrawable,
    Word,
    document_of,
    drawn,
    lines_of_layer,
    opened,
    words_of,
)
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.pixels import Box
from tirage.model.reasons import HoldReason
from tirage.model.records import Finding
from tirage.ocr import Line, OcrMissing, read_text

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

    from tirage.deidentify.documents.pages import Drawn

WHITE = 255

BAND, OVERLAP = 480, 80
"""Rows of a page that are read at once: of a whole page with a single line, that line is often not seen."""


class Cleaned(Protocol):
    """What a cleaner leaves of a text."""

    @property
    def text(self) -> str: ...


class Cleaner(Protocol):
    """Judges texts word by word; `deidentify.text` has it."""

    def clean(self, text: str) -> Cleaned: ...

    def accepts(self, text: str) -> bool: ...


def redacted_pdf(data: bytes, cleaner: Cleaner) -> Outcome[bytes]:
    """The document with only the words that may stay; held `TEXT_UNCHECKED` when that cannot be made sure."""
    try:
        with opened(data) as pages:
            redacted = [_redacted(page, cleaner) for page in pages]
    except ImportError:
        return _held("PDF: needs the extra `documents`")
    except OcrMissing:
        return _held("PDF: needs the extra `ocr`")
    except Undrawable:
        return _held("PDF that cannot be drawn")
    if any(_unaccepted(page, cleaner) for page in redacted):
        return _held("PDF with text that cannot be removed")
    return Passed(document_of(redacted))


def kept_boxes(line: Sequence[Word], cleaner: Cleaner) -> list[Box]:
    """Where the words of one line stand that may stay, neighbours in one box.

    A word that goes once goes wherever it stands in the line.
    """
    before = Counter(word.text for word in line)
    after = Counter(cleaner.clean(" ".join(word.text for word in line)).text.split())
    runs = groupby(line, key=lambda word: after[word.text] >= before[word.text])
    return [_around([word.box for word in words]) for is_kept, words in runs if is_kept]


def _redacted(page: "PdfPage", cleaner: Cleaner) -> "Drawn":
    source = drawn(page)
    lines = lines_of_layer(page) or [words_of(line) for line in _read(source)]
    target = _with_boxes(source, (box for line in lines for box in kept_boxes(line, cleaner)))
    for box in _unaccepted(target, cleaner):
        target[box.y0 : box.y1, box.x0 : box.x1] = WHITE
    return target


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _with_boxes(source: "Drawn", boxes: Iterable[Box]) -> "Drawn":
    """A white page with what the source shows in the boxes."""
    target = source.copy()
    target.fill(WHITE)
    for wide in boxes:
        box = wide.clipped(*source.shape)
        target[box.y0 : box.y1, box.x0 : box.x1] = source[box.y0 : box.y1, box.x0 : box.x1]
    return target


def _unaccepted(page: "Drawn", cleaner: Cleaner) -> list[Box]:
    """Where a finished page shows a line that may not stay."""
    return [line.box for line in _read(page) if not cleaner.accepts(line.text)]


def _read(page: "Drawn") -> Iterator[Line]:
    """The lines of a page, band by band; one that lies in two bands comes twice."""
    for top in range(0, page.shape[0], BAND - OVERLAP):
        for line in read_text(page[top : top + BAND]):
            x0, y0, x1, y1 = line.box
            yield replace(line, box=Box(x0, y0 + top, x1, y1 + top))


def _held(kind: str) -> Held:
    return Held(HoldReason.TEXT_UNCHECKED, (Finding("EncapsulatedDocument", kind),))
