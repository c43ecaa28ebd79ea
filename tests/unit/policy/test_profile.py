"""A profile has one action for everything, and says which rule gave it."""

import pickle
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword

from tirage.policy.actions import Action
from tirage.policy.compiled import policy_digest
from tirage.policy.decisions import Basis
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import load_project
from tirage.policy.standard import dictionary, table_names

CT, MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
PET = "1.2.840.10008.5.1.4.1.1.128"
US, VOICE = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.9.4.1"
HEAD = "project:\n  name: trial-one\n  title: A trial\n"


def profile(body: str = "") -> Profile:
    return compile_profile(load_project(HEAD + body))


def with_options(*options: str) -> Profile:
    return profile(f"deidentify:\n  options: [{', '.join(options)}]\n")


def tag(keyword: str) -> int:
    found = tag_for_keyword(keyword)
    assert found is not None
    return found


def action(found: Profile, keyword: str, sop_class: str = CT, *, is_nested: bool = False) -> Action:
    vr = dictionary()[tag(keyword)].vrs[0].encode()
    return found.action(tag(keyword), vr, sop_class, is_nested=is_nested)


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("PatientName", Action.EMPTY),
        ("PatientBirthDate", Action.EMPTY),
        ("PatientAddress", Action.REMOVE),
        ("PatientAge", Action.KEEP),
        ("AccessionNumber", Action.EMPTY),
        ("StudyDate", Action.SHIFT),
        ("SeriesTime", Action.SHIFT),
        ("DateOfSecondaryCapture", Action.SHIFT),
        ("StudyUpdateDateTime", Action.SHIFT),
        ("StudyInstanceUID", Action.UID),
        ("MultiFrameSourceSOPInstanceUID", Action.UID),
        ("InstitutionName", Action.REMOVE),
        ("StudyDescription", Action.CLEAN),
        ("ReferencedImageSequence", Action.KEEP),
        ("IconImageSequence", Action.REMOVE),
        ("GraphicAnnotationSequence", Action.KEEP),
        ("ContentSequence", Action.KEEP),
        ("RequestAttributesSequence", Action.KEEP),
        ("TextValue", Action.CLEAN),
        ("ROIName", Action.CLEAN),
        ("MakerNote", Action.REMOVE),
        ("DigitalSignaturesSequence", Action.REMOVE),
        ("Modality", Action.KEEP),
        ("SliceThickness", Action.KEEP),
        ("Rows", Action.KEEP),
        ("PixelData", Action.KEEP),
        ("Manufacturer", Action.KEEP),
        ("DocumentTitle", Action.CLEAN),
        ("ChannelLabel", Action.CLEAN),
        ("WaveformAnnotationSequence", Action.KEEP),
        ("VerifyingObserverSequence", Action.KEEP),
        ("AuthorObserverSequence", Action.REMOVE),
        ("PersonName", Action.DUMMY),
        ("UID", Action.UID),
        ("Date", Action.SHIFT),
        ("NumericValue", Action.KEEP),
        ("MeasuredValueSequence", Action.KEEP),
        ("ContentTemplateSequence", Action.KEEP),
        ("CurrentRequestedProcedureEvidenceSequence", Action.KEEP),
        ("ReferencedRequestSequence", Action.KEEP),
        ("RTReferencedStudySequence", Action.KEEP),
        ("HL7InstanceIdentifier", Action.REMOVE),
        ("GraphicLayerDescription", Action.CLEAN),
        ("CodingSchemeResponsibleOrganization", Action.REMOVE),
        ("RetrieveURL", Action.REMOVE),
        ("StorageURL", Action.REMOVE),
        ("PatientIdentityRemoved", Action.REMOVE),
        ("ICCProfile", Action.KEEP),
        ("ReferencedFileID", Action.REMOVE),
        ("EncapsulatedDocument", Action.DUMMY),
    ],
)
def test_the_default_profile_treats(keyword: str, expected: Action) -> None:
    assert action(profile(), keyword) is expected


