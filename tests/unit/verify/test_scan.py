"""What the gate sees, and what it lets pass."""

import base64
import gzip
import zlib

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.unit.verify.files import ALL, DEFLATED, EXPLICIT, IMPLICIT, UID_ROOT, clean, findings, where

from tirage.dicom.sources import BytesSource
from tirage.model.records import Finding, Identifiers, View
from tirage.verify.needles import CODE, DATE, PERSON, PLACE, UID
from tirage.verify.reader import read_contents
from tirage.verify.scan import compile_gate

GATE = compile_gate(ALL)


def names(*words: str) -> Identifiers:
    return Identifiers(words=frozenset(words))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED])
def test_a_clean_file_passes(syntax: str) -> None:
    assert findings(GATE, clean(rows=128, columns=128), "0f" * 32 + ".dcm", syntax) == []


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED])
def test_a_name_is_found_in_every_encoding_of_the_data_set(syntax: str) -> None:
    assert findings(GATE, clean(ImageComments="seen by okonkwo"), syntax=syntax) == [
        Finding("ImageComments", PERSON, View.TEXT)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "OKONKWO^ADAEZE", "adaeze okonkwo", "Okonkwo, A.", "ADAEZE_OKONKWO_2024", "adaezeokonkwo",
        "O K O N K W O", "aokonkwo", "okonkwo-adaeze",
        "Dr. Okonkwo", "Ngozi", "GRUENWALD", "Gru\u0308nwald", "grunwald",
        "JÖRG", "joerg", "山田太郎", "li^bo", "BO LI", "li, bo", "Li.Bo",
    ],
)  # fmt: skip
def test_every_form_of_a_name_is_found(text: str) -> None:
    for planted in (text, f"x {text} y"):
        assert {finding.kind for finding in findings(GATE, clean(ImageComments=planted))} == {PERSON}


@pytest.mark.parametrize(
    "text",
    [
        "00812345678", "812345678", "0812345678", "812-345-678", "812 345 678", "ID812345678X", "RKH771234",
        "rkh-77-1234", "RKH 77 1234", "+442079460958", "020 7946 0958", "(020) 7946-0958",
    ],
)  # fmt: skip
def test_every_form_of_an_identifier_is_found(text: str) -> None:
    assert {finding.kind for finding in findings(GATE, clean(ImageComments=f"no. {text} "))} == {CODE}


@pytest.mark.parametrize(
    "text",
    [
        "19701231", "1970-12-31", "31.12.1970", "31/12/1970", "12/31/1970", "31-DEC-1970", "70-12-31",
        "31 Dec 1970", "Dec 31, 1970", "31. Dezember 1970", "31 décembre 1970", "19701231103000", "701231",
        "31121970", "31.12.70",
    ],
)  # fmt: skip
def test_every_form_of_a_birth_date_is_found(text: str) -> None:
    assert {finding.kind for finding in findings(GATE, clean(ImageComments=f"born {text} "))} == {DATE}


@pytest.mark.parametrize("text", ["Quimbyville", "QUIMBYVILLE GENERAL HOSPITAL", "at quimbyville."])
def test_a_place_is_found(text: str) -> None:
    assert {finding.kind for finding in findings(GATE, clean(ImageComments=text))} == {PLACE}


def test_the_words_that_all_hospitals_share_are_no_evidence() -> None:
    assert findings(GATE, clean(ImageComments="General Hospital")) == []


@pytest.mark.parametrize("keyword", ["FrameOfReferenceUID", "ImageComments"])
@pytest.mark.parametrize("uid", [f"{UID_ROOT}.2.1", f"{UID_ROOT}.0.1"])
def test_an_original_uid_is_found(keyword: str, uid: str) -> None:
    assert {finding.kind for finding in findings(GATE, clean(**{keyword: uid}))} == {UID}


