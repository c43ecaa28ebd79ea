"""What the catalogue keeps of an instance."""

import json

import pytest
from tests.make import make_instance
from tests.unit.dicom.bytes_builder import element, file, image, read, us

from tirage.catalog.classify import classify
from tirage.catalog.summarise import PROMOTED, promoted_tags, summarise
from tirage.dicom.sopclasses import Kind, is_storage, kind_of, name_of


def test_promoted_attributes_exist_in_the_dictionary():
    assert list(promoted_tags()) == list(PROMOTED)


def test_a_summary_holds_identifiers_columns_and_the_whole_header():
    replace = {
        0x00080008: element(0x00080008, b"CS", b"ORIGINAL\\PRIMARY\\AXIAL"),
        0x00101000: element(0x00101000, b"LO", b"A1 \\B2"),
        0x00081030: element(0x00081030, b"LO", b""),
    }
    summary = summarise(read(file(image(replace=replace))))
    assert summary.sop_class == "1.2.840.10008.5.1.4.1.1.2"
    assert summary.patient.patient_id == "4711"
    assert summary.patient.name == "Doe^Jane"
    assert summary.patient.other_ids == ("A1", "B2")
    assert summary.attributes["Rows"] == "4"
    assert summary.attributes["ImageType"] == "ORIGINAL\\PRIMARY\\AXIAL"
    assert "StudyDescription" not in summary.attributes
    assert json.loads(summary.header)["00280010"] == {"vr": "US", "Value": [4]}


def test_text_is_decoded_in_the_declared_character_set():
    replace = {
        0x00080005: element(0x00080005, b"CS", b"ISO_IR 192"),
        0x00100010: element(0x00100010, b"PN", "Müller^Zoë".encode()),
    }
    assert summarise(read(file(image(replace=replace)))).patient.name == "Müller^Zoë"


@pytest.mark.parametrize(
    ("image_type", "is_original", "is_localizer"),
    [
        (b"ORIGINAL\\PRIMARY\\LOCALIZER", True, True),
        (b"ORIGINAL\\PRIMARY\\AXIAL", True, False),
        (b"DERIVED\\SECONDARY", False, False),
        (b"", False, False),
    ],
)
def test_image_type_tells_originals_and_localizers(image_type, is_original, is_localizer):
    found = classify(read(file(image(replace={0x00080008: element(0x00080008, b"CS", image_type)}))))
    assert (found.is_original, found.is_localizer) == (is_original, is_localizer)
    assert found.is_image
    assert found.frames == 1


@pytest.mark.parametrize(("modality", "kind"), [("CT", Kind.IMAGE), ("SR", Kind.REPORT), ("US", Kind.IMAGE)])
def test_the_kind_follows_from_the_sop_class(modality, kind):
    found = classify(read(make_instance(modality=modality)))
    assert found.kind is kind
    assert found.modality == modality
    assert found.is_image == (kind is Kind.IMAGE)


def test_a_directory_and_an_unknown_class_are_told():
    assert kind_of("1.2.840.10008.1.3.10") is Kind.DIRECTORY
    assert kind_of("1.2.3") is Kind.UNKNOWN
    assert not is_storage("1.2.840.10008.1.20.1")
    assert name_of("1.2.840.10008.5.1.4.1.1.2") == "CTImageStorage"
    assert not classify(read(file(us(0x00041212, 0), sop_class="1.2.840.10008.1.3.10"))).is_image