def test_the_profile_is_total_and_every_person_text_date_and_uid_is_treated() -> None:
    """Whatever the table says: the backstop of the value representation (DESIGN 7.2)."""
    found = with_options()
    for is_nested in (False, True):
        for number in dictionary():
            attribute = dictionary()[number]
            done = found.action(number, attribute.vrs[0].encode(), CT, is_nested=is_nested)
            kinds = set(attribute.vrs)
            if kinds & {"PN", "DA", "DT", "TM", "AE", "UR"}:
                assert done in (Action.REMOVE, Action.EMPTY, Action.DUMMY), attribute.keyword
            if kinds == {"UI"}:
                assert done in (Action.REMOVE, Action.UID), attribute.keyword
            if kinds & {"LO", "SH", "ST", "LT", "UT", "UC"} and done is Action.KEEP:
                assert not found.accepts(number, attribute.vrs[0].encode(), b"Zebediah Quux"), (
                    attribute.keyword
                )


@given(number=st.integers(0, 0xFFFFFFFF), vr=st.sampled_from([b"LO", b"PN", b"OB", b"UN", b"CS", b"US"]))
def test_what_nobody_knows_is_removed(number: int, vr: bytes) -> None:
    found = profile()
    if number not in dictionary():
        assert found.action(number, vr, CT) is Action.REMOVE
        assert found.action(number | 0x10000, vr, CT) is Action.REMOVE


@pytest.mark.parametrize(
    "number", [0x60003000, 0x60020022, 0x60FE4000, 0x50003000, 0x501E0010, 0x00280000, 0x00080001]
)
def test_overlays_curves_and_lengths_are_removed(number: int) -> None:
    found = profile()
    assert found.action(number, b"OW", CT) is Action.REMOVE
    assert found.decision(number).basis is Basis.STRUCTURE


def test_slash_codes_resolve_by_the_type_of_the_attribute_in_the_object() -> None:
    found = with_options()
    assert action(found, "DeviceSerialNumber", CT) is Action.REMOVE
    assert action(found, "DeviceSerialNumber", ENHANCED_MR) is Action.DUMMY
    assert action(found, "ContentDate", CT) is Action.EMPTY
    assert action(found, "ContentDate", ENHANCED_MR) is Action.DUMMY
    assert action(found, "StationName", "1.2.3.4") is Action.DUMMY


def test_the_same_attribute_may_be_treated_otherwise_inside_a_sequence() -> None:
    found = profile()
    assert action(found, "InstitutionName", CT) is Action.REMOVE
    assert action(found, "InstitutionName", CT, is_nested=True) is Action.DUMMY


def test_voice_is_not_a_signal_to_keep() -> None:
    assert action(profile(), "WaveformData", VOICE, is_nested=True) is Action.REMOVE
    assert action(profile(), "WaveformData", ECG, is_nested=True) is Action.KEEP


@pytest.mark.parametrize("keyword", ["WaveformData", "ChannelMinimumValue", "SpectroscopyData", "LUTData"])
def test_room_for_arbitrary_bytes_is_kept_only_where_the_object_has_it(keyword: str) -> None:
    assert action(profile(), keyword, CT) is Action.REMOVE
    assert action(profile(), keyword, "1.2.3.4") is Action.REMOVE


def test_a_table_of_a_picture_is_kept_inside_its_sequence() -> None:
    assert action(profile(), "LUTData", CT, is_nested=True) is Action.KEEP
    assert action(profile(), "RadionuclideTotalDose", PET, is_nested=True) is Action.KEEP
    assert action(profile(), "RadionuclideTotalDose", CT, is_nested=True) is Action.REMOVE


@pytest.mark.parametrize(
    ("option", "keyword", "expected"),
    [
        ("retain-uids", "StudyInstanceUID", Action.KEEP),
        ("retain-uids", "TargetFrameOfReferenceUID", Action.KEEP),
        ("retain-device", "StationName", Action.KEEP),
        ("retain-institution", "InstitutionName", Action.KEEP),
        ("retain-patient", "PatientAge", Action.KEEP),
        ("retain-patient", "Allergies", Action.CLEAN),
        ("retain-patient", "StudyDescription", Action.REMOVE),
        ("clean-descriptors", "StudyDescription", Action.CLEAN),
        ("clean-descriptors", "ContentSequence", Action.REMOVE),
        ("clean-structured-content", "ContentSequence", Action.KEEP),
        ("clean-structured-content", "GraphicAnnotationSequence", Action.REMOVE),
        ("clean-graphics", "GraphicAnnotationSequence", Action.KEEP),
        ("clean-graphics", "StudyDescription", Action.REMOVE),
        ("full-dates", "StudyDate", Action.KEEP),
        ("full-dates", "PatientBirthDate", Action.EMPTY),
        ("modified-dates", "StudyDate", Action.SHIFT),
        ("modified-dates", "TimezoneOffsetFromUTC", Action.REMOVE),
    ],
)
def test_an_option_loosens_its_own_attributes_and_no_more(
    option: str, keyword: str, expected: Action
) -> None:
    found = with_options(option)
    assert action(found, keyword) is expected
    assert action(found, "PatientName") is Action.EMPTY
    assert action(found, "PatientAddress") is Action.REMOVE


