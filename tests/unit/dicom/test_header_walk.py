"""The walker: where elements lie, what stays in the file, what is refused."""

import struct
import time
import zlib
from pathlib import Path

import pytest
from tests.unit.dicom.bytes_builder import (
    ITEM_END,
    UNDEFINED,
    element,
    encapsulated,
    file,
    image,
    implicit,
    item,
    meta,
    read,
    sequence,
    us,
)

from tirage.dicom.elements import BytesSource, FileRange, FileSource, Flag, Limits, Malformed, read_header
from tirage.dicom.syntaxes import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tirage.model.reasons import HoldReason, QuarantineReason

CODES = 0x0040A730


def reason_of(data: bytes, limits: Limits | None = None) -> object:
    with pytest.raises(Malformed) as caught:
        read(data, limits)
    return caught.value.reason


def listed(data: bytes) -> list[tuple[int, bytes, int]]:
    return [(tag, vr, depth) for tag, vr, _, _, _, depth in read(data).elements]


def test_elements_are_listed_with_where_they_lie():
    header = read(file(element(0x00080060, b"CS", b"CT") + element(0x00100020, b"LO", b"4711")))
    assert header.elements == [(0x00080060, b"CS", 0, 8, 10, 0), (0x00100020, b"LO", 10, 18, 22, 0)]
    assert header.value(1) == b"4711"
    assert header.text(0x00100020) == "4711"
    assert header.text(0x00100010) == ""
    assert header.find(0x00100020) == 1


@pytest.mark.parametrize("sequence_defined", [False, True])
@pytest.mark.parametrize("item_defined", [False, True])
def test_sequences_and_items_stand_before_their_content_whatever_way_they_end(sequence_defined, item_defined):
    inner = sequence(CODES, [item(us(0x00280010, 1), defined=item_defined)], defined=sequence_defined)
    outer = sequence(
        CODES,
        [item(inner, defined=item_defined), item(b"", defined=item_defined)],
        defined=sequence_defined,
    )
    assert listed(file(outer + element(0x0040DB00, b"CS", b"1234"))) == [
        (CODES, b"SQ", 0),
        (0xFFFEE000, b"IT", 1),
        (CODES, b"SQ", 1),
        (0xFFFEE000, b"IT", 2),
        (0x00280010, b"US", 2),
        (0xFFFEE000, b"IT", 1),
        (0x0040DB00, b"CS", 0),
    ]


def test_the_end_of_a_sequence_includes_its_delimiter():
    data = sequence(CODES, [item(us(0x00280010, 1))])
    header = read(file(data))
    assert header.elements[0][4] == len(data)
    assert header.buffer[header.elements[1][4] - 8 : header.elements[1][4]] == ITEM_END


def test_implicit_data_sets_get_their_vrs_from_the_dictionary():
    data = b"".join(
        (
            implicit(0x00080060, b"CT"),
            implicit(0x00091010, b"private"),
            implicit(0x00280103, b"\1\0"),
            implicit(0x00280106, b"\xff\xff"),
            implicit(0x60000010, b"\4\0"),
        )
    )
    data = data[:10] + implicit(0x00090010, b"CREATOR ") + data[10:]
    assert listed(file(data, IMPLICIT_LITTLE)) == [
        (0x00080060, b"CS", 0),
        (0x00090010, b"LO", 0),
        (0x00091010, b"UN", 0),
        (0x00280103, b"US", 0),
        (0x00280106, b"SS", 0),
        (0x60000010, b"US", 0),
    ]


def test_a_sequence_of_vr_un_is_read_with_implicit_vr_inside():
    inside = item(implicit(0x00100020, b"4711") + implicit(0x00100010, b"Doe^Jane"))
    data = element(0x00091010, b"UN", inside, length=UNDEFINED) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    header = read(file(data + us(0x00280010, 7)))
    assert [entry[:2] for entry in header.elements] == [
        (0x00091010, b"SQ"),
        (0xFFFEE000, b"IT"),
        (0x00100020, b"LO"),
        (0x00100010, b"PN"),
        (0x00280010, b"US"),
    ]
    assert header.implicit_ranges == [(header.elements[0][3], header.elements[0][4])]


