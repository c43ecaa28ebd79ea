"""Kept text in every character set: read as declared, cleaned value by value, written as the object says."""

import io
from typing import Any

import pydicom
import pytest
from tests.make import make_instance, person
from tests.rebuilt import deidentified, header_of, outcome_of, planner_for
from tests.trees import GREY_STATE, code, content, report, without_picture

from tirage.deidentify.apply import rebuild
from tirage.deidentify.plan import Planner
from tirage.deidentify.wording import encode, fitted
from tirage.dicom.charsets import charset_of
from tirage.model.outcomes import Held, Passed
from tirage.model.reasons import HoldReason
from tirage.policy.profile import compile_profile

SURNAMES = {
    "ISO_IR 100": "Müllerström",
    "ISO_IR 144": "Пенкриволюб",
    "ISO_IR 192": "Müller山田Пенк",
    "GB18030": "王小東紅",
    "ISO 2022 IR 6\\ISO 2022 IR 87": "山田太郎",
    "ISO 2022 IR 6\\ISO 2022 IR 149": "김희중",
}


def made(**attributes: Any) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(deidentified(make_instance(**attributes))))


@pytest.mark.parametrize("declared", SURNAMES)
def test_clinical_words_stay_and_names_go_in_every_character_set(declared: str) -> None:
    name = SURNAMES[declared]
    result = made(
        SpecificCharacterSet=declared.split("\\"),
        PatientName=f"{name}^Erika",
        StudyDescription=f"CT Thorax {name} Abdomen",
        ProtocolName="Thorax",
    )
    assert str(result.StudyDescription).split() == ["CT", "Thorax", "Abdomen"]
    assert result.ProtocolName == "Thorax"


def test_a_value_whose_words_all_stay_keeps_its_bytes() -> None:
    data = make_instance(StudyDescription="CT Thorax")
    assert b"LO\x0a\x00CT Thorax " in deidentified(data)


def test_bytes_that_nobody_declared_are_read_as_utf8_and_the_output_is_ascii() -> None:
    data = make_instance(SpecificCharacterSet="ISO_IR 6", StudyDescription="CT Thorax Zusatzname")
    data = data.replace(b"Zusatzname", "Zusatzn\u00e4m".encode())
    result = deidentified(data)
    assert b"CT Thorax" in result
    assert "\u00e4".encode() not in result


def test_each_of_several_values_is_cleaned_by_itself_and_keeps_its_place() -> None:
    surname = person(1).family
    result = made(ImageComments=None, ReceiveCoilName=None, SoftwareVersions=["syngo CT VA48A", surname])
    assert result.SoftwareVersions[0] == "syngo CT VA48A"
    assert surname not in str(result.SoftwareVersions)


def test_an_item_is_read_in_its_own_character_set() -> None:
    item = {"SpecificCharacterSet": "ISO_IR 192", "ScheduledProcedureStepDescription": "Thorax Müllerström"}
    result = made(SpecificCharacterSet="ISO_IR 144", RequestAttributesSequence=[item])
    assert result.RequestAttributesSequence[0].ScheduledProcedureStepDescription == "Thorax"


def test_what_is_left_empty_is_what_the_type_of_its_attribute_asks_for() -> None:
    surname = person(1).family
    result = made(StudyDescription=surname, SeriesDescription=f"{surname} {surname}")
    assert "StudyDescription" not in result
    finding = content("TEXT", code("121071", "DCM", "Finding"), TextValue=surname)
    tree = pydicom.dcmread(io.BytesIO(deidentified(report(finding))))
    assert tree.ContentSequence[0].TextValue == "REMOVED"


def test_a_technical_value_that_names_the_patient_is_cleaned_too() -> None:
    assert made(Manufacturer="Philips", PatientName="Tamblewick^Philips").get("Manufacturer", "") == ""
    assert made(Manufacturer="Philips").Manufacturer == "Philips"


def test_one_of_several_technical_values_that_names_the_patient_goes_alone() -> None:
    result = made(ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], PatientName="Axial^Tamblewick")
    assert list(result.ImageType) == ["ORIGINAL", "PRIMARY", ""]


def test_what_the_project_keeps_whatever_it_says_stays_for_the_gate_to_judge() -> None:
    data = make_instance(StudyDescription=person(1).family)
    kept = {"attribute": "StudyDescription", "because": "a list of ours"}
    result = pydicom.dcmread(io.BytesIO(deidentified(data, keep=[kept])))
    assert result.StudyDescription == person(1).family


def test_lines_of_a_report_stay_lines() -> None:
    said = "Normal liver.\r\nNo effusion.\r\n"
    finding = content("TEXT", code("121071", "DCM", "Finding"), TextValue=said)
    tree = pydicom.dcmread(io.BytesIO(deidentified(report(finding))))
    assert len(str(tree.ContentSequence[0].TextValue).splitlines()) == 2


def test_unjudged_text_holds_the_object_where_the_project_says_so() -> None:
    data = make_instance(SpecificCharacterSet="ISO_IR 192", StudyDescription="胸部山田")
    header = header_of(data)
    planner = planner_for(header)
    assert isinstance(outcome_of(data), Passed)
    project = planner.profile.project.model_copy(
        update={"text": planner.profile.project.text.model_validate({"unjudged": "hold"})}
    )
    strict = Planner(compile_profile(project), planner.link, planner.identifiers)
    outcome = rebuild(header, strict)
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.TEXT_UNCHECKED
    assert [finding.where for finding in outcome.findings] == ["StudyDescription"]


def test_graphic_layers_that_lose_their_names_are_still_told_apart() -> None:
    layers = [{"GraphicLayer": name, "GraphicLayerOrder": 1} for name in ("PENKRIVO", "WIBBLEBORG")]
    drawn = [{"GraphicLayer": name} for name in ("WIBBLEBORG", "PENKRIVO")]
    data = without_picture(GREY_STATE, "PR", GraphicLayerSequence=layers, GraphicAnnotationSequence=drawn)
    result = pydicom.dcmread(io.BytesIO(deidentified(data)))
    names = [str(layer.GraphicLayer) for layer in result.GraphicLayerSequence]
    assert len(set(names)) == 2
    assert "PENKRIVO" not in names
    assert [str(each.GraphicLayer) for each in result.GraphicAnnotationSequence] == names[::-1]


def test_text_is_cut_between_words_when_it_grew_too_long() -> None:
    assert fitted("Thorax native 12 mm", 13) == "Thorax native"
    assert fitted("Thorax native 12 mm", 12) == "Thorax"
    assert fitted("Thorax", 6) == "Thorax"
    uid = f"2.25.{'1' * 39}"
    assert fitted(f"{uid} RT planning CT pelvis", 64) == "RT planning CT pelvis"
    assert fitted(f"RT {uid}", 64) == f"RT {uid}"
    assert fitted("Thoraxnativ", 6) == ""


def test_letters_a_character_set_lacks_lose_their_marks() -> None:
    assert encode(charset_of(b"ISO_IR 100"), "Schädel") == "Schädel".encode("latin-1")
    assert encode(charset_of(b"ISO_IR 192"), "Schädel") == "Schädel".encode()
    assert encode(charset_of(b""), "Schädel") == b"Schadel"
    assert encode(charset_of(b"ISO_IR 144"), "Schädel") == b"Schadel"
