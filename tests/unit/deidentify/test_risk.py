"""Which objects go on without anybody looking at their pixels or reading their text."""

import pytest
from pydicom.uid import UID_dictionary
from tests.make import make_instance
from tests.rebuilt import header_of, make_profile, outcome_of

from tirage.deidentify.risk import Look, risk_of
from tirage.model.outcomes import Held, Passed
from tirage.model.reasons import HoldReason

ROOT = "1.2.840.10008.5.1.4.1.1."


def reason_of(**attributes: object) -> HoldReason | None:
    outcome = risk_of(header_of(make_instance(**attributes)), make_profile())  # type: ignore[arg-type]
    return outcome.reason if isinstance(outcome, Held) else None


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_original_slices_pass(modality: str) -> None:
    assert reason_of(modality=modality) is None


@pytest.mark.parametrize(
    "leaf", ["7", "7.4", "6.1", "3.1", "12.1", "77.1.4", "77.1.6", "1", "1.1", "1.2", "481.1"]
)
def test_classes_whose_images_often_carry_text_are_held(leaf: str) -> None:
    assert reason_of(SOPClassUID=ROOT + leaf) is HoldReason.PIXELS_UNCHECKED


@pytest.mark.parametrize(
    "leaf", ["88.11", "88.59", "88.67", "11.1", "9.1.1", "104.1", "104.2", "91.1", "481.4"]
)
def test_classes_made_of_text_are_held(leaf: str) -> None:
    assert reason_of(SOPClassUID=ROOT + leaf) is HoldReason.TEXT_UNCHECKED


@pytest.mark.parametrize(
    "uid", ["1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.999"]
)
def test_a_class_without_a_rule_is_held(uid: str) -> None:
    assert reason_of(SOPClassUID=uid) is HoldReason.UNKNOWN_SOP_CLASS


def test_every_storage_class_of_the_standard_has_an_answer() -> None:
    classes = [
        uid for uid, (name, kind, *_) in UID_dictionary.items() if kind == "SOP Class" and "Storage" in name
    ]
    data = make_instance()
    header = header_of(data)
    index = header.find(0x00080016)
    assert index is not None
    assert len(classes) > 150
    for uid in classes:
        outcome = risk_of(header_of(make_instance(SOPClassUID=uid)), make_profile())
        assert isinstance(outcome, Passed | Held), uid


@pytest.mark.parametrize(
    "attributes",
    [
        {"BurnedInAnnotation": "YES"},
        {"RecognizableVisualFeatures": "YES"},
        {"ImageType": ["DERIVED", "SECONDARY"]},
        {"ImageType": ["DERIVED", "PRIMARY", "SCREEN SAVE"]},
        {"ImageType": ["ORIGINAL", "PRIMARY", "DOSE_INFO"]},
        {"ConversionType": "WSD"},
        {"ConversionType": "DF"},
        {"SecondaryCaptureDeviceManufacturer": "Scanner of paper"},
        {"Modality": "OT"},
        {"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3},
    ],
)
def test_a_slice_that_may_be_a_picture_of_a_screen_is_held(attributes: dict[str, object]) -> None:
    assert reason_of(**attributes) is HoldReason.PIXELS_UNCHECKED


def test_a_claim_that_nothing_is_burned_in_is_not_believed() -> None:
    assert reason_of(modality="US", BurnedInAnnotation="NO") is HoldReason.PIXELS_UNCHECKED


def test_an_embedded_document_is_held_in_any_class() -> None:
    assert reason_of(EncapsulatedDocument=b"%PDF-1.7") is HoldReason.TEXT_UNCHECKED


def test_structures_with_typed_names_are_held() -> None:
    attributes = {"SOPClassUID": ROOT + "481.3", "StructureSetLabel": "PLAN OF JOHN"}
    assert reason_of(**attributes) is HoldReason.TEXT_UNCHECKED


def test_a_hold_says_where_to_look_and_never_what_was_seen() -> None:
    outcome = outcome_of(make_instance(ConversionType="WSD"))
    assert isinstance(outcome, Held)
    assert [finding.where for finding in outcome.findings] == ["ConversionType"]
    assert "WSD" not in repr(outcome)
