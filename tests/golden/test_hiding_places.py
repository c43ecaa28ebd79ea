"""Identifiers planted wherever a header can hide them reach no output; technical values do."""

import io
import zlib
from collections.abc import Iterator

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.golden.planting import raw
from tests.make import make_dataset, make_instance
from tests.rebuilt import deidentified

from tirage.demo import instances
from tirage.dicom.elements import Malformed

PLANTED = "QUIMBYXZ"
"""A family name that occurs in no vocabulary and no dictionary."""

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]


def encodings(text: str) -> Iterator[bytes]:
    for form in (text, text.lower(), text.title(), text[::-1]):
        yield form.encode("ascii")
        yield form.encode("utf-16-le")
        yield form.encode("utf-16-be")


def assert_absent(output: bytes, text: str = PLANTED) -> None:
    for encoded in encodings(text):
        assert encoded not in output


def plant(**attributes: object) -> bytes:
    return make_instance(**attributes)  # type: ignore[arg-type]


TEXT_ATTRIBUTES = [
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "AccessionNumber",
    "InstitutionName",
    "InstitutionAddress",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "StationName",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "ImageComments",
    "PatientComments",
    "AdditionalPatientHistory",
    "ReceiveCoilName",
    "SequenceName",
    "ContentLabel",
    "ContentDescription",
    "DocumentTitle",
    "WindowCenterWidthExplanation",
    "SoftwareVersions",
    "DeviceSerialNumber",
    "StudyID",
    "RequestedProcedureDescription",
    "ScheduledProcedureStepID",
    "PerformedProcedureStepDescription",
    "FrameComments",
    "DerivationDescription",
    "AdmissionID",
    "Occupation",
    "EthnicGroup",
    "MilitaryRank",
    "CountryOfResidence",
    "RegionOfResidence",
    "PatientTelephoneNumbers",
    "IssuerOfPatientID",
    "CurrentPatientLocation",
    "TextComments",
    "Arbitrary",
    "StudyComments",
    "InterpretationText",
    "ResultsComments",
    "DistributionName",
    "RequestingService",
    "ContrastBolusAgent",
    "FilterType",
    "ConvolutionKernel",
    "BodyPartExamined",
    "AcquisitionDeviceProcessingDescription",
    "ManufacturerModelName",
    "Manufacturer",
]


@pytest.mark.parametrize("keyword", TEXT_ATTRIBUTES)
def test_no_text_attribute_carries_a_name(keyword: str) -> None:
    assert_absent(deidentified(plant(**{keyword: PLANTED})))


def test_values_of_image_type_after_the_second_carry_no_name() -> None:
    source = plant(ImageType=["ORIGINAL", "PRIMARY", "AXIAL", PLANTED])
    assert_absent(deidentified(source))


def test_preamble_file_meta_and_trailing_padding_are_left_behind() -> None:
    content = make_dataset()
    content.add_new(0xFFFCFFFC, "OB", PLANTED.encode())
    data = instances.encode(content)
    data = PLANTED.encode().ljust(128, b"M") + data[128:] + bytes(8)
    group = b"\x02\0\x02\1OB\0\0\x08\0\0\0" + PLANTED.encode()
    length = int.from_bytes(data[140:144], "little") + len(group)
    end = 144 + length - len(group)
    data = data[:140] + length.to_bytes(4, "little") + data[144:end] + group + data[end:]
    output = deidentified(data)
    assert_absent(output)
    assert output[:132] == bytes(128) + b"DICM"
    assert set(pydicom.dcmread(io.BytesIO(output)).file_meta.keys()) == {
        0x00020000,
        0x00020001,
        0x00020002,
        0x00020003,
        0x00020010,
        0x00020012,
        0x00020013,
    }


def test_an_object_with_text_after_its_data_set_does_not_pass() -> None:
    with pytest.raises(Malformed):
        deidentified(make_instance() + PLANTED.encode())


def test_bytes_after_the_last_frame_are_cut_off() -> None:
    content = make_dataset()
    exact = bytes(content.PixelData)
    content.PixelData = exact + PLANTED.encode()
    output = deidentified(instances.encode(content))
    assert_absent(output)
    assert output.endswith(exact)


@pytest.mark.parametrize("group", [0x6000, 0x6002, 0x601E, 0x5000, 0x501E])
def test_overlays_and_curves_are_dropped(group: int) -> None:
    content = make_dataset()
    content.add_new((group << 16) | 0x22 if group >> 8 == 0x60 else (group << 16) | 0x30, "LO", PLANTED)
    content.add_new((group << 16) | 0x1500, "LO", PLANTED)
    content.add_new((group << 16) | 0x3000, "OW", PLANTED.encode())
    output = deidentified(instances.encode(content))
    assert_absent(output)
    assert not [element for element in pydicom.dcmread(io.BytesIO(output)) if element.tag.group == group]


