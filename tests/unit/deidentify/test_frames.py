"""Pixel data leave as samples and nothing else."""

import io
import struct

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import UID
from tests.make import make_dataset
from tests.rebuilt import deidentified
from tests.unit.deidentify.pixelbytes import element_of, frames_of, pixels_of, rewritten

from tirage.deidentify.frames import pixel_chunks
from tirage.demo import instances
from tirage.dicom.elements import BytesSource, read_header
from tirage.dicom.sources import FileRange
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason, QuarantineReason

NOTE = b"QUIMBYXZ 1955-03-21 "
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_LS = "1.2.840.10008.1.2.4.80"
J2K = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"


def native(samples: np.ndarray, stored: int, signed: bool, high_bit: int | None = None) -> bytes:
    content = make_dataset(rows=4, columns=4)
    content.BitsAllocated, content.BitsStored = 16, stored
    content.HighBit = stored - 1 if high_bit is None else high_bit
    content.PixelRepresentation = int(signed)
    content.PixelData = samples.astype("<u2").tobytes()
    return instances.encode(content)


def encapsulated(syntax: str, frames: list[bytes], **attributes: object) -> bytes:
    content = make_dataset(rows=4, columns=4, BitsAllocated=8, BitsStored=8, HighBit=7)
    instances.fill(content, attributes)
    if len(frames) > 1:
        content.NumberOfFrames = len(frames)
    content.PixelData = encapsulate(frames)
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, syntax)


def in_fragments(syntax: str, fragments: list[bytes], frames: int, table: bytes = b"") -> bytes:
    """An object whose frames may lie in any number of fragments."""
    content = make_dataset(rows=4, columns=4, BitsAllocated=8, BitsStored=8, HighBit=7, NumberOfFrames=frames)
    items = [table, *fragments]
    content.PixelData = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(item)) + item for item in items)
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, syntax)


def j2k(comment: bytes = b"", tail: bytes = b"", segment: bytes = b"", in_part: bytes = b"") -> bytes:
    style = b"\xff\x52\x00\x0c\0\0\0\1\1\5\4\4\0\1"
    size = b"\xff\x4f\xff\x51\x00\x29" + struct.pack(">H8LH", 0, 4, 4, 0, 0, 4, 4, 0, 0, 1) + b"\7\1\1"
    note = b"\xff\x64" + struct.pack(">HH", len(comment) + 4, 1) + comment if comment else b""
    data = b"\x12\xff\x64\x01packet data may look like a marker"
    length = 14 + len(in_part) + len(data)
    part = b"\xff\x90" + struct.pack(">HHLBB", 10, 0, length, 0, 1) + in_part + b"\xff\x93" + data
    return size + style + segment + note + part + b"\xff\xd9" + tail


def jpeg(segment: bytes = b"", tail: bytes = b"", end: bytes = b"\xff\xd9") -> bytes:
    scan = b"\xff\xda\x00\x08\x01\x01\x00\0\x3f\0\x12\xff\x00\x34\xff\xd0\x56"
    steps = b"\xff\xdb\x00\x43\0" + bytes(range(1, 65))
    frame = b"\xff\xc0\x00\x0b\x08\x00\x04\x00\x04\x01\x01\x11\x00"
    return b"\xff\xd8" + segment + steps + frame + scan + end + tail


def jpeg_ls(segment: bytes = b"", tail: bytes = b"") -> bytes:
    frame = b"\xff\xf7\x00\x0b\x08\x00\x04\x00\x04\x01\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\0\0\0\x12\xff\x7f\x34"
    return b"\xff\xd8" + segment + frame + scan + b"\xff\xd9" + tail


def rle(tail: bytes = b"", gap: bytes = b"") -> bytes:
    offset = 64 + len(gap)
    return struct.pack("<16L", 1, offset, *[0] * 14) + gap + b"\x0f" + bytes(16) + b"\0" + tail


def segment_of(marker: int, content: bytes = NOTE) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def outcome_of(data: bytes) -> Outcome[object]:
    return pixel_chunks(read_header(BytesSource(data)))


