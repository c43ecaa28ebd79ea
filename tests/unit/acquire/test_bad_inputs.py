"""Rows B1–B28 of the table of bad inputs: each ends in the reason it names, within its limits."""

import struct
import time
import tracemalloc
import zlib

import pytest
from tests.unit.dicom.bytes_builder import (
    CT,
    INSTANCE,
    UNDEFINED,
    element,
    encapsulated,
    file,
    image,
    item,
    meta,
    read,
    sequence,
    us,
)

from tirage.acquire.accept import accept, refuse
from tirage.catalog.summarise import summarise
from tirage.dicom.elements import Flag, Header, Malformed
from tirage.dicom.syntaxes import DEFLATED_LITTLE, EXPLICIT_BIG
from tirage.model.outcomes import Disposition, Held, Passed, Refused, disposition_of
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason

JPEG, J2K, RLE, JPEG_LS = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.80",
)
DEEP = struct.pack("<HH2s2xIHHI", 0x0040, 0xA730, b"SQ", UNDEFINED, 0xFFFE, 0xE000, UNDEFINED)


def take(data: bytes, *stated: str, **options: bool) -> Passed[Header] | Held | Refused:
    """What becomes of a file: read, then accepted."""
    try:
        header = read(data)
    except Malformed as malformed:
        return refuse(malformed)
    return accept(header, *stated, **options)


def assert_refused(data: bytes, reason: QuarantineReason, *stated: str, seconds: float = 1.0) -> Refused:
    started = time.perf_counter()
    outcome = take(data, *stated)
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert time.perf_counter() - started < seconds
    return outcome


def with_uid(tag: int, value: bytes) -> bytes:
    ids = {"sop_instance": ""} if tag == 0x00080018 else {}
    return file(image(replace={tag: element(tag, b"UI", value)}), **ids)


def jpeg(rows: int, columns: int) -> bytes:
    quantisation = b"\xff\xdb\0\x43" + bytes(65)
    return b"\xff\xd8" + quantisation + b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", rows, columns) + bytes(20)


def j2k(rows: int, columns: int) -> bytes:
    return b"\xff\x4f\xff\x51\0\x29\0\0" + struct.pack(">IIII", columns, rows, 0, 0) + bytes(30)


def rle() -> bytes:
    return struct.pack("<16I", 2, 64, 68, *[0] * 13) + bytes(8)


def test_a_sound_image_passes():
    header = read(file(image()))
    assert accept(header, CT, INSTANCE) == Passed(header)


@pytest.mark.parametrize("data", [b"", b"\0"])
def test_b1_nothing_is_not_dicom(data):
    assert_refused(data, QuarantineReason.NOT_DICOM)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<!DOCTYPE html><html></html>", "HTML page"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"PK\3\4", "ZIP archive"),
        (b"\xff\xd8\xff\xe0", "JPEG image"),
        (b'{"a": 1}', "JSON text"),
        (b"", "empty file"),
        (b"hello", "text"),
        (b"\x93\x12\x80", "unknown"),
    ],
)
def test_b2_other_files_are_named_for_what_they_look_like(data, kind):
    outcome = assert_refused(data, QuarantineReason.NOT_DICOM)
    assert kind in outcome.findings[0].kind


def test_b3_a_file_without_preamble_and_meta_is_quarantined_unless_it_is_allowed():
    assert_refused(image(), QuarantineReason.NOT_DICOM)
    assert isinstance(accept(read(image(), allow_bare=True)), Passed)


@pytest.mark.parametrize("depth", [50_000, 2_000])
def test_b4_b5_deep_nesting_is_found_at_once(depth):
    assert_refused(file(DEEP * depth), QuarantineReason.TOO_DEEP, seconds=0.05)


def test_b6_a_length_of_4_gigabytes_in_a_small_file_is_a_lie():
    data = file(image(replace={0x00081030: element(0x00081030, b"UN", b"x" * 400, length=0xFFFFFFF0)}))
    assert_refused(data, QuarantineReason.LENGTH_LIE)


def test_b7_a_length_of_2_gigabytes_in_a_text_is_a_lie():
    data = file(image(replace={0x0008002A: element(0x0008002A, b"UT", b"x", length=0x7FFFFFF0)}))
    assert_refused(data, QuarantineReason.LENGTH_LIE)


