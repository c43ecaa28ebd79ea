"""Which objects go on, which are looked at, and which wait for a person."""

import pytest
from pydicom.uid import UID_dictionary
from tests.make import make_instance
from tests.rebuilt import header_of, make_profile, make_project, outcome_of

from tirage.deidentify.risk import DECISIVE, Look, risk_of
from tirage.model.outcomes import Held, Passed
from tirage.model.reasons import HoldReason
from tirage.policy.profile import Profile, compile_profile

ROOT = "1.2.840.10008.5.1.4.1.1."
PLAIN = ["modified-dates"]
PICTURES = ["7", "7.4", "6.1", "3.1", "12.1", "77.1.6", "1", "1.1", "1.2", "481.1"]
TEXTS = ["88.11", "88.59", "88.67", "11.1", "9.1.1", "91.1", "481.4"]
DOCUMENTS = ["104.1", "104.2", "104.3", "9.4.1", "9.4.2"]
SUSPICIOUS = [
    {"BurnedInAnnotation": "YES"},
    {"ImageType": ["DERIVED", "SECONDARY"]},
    {"ImageType": ["DERIVED", "PRIMARY", "SCREEN SAVE"]},
    {"ImageType": ["ORIGINAL", "PRIMARY", "DOSE_INFO"]},
    {"ConversionType": "WSD"},
    {"ConversionType": "DF"},
    {"SecondaryCaptureDeviceManufacturer": "Scanner of paper"},
    {"Modality": "OT"},
    {"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3},
]


def asked(profile: Profile | None = None, **attributes: object) -> Look | HoldReason | None:
    outcome = risk_of(header_of(make_instance(**attributes)), profile or make_profile())  # type: ignore[arg-type]
    return (
        outcome.value
        if isinstance(outcome, Passed)
        else outcome.reason
        if isinstance(outcome, Held)
        else None
    )


def plain(**attributes: object) -> Look | HoldReason | None:
    """The answer of a profile that cleans nothing."""
    return asked(make_profile(options=PLAIN), **attributes)


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_original_slices_need_no_look(modality: str) -> None:
    assert asked(modality=modality) is Look.NOTHING
    assert plain(modality=modality) is Look.NOTHING


@pytest.mark.parametrize("leaf", PICTURES)
def test_classes_whose_images_often_carry_text_are_looked_at_when_pixels_are_cleaned(leaf: str) -> None:
    assert asked(SOPClassUID=ROOT + leaf) is Look.INSPECT
    assert plain(SOPClassUID=ROOT + leaf) is HoldReason.PIXELS_UNCHECKED


@pytest.mark.parametrize("leaf", TEXTS)
def test_classes_made_of_text_pass_when_an_option_cleans_them(leaf: str) -> None:
    absent = {"PixelData": None}
    assert asked(SOPClassUID=ROOT + leaf, **absent) is Look.NOTHING
    assert plain(SOPClassUID=ROOT + leaf, **absent) is HoldReason.TEXT_UNCHECKED


@pytest.mark.parametrize("leaf", TEXTS)
def test_pixels_in_a_class_without_them_are_held(leaf: str) -> None:
    assert asked(SOPClassUID=ROOT + leaf) is HoldReason.PIXELS_UNCHECKED


@pytest.mark.parametrize("leaf", DOCUMENTS)
def test_documents_and_voices_are_held_whatever_is_cleaned(leaf: str) -> None:
    assert asked(SOPClassUID=ROOT + leaf, PixelData=None) is HoldReason.TEXT_UNCHECKED


@pytest.mark.parametrize(
    "uid", ["1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.999"]
)
def test_a_class_without_a_rule_is_held(uid: str) -> None:
    assert asked(SOPClassUID=uid) is HoldReason.UNKNOWN_SOP_CLASS


def test_every_storage_class_of_the_standard_has_an_answer() -> None:
    classes = [
        uid for uid, (name, kind, *_) in UID_dictionary.items() if kind == "SOP Class" and "Storage" in name
    ]
    assert len(classes) > 150
    for uid in classes:
        outcome = risk_of(header_of(make_instance(SOPClassUID=uid)), make_profile())
        assert isinstance(outcome, Passed | Held), uid


@pytest.mark.parametrize("attributes", SUSPICIOUS)
def test_a_slice_that_may_be_a_picture_of_a_screen_is_looked_at(attributes: dict[str, object]) -> None:
    assert asked(**attributes) is Look.INSPECT
    assert plain(**attributes) is HoldReason.PIXELS_UNCHECKED


def test_a_claim_that_nothing_is_burned_in_is_not_believed() -> None:
    assert asked(modality="US", BurnedInAnnotation="NO") is Look.INSPECT
    assert plain(modality="US", BurnedInAnnotation="NO") is HoldReason.PIXELS_UNCHECKED


def test_a_face_is_held_whatever_is_cleaned() -> None:
    assert asked(RecognizableVisualFeatures="YES") is HoldReason.PIXELS_UNCHECKED


def test_a_photograph_is_looked_at_only_when_the_sender_says_that_it_shows_no_face() -> None:
    photograph = {"SOPClassUID": ROOT + "77.1.4", "Modality": "XC"}
    assert asked(**photograph) is HoldReason.PIXELS_UNCHECKED
    assert asked(**photograph, RecognizableVisualFeatures="NO") is Look.INSPECT


@pytest.mark.parametrize(
    ("flavour", "answer"), [("LABEL", None), ("OVERVIEW", None), ("VOLUME", Look.INSPECT)]
)
def test_the_label_of_a_slide_is_held_and_its_tissue_looked_at(flavour: str, answer: Look | None) -> None:
    found = asked(SOPClassUID=ROOT + "77.1.6", ImageType=["ORIGINAL", "PRIMARY", flavour, "NONE"])
    assert found is (answer or HoldReason.PIXELS_UNCHECKED)


def test_a_mask_of_bits_is_never_looked_at() -> None:
    mask = {"SOPClassUID": ROOT + "66.4", "Modality": "SEG", "BurnedInAnnotation": "YES"}
    assert asked(**mask) is Look.NOTHING


def test_an_embedded_document_is_held_in_any_class() -> None:
    assert asked(EncapsulatedDocument=b"%PDF-1.7") is HoldReason.TEXT_UNCHECKED


def test_a_pdf_is_drawn_anew_only_when_the_project_says_so() -> None:
    pdf = {
        "SOPClassUID": ROOT + "104.1",
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "EncapsulatedDocument": b"%PDF-1.7",
        "PixelData": None,
    }
    redacting = compile_profile(make_project(documents={"pdf": "redact"}))
    assert asked(redacting, **pdf) is Look.DOCUMENT
    assert asked(**pdf) is HoldReason.TEXT_UNCHECKED
    cda = pdf | {"SOPClassUID": ROOT + "104.2", "MIMETypeOfEncapsulatedDocument": "text/XML"}
    assert asked(redacting, **cda) is HoldReason.TEXT_UNCHECKED


def test_structures_with_typed_names_pass_when_descriptions_are_cleaned() -> None:
    structure = {"SOPClassUID": ROOT + "481.3", "StructureSetLabel": "PLAN OF JOHN", "PixelData": None}
    assert asked(**structure) is Look.NOTHING
    assert plain(**structure) is HoldReason.TEXT_UNCHECKED


def test_an_original_slice_of_a_device_with_a_rule_is_looked_at() -> None:
    rule = {"when": {"manufacturer": "ACME"}, "blank": [{"x": 0, "y": 0, "w": 8, "h": 8}]}
    profile = compile_profile(make_project(pixels={"devices": [rule]}))
    assert asked(profile, Manufacturer="Acme Scanners") is Look.INSPECT
    assert asked(profile, Manufacturer="Other") is Look.NOTHING
    assert 0x00080070 in DECISIVE


def test_a_hold_says_where_to_look_and_never_what_was_seen() -> None:
    outcome = outcome_of(make_instance(ConversionType="WSD"), options=PLAIN)
    assert isinstance(outcome, Held)
    assert [finding.where for finding in outcome.findings] == ["ConversionType"]
    assert "WSD" not in repr(outcome)
