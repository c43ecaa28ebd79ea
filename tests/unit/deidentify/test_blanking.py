"""Boxes turn black; every pixel outside them stays what it was, to the bit."""

import io
import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from tests.make import make_dataset
from tests.unit.deidentify.pixelbytes import (
    element_of,
    frames_of,
    inside,
    pixels_of,
    rewritten,
    two_boxes,
)

from tirage.deidentify.frames import pixel_chunks
from tirage.deidentify.streams.jpeg import segments
from tirage.deidentify.streams.lossless import encode_lossless
from tirage.demo import instances
from tirage.dicom.decode import Undecodable
from tirage.dicom.elements import BytesSource, read_header
from tirage.dicom.frames import Frames
from tirage.dicom.sources import FileRange
from tirage.model.outcomes import Held
from tirage.model.pixels import Box, Mask

_ROOT = "1.2.840.10008.1.2.4."
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG, EXTENDED, LOSSLESS, LOSSLESS_ANY = (_ROOT + leaf for leaf in ("50", "51", "70", "57"))
JPEG_LS, NEAR_LOSSLESS, J2K_LOSSLESS, J2K = (_ROOT + leaf for leaf in ("80", "81", "90", "91"))
RLE = "1.2.840.10008.1.2.5"


def picture(
    rows: int, columns: int, frames: int, samples: int, kind: str, stored: int, seed: int = 1
) -> np.ndarray:
    """Noise over a slope: (frames, rows, columns) or with samples, all values possible."""
    chance = np.random.default_rng(seed)
    low, high = (-(1 << (stored - 1)), 1 << (stored - 1)) if kind.startswith("i") else (0, 1 << stored)
    size = (frames, rows, columns) if samples == 1 else (frames, rows, columns, samples)
    values = chance.integers(low, high, size) // 4
    slope = np.linspace(low // 2, high // 2, columns).astype(int)
    values = values + (slope if samples == 1 else slope[:, np.newaxis])
    return np.clip(values, low, high - 1).astype(kind)


def described(values: np.ndarray, photometric: str, stored: int, **attributes: object) -> pydicom.Dataset:
    samples = values.shape[3] if values.ndim == 4 else 1
    content = make_dataset(
        rows=4,
        columns=4,
        SamplesPerPixel=samples,
        PhotometricInterpretation=photometric,
        NumberOfFrames=values.shape[0],
        Rows=values.shape[1],
        Columns=values.shape[2],
        BitsAllocated=8 * values.dtype.itemsize,
        BitsStored=stored,
        HighBit=stored - 1,
        PixelRepresentation=int(values.dtype.kind == "i"),
        PlanarConfiguration=0 if samples > 1 else None,
    )
    instances.fill(content, attributes)
    return content


def native(values: np.ndarray, photometric: str, stored: int, **attributes: object) -> bytes:
    content = described(values, photometric, stored, **attributes)
    if attributes.get("PlanarConfiguration") == 1:
        values = values.transpose(0, 3, 1, 2)
    content.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    content["PixelData"].VR = "OW" if values.dtype.itemsize > 1 else "OB"
    return instances.encode(content)


def coded(frames: list[bytes], content: pydicom.Dataset, syntax: str) -> bytes:
    content.PixelData = encapsulate(frames)
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, syntax)


def check(data: bytes, mask: Mask, black: tuple[int, ...], unit: int = 1) -> pydicom.Dataset:
    """Blank, and compare with the source: outside grown boxes identical, inside black."""
    before = frames_of(pydicom.dcmread(io.BytesIO(data)))
    output = rewritten(data, mask)
    after = frames_of(output)
    assert after.shape == before.shape
    assert after.dtype == before.dtype
    where = inside(before.shape, mask, unit)
    assert where.any()
    assert not where.all()
    assert np.array_equal(after[~where], before[~where])
    assert (after[where] == np.array(black)).all()
    return output


@pytest.mark.parametrize(
    ("photometric", "kind", "stored", "black"),
    [
        ("MONOCHROME2", "u1", 8, 0),
        ("MONOCHROME1", "u1", 8, 255),
        ("MONOCHROME2", "<u2", 12, 0),
        ("MONOCHROME1", "<u2", 12, 4095),
        ("MONOCHROME2", "<i2", 16, -32768),
        ("MONOCHROME1", "<i2", 12, 2047),
        ("MONOCHROME2", "<u4", 32, 0),
    ],
)
def test_grey_is_blanked_with_what_is_shown_black(
    photometric: str, kind: str, stored: int, black: int
) -> None:
    values = picture(21, 17, 3, 1, kind, stored)
    check(native(values, photometric, stored), two_boxes(21, 17, 3), (black,))