def test_b8_an_undefined_length_without_delimiter_is_truncated():
    assert_refused(
        file(element(0x0040A730, b"SQ", item(us(0x00280010, 1)), length=UNDEFINED)),
        QuarantineReason.TRUNCATED,
    )


def test_b9_a_deflate_bomb_stops_at_the_cap():
    engine = zlib.compressobj(9, wbits=-15)
    zeros = bytes(1 << 20)
    body = b"".join(engine.compress(zeros) for _ in range(700)) + engine.flush()
    assert len(body) < 1 << 20
    tracemalloc.start()
    assert_refused(file(body, DEFLATED_LITTLE), QuarantineReason.BOMB, seconds=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 << 20


@pytest.mark.parametrize(
    ("syntax", "frame", "rows"),
    [(RLE, rle(), 60_000), (J2K, j2k(60_000, 60_000), 60_000), (JPEG, jpeg(60_000, 60_000), 60_000)],
)
def test_b10_an_image_that_decodes_to_gigabytes_is_a_bomb_by_its_header(syntax, frame, rows):
    data = file(image(rows=rows, columns=rows, pixels=encapsulated([frame])), syntax)
    assert_refused(data, QuarantineReason.BOMB)


@pytest.mark.parametrize(("syntax", "frame"), [(J2K, j2k(60_000, 60_000)), (JPEG, jpeg(60_000, 60_000))])
def test_b10_a_bomb_behind_a_modest_header_is_found_in_the_frame_itself(syntax, frame):
    assert_refused(file(image(pixels=encapsulated([frame])), syntax), QuarantineReason.BOMB)


def test_b11_an_image_of_terabytes_in_eight_bytes_is_refused():
    pixels = element(0x7FE00010, b"OW", bytes(8))
    data = file(image(rows=65535, columns=65535, frames=9999, pixels=pixels))
    assert_refused(data, QuarantineReason.PIXEL_LENGTH)


def test_b12_cut_pixel_data_is_refused():
    assert_refused(file(image())[:-4], QuarantineReason.PIXEL_LENGTH)
    assert_refused(file(image(pixels=element(0x7FE00010, b"OW", bytes(30)))), QuarantineReason.PIXEL_LENGTH)


def test_pixel_data_longer_than_its_frames_by_another_is_refused():
    assert_refused(file(image(pixels=element(0x7FE00010, b"OW", bytes(64)))), QuarantineReason.PIXEL_LENGTH)


@pytest.mark.parametrize("size", [34, 62, 70, 100])
def test_bytes_after_the_last_frame_that_are_no_other_are_borne_with(size):
    assert isinstance(take(file(image(pixels=element(0x7FE00010, b"OW", bytes(size))))), Passed)


def test_b13_300_000_elements_are_too_many_within_a_second():
    data = b"".join(
        element(0x00090000 + ((n >> 15) << 17) + 0x1000 + (n & 0x7FFF), b"CS", b"ab") for n in range(300_000)
    )
    assert_refused(file(data), QuarantineReason.TOO_MANY)


def test_b14_a_patient_id_twice_is_held():
    twice = element(0x00100020, b"LO", b"one") + element(0x00100020, b"LO", b"two")
    outcome = take(file(image(replace={0x00100020: twice})))
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.DUP_TAG


def test_b15_elements_out_of_order_are_accepted_and_said():
    data = us(0x00280011, 4) + us(0x00280010, 4)
    header = read(file(image(replace={0x00280010: data}, without=(0x00280011,))))
    assert isinstance(accept(header), Passed)
    assert Flag.OUT_OF_ORDER in header.flags


def test_b16_unknown_vrs_become_un_and_said():
    header = read(file(image(replace={0x00081030: element(0x00081030, b"??", b"text")})))
    assert isinstance(accept(header), Passed)
    assert Flag.UNKNOWN_VR in header.flags
    index = header.find(0x00081030)
    assert index is not None
    assert header.elements[index][1] == b"UN"


@pytest.mark.parametrize("tag", [0x00080016, 0x00080018, 0x0020000D, 0x0020000E])
@pytest.mark.parametrize(
    "value",
    [
        b"../../../tmp/pwn",
        b"/etc/cron.d/x",
        b"1.2\x003",
        b"1." * 32 + b"11",
        b"1.02.3",
        b"",
        b"1",
        b"1..2",
        b"1.2.",
        b"1.2\\1.3",
        b" 1.2 3",
        "1.٢.3".encode(),
    ],
)
def test_b17_b18_what_is_no_uid_is_refused(tag, value):
    outcome = assert_refused(with_uid(tag, value), QuarantineReason.BAD_UID)
    assert value.decode("latin_1") not in repr(outcome) or not value.strip(b"1")


def test_b18_leading_zeros_may_be_allowed():
    data = with_uid(0x0020000D, b"1.02.3")
    assert isinstance(take(data, allow_leading_zeros=True), Passed)


def test_b19_three_statements_of_a_uid_must_agree():
    assert_refused(file(image(), sop_instance="1.2.3"), QuarantineReason.UID_MISMATCH)
    assert_refused(file(image(), sop_class="1.2.3"), QuarantineReason.UID_MISMATCH)
    assert_refused(file(image()), QuarantineReason.UID_MISMATCH, "", "1.2.3")
    assert_refused(file(image()), QuarantineReason.UID_MISMATCH, "1.2.3", INSTANCE)


@pytest.mark.parametrize("tag", [0x00080016, 0x00080018, 0x0020000D, 0x0020000E])
def test_b20_a_missing_uid_is_named(tag):
    outcome = assert_refused(file(image(without=(tag,))), QuarantineReason.MISSING_ID)
    assert outcome.findings[0].where.endswith("UID")


@pytest.mark.parametrize(
    "name", [b"=HYPERLINK()", b"@SUM", b"A\r\nB\x1b[31m\0C", b"<img src=x onerror=alert(1)>"]
)
def test_b21_b22_b23_hostile_names_come_through_as_data(name):
    header = read(file(image(replace={0x00100010: element(0x00100010, b"PN", name)})))
    summary = summarise(header)
    assert summary.patient.name == name.decode("latin_1")
    assert b"\r" not in summary.header
    assert b"\x1b" not in summary.header
    assert "onerror" not in repr(summary)


@pytest.mark.parametrize("charset", [b"ISO 2022 IR 999", b"\\ISO 2022 IR 87", b"ISO_IR 192"])
def test_b24_a_bad_character_set_never_fails_and_is_never_clean(charset):
    name = b"M\xfcller^\x1b$B\xff\xff"
    header = read(
        file(
            image(
                replace={
                    0x00080005: element(0x00080005, b"CS", charset),
                    0x00100010: element(0x00100010, b"PN", name),
                }
            )
        )
    )
    assert not header.charset.decode(name)[1]
    assert summarise(header).patient.name.startswith("M")


def test_b25_impossible_dates_are_kept_as_text():
    replace = {
        0x00080020: element(0x00080020, b"DA", b"20241399"),
        0x00080030: element(0x00080030, b"TM", b"1"),
        0x00101010: element(0x00101010, b"AS", b"XYZ"),
    }
    attributes = summarise(read(file(image(replace=replace)))).attributes
    assert (attributes["StudyDate"], attributes["StudyTime"], attributes["PatientAge"]) == (
        "20241399",
        "1",
        "XYZ",
    )


@pytest.mark.parametrize("magic", [b"MZ\x90\0", b"\x7fELF", b"II*\0"])
def test_b26_a_preamble_with_a_program_is_told_from_the_data_set(magic):
    data = file(image())
    header = read(magic + data[4:])
    assert header.preamble.startswith(magic)
    assert isinstance(accept(header), Passed)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.113619.5.2", "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.204", "", "1.2.3"]
)
def test_b27_private_referenced_and_absent_transfer_syntaxes_are_unsupported(syntax):
    assert_refused(file(image(), syntax), QuarantineReason.UNSUPPORTED_TS)


