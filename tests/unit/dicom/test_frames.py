"""Frames are read as pydicom reads them, and look as a viewer shows them."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.uid import ExplicitVRBigEndian, RLELossless
from tests.make import make_dataset

from tirage.demo import instances
from tirage.dicom.elements import BytesSource, Header, read_header
from tirage.dicom.frames import Frames, Undecodable

FILES = (
    *("MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm"),
    *("MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jls_lossy_sample.dcm"),
    *("SC_rgb_jls_lossy_line.dcm", "SC_rgb_rle_2frame.dcm", "SC_rgb_rle_16bit_2frame.dcm"),
    *("SC_rgb_small_odd_big_endian.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_ybr_color.dcm"),
    *("liver_1frame.dcm", "liver_expb_1frame.dcm", "rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm"),
    *("J2K_pixelrep_mismatch.dcm", "GDCMJ2K_TextGBR.dcm", "image_dfl.dcm", "693_J2KI.dcm"),
)


def read(data: bytes) -> Header:
    return read_header(BytesSource(data), allow_bare=True)


def picture(values: np.ndarray, **attributes: object) -> bytes:
    content = make_dataset(
        rows=4,
        columns=4,
        Rows=values.shape[0],
        Columns=values.shape[1],
        BitsAllocated=8 * values.dtype.itemsize,
        BitsStored=8 * values.dtype.itemsize,
        HighBit=8 * values.dtype.itemsize - 1,
        PixelRepresentation=int(values.dtype.kind == "i"),
    )
    instances.fill(content, attributes)
    content.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    return instances.encode(content)


@pytest.mark.parametrize("name", FILES)
def test_every_frame_is_the_one_that_pydicom_reads(name: str) -> None:
    path = get_testdata_file(name)
    assert path is not None
    frames = Frames(read(Path(path).read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = pixel_array(pydicom.dcmread(path), raw=True)
    wanted = wanted[np.newaxis] if frames.count == 1 else wanted
    assert wanted.shape[0] == frames.count
    for index in range(frames.count):
        found = frames.read(index)
        assert found.shape == wanted[index].shape
        assert np.array_equal(found, wanted[index])


def test_a_frame_beyond_the_last_one_is_an_error() -> None:
    frames = Frames(read(picture(np.zeros((4, 4), np.uint8))))
    with pytest.raises(IndexError):
        frames.read(1)


def test_eight_bit_words_in_big_endian_are_swapped_back() -> None:
    path = get_testdata_file("SC_rgb_small_odd_big_endian.dcm")
    assert path is not None
    assert read(Path(path).read_bytes()).transfer_syntax == ExplicitVRBigEndian
    assert Frames(read(Path(path).read_bytes())).read(0).shape == (3, 3, 3)


def test_the_negative_is_shown_as_a_positive() -> None:
    values = np.linspace(0, 4000, 64).astype("<u2").reshape(8, 8)
    plain = Frames(read(picture(values))).displayed(0)
    inverted = Frames(read(picture(values, PhotometricInterpretation="MONOCHROME1"))).displayed(0)
    assert plain[0, 0] == 0
    assert plain[7, 7] == 255
    assert np.array_equal(inverted, 255 - plain)


def test_signed_values_are_stretched_from_the_lowest() -> None:
    values = np.linspace(-1000, 1000, 64).astype("<i2").reshape(8, 8)
    shown = Frames(read(picture(values))).displayed(0)
    assert (np.diff(shown.reshape(-1).astype(int)) >= 0).all()
    assert (int(shown.min()), int(shown.max())) == (0, 255)


def test_what_hides_above_the_samples_does_not_show() -> None:
    values = np.linspace(0, 4000, 64).astype("<u2").reshape(8, 8)
    plain = Frames(read(picture(values, BitsStored=12, HighBit=11)))
    hiding = Frames(read(picture(values | 0x5000, BitsStored=12, HighBit=11)))
    assert np.array_equal(hiding.displayed(0), plain.displayed(0))
    assert not np.array_equal(hiding.read(0), plain.read(0))


def test_a_uniform_frame_is_black() -> None:
    assert not Frames(read(picture(np.full((5, 5), 700, "<u2")))).displayed(0).any()


def test_a_palette_is_shown_by_the_brightness_of_its_entries() -> None:
    entries: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    brightness = (np.array([10, 200, 90], "<u2") << 8).tobytes()
    for colour in ("Red", "Green", "Blue"):
        entries[f"{colour}PaletteColorLookupTableDescriptor"] = [3, 5, 16]
        entries[f"{colour}PaletteColorLookupTableData"] = brightness
    values = np.array([[0, 5], [6, 9]], np.uint8)
    shown = Frames(read(picture(values, **entries))).displayed(0)
    assert shown.tolist() == [[10, 10], [200, 90]]


def test_colour_is_shown_by_its_brightness() -> None:
    content = make_dataset(rows=4, columns=4, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    instances.fill(content, {"PlanarConfiguration": 1, "Rows": 1, "Columns": 2, "PixelRepresentation": 0})
    content.BitsAllocated, content.BitsStored, content.HighBit = 8, 8, 7
    content.PixelData = bytes((255, 0, 0, 0, 0, 255))
    content["PixelData"].VR = "OB"
    shown = Frames(read(instances.encode(content))).displayed(0)
    assert shown.tolist() == [[76, 29]]


def coded(frame: bytes, rows: int, columns: int) -> bytes:
    content = make_dataset(
        rows=4, columns=4, Rows=rows, Columns=columns, BitsAllocated=8, BitsStored=8, HighBit=7
    )
    content.PixelData = encapsulate([frame])
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, RLELossless)


def test_a_frame_larger_than_its_limit_is_not_decoded() -> None:
    frame = struct.pack("<16L", 1, 64, *[0] * 14) + b"\x81\0" * 8
    with pytest.raises(Undecodable, match="limit"):
        Frames(read(coded(frame, 60_000, 60_000))).read(0)


@pytest.mark.parametrize("frame", [bytes(80), struct.pack("<16L", 1, 64, *[0] * 14) + b"\x03abc"])
def test_what_a_decoder_raises_is_undecodable(frame: bytes) -> None:
    with pytest.raises(Undecodable):
        Frames(read(coded(frame, 4, 4))).read(0)


def test_a_codestream_of_another_size_is_not_decoded() -> None:
    path = get_testdata_file("examples_jpeg2k.dcm")
    assert path is not None
    source = pydicom.dcmread(path)
    source.Rows = source.Rows // 2
    file = io.BytesIO()
    source.save_as(file)
    with pytest.raises(Undecodable, match="header"):
        Frames(read(file.getvalue())).read(0)


def test_pixels_that_are_shorter_than_their_header_are_undecodable() -> None:
    data = picture(np.zeros((4, 4), np.uint8), Rows=5)
    with pytest.raises(Undecodable):
        Frames(read(data))