def test_signed_grey_takes_its_padding_value() -> None:
    values = picture(12, 12, 1, 1, "<i2", 16)
    check(native(values, "MONOCHROME2", 16, PixelPaddingValue=-2000), two_boxes(12, 12, 1), (-2000,))


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize(
    ("photometric", "kind", "black"),
    [("RGB", "u1", (0, 0, 0)), ("YBR_FULL", "u1", (0, 128, 128)), ("RGB", "<u2", (0, 0, 0))],
)
def test_colour_is_blanked_in_either_planar_configuration(
    photometric: str, kind: str, black: tuple[int, ...], planar: int
) -> None:
    values = picture(13, 10, 2, 3, kind, 8 * np.dtype(kind).itemsize)
    data = native(values, photometric, 8 * values.dtype.itemsize, PlanarConfiguration=planar)
    check(data, two_boxes(13, 10, 2), black)


def test_halved_colour_is_blanked_in_pairs_of_pixels() -> None:
    pairs = np.random.default_rng(2).integers(0, 256, (2, 9, 5, 4), np.uint8)
    content = described(np.zeros((2, 9, 10, 3), np.uint8), "YBR_FULL_422", 8)
    content.PixelData = pairs.tobytes()
    content["PixelData"].VR = "OB"
    check(instances.encode(content), Mask((Box(2, 1, 6, 4),), {1: (Box(0, 5, 4, 9),)}), (0, 128, 128))
    after = frames_of(rewritten(instances.encode(content), Mask((Box(3, 0, 4, 1),))))
    assert (after[0, 0, 2:4] == (0, 128, 128)).all()


def test_a_palette_is_blanked_with_its_darkest_index() -> None:
    values = picture(11, 14, 2, 1, "u1", 8)
    brightness = (np.arange(256, dtype=np.uint16) * 97 % 256 + 1) << 8
    brightness[77] = 0
    table = brightness.tobytes()
    entries: dict[str, object] = {}
    for colour in ("Red", "Green", "Blue"):
        entries[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        entries[f"{colour}PaletteColorLookupTableData"] = table
    check(native(values, "PALETTE COLOR", 8, **entries), two_boxes(11, 14, 2), (77,))


def test_one_bit_masks_are_blanked_across_the_bytes_that_frames_share() -> None:
    bits = np.random.default_rng(3).integers(0, 2, (3, 7, 5), np.uint8)
    content = described(
        np.zeros((3, 7, 5), np.uint8), "MONOCHROME2", 8, BitsAllocated=1, BitsStored=1, HighBit=0
    )
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    content.PixelData = packed + b"\0" * (len(packed) % 2)
    mask = Mask((Box(1, 1, 4, 3),), {1: (Box(0, 0, 2, 2), Box(4, 6, 9, 9))})
    after = frames_of(rewritten(instances.encode(content), mask))
    where = inside(bits.shape, mask)
    assert np.array_equal(after, np.where(where, 0, bits))


def test_floating_point_pixels_are_blanked_with_their_padding_value() -> None:
    values = np.random.default_rng(4).normal(size=(1, 8, 6)).astype("<f4")
    content = described(np.zeros((1, 8, 6), np.uint8), "MONOCHROME2", 8, FloatPixelPaddingValue=-7.5)
    del content.PixelData
    content.BitsAllocated = 32
    for name in ("BitsStored", "HighBit", "PixelRepresentation"):
        delattr(content, name)
    content.FloatPixelData = values.tobytes()
    mask = Mask((Box(1, 2, 4, 5),))
    after = frames_of(rewritten(instances.encode(content), mask))
    assert np.array_equal(after, np.where(inside(values.shape, mask), np.float32(-7.5), values))


def test_boxes_and_hidden_bits_are_taken_in_one_go() -> None:
    values = picture(9, 9, 2, 1, "<u2", 12)
    data = native(values | 0xA000, "MONOCHROME2", 12)
    mask = two_boxes(9, 9, 2)
    after = frames_of(rewritten(data, mask))
    assert np.array_equal(after, np.where(inside(values.shape, mask), 0, values))


def test_only_rows_with_boxes_are_read() -> None:
    data = native(picture(64, 64, 4, 1, "<u2", 16), "MONOCHROME2", 16)
    chunks = pixels_of(data, Mask((), {2: (Box(3, 10, 9, 20),)})).chunks
    ranges = [chunk.length for chunk in chunks if isinstance(chunk, FileRange)]
    assert ranges == [(2 * 64 + 10) * 128, (44 + 64) * 128]


def test_a_frame_of_one_pixel_does_not_cost_a_chunk() -> None:
    values = np.arange(5000, dtype="<u2").reshape(5000, 1, 1)
    data = native(values, "MONOCHROME2", 12)
    assert len(pixels_of(data).chunks) == 2
    assert np.array_equal(np.frombuffer(element_of(data)[-10000:], "<u2"), np.arange(5000) & 0xFFF)


def test_boxes_outside_the_image_change_nothing() -> None:
    data = native(picture(8, 8, 1, 1, "u1", 8), "MONOCHROME2", 8)
    mask = Mask((Box(-9, -9, 0, 0), Box(8, 0, 12, 8), Box(5, 5, 5, 9)))
    assert element_of(data, mask) == element_of(data)


def test_a_colour_space_in_which_black_is_not_known_is_held() -> None:
    values = picture(6, 6, 1, 4, "u1", 8)
    data = native(values, "CMYK", 8)
    outcome = pixel_chunks(read_header(BytesSource(data)), two_boxes(6, 6, 1))
    assert isinstance(outcome, Held)


boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    *(st.integers(-3, 22), st.integers(-3, 22), st.integers(0, 14), st.integers(0, 14)),
)