def passes(data: bytes) -> bool:
    outcome = outcome_of(data)
    assert not isinstance(outcome, Refused), outcome
    if isinstance(outcome, Held):
        assert outcome.reason is HoldReason.PIXELS_UNCHECKED
        return False
    return True


def frames_in(data: bytes) -> list[bytes]:
    """The fragments of the output, without the offset table and padding."""
    element = element_of(data)
    header = read_header(BytesSource(data))
    read = rewritten(data)
    assert element.endswith(b"\xfe\xff\xdd\xe0\0\0\0\0")
    assert header.fragments is not None
    return list(
        pydicom.encaps.generate_frames(read.PixelData, number_of_frames=header.number(0x00280008) or 1)
    )


@pytest.mark.parametrize("signed", [False, True])
def test_samples_within_their_bits_pass_as_ranges_of_the_source(signed: bool) -> None:
    samples = np.arange(-8, 8) if signed else np.arange(0, 4096, 256)
    source = native(samples.reshape(4, 4), 12, signed)
    assert bytes(rewritten(source).PixelData) == samples.astype("<u2").tobytes()
    assert isinstance(pixels_of(source).chunks[1], FileRange)


def test_signed_samples_whose_sign_is_not_extended_stay_as_they_are() -> None:
    samples = np.arange(0xFF8, 0x1008) & 0xFFF
    source = native(samples.reshape(4, 4), 12, True)
    assert bytes(rewritten(source).PixelData) == samples.astype("<u2").tobytes()


@pytest.mark.parametrize("value", [0x1000, 0x8001, 0xF123])
def test_bits_above_bits_stored_are_cleared(value: int) -> None:
    samples = np.arange(16, dtype=np.uint16).reshape(4, 4)
    samples[3, 3] = value
    output = frames_of(rewritten(native(samples, 12, False)))[0]
    assert output[3, 3] == value & 0xFFF
    assert np.array_equal(output.reshape(-1)[:-1], range(15))


def test_an_overlay_above_signed_samples_is_replaced_by_their_sign() -> None:
    values = np.array([-5, 7, -2048, 2047] * 4, np.int16).reshape(4, 4)
    overlay = np.array([[1, 0, 1, 1]] * 4, np.uint16) << 12
    source = native((values.view(np.uint16) & 0xFFF) | overlay, 12, True)
    assert np.array_equal(frames_of(rewritten(source))[0], values)


def test_bits_below_the_sample_are_cleared() -> None:
    samples = np.arange(16, dtype=np.uint16).reshape(4, 4) << 4 | 9
    output = rewritten(native(samples, 12, False, high_bit=15))
    assert np.array_equal(np.frombuffer(output.PixelData, "<u2").reshape(4, 4), samples & 0xFFF0)


def test_a_sample_beyond_its_allocated_bits_is_held() -> None:
    assert not passes(native(np.zeros((4, 4)), 12, False, high_bit=20))


def test_bits_after_the_last_one_of_a_mask_are_cleared() -> None:
    content = make_dataset(rows=3, columns=3, BitsAllocated=1, BitsStored=1, HighBit=0, PixelRepresentation=0)
    content.PixelData = b"\xff\xff"
    output = rewritten(instances.encode(content))
    assert bytes(output.PixelData) == b"\xff\x01"


def test_fewer_bytes_than_the_header_says_are_refused() -> None:
    content = make_dataset(rows=4, columns=4)
    content.PixelData = bytes(30)
    outcome = outcome_of(instances.encode(content))
    assert isinstance(outcome, Refused)
    assert outcome.reason is QuarantineReason.PIXEL_LENGTH


def test_bytes_after_the_last_frame_are_left_behind() -> None:
    content = make_dataset(rows=4, columns=4)
    content.PixelData = bytes(range(32)) + NOTE
    assert element_of(instances.encode(content)).endswith(bytes(range(32)))