def test_a_known_attribute_of_vr_un_gets_its_vr_back_and_a_sequence_of_implicit_items_is_opened():
    inside = item(struct.pack("<HHI", 0x0008, 0x0104, 4) + b"Word")
    header = read(file(element(0x00100010, b"UN", b"Doe^Jane") + element(CODES, b"UN", inside)))
    assert [entry[1] for entry in header.elements] == [b"PN", b"SQ", b"IT", b"LO"]
    assert header.implicit_ranges == [(header.elements[1][3], header.elements[1][4])]


@pytest.mark.parametrize(
    "inside", [b"Doe^Jane", item(b"Doe^Jane Doe^Jane"), item(b"")[:-2], item(b"") + b"Do"]
)
def test_what_is_no_sequence_of_items_behind_vr_un_stays_closed(inside):
    header = read(file(element(CODES, b"UN", inside)))
    assert [entry[1] for entry in header.elements] == [b"UN"]


def test_big_endian_elements_and_sequences_are_read():
    inner = struct.pack(">HHI", 0xFFFE, 0xE000, 10) + element(0x00280010, b"US", b"\0\7", order=">")
    data = element(0x00080060, b"CS", b"CT", order=">") + element(CODES, b"SQ", inner, order=">")
    data += element(0x00480006, b"US", b"\1\2", order=">")
    header = read(file(data, EXPLICIT_BIG))
    assert [entry[0] for entry in header.elements] == [0x00080060, CODES, 0xFFFEE000, 0x00280010, 0x00480006]
    assert header.number(0x00480006) == 0x0102


def test_a_deflated_data_set_is_inflated_and_its_pixel_data_found_in_the_inflated_bytes():
    engine = zlib.compressobj(wbits=-15)
    header = read(file(engine.compress(image()) + engine.flush(), DEFLATED_LITTLE))
    assert header.text(0x00100020) == "4711"
    assert header.pixel is not None
    assert header.body.read(header.pixel.offset, header.pixel.length) == bytes(32)


def test_native_pixel_data_is_located_and_what_follows_is_read_too():
    data = file(image() + element(0xFFFCFFFC, b"OB", b"trailing"))
    header = read(data)
    assert header.pixel is not None
    assert data[header.pixel.offset : header.pixel.offset + header.pixel.length] == bytes(32)
    assert (header.pixel_tag, header.pixel_vr) == (0x7FE00010, b"OW")
    tail = header.elements[header.tail_index :]
    assert [entry[0] for entry in tail] == [0xFFFCFFFC]
    assert header.value(header.tail_index) == b"trailing"
    assert all(entry[0] != 0x7FE00010 for entry in header.elements)


def test_fragments_are_found_without_being_read():
    pixels = encapsulated([b"\xff\xd8\xff\xe0", b"second"], b"\0\0\0\0")
    data = file(image(pixels=pixels) + element(0xFFFCFFFC, b"OB", b"ab"), "1.2.840.10008.1.2.4.50")
    header = read(data)
    assert header.fragments is not None
    found = [data[part.offset : part.offset + part.length] for part in header.fragments]
    assert found == [b"\0\0\0\0", b"\xff\xd8\xff\xe0", b"second"]
    assert header.offset_table == b"\0\0\0\0"
    assert header.codestream == b"\xff\xd8\xff\xe0"
    assert header.elements[-1][0] == 0xFFFCFFFC


def test_an_icon_in_fragments_inside_a_sequence_is_one_opaque_value():
    icon = encapsulated([b"abcd"])
    header = read(file(sequence(0x00880200, [item(us(0x00280010, 2) + icon)]) + us(0x00880904, 1)))
    entry = next(entry for entry in header.elements if entry[0] == 0x7FE00010)
    assert (entry[1], entry[5]) == (b"OB", 1)
    assert header.elements[-1][0] == 0x00880904
    assert header.pixel is None


def test_large_values_stay_in_the_file_at_any_depth_and_lengths_around_them_still_hold():
    large = bytes(range(256)) * 300
    nested = sequence(0x54000100, [item(element(0x54001010, b"OW", large), defined=True)], defined=True)
    data = file(element(0x00091010, b"OB", large) + nested + element(0x60003000, b"OW", b"ab"))
    header = read(data)
    places = {header.elements[index][0]: place for index, place in header.bulk.items()}
    assert set(places) == {0x00091010, 0x54001010}
    for place in places.values():
        assert data[place.offset : place.offset + place.length] == large
    assert len(header.buffer) < 200
    assert [entry[0] for entry in header.elements if not entry[5]] == [0x00091010, 0x54000100, 0x60003000]
    assert header.text(0x60003000) == "ab"