def test_what_an_option_keeps_is_accepted() -> None:
    found = with_options("retain-institution", "retain-device", "retain-uids")
    assert found.accepts(tag("InstitutionName"), b"LO", "Hôpital général".encode())
    assert found.accepts(tag("StationName"), b"SH", b"CT99")
    assert found.accepts(tag("StudyInstanceUID"), b"UI", b"1.2.3\0")
    assert not found.accepts(tag("InstitutionName"), b"LO", b"a\0b\x01")


def test_codes_state_only_what_is_done() -> None:
    assert {code for code, _, _ in with_options().method_codes} == {"113100"}
    assert {code for code, _, _ in profile().method_codes} == {
        "113100",
        "113103",
        "113104",
        "113105",
        "113107",
        "113108",
        "113111",
    }
    few = "deidentify:\n  options: [modified-dates, safe-private]\n"
    assert {code for code, _, _ in profile(few).method_codes} == {"113100", "113107", "113111"}
    kept = f"{few}  keep:\n    - attribute: StudyDescription\n      because: needed\n"
    assert {code for code, _, _ in profile(kept).method_codes} == {"113107", "113111"}
    listed = f"{kept}      values: [CT CHEST]\n"
    assert {code for code, _, _ in profile(listed).method_codes} == {"113100", "113107", "113111"}


def test_method_text_fits_its_attribute() -> None:
    kept = "deidentify:\n  remove:\n    - attribute: EchoTime\n"
    for line in (*profile().method_text, *profile(kept).method_text):
        assert line.isascii()
        assert len(line) <= 64
        assert "\\" not in line


def test_pixels_are_claimed_clean_only_where_they_were_looked_at_and_faces_never() -> None:
    found = with_options("clean-pixels", "clean-features")
    assert {code for code, _, _ in found.method_codes} == {"113100"}
    assert {code for code, _, _ in found.inspected_codes} == {"113100", "113101"}
    assert {code for code, _, _ in with_options().inspected_codes} == {"113100"}


def test_a_value_of_words_that_is_not_accepted_is_cleaned_and_one_of_codes_is_not() -> None:
    found, strict = profile(), with_options()
    for keyword in ("Manufacturer", "ReceiveCoilName", "ImageType", "CodeMeaning", "SegmentLabel"):
        assert found.refused(tag(keyword), CT) is Action.CLEAN, keyword
        assert strict.refused(tag(keyword), CT) is strict.rejected(tag(keyword), CT), keyword
    for keyword in ("CodeValue", "CodingSchemeDesignator", "Modality", "SliceThickness", "PatientName"):
        assert found.refused(tag(keyword), CT) is found.rejected(tag(keyword), CT), keyword


def test_cleaning_is_for_text_alone() -> None:
    found = profile()
    for number, done in found.for_sop_class(CT).items():
        if done is Action.CLEAN:
            assert set(dictionary()[number].vrs) <= {"SH", "LO", "ST", "LT", "UC", "UT"}


OVERLAYS = """deidentify:
  remove: [{attribute: EchoTime}]
  overlays:
    - when: {manufacturer: siemens, modality: [MR, CT]}
      keep: [{attribute: EchoTime}]
      clean: [{attribute: HL7InstanceIdentifier, because: codes}]
      private: [{group: 0019, creator: SIEMENS TEST, element: 0x10, because: dose}]
    - when: {model: Skyra}
      remove: [{attribute: SliceThickness}]
"""


def test_an_overlay_decides_for_the_objects_it_names_and_no_other() -> None:
    found = profile(OVERLAYS)
    assert found.has_variants
    assert not profile().has_variants
    siemens = found.variant(MR, "MR", "SIEMENS", "Avanto")
    assert action(siemens, "EchoTime", MR) is Action.KEEP
    assert action(siemens, "HL7InstanceIdentifier", MR) is Action.CLEAN
    assert siemens.private(0x0019, "SIEMENS TEST", 0x10) is Action.KEEP
    assert action(found.variant(MR, "US", "SIEMENS", ""), "EchoTime", MR) is Action.REMOVE
    assert found.private(0x0019, "SIEMENS TEST", 0x10) is Action.REMOVE
    assert action(found.variant(MR, "US", "", "SKYRA fit"), "SliceThickness", MR) is Action.REMOVE
    both = found.variant(MR, "MR", "Siemens Healthineers", "Skyra")
    assert action(both, "EchoTime", MR) is Action.KEEP
    assert action(both, "SliceThickness", MR) is Action.REMOVE