def test_an_odd_number_of_bytes_is_padded_with_zero() -> None:
    content = make_dataset(rows=3, columns=3, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0)
    content.PixelData = bytes(range(9)) + b"Q"
    content["PixelData"].VR = "OB"
    assert element_of(instances.encode(content)).endswith(bytes(range(9)) + b"\0")


def test_native_pixels_under_a_compressed_syntax_are_refused() -> None:
    content = make_dataset(rows=4, columns=4)
    data = instances.encode(content).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    outcome = outcome_of(data)
    assert isinstance(outcome, Refused)
    assert outcome.reason is QuarantineReason.DECODE_FAIL


@pytest.mark.parametrize(
    ("syntax", "frame"), [(JPEG, jpeg()), (J2K, j2k()), (RLE, rle()), (JPEG_LS, jpeg_ls())]
)
def test_clean_frames_pass_as_one_range_of_the_source(syntax: str, frame: bytes) -> None:
    source = encapsulated(syntax, [frame])
    assert frames_in(source) == [frame + b"\0" * (len(frame) % 2)]
    kinds = [type(chunk) for chunk in pixels_of(source).chunks]
    assert kinds == [bytes, FileRange, bytes]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_frame_is_stripped_not_only_the_first(which: int) -> None:
    frames = [jpeg(), jpeg(), jpeg()]
    frames[which] = jpeg(segment_of(0xFE))
    output = element_of(encapsulated(JPEG, frames))
    assert NOTE not in output
    assert output.count(jpeg()) == 3


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
def test_comments_and_application_segments_are_left_behind(marker: int) -> None:
    assert frames_in(encapsulated(JPEG, [jpeg(segment_of(marker))])) == [padded(jpeg())]
    assert frames_in(encapsulated(JPEG_LS, [jpeg_ls(segment_of(marker))])) == [padded(jpeg_ls())]


def padded(frame: bytes) -> bytes:
    return frame + b"\0" * (len(frame) % 2)


@pytest.mark.parametrize("marker", [0xC0, 0xC3, 0xC8, 0xCC, 0xDC, 0xDD, 0xF7, 0xF0, 0x05])
def test_a_segment_that_decoders_pass_over_holds_the_object(marker: int) -> None:
    assert not passes(encapsulated(JPEG, [jpeg(segment_of(marker))]))


@pytest.mark.parametrize("marker", [0xDB, 0xC4])
def test_tables_with_room_for_more_hold_the_object(marker: int) -> None:
    assert not passes(encapsulated(JPEG, [jpeg(segment_of(marker))]))


@pytest.mark.parametrize("marker", [0x50, 0x51, 0x52, 0x53, 0x60, 0x61, 0x65])
def test_a_segment_with_room_for_text_in_a_jpeg_2000_stream_holds_the_object(marker: int) -> None:
    assert not passes(encapsulated(J2K, [j2k(segment=segment_of(marker))]))


@pytest.mark.parametrize("marker", [0x57, 0x63, 0x64])
def test_jpeg_2000_segments_that_decoding_does_not_need_are_left_behind(marker: int) -> None:
    assert frames_in(encapsulated(J2K, [j2k(segment=segment_of(marker))])) == [padded(j2k())]


def test_a_comment_in_a_tile_part_is_left_behind_and_the_length_of_the_part_follows() -> None:
    assert frames_in(encapsulated(J2K, [j2k(in_part=segment_of(0x64, b"\0\1" + NOTE))])) == [padded(j2k())]


def test_lengths_of_tile_parts_go_when_they_no_longer_fit() -> None:
    lengths = segment_of(0x55, b"\0\x40" + struct.pack(">L", 99))
    assert frames_in(encapsulated(J2K, [j2k(segment=lengths)])) == [padded(j2k(segment=lengths))]
    both = j2k(segment=lengths, in_part=segment_of(0x64, b"\0\1" + NOTE))
    assert frames_in(encapsulated(J2K, [both])) == [padded(j2k())]


def test_the_boxes_of_a_jp2_file_are_left_behind() -> None:
    stream = j2k()
    boxes = b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">L4s", 8 + len(NOTE), b"uuid") + NOTE
    frame = boxes + struct.pack(">L4s", 8 + len(stream), b"jp2c") + stream
    assert frames_in(encapsulated(J2K, [frame])) == [padded(stream)]