@given(
    rows=st.integers(1, 20),
    columns=st.integers(1, 20),
    frames=st.integers(1, 3),
    layout=st.sampled_from(
        [
            ("MONOCHROME1", "u1", 1, 0, (255,)),
            ("MONOCHROME2", "<u2", 1, 0, (0,)),
            ("MONOCHROME2", "<i2", 1, 0, (-32768,)),
            ("RGB", "u1", 3, 0, (0, 0, 0)),
            ("YBR_FULL", "u1", 3, 1, (0, 128, 128)),
        ]
    ),
    everywhere=st.lists(boxes, max_size=3),
    single=st.dictionaries(st.integers(0, 3), st.lists(boxes, max_size=2).map(tuple), max_size=2),
)
def test_any_boxes_in_any_native_layout(
    rows: int,
    columns: int,
    frames: int,
    layout: tuple[str, str, int, int, tuple[int, ...]],
    everywhere: list[Box],
    single: dict[int, tuple[Box, ...]],
) -> None:
    photometric, kind, samples, planar, black = layout
    values = picture(rows, columns, frames, samples, kind, 8 * np.dtype(kind).itemsize, rows)
    attributes = {"PlanarConfiguration": planar} if samples > 1 else {}
    data = native(values, photometric, 8 * values.dtype.itemsize, **attributes)
    mask = Mask(tuple(everywhere), single)
    where = np.zeros(values.shape[:3], bool)
    for frame in range(frames):
        for box in mask.boxes(frame):
            x0, y0, x1, y1 = box.clipped(rows, columns)
            if x1 > x0 and y1 > y0:
                where[frame, y0:y1, x0:x1] = True
    wanted = values.copy()
    wanted[where] = black[0] if samples == 1 else black
    assert np.array_equal(frames_of(rewritten(data, mask)), wanted)


def lossless_frames(values: np.ndarray, stored: int, syntax: str, photometric: str) -> list[bytes]:
    from jpeg_ls import encode_buffer
    from openjpeg.utils import encode_array
    from rle.rle import encode_frame

    rows, columns = values.shape[1:3]
    samples = values.shape[3] if values.ndim == 4 else 1
    frames = []
    for frame in values:
        raw = frame.view(f"u{frame.dtype.itemsize}") & ((1 << stored) - 1)
        match syntax:
            case _ if syntax == RLE:
                frames.append(
                    bytes(encode_frame(frame.tobytes(), rows, columns, samples, 8 * frame.itemsize, "<"))
                )
            case _ if syntax == JPEG_LS:
                frames.append(bytes(encode_buffer(raw.tobytes(), rows, columns, samples, stored, 0, 2)))
            case _ if syntax == NEAR_LOSSLESS:
                frames.append(bytes(encode_buffer(raw.tobytes(), rows, columns, samples, stored, 3, 2)))
            case _ if syntax in (LOSSLESS, LOSSLESS_ANY):
                frames.append(encode_lossless(raw, stored, photometric == "RGB"))
            case _:
                is_mixed = photometric in ("YBR_RCT", "YBR_ICT")
                lossy = {"compression_ratios": [6]} if syntax == J2K else {}
                frames.append(bytes(encode_array(frame, stored, int(is_mixed), use_mct=is_mixed, **lossy)))
    return [frame + b"\0" * (len(frame) % 2) for frame in frames]