def test_a_header_larger_than_the_first_read_is_read_whole():
    many = b"".join(element(0x00091000 + n, b"LO", b"x" * 60) for n in range(2000))
    header = read(file(many + us(0x00280010, 9)))
    assert len(header.elements) == 2001
    assert header.number(0x00280010) == 9


def test_files_are_read_by_position(tmp_path: Path):
    path = tmp_path / "one.dcm"
    path.write_bytes(file(image()))
    with FileSource.open(path) as source:
        assert read_header(source).text(0x00080060) == "CT"


def test_memory_does_not_grow_with_the_pixel_data(tmp_path: Path):
    path = tmp_path / "large.dcm"
    start = file(image(pixels=element(0x7FE00010, b"OW", length=500 << 20)))
    with path.open("wb") as target:
        target.write(start)
        target.truncate(len(start) + (500 << 20))
    with FileSource.open(path) as source:
        header = read_header(source)
    assert header.pixel == FileRange(len(start), 500 << 20)
    assert len(header.buffer) < 1000


def test_elements_out_of_order_are_accepted_and_said():
    header = read(file(us(0x00280011, 1) + us(0x00280010, 1)))
    assert Flag.OUT_OF_ORDER in header.flags


@pytest.mark.parametrize(
    "data",
    [
        us(0x00280010, 1) + us(0x00280010, 2),
        us(0x00280010, 1) + us(0x00280011, 2) + us(0x00280010, 3),
        sequence(CODES, [item(us(0x00280011, 1) + us(0x00280010, 1) + us(0x00280011, 1))]),
    ],
)
def test_a_tag_twice_at_one_level_is_held(data):
    assert reason_of(file(data)) is HoldReason.DUP_TAG


def test_the_same_tag_in_different_items_is_no_duplicate():
    items = [item(us(0x00280011, 1) + us(0x00280010, n)) for n in range(2)]
    assert len(read(file(sequence(CODES, items) + us(0x00280010, 1))).elements) == 8


def test_a_second_pixel_data_element_is_held():
    assert reason_of(file(image() + element(0x7FE00010, b"OW", b"ab"))) is HoldReason.DUP_TAG


def test_unknown_vrs_are_read_as_un_and_said():
    data = element(0x00080060, b"QQ", b"CT") + us(0x00280010, 1)
    header = read(file(data))
    assert header.elements[0][:2] == (0x00080060, b"UN")
    assert header.number(0x00280010) == 1
    assert Flag.UNKNOWN_VR in header.flags


def test_an_element_without_vr_in_an_explicit_data_set_is_un():
    header = read(file(us(0x00080040, 1) + implicit(0x00080060, b"CT") + us(0x00280010, 1)))
    assert [entry[1] for entry in header.elements] == [b"US", b"UN", b"US"]


@pytest.mark.parametrize(
    ("syntax", "data", "explicit"),
    [
        (EXPLICIT_LITTLE, implicit(0x00080060, b"CT") + implicit(0x00080070, b"ACME"), False),
        (IMPLICIT_LITTLE, element(0x00080060, b"CS", b"CT") + element(0x00080070, b"LO", b"ACME"), True),
    ],
)
def test_a_data_set_encoded_otherwise_than_stated_is_read_as_it_is_and_said(syntax, data, explicit):
    header = read(file(data, syntax))
    assert header.explicit is explicit
    assert header.text(0x00080060) == "CT"
    assert Flag.MISLABELLED in header.flags


@pytest.mark.parametrize(
    "data",
    [
        image(),
        b"DICM" + meta() + image(),
        meta() + image(),
        implicit(0x00080005, b"ISO_IR 100") + implicit(0x00080060, b"CT"),
    ],
)
def test_a_bare_data_set_is_taken_only_when_that_is_allowed(data):
    assert reason_of(data) is QuarantineReason.NOT_DICOM
    header = read(data, allow_bare=True)
    assert header.text(0x00080060) == "CT"
    assert Flag.NO_PREAMBLE in header.flags