def test_a_jp2_file_with_a_palette_of_its_own_is_held() -> None:
    palette = struct.pack(">L4sL4s", 16, b"jp2h", 8, b"pclr")
    stream = j2k()
    boxes = b"\0\0\0\x0cjP  \r\n\x87\n" + palette
    assert not passes(encapsulated(J2K, [boxes + struct.pack(">L4s", 8 + len(stream), b"jp2c") + stream]))


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [
        (JPEG, jpeg(b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0")),
        (JPEG, jpeg(b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\1")),
        (JPEG_LS, jpeg_ls(b"\xff\xe8\x00\x07mrfx\1")),
        (J2K, j2k(b"Kakadu-v7.3.3")),
        (J2K, j2k(b"Creator: JasPer Version 1.701.0")),
    ],
)
def test_what_tells_the_colours_and_what_encoders_say_of_themselves_stays(syntax: str, frame: bytes) -> None:
    assert frames_in(encapsulated(syntax, [frame])) == [padded(frame)]


def test_of_a_jfif_segment_its_thumbnail_goes_and_of_an_adobe_segment_what_follows() -> None:
    jfif = b"\xff\xe0\x00\x13JFIF\0\1\1\0\0\1\0\1\1\1abc"
    adobe = segment_of(0xEE, b"Adobe\0\x64\0\0\0\0\1" + NOTE)
    kept = jpeg(b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0" + segment_of(0xEE, b"Adobe\0\x64\0\0\0\0\1"))
    assert frames_in(encapsulated(JPEG, [jpeg(jfif + adobe)])) == [padded(kept)]


@pytest.mark.parametrize("comment", [NOTE, b"Kakadu-" + NOTE, b"Creator: JasPer Version 1.0 QUIMBY"])
def test_any_other_comment_in_a_jpeg_2000_stream_is_left_behind(comment: bytes) -> None:
    assert frames_in(encapsulated(J2K, [j2k(comment)])) == [padded(j2k())]


@pytest.mark.parametrize(
    ("syntax", "frame", "image"),
    [
        (JPEG, jpeg(tail=NOTE), jpeg()),
        (JPEG, jpeg(tail=jpeg()), jpeg()),
        (JPEG_LS, jpeg_ls(tail=NOTE), jpeg_ls()),
        (J2K, j2k(tail=NOTE), j2k()),
        (RLE, rle(tail=NOTE), rle()),
        (RLE, rle(gap=NOTE), rle()),
    ],
)
def test_bytes_outside_the_image_are_left_behind(syntax: str, frame: bytes, image: bytes) -> None:
    assert frames_in(encapsulated(syntax, [frame])) == [padded(image)]


@pytest.mark.parametrize(("syntax", "frame"), [(RLE, rle()[:-4]), (JPEG, jpeg(end=b"")), (J2K, j2k()[:-9])])
def test_streams_without_their_end_are_held(syntax: str, frame: bytes) -> None:
    assert not passes(encapsulated(syntax, [frame]))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.4.102"])
def test_streams_that_cannot_be_followed_hold_the_object(syntax: str) -> None:
    assert not passes(encapsulated(syntax, [bytes(16)]))


def test_a_frame_of_another_size_than_the_header_says_is_refused() -> None:
    wide = jpeg().replace(b"\x08\x00\x04\x00\x04", b"\x08\x00\x04\x00\x08")
    outcome = outcome_of(encapsulated(JPEG, [jpeg(), wide]))
    assert isinstance(outcome, Refused)
    assert outcome.reason is QuarantineReason.DECODE_FAIL


def test_bytes_in_place_of_an_offset_table_are_left_behind() -> None:
    data = encapsulated(JPEG, [jpeg()])
    table = b"\xfe\xff\x00\xe0\x04\0\0\0\0\0\0\0"
    assert data.count(table) == 1
    output = element_of(data.replace(table, b"\xfe\xff\x00\xe0\x04\0\0\0QUIM"))
    assert b"QUIM" not in output
    assert jpeg() in output


def test_the_offset_table_follows_frames_that_became_shorter() -> None:
    frames = [jpeg(), jpeg(segment_of(0xE1)), jpeg()]
    output = rewritten(encapsulated(JPEG, frames))
    stride = len(padded(jpeg())) + 8
    assert bytes(output.PixelData)[8:20] == struct.pack("<3L", 0, stride, 2 * stride)


def test_the_extended_offset_table_follows_frames_that_became_shorter() -> None:
    content = make_dataset(rows=4, columns=4, BitsAllocated=8, BitsStored=8, HighBit=7, NumberOfFrames=2)
    pixels, content.ExtendedOffsetTable, content.ExtendedOffsetTableLengths = encapsulate_extended(
        [jpeg(segment_of(0xFE)), jpeg()]
    )
    content.PixelData = pixels
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    output = rewritten(instances.encode(content, JPEG))
    size = len(jpeg())
    assert output.ExtendedOffsetTable == struct.pack("<2Q", 0, size + size % 2 + 8)
    assert output.ExtendedOffsetTableLengths == struct.pack("<2Q", size, len(padded(jpeg())))


def test_an_extended_offset_table_that_says_something_else_is_made_anew() -> None:
    content = make_dataset(rows=4, columns=4, BitsAllocated=8, BitsStored=8, HighBit=7, NumberOfFrames=2)
    frames = [jpeg(), jpeg()]
    content.PixelData, content.ExtendedOffsetTable, _ = encapsulate_extended(frames)
    content.ExtendedOffsetTableLengths = b"QUIMBYXZ19550321"
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    attributes = pixels_of(instances.encode(content, JPEG)).attributes
    assert attributes == {0x7FE00002: struct.pack("<2Q", *[len(padded(jpeg()))] * 2)}


def test_frames_in_several_fragments_are_told_apart_by_the_offset_table() -> None:
    one, two = padded(jpeg(segment_of(0xE1))), padded(jpeg(segment_of(0xFE)))
    fragments = [one[:20], one[20:], two[:6], two[6:30], two[30:]]
    table = struct.pack("<2L", 0, len(one) + 16)
    assert frames_in(in_fragments(JPEG, fragments, 2, table)) == [padded(jpeg())] * 2


def test_frames_in_several_fragments_are_told_apart_by_their_beginnings() -> None:
    one, two = padded(jpeg(segment_of(0xE1))), padded(jpeg(segment_of(0xFE)))
    fragments = [one[:20], one[20:], two[:6], two[6:30], two[30:]]
    assert frames_in(in_fragments(JPEG, fragments, 2)) == [padded(jpeg())] * 2


def test_a_fragment_that_belongs_to_no_frame_is_left_behind() -> None:
    assert frames_in(in_fragments(RLE, [rle(), rle(), NOTE], 2)) == [rle()] * 2


def test_fragments_whose_frames_cannot_be_told_are_held() -> None:
    assert not passes(in_fragments(JPEG, [padded(jpeg()), NOTE, NOTE], 2))


def test_a_fragment_after_the_only_frame_is_left_behind() -> None:
    assert frames_in(in_fragments(JPEG, [padded(jpeg()), padded(jpeg(segment_of(0xE1)))], 1)) == [
        padded(jpeg())
    ]


def test_objects_without_pixels_need_none() -> None:
    content = Dataset()
    content.update(make_dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.1"))
    del content.PixelData
    outcome = outcome_of(instances.encode(content))
    assert isinstance(outcome, Passed)
    assert not outcome.value.chunks


def test_a_stripped_object_keeps_its_transfer_syntax() -> None:
    output = deidentified(encapsulated(JPEG, [jpeg(segment_of(0xFE))]))
    assert NOTE not in output
    read = pydicom.dcmread(io.BytesIO(output))
    assert read.file_meta.TransferSyntaxUID == UID(JPEG)
    assert jpeg() in bytes(read.PixelData)