@pytest.mark.parametrize(
    ("syntax", "becomes", "kind", "stored", "photometric", "black"),
    [
        (RLE, RLE, "u1", 8, "MONOCHROME1", (255,)),
        (RLE, RLE, "<i2", 16, "MONOCHROME2", (-32768,)),
        (RLE, RLE, "<u4", 32, "MONOCHROME2", (0,)),
        (RLE, RLE, "u1", 8, "RGB", (0, 0, 0)),
        (RLE, RLE, "u1", 8, "YBR_FULL", (0, 128, 128)),
        (LOSSLESS, LOSSLESS, "<u2", 12, "MONOCHROME2", (0,)),
        (LOSSLESS, LOSSLESS, "<u2", 16, "MONOCHROME1", (65535,)),
        (LOSSLESS, LOSSLESS, "u1", 8, "RGB", (0, 0, 0)),
        (LOSSLESS_ANY, LOSSLESS_ANY, "u1", 8, "MONOCHROME2", (0,)),
        (JPEG_LS, JPEG_LS, "<u2", 12, "MONOCHROME1", (4095,)),
        (JPEG_LS, JPEG_LS, "u1", 8, "RGB", (0, 0, 0)),
        (NEAR_LOSSLESS, JPEG_LS, "<u2", 12, "MONOCHROME2", (0,)),
        (J2K_LOSSLESS, J2K_LOSSLESS, "<i2", 16, "MONOCHROME2", (-32768,)),
        (J2K_LOSSLESS, J2K_LOSSLESS, "<u2", 12, "MONOCHROME1", (4095,)),
        (J2K_LOSSLESS, J2K_LOSSLESS, "u1", 8, "YBR_RCT", (0, 0, 0)),
        (J2K_LOSSLESS, J2K_LOSSLESS, "u1", 8, "RGB", (0, 0, 0)),
        (J2K, J2K_LOSSLESS, "<u2", 12, "MONOCHROME2", (0,)),
        (J2K, J2K_LOSSLESS, "u1", 8, "YBR_ICT", (0, 0, 0)),
    ],
)
def test_compressed_frames_are_encoded_again_without_loss(
    syntax: str, becomes: str, kind: str, stored: int, photometric: str, black: tuple[int, ...]
) -> None:
    values = picture(41, 37, 3, len(black), kind, stored)
    content = described(values, photometric, stored)
    data = coded(lossless_frames(values, stored, syntax, photometric), content, syntax)
    output = check(data, two_boxes(41, 37, 3), black)
    assert output.file_meta.TransferSyntaxUID == becomes
    if photometric == "YBR_ICT":
        assert output.PhotometricInterpretation == "YBR_RCT"


def test_frames_without_boxes_keep_their_codestream() -> None:
    values = picture(40, 40, 3, 1, "<u2", 12)
    frames = lossless_frames(values, 12, J2K_LOSSLESS, "MONOCHROME2")
    data = coded(frames, described(values, "MONOCHROME2", 12), J2K_LOSSLESS)
    output = element_of(data, Mask((), {1: (Box(2, 2, 9, 9),)}))
    assert frames[0] in output
    assert frames[1] not in output
    assert frames[2] in output


@pytest.mark.parametrize("syntax", [RLE, LOSSLESS, JPEG_LS, J2K_LOSSLESS])
def test_hidden_bits_in_compressed_frames_are_cleared(syntax: str) -> None:
    values = picture(40, 40, 2, 1, "<u2", 12)
    frames = lossless_frames(values | 0x5000, 16, syntax, "MONOCHROME2")
    data = coded(frames, described(values, "MONOCHROME2", 12), syntax)
    assert np.array_equal(frames_of(rewritten(data)), values)


