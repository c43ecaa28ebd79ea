"""Draws the pages of a PDF, says which words stand where on them, and makes a PDF of drawn pages.

Needs the extra `documents`.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tirage.model.pixels import Box
from tirage.model.records import Confidential
from tirage.ocr import Line

if TYPE_CHECKING:
    import numpy as np
    from pypdfium2 import PdfPage, PdfTextPage

    Drawn = np.ndarray[Any, np.dtype[np.uint8]]
    """A drawn page: grey values, (rows, columns), white 255."""

DOTS_PER_INCH = 150
POINTS_PER_INCH = 72
MOST_PAGES = 200
LARGEST_PAGE = 40_000_000
"""Pixels of a drawn page; A0 at this resolution has 35 million."""


class Undrawable(Exception):
    """A PDF, or a page of it, that cannot be drawn."""


@dataclass(frozen=True, slots=True, repr=False)
class Word(Confidential):
    """A word and where it stands on the drawn page."""

    text: str
    box: Box


@contextmanager
def opened(data: bytes) -> Iterator[Sequence["PdfPage"]]:
    """The pages of a PDF; raises `Undrawable` when it is none, is locked, or has too many."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise Undrawable from error
    try:
        if not 1 <= len(document) <= MOST_PAGES:
            raise Undrawable
        yield document
    except PdfiumError as error:
        raise Undrawable from error
    finally:
        document.close()


def drawn(page: "PdfPage") -> "Drawn":
    """A page as a person sees it; raises `Undrawable` when it is too large."""
    if page.get_width() * page.get_height() * _scale() ** 2 > LARGEST_PAGE:
        raise Undrawable
    pixels: Drawn = page.render(scale=_scale(), grayscale=True).to_numpy()
    return pixels.reshape(pixels.shape[:2]).copy()


def lines_of_layer(page: "PdfPage") -> list[list[Word]]:
    """The words of a page's text layer, line by line; empty for a scanned page."""
    layer = page.get_textpage()
    lines: list[list[Word]] = []
    line: list[Word] = []
    start = 0
    count = layer.count_chars()
    for index in range(count + 1):
        character = layer.get_text_range(index, 1) if index < count else "\n"
        if character.strip():
            continue
        if index > start:
            line.append(_word(layer, page, start, index))
        start = index + 1
        if character in ("\r", "\n") and line:
            lines.append(line)
            line = []
    return [*lines, line] if line else lines


def words_of(line: Line) -> list[Word]:
    """The words of a line that was read from a picture, each as broad as its share of the letters."""
    x0, y0, x1, y1 = line.box
    width = (x1 - x0) / max(len(line.text), 1)
    words, position = [], 0
    for text in line.text.split():
        position = line.text.index(text, position)
        end = position + len(text)
        words.append(Word(text, Box(int(x0 + position * width), y0, int(x0 + end * width) + 1, y1)))
        position = end
    return words


def document_of(pages: Sequence["Drawn"]) -> bytes:
    """A PDF that shows drawn pages and says nothing else."""
    from PIL import Image

    first, *others = (Image.fromarray(page) for page in pages)
    out = io.BytesIO()
    silent = dict.fromkeys(("title", "author", "subject", "keywords", "producer", "creator"), None)
    first.save(
        out,
        "PDF",
        save_all=True,
        append_images=others,
        resolution=DOTS_PER_INCH,
        creationDate=None,
        modDate=None,
        **silent,
    )
    return out.getvalue()


def _word(layer: "PdfTextPage", page: "PdfPage", start: int, end: int) -> Word:
    """The word of characters `start` to `end`; PDF counts points from the lower left corner."""
    boxes = [layer.get_charbox(index, loose=True) for index in range(start, end)]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    scale, height = _scale(), page.get_height()
    box = Box(
        int(min(lefts) * scale),
        int((height - max(tops)) * scale),
        int(max(rights) * scale) + 1,
        int((height - min(bottoms)) * scale) + 1,
    )
    return Word(layer.get_text_range(start, end - start), box)


def _scale() -> float:
    return DOTS_PER_INCH / POINTS_PER_INCH
