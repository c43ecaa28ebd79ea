"""DICOM JSON: PS3.18 F by the letter, and equal to what pydicom writes."""

import json
import logging
import struct
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_charset_files, get_testdata_files
from tests.unit.dicom.bytes_builder import element, file, image, implicit, item, read, sequence, us

from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.json import to_json
from tirage.dicom.jsonvalues import INLINE_BYTES
from tirage.dicom.syntaxes import EXPLICIT_BIG, IMPLICIT_LITTLE

PIXEL_TAGS = ("7FE00008", "7FE00009", "7FE00010")


def json_of(data: bytes, syntax: str = "1.2.840.10008.1.2.1") -> dict[str, Any]:
    return json.loads(to_json(read(file(data, syntax))))


def one(vr: bytes, value: bytes, tag: int = 0x00091010) -> Any:
    return json_of(element(tag, vr, value))[f"{tag:08X}"]


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        (b"CS", b"ORIGINAL\\PRIMARY", ["ORIGINAL", "PRIMARY"]),
        (b"LO", b"padded  ", ["padded"]),
        (b"LO", b"a\\\\b", ["a", None, "b"]),
        (b"LO", b'quote " and \x08', ['quote " and \x08']),
        (b"LT", b"one\\value", ["one\\value"]),
        (b"UR", b"http://a/b\\c", ["http://a/b\\c"]),
        (b"AE", b"  ONE \\ TWO", ["ONE", "TWO"]),
        (b"UI", b"1.2.3\0", ["1.2.3"]),
        (b"PN", b"Doe^Jane", [{"Alphabetic": "Doe^Jane"}]),
        (b"PN", b"A=B=C\\D", [{"Alphabetic": "A", "Ideographic": "B", "Phonetic": "C"}, {"Alphabetic": "D"}]),
        (b"PN", b"=B", [{"Ideographic": "B"}]),
        (b"DS", b"1.50\\-2", [1.5, -2]),
        (b"DS", b"+1.5\\.5\\1.", [1.5, 0.5, 1.0]),
        (b"DS", b"1e400", ["1e400"]),
        (b"DS", b"wrong", ["wrong"]),
        (b"DS", b"1_000", ["1_000"]),
        (b"DS", b"1\\\\2", [1, None, 2]),
        (b"IS", b"007", [7]),
        (b"IS", b" 12 ", [12]),
        (b"IS", b"1A", ["1A"]),
        (b"AT", struct.pack("<HHHH", 0x18, 0x1063, 0x7FE0, 0x10), ["00181063", "7FE00010"]),
        (b"US", struct.pack("<HH", 1, 65535), [1, 65535]),
        (b"SS", struct.pack("<h", -1), [-1]),
        (b"UV", struct.pack("<Q", 2**63), [2**63]),
        (b"FD", struct.pack("<d", 0.1), [0.1]),
        (b"FL", struct.pack("<fff", 0.5, float("nan"), float("-inf")), [0.5, "nan", "-inf"]),
    ],
)
def test_values_are_written_as_the_standard_says(vr, value, expected):
    assert one(vr, value) == {"vr": vr.decode(), "Value": expected}


@pytest.mark.parametrize("vr", [b"CS", b"PN", b"DS", b"US", b"FD", b"AT", b"OB", b"UT", b"SQ", b"UN"])
def test_empty_attributes_have_no_value(vr):
    assert one(vr, b"") == {"vr": vr.decode()}


@pytest.mark.parametrize("vr", [b"US", b"FD", b"AT"])
def test_a_number_of_odd_size_is_shown_as_bytes(vr):
    assert one(vr, b"abcdef"[: 2 if vr != b"US" else 3]).keys() <= {"vr", "InlineBinary", "Value"}


def test_small_binaries_are_inline_and_large_ones_only_named():
    assert one(b"OB", b"\0\1") == {"vr": "OB", "InlineBinary": "AAE="}
    large = b"x" * (INLINE_BYTES + 2)
    assert one(b"OB", large) == {"vr": "OB", "BulkDataURI": f"?length={len(large)}"}
    huge = b"x" * 70_000
    assert one(b"UT", huge) == {"vr": "UT", "BulkDataURI": "?length=70000"}


def test_binary_words_are_little_endian_whatever_the_data_set_is():
    data = element(0x00281101, b"US", b"\0\1", order=">") + element(0x60003000, b"OW", b"\1\2\3\4", order=">")
    found = json_of(data, EXPLICIT_BIG)
    assert found["00281101"]["Value"] == [1]
    assert found["60003000"]["InlineBinary"] == "AgEEAw=="