def test_objects_alike_share_one_variant_and_all_share_the_digest() -> None:
    found = profile(OVERLAYS)
    assert found.variant(CT, "US", "GE", "") is found
    assert profile().variant(CT, "CT", "SIEMENS", "") is not None
    first, second = found.variant(CT, "CT", "SIEMENS", "A"), found.variant(MR, "MR", "Siemens", "B")
    assert first is second
    assert first.digest == found.digest
    assert pickle.loads(pickle.dumps(first)).private(0x0019, "SIEMENS TEST", 0x10) is Action.KEEP


def test_a_project_may_have_a_list_of_its_own_beyond_which_nothing_stays() -> None:
    found = profile("deidentify:\n  only: [EchoTime, 0008103E, '0020']\n  keep: [{attribute: KVP}]\n")
    for keyword, expected in {
        "EchoTime": Action.KEEP,
        "SeriesDescription": Action.CLEAN,
        "StudyDescription": Action.REMOVE,
        "ImagePositionPatient": Action.KEEP,
        "KVP": Action.KEEP,
        "SliceThickness": Action.EMPTY,
        "Manufacturer": Action.EMPTY,
        "PatientName": Action.EMPTY,
        "StudyInstanceUID": Action.UID,
        "PixelData": Action.KEEP,
        "BitsStored": Action.KEEP,
        "StudyDate": Action.EMPTY,
    }.items():
        assert action(found, keyword) is expected, keyword


def test_saying_keep_again_loosens_nothing() -> None:
    again, loosened = (
        profile(f"deidentify:\n  keep:\n    - {{attribute: Manufacturer{because}}}\n")
        for because in ("", ", because: all of it")
    )
    assert not again.accepts(tag("Manufacturer"), b"LO", b"Zebediah Quux")
    assert loosened.accepts(tag("Manufacturer"), b"LO", b"Zebediah Quux")


@pytest.mark.parametrize(
    ("options", "stated"),
    [((), "REMOVED"), (("modified-dates",), "MODIFIED"), (("full-dates",), "UNMODIFIED")],
)
def test_what_became_of_dates_is_stated(options: tuple[str, ...], stated: str) -> None:
    assert with_options(*options).temporal == stated


def test_an_element_of_another_vr_than_the_standards_is_not_kept_as_it_is() -> None:
    found = profile()
    assert found.action(tag("SliceThickness"), b"LO", CT) is not Action.KEEP
    assert found.action(tag("Rows"), b"OB", CT) is not Action.KEEP
    assert found.action(tag("StudyDate"), b"LO", CT) is Action.EMPTY
    assert found.action(tag("StudyInstanceUID"), b"LO", CT) is Action.DUMMY
    assert found.action(tag("ReferencedImageSequence"), b"UN", CT) is not Action.KEEP
    assert found.action(tag("SmallestImagePixelValue"), b"SS", CT) is Action.KEEP
    assert found.action(tag("SliceThickness"), b"UN", CT) is Action.KEEP


def test_private_elements_go_unless_group_creator_and_element_are_listed() -> None:
    found = profile()
    assert found.private(0x0019, "SIEMENS MR HEADER", 0x0C) is Action.KEEP
    assert found.private(0x0019, "SIEMENS MR HEADER ", 0x100C) is Action.KEEP
    assert found.private(0x0021, "SIEMENS MR HEADER", 0x0C) is Action.REMOVE
    assert found.private(0x0019, "siemens mr header", 0x0C) is Action.REMOVE
    assert found.private(0x0019, "SIEMENS MR HEADER", 0x0F) is Action.REMOVE
    assert found.private(0x0029, "SIEMENS CSA HEADER", 0x20) is Action.REMOVE
    assert with_options().private(0x0019, "SIEMENS MR HEADER", 0x0C) is Action.REMOVE