def test_b27_big_endian_is_read():
    data = element(0x00080016, b"UI", CT.encode(), order=">") + element(
        0x00080018, b"UI", INSTANCE.encode(), order=">"
    )
    data += element(0x0020000D, b"UI", b"1.2.3", order=">") + element(0x0020000E, b"UI", b"1.2.4", order=">")
    assert isinstance(take(file(data, EXPLICIT_BIG)), Passed)


@pytest.mark.parametrize(
    ("syntax", "pixels"),
    [
        (JPEG, element(0x7FE00010, b"OW", bytes(32))),
        (JPEG, encapsulated([bytes(32)])),
        (J2K, encapsulated([jpeg(4, 4)])),
        (RLE, encapsulated([bytes(80)])),
        (JPEG_LS, encapsulated([j2k(4, 4)])),
        ("1.2.840.10008.1.2.1", encapsulated([bytes(32)])),
        (JPEG, encapsulated([jpeg(8, 4)])),
    ],
)
def test_b28_bytes_that_are_not_what_the_syntax_says_cannot_be_decoded(syntax, pixels):
    assert_refused(file(image(pixels=pixels), syntax), QuarantineReason.DECODE_FAIL)


@pytest.mark.parametrize(
    ("samples", "photometric"),
    [(3, b"MONOCHROME2"), (1, b"RGB"), (1, b"YBR_FULL_422"), (3, b"PALETTE COLOR")],
)
def test_b28_a_photometric_interpretation_that_does_not_fit_is_refused(samples, photometric):
    assert_refused(file(image(samples=samples, photometric=photometric)), QuarantineReason.DECODE_FAIL)


