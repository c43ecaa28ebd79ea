"""A kept attribute keeps what is technical and loses what could name someone."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword

from tirage.policy.actions import Action
from tirage.policy.codes import is_loinc, is_snomed, meaning_of
from tirage.policy.profile import compile_profile
from tirage.policy.project import load_project
from tirage.policy.standard import dictionary

PROFILE = compile_profile(
    load_project(
        "project: {name: trial-one, title: x}\ndeidentify: {options: [safe-private, retain-patient]}\n"
    )
)
CT = "1.2.840.10008.5.1.4.1.1.2"
KEPT_TEXT = [
    number
    for number, attribute in dictionary().items()
    if set(attribute.vrs) & {"CS", "LO", "SH", "ST", "LT", "UT", "UC", "UR", "AE", "PN", "AS"}
    and PROFILE.for_sop_class(CT)[number] is Action.KEEP
]
IDENTIFYING = [
    b"QUUX ZEBEDIAH",
    b"QUUX^ZEBEDIAH",
    b"Zebediah",
    b"HEAD QUUX",
    b"ORIGINAL\\PRIMARY\\QUUX",
    b"12345678",
    b"K1234567",
    b"AB1234C",
    b"943 476 5919",
    b"943-476-5919",
    b"9434765919",
    b"HEAD 943-476-5919",
    b"HEAD 9434765919",
    b"943-476",
    b"HEAD 43-476-5919",
    b"HEAD QX4376",
    b"CHEST 476 5919",
    b"19450312",
    b"1945-03-12",
    b"12/03/1945",
    b"12.03.1945",
    b"12.03.45",
    b"HEAD 12.03.1945",
    b"St Quux's Hospital",
    b"quux@example.org",
    b"\x1b$B;3ED",
    "Quüx".encode(),
    "Quüx".encode("latin-1"),
    "山田".encode(),
    b"Q\0U\0U\0X\0",
    b"Q U U X",
    b"Q.U.U.X.Z",
    b"HEAD Q-U-U-X",
]


def accepts(keyword: str, value: bytes) -> bool:
    number = tag_for_keyword(keyword)
    assert number is not None
    return PROFILE.accepts(number, dictionary()[number].vrs[0].encode(), value)


@pytest.mark.parametrize("value", IDENTIFYING)
def test_no_kept_text_attribute_takes(value: bytes) -> None:
    taking = [
        dictionary()[number].keyword
        for number in KEPT_TEXT
        if PROFILE.accepts(number, dictionary()[number].vrs[0].encode(), value)
    ]
    assert taking == []


@given(st.text(st.characters(categories=["Lu"], exclude_characters="ZQXJ"), min_size=5, max_size=12))
def test_invented_words_are_refused_in_every_kept_text_attribute(name: str) -> None:
    value = f"Q{name}X".encode()
    for number in KEPT_TEXT[::7]:
        assert not PROFILE.accepts(number, dictionary()[number].vrs[0].encode(), value)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Modality", b"CT"),
        ("ImageType", b"ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI"),
        ("ImageType", b"DERIVED\\SECONDARY\\MPR"),
        ("ImageType", b"ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC"),
        ("BodyPartExamined", b"CHEST "),
        ("PatientPosition", b"HFS "),
        ("PatientOrientation", b"L\\PF"),
        ("SpecificCharacterSet", b"\\ISO 2022 IR 87"),
        ("ScanOptions", b"EPI_GEMS\\PFF"),
        ("ConvolutionKernel", b"B30f"),
        ("ConvolutionKernel", b"STANDARD"),
        ("ConvolutionKernel", b"I26f\\3"),
        ("SequenceName", b"*tfl3d1_16ns"),
        ("SequenceName", b"epfid2d1_64 "),
        ("SequenceName", b"fse "),
        ("SequenceName", b"efgre3d"),
        ("SequenceName", b"T1TSE "),
        ("Manufacturer", b"GE MEDICAL SYSTEMS"),
        ("Manufacturer", b"Philips Medical Systems, Inc."),
        ("ManufacturerModelName", b"SOMATOM Definition AS+"),
        ("ManufacturerModelName", b"DISCOVERY MR750 "),
        ("ManufacturerModelName", b"Biograph 128"),
        ("SoftwareVersions", b"syngo MR E11"),
        ("SoftwareVersions", b"27\\LX\\MR Software release:DV26.0_R01_1725.a"),
        ("SoftwareVersions", b"5.7.1\\5.7.1.3"),
        ("SoftwareVersions", b"V3.51*P25"),
        ("SoftwareVersions", b"qp_dv25.06"),
        ("ManufacturerModelName", b"DR-ID 700"),
        ("ReceiveCoilName", b"HeadMatrix"),
        ("ReceiveCoilName", b"32Ch Head"),
        ("ImagedNucleus", b"1H"),
        ("RescaleType", b"HU"),
        ("Radiopharmaceutical", b"FDG -- fluorodeoxyglucose"),
        ("PatientAge", b"064Y"),
        ("PatientSex", b"F "),
        ("EthnicGroup", b"White British"),
        ("SegmentLabel", b"Left lung"),
        ("CodingSchemeDesignator", b"SCT "),
        ("CodeValue", b"T-A0100 "),
        ("CodeValue", b"85756007"),
        ("CodeValue", b"mm"),
        ("CodeValue", b"A-112"),
        ("GraphicLayer", b"LAYER1"),
        ("GraphicLayer", b"USER_ANNOTATIONS 2 "),
        ("FrameIncrementPointer", b"\x18\0\x63\x10"),
        ("FrameIncrementPointer", b"\x19\0\x0c\x10"),
        ("DiffusionGradientOrientation", struct.pack("<3d", 0.6, -0.8, 0)),
        ("DiffusionBValue", struct.pack("<d", 1000)),
        ("GraphicData", struct.pack("<4f", 12.5, 700.25, 0, -3)),
        ("CodeValue", b"IHE.10"),
        ("CodeValue", b"5.10.3-1"),
        ("CodeValue", b"eng "),
        ("TemplateIdentifier", b"1500"),
        ("TemplateIdentifier", b"99_3000 "),
        ("UniversalEntityIDType", b"URI "),
        ("CodeMeaning", b"Brain "),
        ("SliceThickness", b"1.25"),
        ("ImagePositionPatient", b"-1.5e2\\+0.0\\12. "),
        ("RadionuclideTotalDose", b"371849216"),
        ("FrameReferenceTime", b"10871244.5"),
        ("SegmentLabel", b"rgb(255, 128, 64)"),
        ("ExposureTimeInuS", b"1250000"),
        ("RescaleSlope", b"0.00012345678"),
        ("ImagePositionPatient", b"-123.456789\\1.2345678E2\\0"),
        ("InstanceNumber", b" 12 "),
        ("InstanceNumber", b""),
        ("Rows", b"\0\2"),
    ],
)
def test_technical_values_are_taken(keyword: str, value: bytes) -> None:
    assert accepts(keyword, value)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("SliceThickness", b"1.25 mm"),
        ("SliceThickness", b"QUUX"),
        ("InstanceNumber", b"1A"),
        ("InstanceNumber", b"1234567890123"),
        ("InstanceNumber", b"8371927"),
        ("SeriesNumber", b"19450312"),
        ("SeriesNumber", b"20201010"),
        ("SliceLocation", b"83719274"),
        ("SliceLocation", b"83719274.00"),
        ("SliceLocation", b"8371927465.25"),
        ("TriggerTime", b"1\\83719274"),
        ("SimpleFrameList", b"QUUX ZEBEDIAH   "),
        ("SimpleFrameList", "QUUXZEBEDIAH".encode("utf-16-le")),
        ("AcquisitionDuration", b"QUUXZEBE"),
        ("LUTData", b"Quux^Zebediah"),
        ("LUTData", b"+31 20 555 0142 "),
        ("Rows", b"QUUX"),
        ("Rows", b"Q"),
        ("AcquisitionMatrix", b"QUUX^ZEB^DR"),
        ("PatientAge", b"64"),
        ("PatientSex", b"QUUX"),
        ("CodingSchemeDesignator", b"99QUUX"),
        ("CodeValue", b"12345678"),
        ("CodeValue", b"A-12345"),
        ("CodeValue", b"18782-3"),
        ("CodeValue", b"AB1234"),
        ("GraphicLayer", b"LAYER QUUX"),
        ("SoftwareVersions", b"1.3.1945 "),
        ("SoftwareVersions", b"04.78.84.36.16"),
        ("SoftwareVersions", b"531.377.429"),
        ("FrameIncrementPointer", b"ZebediahQuux"),
        ("FrameIncrementPointer", b"QUUX"),
        ("FrameIncrementPointer", b"\x18\0\x63"),
        ("DiffusionGradientOrientation", b"Zebediah Quux, 12 Elm St"),
        ("DiffusionGradientOrientation", struct.pack("<3d", float("nan"), 0, 0)),
        ("DiffusionBValue", b"Zebediah"),
        ("GraphicData", b"ZEBEDIAHQUUXZEBE"),
        ("GraphicData", "Zebediah Quüx éa".encode("latin-1")),
        ("GraphicData", b"O'Brien^A"),
        ("LUTData", b"O'Brien^Quux"),
        ("LUTData", "Zoë Müller".encode()),
        ("LUTData", b"QUUX7ZEBEDIAH19A"),
        ("LUTData", b"563923-974X     "),
        ("LUTData", b"(0)555 01"),
        ("LUTData", b"\0\1Quuxero, Zeb 4471"),
        ("AcquisitionMatrix", b"quuxo   "),
        ("AcquisitionMatrix", b"Qu      "),
        ("AcquisitionMatrix", b"7-41 2  "),
        ("GraphicData", b"QUUXZ   "),
        ("ScanOptions", b"09-OCT-1971"),
        ("ScanOptions", b"MAR 4 2019"),
        ("ImageType", b"ORIGINAL\\PRIMARY\\OCT 9, 71"),
        ("CodeValue", b"12.03.45-1"),
        ("CodeValue", b"lee"),
        ("MIMETypeOfEncapsulatedDocument", b"image/zebediah.quux"),
        ("ConvolutionKernel", b"LI"),
        ("CodeMeaning", b"Zebediah Quux"),
        ("ConvolutionKernel", b"QUUX"),
        ("SequenceName", b"quux"),
        ("Modality", b"QUUX"),
    ],
)
def test_values_of_another_kind_are_refused(keyword: str, value: bytes) -> None:
    assert not accepts(keyword, value)


def test_what_is_not_accepted_is_removed_emptied_or_replaced_by_type() -> None:
    def rejected(keyword: str) -> Action:
        number = tag_for_keyword(keyword)
        assert number is not None
        return PROFILE.rejected(number, CT)

    assert rejected("Modality") is Action.DUMMY
    assert rejected("Manufacturer") is Action.EMPTY
    assert rejected("SoftwareVersions") is Action.REMOVE


@pytest.mark.parametrize(
    ("scheme", "value", "words"),
    [
        ("DCM", "121071", "Finding"),
        ("SCT", "111111111111111111", None),
        ("SRT", "T-A0100", "Brain"),
        ("SCT", "12738006", "Brain"),
        ("SRT", "Z-99999", "Z-99999"),
        ("99QUUX", "121071", None),
        ("I10", "C34.1", "C34.1"),
        ("I10", "QUUX", None),
        ("UCUM", "mm", "mm"),
        ("", "", None),
    ],
)
def test_a_code_is_written_in_its_registered_words_or_as_itself(
    scheme: str, value: str, words: str | None
) -> None:
    assert PROFILE.code_meaning(scheme, value) == meaning_of(scheme, value) == words


def test_check_digits_tell_concepts_from_record_numbers() -> None:
    assert is_snomed("85756007")
    assert is_snomed("21793004")
    assert not is_snomed("85756008")
    assert not is_snomed("9434765919")
    assert is_loinc("18782-3")
    assert is_loinc("59776-5")
    assert not is_loinc("18782-4")
    assert not is_loinc("943-476")


@given(st.binary(max_size=40))
def test_any_bytes_get_an_answer(value: bytes) -> None:
    for number in KEPT_TEXT[::11]:
        assert PROFILE.accepts(number, b"CS", value) in (True, False)


def test_a_language_is_a_meaning_and_the_name_like_it_is_none() -> None:
    assert accepts("CodeMeaning", b"English ")
    assert not accepts("CodeMeaning", b"ENGLISH")
    assert not accepts("CodeMeaning", b"Jane English")