@pytest.mark.parametrize(
    ("group", "creator", "element"),
    [
        (0x0019, "SIEMENS MR HEADER", 0x0C),
        (0x0043, "GEMS_PARM_01", 0x39),
        (0x2001, "Philips Imaging DD 001", 0x03),
        (0x0065, "Image Private Header", 0x09),
        (0x0029, "MMCPrivate", 0x30),
        (0x7053, "Philips PET Private Group", 0x00),
    ],
)
def test_b_values_and_scale_factors_of_every_maker_are_on_the_safe_list(
    group: int, creator: str, element: int
) -> None:
    assert profile().private(group, creator, element) is Action.KEEP


def test_a_safe_private_element_must_hold_the_number_its_list_says() -> None:
    found = profile()
    assert found.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0C, b"IS", b"1000")
    assert found.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0E, b"FD", bytes(24))
    assert not found.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0C, b"IS", b"SMITH")
    assert not found.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0E, b"FD", b"SMITH^JOHN^^DR ")
    assert not found.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0E, b"FD", b"ZebQuuxoxq" + b" " * 14)
    assert not found.accepts_private(0x0019, "NOBODY", 0x0C, b"IS", b"1000")


def test_the_project_decides_before_the_table() -> None:
    found = profile(
        "deidentify:\n"
        "  keep:\n    - {attribute: ProtocolName, because: arms of the trial, values: [Arm A, Arm B]}\n"
        "  remove:\n    - attribute: SliceThickness\n"
        "  private:\n    - {group: 0029, creator: ACME, element: 0x10, because: dose}\n"
    )
    assert action(found, "ProtocolName") is Action.KEEP
    assert found.accepts(tag("ProtocolName"), b"LO", b"Arm A ")
    assert not found.accepts(tag("ProtocolName"), b"LO", b"Arm A Smith")
    assert action(found, "SliceThickness") is Action.REMOVE
    assert found.private(0x0029, "ACME", 0x10) is Action.KEEP
    assert found.decision(tag("ProtocolName")).basis is Basis.OVERLAY
    assert "arms of the trial" in found.decision(tag("ProtocolName")).why


@pytest.mark.parametrize(
    ("keyword", "basis", "words"),
    [
        ("PatientName", Basis.TABLE, "2026c"),
        ("StudyDate", Basis.OPTION, "modified-dates"),
        ("Manufacturer", Basis.ALLOWED, "maker"),
        ("StudyUpdateDateTime", Basis.BACKSTOP, "moved"),
        ("HL7InstanceIdentifier", Basis.BACKSTOP, "free text"),
        ("BeamName", Basis.OPTION, "clean-descriptors"),
    ],
)
def test_a_decision_says_which_rule_and_why(keyword: str, basis: Basis, words: str) -> None:
    decision = profile().decision(tag(keyword))
    assert decision.basis is basis
    assert words in decision.why


def test_the_digest_covers_all_that_decides_an_output_and_nothing_else() -> None:
    same = profile().digest
    assert profile("# a comment\nreview:\n  signatures: 1\n").digest == same
    chosen = ", ".join(reversed(load_project(HEAD).deidentify.options))
    assert profile(f"deidentify:\n  options: [{chosen}]\n").digest == same
    for change in (
        "deidentify:\n  options: [modified-dates]\n",
        "deidentify:\n  remove:\n    - attribute: EchoTime\n",
        "dates:\n  max_shift_days: 30\n",
        "identity:\n  scheme: keyed\n",
        "include:\n  modalities: [CT]\n",
        "pixels:\n  unexplained: blank\n",
        "pixels:\n  devices:\n    - when: {rows: 512}\n      blank: [{x: 0, y: 0, w: 9, h: 9}]\n",
        "text:\n  unjudged: hold\n",
        "documents:\n  pdf: redact\n",
        "deidentify:\n  overlays:\n    - when: {modality: CT}\n      remove: [{attribute: EchoTime}]\n",
    ):
        assert profile(change).digest != same, change
    assert len(same) == 64


def test_every_table_is_part_of_the_digest() -> None:
    project = load_project(HEAD)
    folder = files("tirage.policy") / "tables"
    tables = {entry.name for entry in folder.iterdir() if entry.name != "README.md"}
    assert set(table_names()) == tables
    digests = {policy_digest(project, tuple(tables - {left_out})) for left_out in tables}
    assert len(digests | {policy_digest(project)}) == len(tables) + 1


def test_a_profile_travels_to_a_worker_process() -> None:
    found = profile()
    copy = pickle.loads(pickle.dumps(found))
    assert copy.digest == found.digest
    assert action(copy, "StudyDate") is Action.SHIFT