@pytest.mark.parametrize(
    ("syntax", "frame"), [(JPEG, jpeg(4, 4)), (J2K, j2k(4, 4)), (RLE, rle()), (JPEG_LS, jpeg(4, 4))]
)
@pytest.mark.parametrize("table", [b"", b"\0\0\0\0"])
def test_sound_compressed_images_pass(syntax, frame, table):
    assert isinstance(take(file(image(pixels=encapsulated([frame], table)), syntax)), Passed)


@pytest.mark.parametrize(
    ("frames", "count", "table"),
    [
        (2, 1, b""),
        (1, 0, b""),
        (2, 3, struct.pack("<I", 0)),
        (2, 3, struct.pack("<II", 0, 3)),
        (2, 3, struct.pack("<II", 8, 0)),
    ],
)
def test_fragments_and_offset_table_must_fit_the_frames(frames, count, table):
    data = image(frames=frames, pixels=encapsulated([jpeg(4, 4)] * count, table))
    assert_refused(file(data, JPEG), QuarantineReason.PIXEL_LENGTH)


@pytest.mark.parametrize(("frames", "table"), [(2, b"\0\0\0\0"), (2, b"\0\0\0\0\3\0\0\0"), (1, b"junk")])
def test_a_wrong_offset_table_that_nobody_needs_is_borne_with(frames, table):
    data = image(frames=frames, pixels=encapsulated([jpeg(4, 4)] * frames, table))
    assert isinstance(take(file(data, JPEG)), Passed)


@pytest.mark.parametrize("tag", [0x00280010, 0x00280011, 0x00280100])
def test_pixel_data_without_a_size_is_refused(tag):
    assert_refused(file(image(without=(tag,))), QuarantineReason.PIXEL_LENGTH)


def test_bits_and_subsampled_colours_are_counted_right():
    one_bit = image(rows=3, columns=3, bits=1, pixels=element(0x7FE00010, b"OB", bytes(2)))
    assert isinstance(take(file(one_bit)), Passed)
    half = image(samples=3, bits=8, photometric=b"YBR_FULL_422", pixels=element(0x7FE00010, b"OB", bytes(32)))
    assert isinstance(take(file(half)), Passed)


def test_a_directory_is_rejected_not_quarantined():
    outcome = take(file(us(0x00041212, 0), sop_class="1.2.840.10008.1.3.10"))
    assert outcome == Refused(RejectReason.DIRECTORY_RECORD)
    assert disposition_of(RejectReason.DIRECTORY_RECORD) is Disposition.REJECTED


def test_an_object_without_pixels_passes():
    assert isinstance(take(file(image(without=(0x7FE00010,)))), Passed)


def test_meta_elements_twice_are_held():
    again = element(0x00020003, b"UI", b"1.2.3")
    outcome = take(bytes(128) + b"DICM" + meta() + again + image())
    assert isinstance(outcome, Held)


def test_nested_patients_are_no_duplicates():
    nested = sequence(0x00081110, [item(element(0x00100020, b"LO", b"4711"))])
    assert isinstance(take(file(image(replace={0x00081110: nested}))), Passed)
