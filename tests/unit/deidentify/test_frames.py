"""Pixel data leave as samples and nothing else."""

import io
import struct

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID
from tests.make import make_dataset
from tests.rebuilt import deidentified, outcome_of

from tirage.demo import instances
from tirage.model.outcomes import Held, Refused
from tirage.model.reasons import HoldReason, QuarantineReason

NOTE = b"QUIMBYXZ 1955-03-21 "
JPEG = "1.2.840.10008.1.2.4.50"
J2K = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"


def native(samples: np.ndarray, stored: int, signed: bool) -> bytes:
    content = make_dataset(rows=4, columns=4)
    content.BitsAllocated, content.BitsStored, content.HighBit = 16, stored, stored - 1
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


def j2k(comment: bytes = b"", tail: bytes = b"", segment: bytes = b"") -> bytes:
    style = b"\xff\x52\x00\x0c\0\0\0\1\1\5\4\4\0\1"
    size = b"\xff\x4f\xff\x51\x00\x06abcd" + style + segment
    note = b"\xff\x64" + struct.pack(">HH", len(comment) + 4, 1) + comment if comment else b""
    data = b"\x12\xff\x64\x01packet data may look like a marker"
    part = b"\xff\x90" + struct.pack(">HHLBB", 10, 0, 14 + len(data), 0, 1) + b"\xff\x93" + data
    return size + note + part + b"\xff\xd9" + tail


def jpeg(segment: bytes = b"", tail: bytes = b"") -> bytes:
    scan = b"\xff\xda\x00\x04ab\x12\xff\x00\x34\xff\xd0\x56"
    frame = b"\xff\xc0\x00\x0b\x08\x00\x04\x00\x04\x01\x01\x11\x00"
    return b"\xff\xd8" + segment + b"\xff\xdb\x00\x04ab" + frame + scan + b"\xff\xd9" + tail


def rle(tail: bytes = b"", gap: bytes = b"") -> bytes:
    return struct.pack("<16L", 1, 64, *[0] * 14) + b"\x0f" + bytes(16) + gap + tail


def passes(data: bytes) -> bool:
    outcome = outcome_of(data)
    assert not isinstance(outcome, Refused), outcome
    if isinstance(outcome, Held):
        assert outcome.reason is HoldReason.PIXELS_UNCHECKED
        return False
    return True


@pytest.mark.parametrize("signed", [False, True])
def test_samples_within_their_bits_pass_unchanged(signed: bool) -> None:
    samples = np.arange(-8, 8) if signed else np.arange(0, 4096, 256)
    source = native(samples.reshape(4, 4), 12, signed)
    result = pydicom.dcmread(io.BytesIO(deidentified(source)))
    assert bytes(result.PixelData) == samples.astype("<u2").tobytes()


@pytest.mark.parametrize(
    ("signed", "value"), [(False, 0x1000), (False, 0x8001), (True, 0x1000), (True, 0x0800)]
)
def test_a_bit_above_bits_stored_holds_the_object(signed: bool, value: int) -> None:
    samples = np.zeros((4, 4), np.uint16)
    samples[3, 3] = value
    assert not passes(native(samples, 12, signed))


def test_bits_below_the_sample_hold_the_object() -> None:
    content = make_dataset(rows=4, columns=4, BitsStored=12, HighBit=15)
    assert not passes(instances.encode(content))


def test_fewer_bytes_than_the_header_says_are_refused() -> None:
    content = make_dataset(rows=4, columns=4)
    content.PixelData = bytes(30)
    outcome = outcome_of(instances.encode(content))
    assert isinstance(outcome, Refused)
    assert outcome.reason is QuarantineReason.PIXEL_LENGTH


def test_an_odd_number_of_bytes_is_padded_with_zero() -> None:
    content = make_dataset(rows=3, columns=3, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0)
    content.PixelData = bytes(range(9)) + b"Q"
    content["PixelData"].VR = "OB"
    assert deidentified(instances.encode(content)).endswith(bytes(range(9)) + b"\0")