def test_icons_are_dropped_with_their_pixels() -> None:
    icon = Dataset()
    icon.Rows, icon.Columns, icon.BitsAllocated = 2, 4, 8
    icon.add_new(0x7FE00010, "OW", PLANTED.encode())
    assert_absent(deidentified(plant(IconImageSequence=[icon])))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_private_elements_go_with_and_without_a_creator_in_every_form(syntax: str) -> None:
    content = make_dataset()
    content.add_new(0x00090010, "LO", "UNKNOWN VENDOR")
    for number, (vr, value) in enumerate(
        [
            ("LO", PLANTED),
            ("PN", PLANTED),
            ("UN", PLANTED.encode()),
            ("OB", PLANTED.encode("utf-16-le")),
            ("OB", zlib.compress(PLANTED.encode() * 20)),
            ("UT", PLANTED * 9000),
            ("SQ", Sequence([instances.fill(Dataset(), {"PatientName": PLANTED})])),
        ]
    ):
        content.add_new(0x00091001 + number, vr, value)
    content.add_new(0x000B1001, "LO", PLANTED)  # no creator
    content.add_new(0x000D0010, "LO", PLANTED)  # a creator that is itself a name
    content.add_new(0x000D1001, "LO", "x")
    output = deidentified(instances.encode(content, syntax))
    assert_absent(output)
    assert zlib.compress(PLANTED.encode() * 20) not in output
    groups = {element.tag.group for element in pydicom.dcmread(io.BytesIO(output))}
    assert not groups & {0x0009, 0x000B, 0x000D}


def test_a_creator_in_one_item_does_not_serve_another() -> None:
    named, nameless = Dataset(), Dataset()
    named.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    named.add_new(0x0019100C, "IS", "1000")
    nameless.add_new(0x0019100C, "LO", PLANTED)
    output = deidentified(plant(modality="MR", ReferencedImageSequence=[named, nameless]))
    assert_absent(output)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_names_nested_to_depth_twenty_are_found(syntax: str) -> None:
    deepest = instances.fill(Dataset(), {"PatientName": PLANTED, "ImageComments": PLANTED})
    for _ in range(20):
        deepest = instances.fill(
            Dataset(), {"SourceImageSequence": Sequence([deepest]), "PatientID": PLANTED}
        )
    content = make_dataset()
    content.SourceImageSequence = Sequence([deepest])
    assert_absent(deidentified(instances.encode(content, syntax)))


def test_meanings_of_codes_carry_no_name() -> None:
    code = {"CodeValue": "T-D1100", "CodingSchemeDesignator": "SRT", "CodeMeaning": PLANTED}
    assert_absent(deidentified(plant(AnatomicRegionSequence=[code])))


def test_unknown_even_groups_and_un_are_dropped() -> None:
    content = make_dataset()
    content.add_new(0x00120F01, "LO", PLANTED)
    content.add_new(0x00140101, "UN", PLANTED.encode())
    content.add_new(0x00204000, "UN", PLANTED.encode())
    assert_absent(deidentified(instances.encode(content)))


def test_a_sequence_that_hides_behind_un_is_read_and_cleaned() -> None:
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    name = b"\x10\x00\x10\x00\x08\x00\x00\x00" + PLANTED.encode()
    number = b"\x28\x00\x10\x00\x02\x00\x00\x00\x07\x00"
    inside = item + name + number + b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    source = _with_element(make_instance(), 0x00082112, b"\x08\x00\x12\x21UN\0\0\xff\xff\xff\xff" + inside)
    output = deidentified(source)
    assert_absent(output)
    assert pydicom.dcmread(io.BytesIO(output)).SourceImageSequence[0].Rows == 7


def test_a_sequence_of_defined_length_behind_un_is_emptied() -> None:
    inside = b"\xfe\xff\x00\xe0\x10\0\0\0\x10\x00\x10\x00\x08\x00\x00\x00" + PLANTED.encode()
    element = b"\x08\x00\x12\x21UN\0\0" + len(inside).to_bytes(4, "little") + inside
    assert_absent(deidentified(_with_element(make_instance(), 0x00082112, element)))


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 192", "Цюйрихова^Žofie"),
        ("GB18030", "曲姆比^小东"),
        ("ISO 2022 IR 87", "曲姆^太郎"),
        ("ISO_IR 100", "Quïmbÿ^Jörg"),
    ],
)
def test_names_in_other_character_sets_are_replaced(charset: str, name: str) -> None:
    content = make_dataset(SpecificCharacterSet=["", charset] if "2022" in charset else charset)
    content.PatientName = name
    content.InstitutionName = name.replace("^", " ")
    content.StudyDescription = name.replace("^", " ")
    source = instances.encode(content)
    output = deidentified(source)
    for part in name.split("^"):
        for codec in ("utf-8", "gb18030", "iso2022_jp", "latin-1", "utf-16-le", "iso8859-5"):
            try:
                assert part.encode(codec) not in output
            except UnicodeEncodeError:
                continue


