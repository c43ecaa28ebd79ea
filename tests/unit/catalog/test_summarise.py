"""What the catalogue keeps of an instance."""

import json

from tests.unit.dicom.bytes_builder import element, file, image, read

from tirage.catalog.summarise import PROMOTED, promoted_tags, summarise


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