def test_clean_frames_pass_with_their_bytes() -> None:
    for syntax, frame in ((JPEG, jpeg()), (J2K, j2k()), (RLE, rle(b"\0"))):
        output = deidentified(encapsulated(syntax, [frame]))
        assert frame in output
        result = pydicom.dcmread(io.BytesIO(output))
        assert result.file_meta.TransferSyntaxUID == UID(syntax)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_frame_is_looked_at_not_only_the_first(which: int) -> None:
    frames = [jpeg(), jpeg(), jpeg()]
    assert passes(encapsulated(JPEG, frames))
    frames[which] = jpeg(b"\xff\xfe" + struct.pack(">H", len(NOTE) + 2) + NOTE)
    assert not passes(encapsulated(JPEG, frames))


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE, 0xF0])
def test_a_foreign_segment_in_a_jpeg_stream_holds_the_object(marker: int) -> None:
    segment = bytes((0xFF, marker)) + struct.pack(">H", len(NOTE) + 2) + NOTE
    assert not passes(encapsulated(JPEG, [jpeg(segment)]))


@pytest.mark.parametrize("marker", [0xC0, 0xC3, 0xC8, 0xCC, 0xDC, 0xDD, 0xF7])
def test_a_segment_that_decoders_pass_over_holds_the_object(marker: int) -> None:
    segment = bytes((0xFF, marker)) + struct.pack(">H", len(NOTE) + 2) + NOTE
    assert not passes(encapsulated(JPEG, [jpeg(segment)]))


@pytest.mark.parametrize("marker", [0x50, 0x51, 0x52, 0x53, 0x57, 0x60, 0x61, 0x63, 0x64, 0x65])
def test_a_segment_with_room_for_text_in_a_jpeg_2000_stream_holds_the_object(marker: int) -> None:
    segment = bytes((0xFF, marker)) + struct.pack(">H", len(NOTE) + 2) + NOTE
    assert not passes(encapsulated(J2K, [j2k(segment=segment)]))


def test_what_encoders_say_of_themselves_passes() -> None:
    assert passes(encapsulated(JPEG, [jpeg(b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0")]))
    assert passes(encapsulated(JPEG, [jpeg(b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\1")]))
    assert passes(encapsulated(J2K, [j2k(b"Kakadu-v7.3.3")]))
    assert passes(encapsulated(J2K, [j2k(b"Creator: JasPer Version 1.701.0")]))


def test_a_thumbnail_in_a_jfif_segment_holds_the_object() -> None:
    segment = b"\xff\xe0\x00\x13JFIF\0\1\1\0\0\1\0\1\1\1abc"
    assert not passes(encapsulated(JPEG, [jpeg(segment)]))


@pytest.mark.parametrize("comment", [NOTE, b"Kakadu-" + NOTE, b"Creator: JasPer Version 1.0 QUIMBY"])
def test_any_other_comment_in_a_jpeg_2000_stream_holds_the_object(comment: bytes) -> None:
    assert not passes(encapsulated(J2K, [j2k(comment)]))


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [(JPEG, jpeg(tail=NOTE)), (J2K, j2k(tail=NOTE)), (RLE, rle(tail=NOTE)), (RLE, rle()[:-4])],
)
def test_bytes_after_the_end_of_a_stream_hold_the_object(syntax: str, frame: bytes) -> None:
    assert not passes(encapsulated(syntax, [frame]))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.4.102"])
def test_streams_that_cannot_be_followed_hold_the_object(syntax: str) -> None:
    assert not passes(encapsulated(syntax, [bytes(16)]))


def test_bytes_in_place_of_an_offset_table_are_left_behind() -> None:
    data = encapsulated(JPEG, [jpeg()])
    table = b"\xfe\xff\x00\xe0\x04\0\0\0\0\0\0\0"
    assert data.count(table) == 1
    output = deidentified(data.replace(table, b"\xfe\xff\x00\xe0\x04\0\0\0QUIM"))
    assert b"QUIM" not in output
    assert jpeg() in output


def test_objects_without_pixels_need_none() -> None:
    content = Dataset()
    content.update(make_dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.1"))
    del content.PixelData
    output = deidentified(instances.encode(content))
    assert "PixelData" not in pydicom.dcmread(io.BytesIO(output))