def test_uids_can_be_added_without_compiling_again() -> None:
    dataset = clean(FrameOfReferenceUID="2.25.123456789", ImageComments="see 2.25.987654321.1.2")
    assert findings(GATE, dataset) == []
    more = GATE.with_uids({"2.25.123456789", "2.25.987654321.1.2"})
    assert where(findings(more, dataset)) == {"FrameOfReferenceUID", "ImageComments"}
    assert findings(GATE, dataset) == []


def nested(depth: int) -> Dataset:
    item = Dataset()
    item.ScheduledProcedureStepID = "for Okonkwo"[:16]
    for _ in range(depth):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([Dataset(), item])
        item = outer
    dataset = clean()
    dataset.update(item)
    return dataset


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_a_finding_names_the_path_of_a_nested_element(syntax: str) -> None:
    assert where(findings(GATE, nested(2), syntax=syntax)) == {
        "RequestAttributesSequence[1].RequestAttributesSequence[1].ScheduledProcedureStepID"
    }
    assert len(findings(GATE, nested(30), syntax=syntax)) == 1


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("ISO_IR 100", "latin-1"),
        ("ISO_IR 192", "utf-8"),
        ("ISO_IR 6", "latin-1"),
        ("ISO_IR 101", "iso8859-2"),
        ("GB18030", "gb18030"),
        ("ISO_IR 192", "latin-1"),
        ("ISO_IR 100", "utf-8"),
        ("ISO_IR 999", "latin-1"),
    ],
)
def test_a_name_is_found_in_its_character_set_and_in_a_wrong_one(charset: str, codec: str) -> None:
    dataset = clean()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageComments = "PLACE" * 5
    data = _charset(dataset, charset).replace(b"PLACE" * 5, "von Grünwald".encode(codec).ljust(25))
    assert (PERSON, "ImageComments") in {(f.kind, f.where) for f in findings(GATE, data)}


def _charset(dataset: Dataset, charset: str) -> bytes:
    from tirage.demo.instances import encode

    return encode(dataset, EXPLICIT).replace(b"ISO_IR 192", charset.encode().ljust(10))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("홍^길동", "euc_kr"),
        ("山田^太郎", "shift_jis"),
        ("山田^太郎", "iso2022_jp"),
        ("王^小东", "gb18030"),
        ("Иванов^Пётр", "iso8859_5"),
        ("Παπαδόπουλος^Νίκος", "iso8859_7"),
        ("Иванов^Пётр", "utf_16_le"),
        ("王^小东", "utf_16_be"),
    ],
)
def test_a_name_of_any_script_is_found_between_arbitrary_bytes(name: str, codec: str) -> None:
    dataset = clean()
    part = max(name.split("^"), key=len)
    dataset.add_new(0x00091010, "OB", b"\x01\x02\x00\x03" + part.encode(codec) + b"\x00\x07")
    assert where(findings(names(name), dataset)) == {"(0009,1010)"}


PACKED = {
    "raw": (lambda data: b"\x00\x01\x02" + data + b"\x03\x00", View.RAW),
    "utf-16 le": (lambda data: b"\x01\x02" + data.decode().encode("utf-16-le"), View.UTF16),
    "utf-16 be": (lambda data: b"\x01\x02" + data.decode().encode("utf-16-be"), View.UTF16),
    "base64": (lambda data: base64.b64encode(b"<a>" + data), View.BASE64),
    "url-safe base64": (lambda data: base64.urlsafe_b64encode(b"\xfb\xff\xfe" + data), View.BASE64),
    "wrapped base64": (lambda data: base64.encodebytes(b"padding " * 12 + data), View.BASE64),
    "zlib": (lambda data: b"\x00\x00" + zlib.compress(data * 2), View.INFLATED),
    "gzip": (gzip.compress, View.INFLATED),
    "raw deflate": (lambda data: zlib.compress(data * 2, wbits=-15), View.INFLATED),
    "gzip in base64": (lambda data: base64.b64encode(gzip.compress(data)), View.INFLATED),
}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("vr", ["OB", "UN"])
def test_a_name_is_found_inside_what_a_value_packs(packed: str, vr: str) -> None:
    pack, view = PACKED[packed]
    dataset = clean()
    dataset.add_new(0x00091010, vr, pack(b"OKONKWO^ADAEZE"))
    assert (("(0009,1010)", view)) in {(found.where, found.view) for found in findings(GATE, dataset)}


