"""What the gate reads in pictures: prints of identifiers, dates, labels, in any frame and form of pixels."""

from typing import Any

import cv2
import numpy as np
import pytest
from pydicom.uid import JPEGLSLossless, RLELossless
from tests.make import make_dataset

from tirage.demo.instances import encode
from tirage.dicom.sources import BytesSource
from tirage.model.records import Finding, Identifiers, View
from tirage.verify.lines import rows_of
from tirage.verify.pictures import Undecodable, pictures
from tirage.verify.printed import measure_print
from tirage.verify.scan import compile_gate
from tirage.verify.shown import scan_pixels

GATE = compile_gate(
    Identifiers(
        words=frozenset({"Tamblewick^Odalune"}),
        codes=frozenset({"41828374"}),
        dates=frozenset({"19320203"}),
    )
)
NAME = "TAMBLEWICK ODALUNE"


def drawn(text: str = "", grey: int = 230, ground: int = 60, size: float = 0.7) -> np.ndarray[Any, Any]:
    """A smooth picture, (200, 400), with a text on it."""
    rows, columns = np.mgrid[:200, :400]
    picture = (ground + 25 * np.sin(columns / 90) + 10 * np.cos(rows / 70)).astype(np.uint8)
    if text:
        cv2.putText(picture, text, (20, 90), cv2.FONT_HERSHEY_SIMPLEX, size, grey, 1, cv2.LINE_AA)
    return picture


def instance(*frames: np.ndarray[Any, Any], **attributes: Any) -> bytes:
    """A finished file of these frames, 8 bits unless told otherwise."""
    dataset = make_dataset(modality="DX", rows=8, columns=8)
    values: dict[str, Any] = {
        "SamplesPerPixel": 1 if frames[0].ndim == 2 else 3,
        "PhotometricInterpretation": "MONOCHROME2",
        "PixelRepresentation": 0,
        "BitsAllocated": 8 * frames[0].itemsize,
        "BitsStored": 8 * frames[0].itemsize,
        "HighBit": 8 * frames[0].itemsize - 1,
        "NumberOfFrames": len(frames),
        "Rows": frames[0].shape[0],
        "Columns": frames[0].shape[1],
        "PixelData": b"".join(frame.tobytes() for frame in frames),
    }
    for keyword, value in (values | attributes).items():
        setattr(dataset, keyword, value)
    return encode(dataset)


def kinds(data: bytes) -> set[str]:
    return {finding.kind for finding in scan_pixels(GATE, BytesSource(data))}


def test_a_clean_picture_passes() -> None:
    assert scan_pixels(GATE, BytesSource(instance(drawn()))) == []


@pytest.mark.parametrize("text", ["L", "5 cm", "FRONTAL VIEW", "120 kV 3.2 mA", "T12"])
def test_print_that_tells_nothing_passes(text: str) -> None:
    assert scan_pixels(GATE, BytesSource(instance(drawn(text)))) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (NAME, "name of a person"),
        ("Tarnblewick, 0dalune", "name of a person"),
        ("ID 41828374", "identifier"),
        ("born 03.02.1932", "date"),
        ("12-MAR-2019", "date"),
        ("Name: Quillfeather", "labelled identifier"),
    ],
)
def test_print_that_tells_who_it_is_is_found(text: str, kind: str) -> None:
    assert kind in kinds(instance(drawn(text)))


@pytest.mark.parametrize(("grey", "ground"), [(5, 150), (250, 200), (100, 60)])
def test_dark_and_faint_print_is_found(grey: int, ground: int) -> None:
    assert "name of a person" in kinds(instance(drawn(NAME, grey, ground)))


def test_print_in_one_frame_of_many_is_found_and_placed() -> None:
    frames = [drawn(ground=50 + number) for number in range(9)]
    frames[6] = drawn(NAME)
    found = scan_pixels(GATE, BytesSource(instance(*frames)))
    assert found
    assert all(finding.where.startswith("PixelData[6] at ") for finding in found)
    assert {finding.view for finding in found} == {View.OCR}


def colour(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.stack([picture // 3, picture // 2, picture], axis=2)


@pytest.mark.parametrize(
    "data",
    [
        instance(255 - drawn(NAME), PhotometricInterpretation="MONOCHROME1"),
        instance(drawn(NAME).astype(np.uint16) * 12 + 900, BitsStored=12, HighBit=11),
        instance(drawn(NAME).astype(np.int16) * 8 - 1_000, PixelRepresentation=1),
        instance(colour(drawn(NAME)), PhotometricInterpretation="RGB", PlanarConfiguration=0),
        instance(
            colour(drawn(NAME)).transpose(2, 0, 1),
            PhotometricInterpretation="RGB",
            PlanarConfiguration=1,
            SamplesPerPixel=3,
            Rows=200,
            Columns=400,
        ),
    ],
    ids=["inverted", "12 bits", "signed", "colour", "planes"],
)
def test_print_is_found_in_every_form_of_pixel_data(data: bytes) -> None:
    assert "name of a person" in kinds(data)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_print_is_found_in_compressed_pixel_data(syntax: str) -> None:
    import io

    from pydicom import dcmread

    dataset = dcmread(io.BytesIO(instance(drawn(NAME))))
    dataset.compress(syntax)
    target = io.BytesIO()
    dataset.save_as(target)
    assert "name of a person" in kinds(target.getvalue())


def test_what_cannot_be_decoded_does_not_pass() -> None:
    data = instance(drawn(), Rows=9_000)
    assert scan_pixels(GATE, BytesSource(data)) == [Finding("PixelData", "cannot be read", View.OCR)]
    with pytest.raises(Undecodable):
        list(pictures(BytesSource(data)))


def test_an_object_without_pixels_has_nothing_to_look_at() -> None:
    data = encode(make_dataset(modality="SR"))
    assert scan_pixels(GATE, BytesSource(data)) == []


def test_a_page_of_a_document_is_read() -> None:
    from io import BytesIO

    from PIL import Image

    page = BytesIO()
    Image.fromarray(cv2.resize(drawn(NAME, 0, 200), None, fx=2, fy=2)).save(page, "PDF")
    dataset = make_dataset(modality="SR")
    dataset.EncapsulatedDocument = page.getvalue()
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    assert "name of a person" in kinds(encode(dataset))


def test_a_smooth_or_flat_picture_needs_no_reading() -> None:
    assert rows_of(drawn()) == []
    assert rows_of(np.zeros((512, 512), np.uint8)) == []
    assert rows_of(drawn(NAME)) != []


def test_most_print_over_noise_is_read_and_noise_is_not() -> None:
    found, alarms = measure_print(seed=3, rounds=5)
    assert found.planted == 5
    assert found.share >= 0.8
    assert alarms.found == 0