def test_nested_items_empty_ones_included_keep_their_places():
    inner = sequence(0x0040A730, [item(b""), item(us(0x00280010, 1))])
    data = sequence(0x00081140, [item(inner), item(b"")]) + us(0x00280010, 2)
    assert json_of(data) == {
        "00081140": {
            "vr": "SQ",
            "Value": [
                {"0040A730": {"vr": "SQ", "Value": [{}, {"00280010": {"vr": "US", "Value": [1]}}]}},
                {},
            ],
        },
        "00280010": {"vr": "US", "Value": [2]},
    }


def test_pixel_data_is_left_out_and_what_follows_it_is_not():
    found = json_of(image() + element(0xFFFCFFFC, b"OB", b"ab"))
    assert "7FE00010" not in found
    assert "FFFCFFFC" in found


def test_an_item_uses_its_own_character_set_and_its_parents_otherwise():
    own = item(element(0x00080005, b"CS", b"ISO_IR 192") + element(0x00100010, b"PN", "Å".encode()))
    inherited = item(element(0x00100010, b"PN", b"\xc5"))
    data = element(0x00080005, b"CS", b"ISO_IR 100") + sequence(0x00081110, [own, inherited])
    data += element(0x00100010, b"PN", b"\xc5")
    found = json_of(data)
    names = [found["00100010"]] + [entry["00100010"] for entry in found["00081110"]["Value"]]
    assert [name["Value"][0]["Alphabetic"] for name in names] == ["Å", "Å", "Å"]


def test_private_elements_without_vr_are_read_by_their_creators_dictionary():
    data = implicit(0x00190010, b"SIEMENS MR HEADER") + implicit(0x0019100C, b"1000")
    assert json_of(data, IMPLICIT_LITTLE)["0019100C"] == {"vr": "IS", "Value": [1000]}
    unknown = implicit(0x00190010, b"NOBODY") + implicit(0x0019100C, b"1000")
    assert json_of(unknown, IMPLICIT_LITTLE)["0019100C"]["vr"] == "UN"


def test_an_empty_data_set_is_an_empty_object():
    assert json_of(b"") == {}


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Tags on which two data sets differ, but for what is ours on purpose.

    Ours: pixel data is left out; large values are named, not shown; empty values among several are null,
    empty sequences without a value, empty name groups left out (PS3.18 F.2.2, F.2.5); numbers that are none
    are text (F.2.3); a public sequence of VR UN stays closed when it holds no items in implicit VR.
    """
    found_only = [tag for tag in found if tag not in expected]
    return found_only + [
        tag
        for tag, entry in expected.items()
        if tag not in PIXEL_TAGS and not is_same(entry, found.get(tag, {"vr": "absent"}))
    ]


def is_same(entry: dict[str, Any], ours: dict[str, Any]) -> bool:
    if ours["vr"] == "UN" and entry["vr"] == "SQ":
        return "InlineBinary" in ours
    if ours["vr"] != entry["vr"]:
        return False
    if "BulkDataURI" in ours:
        return len(entry["InlineBinary"]) > INLINE_BYTES
    theirs, values = entry.get("Value", []), ours.get("Value", [])
    if entry["vr"] == "SQ":
        pairs = zip(theirs, values, strict=True)
        return len(theirs) == len(values) and not any(differences(*pair) for pair in pairs)
    if entry["vr"] == "PN":
        theirs = [{group: part for group, part in name.items() if part} for name in theirs]
    same = [value if value not in ("", {}) else None for value in theirs] == values
    return same and entry.get("InlineBinary") == ours.get("InlineBinary")


def compared_with_pydicom(path: Path) -> list[str]:
    """Tags that differ; empty when the file cannot be read or pydicom cannot write it as JSON."""
    try:
        with FileSource.open(path) as source:
            found = json.loads(to_json(read_header(source)))
    except Malformed:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = pydicom.dcmread(path).to_json_dict()
        except ValueError:  # a number that is none
            assert path.name == "badVR.dcm"
            return []
    return differences(expected, found)


@pytest.fixture
def quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quiet")
def test_every_file_pydicom_ships_gives_pydicoms_json():
    paths = [Path(name) for name in get_testdata_files() + get_charset_files() if Path(name).is_file()]
    assert len(paths) > 100
    assert {path.name: found for path in paths if (found := compared_with_pydicom(path))} == {}


@pytest.mark.usefixtures("quiet")
def test_real_scanner_files_give_pydicoms_json(real_files: list[Path]):
    assert sum(bool(compared_with_pydicom(path)) for path in real_files[::6]) == 0
