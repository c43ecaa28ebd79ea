"""Content items that say by their concept that they identify; all others keep what they found."""

import io

import pydicom
import pytest
from pydicom.dataset import Dataset
from tests.make import make_dataset, make_instance, person
from tests.rebuilt import deidentified
from tests.trees import KEY_OBJECTS, Item, code, content, number, referring, report

OBSERVER_NAME = code("121008", "DCM", "Person Observer Name")
ORGANISATION = code("121009", "DCM", "Person Observer's Organization Name")
SUBJECT_ID = code("121030", "DCM", "Subject ID")
BIRTH_DATE = code("121031", "DCM", "Subject Birth Date")
AGE = code("121033", "DCM", "Subject Age")
SERIAL = code("121016", "DCM", "Device Observer Serial Number")
FINDING = code("121071", "DCM", "Finding")
DIAMETER = code("410668003", "SCT", "Length")


def items_of(*items: Item, **deidentify: object) -> list[Dataset]:
    result = pydicom.dcmread(io.BytesIO(deidentified(report(*items), **deidentify)))
    return list(result.ContentSequence)


def value_of(item: Item, keyword: str, **deidentify: object) -> str:
    return str(items_of(item, **deidentify)[0][keyword].value)


@pytest.mark.parametrize(
    "concept",
    [
        OBSERVER_NAME,
        ORGANISATION,
        SUBJECT_ID,
        SERIAL,
        code("121022", "DCM", "Accession Number"),
        code("77001", "99LOCAL", "Referring physician name"),
        code("77002", "99LOCAL", "Dictated by"),
        code("77003", "99LOCAL", "Patient's MRN"),
    ],
)
def test_text_about_a_person_or_a_record_goes_whole_even_when_every_word_is_clinical(
    concept: list[Item],
) -> None:
    assert value_of(content("TEXT", concept, TextValue="Normal liver"), "TextValue") == "REMOVED"


def test_text_about_a_finding_stays_word_for_word() -> None:
    said = "Normal liver"
    assert value_of(content("TEXT", FINDING, TextValue=said), "TextValue") == said


def test_a_protocol_name_of_a_local_scheme_is_no_persons_name() -> None:
    concept = code("77004", "99LOCAL", "Protocol name")
    assert value_of(content("TEXT", concept, TextValue="Chest"), "TextValue") == "Chest"


def test_a_coded_organisation_loses_its_words() -> None:
    item = content("CODE", ORGANISATION, ConceptCodeSequence=code("SWI", "99WEND", "Normal liver"))
    found = items_of(item)[0].ConceptCodeSequence[0]
    assert found.CodeMeaning == "REMOVED"
    assert found.CodeValue == "REMOVED"


def test_names_are_dummies() -> None:
    item = content("PNAME", OBSERVER_NAME, PersonName=person(1).name)
    assert value_of(item, "PersonName") == "REMOVED"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("62", "a", "62"),
        ("90", "a", "90"),
        ("97", "a", "90"),
        ("1164", "mo", "1080"),
        ("35000", "d", "32872"),
    ],
)
def test_ages_over_89_are_one_category_in_every_unit(value: str, unit: str, expected: str) -> None:
    measured = items_of(number(AGE, value, unit))[0].MeasuredValueSequence[0]
    assert str(measured.NumericValue) == expected


def test_other_numbers_above_ninety_stay() -> None:
    measured = items_of(number(DIAMETER, "97.5", "mm"))[0].MeasuredValueSequence[0]
    assert str(measured.NumericValue) == "97.5"
    assert measured.MeasurementUnitsCodeSequence[0].CodeValue == "mm"


def test_a_birth_date_becomes_a_fixed_one_and_another_date_moves() -> None:
    birth = content("DATE", BIRTH_DATE, Date="19310405")
    other = content("DATE", code("111060", "DCM", "Study Date"), Date="20240630")
    first, second = items_of(birth, other)
    assert first.Date == "19000101"
    assert second.Date not in ("20240630", "19000101", "")


def test_a_serial_number_is_judged_as_text_where_devices_are_retained() -> None:
    item = content("TEXT", SERIAL, TextValue="Normal liver")
    assert value_of(item, "TextValue", options=["retain-device", *OPTIONS]) == "Normal liver"


OPTIONS = ["clean-structured-content", "clean-descriptors", "clean-graphics", "modified-dates"]


def test_items_are_judged_however_deep_they_lie() -> None:
    inner = content("TEXT", OBSERVER_NAME, TextValue="Normal liver")
    tree = inner
    for _ in range(12):
        tree = content("CONTAINER", FINDING, tree)
    found = items_of(tree)[0]
    for _ in range(12):
        found = found.ContentSequence[0]
    assert found.TextValue == "REMOVED"


def test_references_follow_the_images_of_their_study() -> None:
    image = make_dataset()
    evidence = referring(image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID)
    pointing = content(
        "IMAGE",
        FINDING,
        ReferencedSOPSequence=evidence[0]["ReferencedSeriesSequence"][0]["ReferencedSOPSequence"],
    )
    selection = report(
        pointing,
        content("UIDREF", code("112040", "DCM", "Tracking Unique Identifier"), UID=image.SOPInstanceUID),
        SOPClassUID=KEY_OBJECTS,
        Modality="KO",
        CurrentRequestedProcedureEvidenceSequence=evidence,
        VerifyingObserverSequence=None,
        CompletionFlag=None,
        VerificationFlag=None,
    )
    made = pydicom.dcmread(io.BytesIO(deidentified(make_instance())))
    result = pydicom.dcmread(io.BytesIO(deidentified(selection)))
    study = result.CurrentRequestedProcedureEvidenceSequence[0]
    series = study.ReferencedSeriesSequence[0]
    assert study.StudyInstanceUID == made.StudyInstanceUID
    assert series.SeriesInstanceUID == made.SeriesInstanceUID
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == made.SOPInstanceUID
    first, second = result.ContentSequence
    assert first.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == made.SOPInstanceUID
    assert made.SOPInstanceUID == second.UID


def test_verifying_observers_are_dummies_and_the_flag_stays() -> None:
    result = pydicom.dcmread(io.BytesIO(deidentified(report(content("TEXT", FINDING, TextValue="Normal")))))
    assert result.VerificationFlag == "VERIFIED"
    assert result.VerifyingObserverSequence[0].VerifyingObserverName == "REMOVED"
    assert result.VerifyingObserverSequence[0].VerifyingOrganization == "REMOVED"