def test_every_uid_is_replaced_by_the_same_one_wherever_it_stands() -> None:
    original = "1.2.826.0.1.3680043.99.123456"
    content = make_dataset(SOPInstanceUID=original, FrameOfReferenceUID="1.2.826.0.1.3680043.99.1")
    reference = {"ReferencedSOPClassUID": content.SOPClassUID, "ReferencedSOPInstanceUID": original}
    content.ReferencedImageSequence = Sequence([instances.fill(Dataset(), reference)])
    output = deidentified(instances.encode(content))
    assert original.encode() not in output
    result = pydicom.dcmread(io.BytesIO(output))
    assert result.SOPInstanceUID == result.file_meta.MediaStorageSOPInstanceUID
    assert result.ReferencedImageSequence[0].ReferencedSOPInstanceUID == result.SOPInstanceUID
    assert result.SOPClassUID == content.SOPClassUID == result.file_meta.MediaStorageSOPClassUID


def test_a_uid_that_says_it_is_text_is_replaced_as_a_uid() -> None:
    content, other = make_dataset(), make_dataset()
    raw(other, 0x0020000D, "LO", str(content.StudyInstanceUID).encode())
    expected, result = (
        pydicom.dcmread(io.BytesIO(deidentified(instances.encode(each)))) for each in (content, other)
    )
    assert result.StudyInstanceUID == expected.StudyInstanceUID


def test_dates_move_together_at_every_depth_and_times_stay() -> None:
    item = {"ScheduledProcedureStepStartDate": "20240310", "ScheduledProcedureStepStartTime": "235959"}
    source = plant(
        StudyDate="20240228",
        SeriesDate="20240301",
        AcquisitionDateTime="20240228235959.123456+0100",
        StudyTime="235959",
        RequestAttributesSequence=[item],
    )
    result = pydicom.dcmread(io.BytesIO(deidentified(source)))
    study, series = pydicom.valuerep.DA(result.StudyDate), pydicom.valuerep.DA(result.SeriesDate)
    assert study is not None
    assert series is not None
    assert (series - study).days == 2
    assert result.StudyDate != "20240228"
    assert result.StudyTime == "235959"
    assert result.AcquisitionDateTime == f"{result.StudyDate}235959.123456+0100"


def test_ages_over_89_are_capped_and_a_birth_date_that_tells_one_is_blanked() -> None:
    source = plant(PatientAge="097Y", PatientBirthDate="19260101", StudyDate="20240101")
    output = deidentified(source, options=["modified-dates", "retain-patient"])
    result = pydicom.dcmread(io.BytesIO(output))
    assert result.PatientAge == "090Y"
    assert not result.get("PatientBirthDate")


KEPT = {
    "Rows": 32,
    "Columns": 32,
    "PixelSpacing": [0.7, 0.7],
    "SliceThickness": 2.5,
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "ImagePositionPatient": [-100.5, 20, 30.25],
    "RescaleSlope": 1,
    "RescaleIntercept": -1024,
    "KVP": 120,
    "Exposure": 200,
    "WindowCenter": 40,
    "WindowWidth": 400,
    "Modality": "CT",
    "PatientPosition": "HFS",
    "InstanceNumber": 7,
    "GantryDetectorTilt": 0,
    "PhotometricInterpretation": "MONOCHROME2",
}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_research_needs_is_kept(syntax: str) -> None:
    content = make_dataset(**KEPT)  # type: ignore[arg-type]
    output = deidentified(instances.encode(content, syntax))
    result = pydicom.dcmread(io.BytesIO(output))
    for keyword, value in KEPT.items():
        assert result[keyword].value == value, keyword
    assert bytes(result.PixelData) == bytes(content.PixelData)


def test_what_was_done_is_said_and_nothing_an_earlier_hand_said_is_kept() -> None:
    code = {"CodeValue": "113109", "CodingSchemeDesignator": "DCM", "CodeMeaning": PLANTED}
    source = plant(
        PatientIdentityRemoved="NO",
        DeidentificationMethod=PLANTED,
        DeidentificationMethodCodeSequence=[code],
        LongitudinalTemporalInformationModified="UNMODIFIED",
    )
    output = deidentified(source)
    assert_absent(output)
    result = pydicom.dcmread(io.BytesIO(output))
    assert result.PatientIdentityRemoved == "YES"
    assert result.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = {item.CodeValue for item in result.DeidentificationMethodCodeSequence}
    assert {"113100", "113107"} <= codes
    assert "113109" not in codes
    tags = [element.tag for element in result]
    assert tags == sorted(tags)


def test_deflated_input_comes_out_readable_and_not_deflated() -> None:
    output = deidentified(make_instance(transfer_syntax=DeflatedExplicitVRLittleEndian))
    assert pydicom.dcmread(io.BytesIO(output)).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_the_same_input_gives_the_same_bytes() -> None:
    assert deidentified(make_instance()) == deidentified(make_instance())


def _with_element(data: bytes, tag: int, element: bytes) -> bytes:
    """`data` with an encoded element in place of the one with its tag, or before the next one."""
    from tests.rebuilt import header_of

    header = header_of(data)
    for other, _, start, _, end, depth in header.elements:
        if not depth and other >= tag:
            at = header.dataset_offset
            return data[: at + start] + element + data[at + (end if other == tag else start) :]
    raise AssertionError