def jpeg(values: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    mode = "L" if values.ndim == 2 else "YCbCr"
    Image.fromarray(values, mode).save(file, "JPEG", **options)
    return file.getvalue() + b"\0" * (len(file.getvalue()) % 2)


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}, {"optimize": True}, {"quality": 100}])
@pytest.mark.parametrize(("photometric", "black"), [("MONOCHROME2", 0), ("MONOCHROME1", 255)])
def test_grey_jpeg_is_blanked_block_by_block(
    photometric: str, black: int, options: dict[str, object]
) -> None:
    values = picture(61, 45, 3, 1, "u1", 8)
    data = coded([jpeg(frame, **options) for frame in values], described(values, photometric, 8), JPEG)
    output = check(data, two_boxes(61, 45, 3), (black,), 8)
    assert output.file_meta.TransferSyntaxUID == JPEG


@pytest.mark.parametrize(("subsampling", "unit"), [(0, 8), (1, 16), (2, 16)])
@pytest.mark.parametrize("options", [{"quality": 90}, {"restart_marker_rows": 1, "optimize": True}])
def test_colour_jpeg_is_blanked_unit_by_unit(subsampling: int, unit: int, options: dict[str, object]) -> None:
    values = picture(70, 83, 2, 3, "u1", 8)
    frames = [jpeg(frame, subsampling=subsampling, **options) for frame in values]
    photometric = "YBR_FULL" if not subsampling else "YBR_FULL_422"
    data = coded(frames, described(values, photometric, 8), JPEG)
    mask = Mask((Box(20, 3, 40, 12),), {1: (Box(60, 50, 83, 70),)})
    before, after = frames_of(pydicom.dcmread(io.BytesIO(data))), frames_of(rewritten(data, mask))
    where = inside(before.shape, mask, unit)
    assert (after[inside(before.shape, mask)] == (0, 128, 128)).all()
    # Brightness is exact; decoders smooth halved colour across one pixel beyond the edge.
    assert np.array_equal(after[~where][:, 0], before[~where][:, 0])
    edge = where.copy()
    for axis in (1, 2):
        for step in (-1, 1):
            edge |= np.roll(edge, step, axis)
    outside = where if not subsampling else edge
    assert np.array_equal(after[~outside], before[~outside])


def test_what_a_jpeg_stream_says_of_its_colours_is_believed() -> None:
    values = picture(40, 40, 1, 3, "u1", 8)
    mask = Mask((Box(0, 0, 16, 16),))
    data = coded([jpeg(values[0], subsampling=0)], described(values, "RGB", 8), JPEG)
    assert Frames(read_header(BytesSource(data))).photometric == "YBR_FULL"
    with pytest.warns(UserWarning, match="JFIF"):
        assert not rewritten(data, mask).pixel_array[:16, :16].any()
    progressive = coded([jpeg(values[0], progressive=True)], described(values, "RGB", 8), JPEG)
    assert rewritten(progressive, mask).PhotometricInterpretation == "YBR_FULL"


def in_three_scans(frame: np.ndarray, step: int) -> bytes:
    """A sequential JPEG with a scan for each colour, the second and third reduced by `step`."""
    greys = [frame[:, :, 0], frame[::step, ::step, 1], frame[::step, ::step, 2]]
    streams = [jpeg(np.ascontiguousarray(grey), quality=90) for grey in greys]
    parts = [{part.marker: part for part in segments(stream)} for stream in streams]
    head = b"\xff\xd8" + b"".join(
        streams[0][part.start : part.end] for part in segments(streams[0]) if part.marker in (0xDB, 0xC4)
    )
    rows, columns = frame.shape[:2]
    size = struct.pack(">BHHB", 8, rows, columns, 3) + bytes((1, step << 4 | step, 0, 2, 0x11, 0, 3, 0x11, 0))
    data = head + b"\xff\xc0" + struct.pack(">H", len(size) + 2) + size
    for number, (stream, found) in enumerate(zip(streams, parts, strict=True), 1):
        scan = found[0xDA]
        data += b"\xff\xda\x00\x08\x01" + bytes((number, 0, 0, 63, 0)) + stream[scan.end : scan.after]
    return padded(data + b"\xff\xd9")


def padded(frame: bytes) -> bytes:
    return frame + b"\0" * (len(frame) % 2)


