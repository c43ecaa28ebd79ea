"""Reading a series by likeness: the same answers as walking, or no answer at all."""

import struct

import pytest
from tests.make import make_instance
from tests.unit.dicom.bytes_builder import element, encapsulated, file, image, item, meta, read, sequence, us

from tirage.acquire.accept import accept
from tirage.catalog.reader import HeaderReader
from tirage.catalog.summarise import summarise
from tirage.dicom.elements import BytesSource, Header, Malformed
from tirage.dicom.sibling import Sibling
from tirage.model.outcomes import Passed
from tirage.model.records import InstanceSummary


def contents(summary: InstanceSummary) -> list[object]:
    patient = [getattr(summary.patient, name) for name in summary.patient.__slots__]
    return [getattr(summary, name) for name in summary.__slots__ if name != "patient"] + patient


def assert_same(found: Header | Sibling, data: bytes) -> None:
    walked = read(data)
    assert contents(summarise(found)) == contents(summarise(walked))
    for name in ("transfer_syntax", "pixel", "pixel_tag", "fragments", "offset_table", "codestream"):
        assert getattr(found, name) == getattr(walked, name)
    for tag in (*walked.top_level, 0x00081030):
        assert found.has(tag) == walked.has(tag)
        assert found.text(tag) == walked.text(tag)
        assert found.number(tag) == walked.number(tag)
    for tag in walked.meta:
        assert found.meta_text(tag) == walked.meta_text(tag)
    assert type(accept(found)) is type(accept(walked))


def slices(number: int, *, defined: bool = True, syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    """One of a series: UID, position and a reference of varying length differ."""
    uid = f"1.2.3.{number}".encode()
    reference = item(element(0x00081155, b"UI", b"1.2.9." + uid) + us(0x00081197, 7), defined=defined)
    pixels = None
    if syntax != "1.2.840.10008.1.2.1":
        pixels = encapsulated([b"\xff\xd8\xff\xdb" + bytes(20 + 2 * number)])
    replace = {
        0x00080018: element(0x00080018, b"UI", uid),
        0x00081140: sequence(0x00081140, [reference], defined=defined),
        0x00200013: element(0x00200013, b"IS", str(number).encode()),
        0x00200032: element(0x00200032, b"DS", f"0\\0\\{number / 3:.3f}".encode()),
    }
    return file(image(replace=replace, pixels=pixels), syntax, sop_instance=uid.decode())


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"])
def test_a_series_is_walked_a_few_times_and_then_recognised(defined, syntax):
    reader = HeaderReader()
    kinds = []
    for number in range(1, 120):
        data = slices(number, defined=defined, syntax=syntax)
        found = reader.read(BytesSource(data))
        assert_same(found, data)
        kinds.append(type(found))
    assert kinds.count(Sibling) >= 115


def test_synthetic_ct_series_are_recognised():
    reader = HeaderReader()
    files = [make_instance(1, 1, 1, number) for number in range(1, 30)]
    found = [reader.read(BytesSource(data)) for data in files]
    for header, data in zip(found, files, strict=True):
        assert_same(header, data)
    assert sum(isinstance(header, Sibling) for header in found) > 20


def test_series_that_arrive_together_are_kept_apart():
    reader = HeaderReader()
    for number in range(1, 12):
        for series in range(1, 4):
            data = make_instance(1, 1, series, number)
            assert_same(reader.read(BytesSource(data)), data)


def taught() -> HeaderReader:
    reader = HeaderReader()
    for number in range(10, 14):
        reader.read(BytesSource(slices(number)))
    assert isinstance(reader.read(BytesSource(slices(15))), Sibling)
    return reader


CHANGES = {
    "another patient": {0x00100020: element(0x00100020, b"LO", b"4712")},
    "another character set": {0x00080005: element(0x00080005, b"CS", b"ISO_IR 192")},
    "one attribute more": {0x00081030: element(0x00081030, b"LO", b"Chest")},
    "another size": {0x00280010: us(0x00280010, 3)},
    "another VR": {0x00200013: element(0x00200013, b"LO", b"16")},
    "a large value": {0x00200032: element(0x00200032, b"UT", b"1" * 70_000)},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_otherwise_is_walked_and_right(change):
    data = file(image(replace=CHANGES[change]))
    assert_same(taught().read(BytesSource(data)), data)


@pytest.mark.parametrize("place", range(150, 590, 7))
def test_a_damaged_sibling_is_read_as_the_walker_reads_it(place):
    whole = slices(16)
    data = whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]
    try:
        walked = read(data)
    except Malformed:
        with pytest.raises(Malformed):
            taught().read(BytesSource(data))
    else:
        assert walked.elements
        assert_same(taught().read(BytesSource(data)), data)


@pytest.mark.parametrize("cut", [1, 20, 200, 400])
def test_a_cut_sibling_is_not_recognised(cut):
    with pytest.raises(Malformed):
        taught().read(BytesSource(slices(16)[:-cut]))


def test_a_lie_about_the_length_of_a_sequence_is_not_taken_over():
    data = slices(16)
    place = data.index(struct.pack("<HH2s2x", 0x0008, 0x1140, b"SQ")) + 8
    lie = struct.pack("<I", struct.unpack_from("<I", data, place)[0] - 2)
    with pytest.raises(Malformed):
        taught().read(BytesSource(data[:place] + lie + data[place + 4 :]))


def test_what_follows_the_pixel_data_is_never_missed():
    data = slices(16) + element(0xFFFCFFFC, b"OB", b"ab")
    found = taught().read(BytesSource(data))
    assert isinstance(found, Header)
    assert found.has(0xFFFCFFFC)


def test_a_series_that_never_repeats_is_given_up():
    reader = HeaderReader()
    for number in range(40):
        extra = b"".join(element(0x00091010 + n, b"LO", b"x") for n in range(number))
        data = file(image(replace={0x00091010: extra} if extra else {}))
        assert_same(reader.read(BytesSource(data)), data)


def test_private_creators_and_signs_that_vary_are_not_learnt():
    reader = HeaderReader()
    for number in range(6):
        creator = element(0x00190010, b"LO", b"SIEMENS MR HEADER" if number % 2 else b"NOBODY")
        replace = {0x00190010: creator, 0x0019100C: element(0x0019100C, b"UN", b"1000")}
        data = file(image(replace=replace))
        assert_same(reader.read(BytesSource(data)), data)


def test_the_facts_of_a_sibling_are_not_readable_by_accident():
    found = taught().read(BytesSource(slices(16)))
    assert "Doe" not in repr(found)
    assert isinstance(accept(found), Passed)
    assert meta() in slices(16) or found.meta_text(0x00020003) == "1.2.3.16"
