"""A redacted PDF shows the words that may stay and nothing else."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdfium2 import PdfDocument

from tirage.deidentify.documents.pages import Word
from tirage.deidentify.documents.redact import kept_boxes, redacted_pdf
from tirage.model.outcomes import Held, Passed
from tirage.model.pixels import Box
from tirage.model.reasons import HoldReason
from tirage.ocr import read_text

WORDS = frozenset(["chest", "ct", "report", "findings", "lungs", "are", "clear", "white"])


@dataclass(frozen=True)
class Rest:
    text: str


class Listed:
    """Accepts listed words; `white` goes when a name stands in the same text."""

    def clean(self, text: str) -> Rest:
        words = text.split()
        kept = [word for word in words if word.casefold().strip(".:") in WORDS]
        if "Quimby" in words and "white" in kept:
            kept.remove("white")
        return Rest(" ".join(kept))

    def accepts(self, text: str) -> bool:
        return self.clean(text).text == " ".join(text.split())


def printed(*lines: str, hidden: str = "") -> bytes:
    """A PDF of one page with a text layer; `hidden` stands in its metadata."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 14 Tf 50 750 Td 24 TL {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Author ({hidden}) >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def scanned(*lines: str) -> bytes:
    """A PDF that is a picture of a page."""
    page = Image.new("L", (1240, 1754), 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((100, 100 + 60 * number), line, 0, ImageFont.load_default(36))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150)
    return out.getvalue()


def shown(document: bytes) -> str:
    """What a reader sees at the top of the first page."""
    page = PdfDocument(document)[0].render(scale=150 / 72, grayscale=True).to_numpy()
    top = page.reshape(page.shape[:2])[:480]
    return " ".join(line.text for line in read_text(top)).casefold()


@pytest.mark.parametrize("make", [printed, scanned])
def test_names_go_and_findings_stay(make: Callable[..., bytes]) -> None:
    document = make("Chest CT report", "Quimby Zorrox", "Findings: lungs are clear.")
    redacted = redacted_pdf(document, Listed())
    assert isinstance(redacted, Passed)
    text = shown(redacted.value)
    assert "lungs" in text
    assert "chest" in text
    assert "quimby" not in text
    assert "zorro" not in text


def test_metadata_and_the_text_layer_are_not_carried_over() -> None:
    redacted = redacted_pdf(printed("Chest CT report", hidden="Quimby Zorrox"), Listed())
    assert isinstance(redacted, Passed)
    assert b"Quimby" not in redacted.value
    assert not PdfDocument(redacted.value)[0].get_textpage().get_text_range()
    assert not PdfDocument(redacted.value).get_metadata_dict(skip_empty=True)


def test_the_same_document_gives_the_same_bytes() -> None:
    document = printed("Chest CT report")
    assert redacted_pdf(document, Listed()) == redacted_pdf(document, Listed())


def test_what_is_no_pdf_is_held() -> None:
    redacted = redacted_pdf(b"%PDF-1.4 nothing else", Listed())
    assert isinstance(redacted, Held)
    assert redacted.reason is HoldReason.TEXT_UNCHECKED


def test_a_word_that_goes_once_goes_wherever_it_stands_in_its_line() -> None:
    texts = ("white", "lungs", "clear", "Quimby", "white", "chest")
    line = [Word(text, Box(10 * place, 0, 10 * place + 8, 5)) for place, text in enumerate(texts)]
    assert kept_boxes(line, Listed()) == [Box(10, 0, 28, 5), Box(50, 0, 58, 5)]