def test_padding_after_the_last_element_is_passed_over_and_other_bytes_are_not():
    assert Flag.TRAILING_BYTES in read(file(us(0x00280010, 1) + bytes(20))).flags
    assert reason_of(file(us(0x00280010, 1) + b"junk")) is QuarantineReason.TRUNCATED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (element(0x00080060, b"CS", b"CT", length=400), QuarantineReason.LENGTH_LIE),
        (element(0x00104000, b"UT", b"text", length=0x7FFFFFF0), QuarantineReason.LENGTH_LIE),
        (sequence(CODES, [item(us(0x00280010, 1))])[:-8], QuarantineReason.TRUNCATED),
        (element(CODES, b"SQ", item(b""), length=UNDEFINED)[:-8], QuarantineReason.TRUNCATED),
        (element(CODES, b"SQ", us(0x00280010, 1)), QuarantineReason.LENGTH_LIE),
        (element(CODES, b"SQ", item(b"", defined=True), length=4), QuarantineReason.TRUNCATED),
        (element(CODES, b"SQ", item(us(0x00280010, 1), defined=True)[:-4]), QuarantineReason.LENGTH_LIE),
        (ITEM_END, QuarantineReason.LENGTH_LIE),
        (element(0x00080060, b"CS", b"CT")[:6], QuarantineReason.TRUNCATED),
        (element(0x00091010, b"OB", b"")[:9], QuarantineReason.TRUNCATED),
        (element(0x00104000, b"UT", b"", length=UNDEFINED), QuarantineReason.LENGTH_LIE),
        (element(0x7FE00010, b"OW", b"abcd", length=400), QuarantineReason.PIXEL_LENGTH),
        (element(0x7FE00010, b"CS", b"abcd"), QuarantineReason.DECODE_FAIL),
        (encapsulated([b"abcd"])[:-8], QuarantineReason.TRUNCATED),
        (encapsulated([b"abcd"])[:-12], QuarantineReason.PIXEL_LENGTH),
    ],
)
def test_contradictions_are_named(data, reason):
    assert reason_of(file(us(0x00080040, 1) + data)) is reason


def test_a_sequence_may_be_as_deep_as_the_limit_and_no_deeper():
    def nested(depth: int) -> bytes:
        data = b""
        for _ in range(depth):
            data = sequence(CODES, [item(data)])
        return file(data)

    assert max(entry[5] for entry in read(nested(64)).elements) == 64
    assert reason_of(nested(65)) is QuarantineReason.TOO_DEEP


def test_a_header_too_large_for_memory_is_a_bomb():
    many = b"".join(element(0x00091000 + n, b"LO", b"x" * 1000) for n in range(200))
    assert reason_of(file(many), Limits(header_bytes=100_000)) is QuarantineReason.BOMB


def test_endless_empty_fragments_end_at_the_limit():
    pixels = encapsulated([b""] * 2000)
    assert reason_of(file(pixels), Limits(fragments=1000)) is QuarantineReason.TOO_MANY


def test_a_file_that_becomes_shorter_while_it_is_read_is_truncated():
    class Shrinking(BytesSource):
        def read(self, offset: int, size: int) -> bytes:
            return super().read(offset, size)[: max(0, 1000 - offset)]

    with pytest.raises(Malformed) as caught:
        read_header(Shrinking(file(b"".join(element(0x00091000 + n, b"LO", b"x" * 60) for n in range(900)))))
    assert caught.value.reason is QuarantineReason.TRUNCATED


def test_nothing_of_a_value_is_in_the_fault_or_the_header_as_text():
    data = file(image(replace={0x00100020: element(0x00100020, b"LO", b"SECRET", length=60_000)}))
    with pytest.raises(Malformed) as caught:
        read(data)
    assert "SECRET" not in f"{caught.value!r}{caught.value}"
    assert "Doe" not in repr(read(file(image())))


def test_a_ct_header_is_walked_within_a_millisecond():
    data = BytesSource(file(b"".join(element(0x00091000 + n, b"LO", b"value") for n in range(180))))
    started = time.process_time()
    for _ in range(100):
        read_header(data)
    assert time.process_time() - started < 0.1