@pytest.mark.parametrize("step", [1, 2])
def test_colours_in_scans_of_their_own_are_blanked_alike(step: int) -> None:
    values = picture(53, 70, 1, 3, "u1", 8)
    data = coded([in_three_scans(values[0], step)], described(values, "YBR_FULL", 8), JPEG)
    mask = Mask((Box(17, 20, 30, 40), Box(60, 45, 70, 53)))
    before, after = frames_of(pydicom.dcmread(io.BytesIO(data))), frames_of(rewritten(data, mask))
    where = inside(before.shape, mask, 8 * step)
    assert (after[inside(before.shape, mask)] == (0, 128, 128)).all()
    assert np.array_equal(after[~where][:, 0], before[~where][:, 0])
    if step == 1:
        assert np.array_equal(after[~where], before[~where])


def test_a_progressive_jpeg_is_decoded_and_encoded_without_loss() -> None:
    values = picture(40, 40, 2, 3, "u1", 8)
    frames = [jpeg(frame, progressive=True) for frame in values]
    data = coded(frames, described(values, "YBR_FULL_422", 8), JPEG)
    output = check(data, two_boxes(40, 40, 2), (0, 128, 128))
    assert output.file_meta.TransferSyntaxUID == J2K_LOSSLESS
    assert output.PhotometricInterpretation == "YBR_FULL"


def test_an_image_too_small_for_jpeg_2000_is_run_length_encoded() -> None:
    values = picture(20, 20, 2, 3, "u1", 8)
    frames = [jpeg(frame, progressive=True) for frame in values]
    data = coded(frames, described(values, "YBR_FULL_422", 8), JPEG)
    output = check(data, two_boxes(20, 20, 2), (0, 128, 128))
    assert output.file_meta.TransferSyntaxUID == RLE


def test_a_twelve_bit_jpeg_is_blanked_block_by_block() -> None:
    path = get_testdata_file("JPEG-lossy.dcm")
    assert path is not None
    data = Path(path).read_bytes()
    mask = two_boxes(1024, 256, 1)
    output = rewritten(data, mask)
    assert output.file_meta.TransferSyntaxUID == EXTENDED
    before = Frames(read_header(BytesSource(data))).read(0)
    file = io.BytesIO()
    source = pydicom.dcmread(io.BytesIO(data))
    source.PixelData = output.PixelData
    source.save_as(file)
    after = Frames(read_header(BytesSource(file.getvalue()))).read(0)
    where = inside((1, *before.shape), mask, 8)[0]
    assert np.array_equal(after[~where], before[~where])
    assert not after[where].any()


def test_a_table_without_the_needed_codes_gets_them() -> None:
    """A flat image needs few codes; an optimised table has no others."""
    values = np.full((1, 24, 24), 128, np.uint8)
    values[0, 8:16, 8:16] = 129
    data = coded([jpeg(values[0], optimize=True)], described(values, "MONOCHROME2", 8), JPEG)
    check(data, Mask((Box(0, 0, 9, 9),)), (0,), 8)


def test_bytes_between_the_last_block_and_the_end_go_when_a_jpeg_is_blanked() -> None:
    values = picture(16, 16, 1, 1, "u1", 8)
    frame = jpeg(values[0]).rstrip(b"\0")
    data = coded([frame[:-2] + b"QUIMBYXZ" + b"\xff\xd9"], described(values, "MONOCHROME2", 8), JPEG)
    assert b"QUIMBYXZ" not in element_of(data, Mask((Box(0, 0, 3, 3),)))


def test_a_jpeg_that_is_cut_short_is_undecodable_when_it_is_written() -> None:
    values = picture(64, 64, 1, 1, "u1", 8)
    frame = jpeg(values[0])
    cut = frame[: len(frame) // 2] + b"\xff\xd9"
    data = coded([cut + b"\0" * (len(cut) % 2)], described(values, "MONOCHROME2", 8), JPEG)
    with pytest.raises(Undecodable):
        element_of(data, Mask((Box(0, 50, 9, 60),)))


def test_the_offset_tables_go_when_lengths_are_known_only_in_the_end() -> None:
    values = picture(16, 16, 2, 1, "u1", 8)
    data = coded([jpeg(frame) for frame in values], described(values, "MONOCHROME2", 8), JPEG)
    assert element_of(data, two_boxes(16, 16, 2))[12:20] == b"\xfe\xff\x00\xe0" + struct.pack("<L", 0)