def test_a_stream_that_expands_without_end_is_a_finding_not_a_crash() -> None:
    dataset = clean()
    dataset.add_new(0x00091010, "OB", zlib.compress(bytes(17 << 20)))
    assert findings(GATE, dataset) == [Finding("(0009,1010)", "cannot be read", View.INFLATED)]


@pytest.mark.parametrize("name", ["okonkwo.dcm", "CT_Okonkwo_1.dcm", "812345678", f"{UID_ROOT}.1.1.dcm"])
def test_a_file_name_that_tells_is_a_finding(name: str) -> None:
    assert where(findings(GATE, clean(), name)) == {"file name"}


def test_the_preamble_and_what_follows_the_pixel_data_are_searched() -> None:
    from tirage.demo.instances import encode

    dataset = clean()
    dataset.add_new(0xFFFCFFFC, "OB", b"\x00\x01" * 9 + b"Okonkwo\x00")
    data = b"812345678".ljust(128, b"\0") + encode(dataset, EXPLICIT)[128:]
    assert where(findings(GATE, data)) == {"preamble", "DataSetTrailingPadding"}


@pytest.mark.parametrize("place", [0, 5_000, (1 << 20) - 5, (1 << 20) - 300, 2_000_000])
def test_a_name_in_pixel_data_is_found_wherever_a_piece_ends(place: int) -> None:
    dataset = clean(rows=1024, columns=1024)
    pixels = bytearray(2 * 1024 * 1024)
    pixels[place : place + 14] = b"Okonkwo^Adaeze"
    dataset.PixelData = bytes(pixels)
    assert findings(GATE, dataset) == [Finding("PixelData", PERSON, View.RAW)]


@pytest.mark.parametrize("damage", [b"", b"DICM", b"x" * 500, b"\0" * 128 + b"DICM" + b"\x08\0\x05\0XX\0\0"])
def test_what_cannot_be_read_does_not_pass(damage: bytes) -> None:
    assert findings(GATE, damage) == [Finding("file", "cannot be read")]


def test_a_file_cut_anywhere_in_its_header_does_not_pass() -> None:
    from tirage.demo.instances import encode

    data = encode(nested(3), EXPLICIT)
    between = {end for _, _, _, end, _ in read_contents(BytesSource(data)).leaves}
    passed = {size for size in range(len(data) - 2_100) if findings(GATE, data[:size]) == []}
    assert passed <= between  # cuts between two elements leave a whole file
    assert len(between) > 30


def test_an_empty_gate_lets_clean_files_pass() -> None:
    assert findings(Identifiers(), clean()) == []


@pytest.mark.parametrize("name", ["May", "CT", "A B", "Chest^CT"])
def test_a_name_of_common_words_alone_is_found_where_people_are_named(name: str) -> None:
    assert "OperatorsName" in where(findings(names(name), clean(OperatorsName=name)))


@pytest.mark.parametrize("name", ["Li", "L^^", "^^Dr"])
def test_a_name_too_short_to_be_searched_alone_makes_a_gate_all_the_same(name: str) -> None:
    assert findings(compile_gate(names(name)), clean(PatientBirthDate="")) == []


@pytest.mark.parametrize("name", ["Li", "Li^Na", "O^", "Ng^^^Dr"])
def test_a_short_name_is_found_where_it_is_the_whole_of_a_persons_name(name: str) -> None:
    assert "OperatorsName" in where(findings(names(name), clean(OperatorsName=name.upper())))


def test_a_short_name_is_no_evidence_where_a_patient_is_asked() -> None:
    assert findings(names("No"), clean(SmokingStatus="NO", PatientSex="O")) == []
