"""Whatever a codestream says, there is an answer; what was stripped once needs no stripping."""

import io
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tirage.deidentify.streams import strip
from tirage.deidentify.streams.dct import blank_blocks
from tirage.deidentify.streams.lossless import encode_lossless
from tirage.dicom.shape import Shape
from tirage.model.pixels import Box

ROWS, COLUMNS = 40, 36
SHAPE = Shape(ROWS, COLUMNS, 1, 1, "MONOCHROME2", 0, 8, 8, 7, is_signed=False, is_float=False)


@cache
def streams() -> dict[str, tuple[str, bytes]]:
    """A frame in each codec."""
    from jpeg_ls import encode_buffer
    from openjpeg.utils import encode_array
    from rle.rle import encode_frame

    values = np.random.default_rng(5).integers(0, 256, (ROWS, COLUMNS), np.uint8)
    file, restarting = io.BytesIO(), io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=60)
    Image.fromarray(values).save(restarting, "JPEG", restart_marker_blocks=4)
    return {
        "baseline": ("jpeg", file.getvalue()),
        "restarts": ("jpeg", restarting.getvalue()),
        "lossless": ("jpeg", encode_lossless(values, 8, is_rgb=False)),
        "JPEG-LS": ("jpeg", bytes(encode_buffer(values.tobytes(), ROWS, COLUMNS, 1, 8, 0, 0))),
        "JPEG 2000": ("jpeg2000", bytes(encode_array(values, 8))),
        "RLE": ("rle", bytes(encode_frame(values.tobytes(), ROWS, COLUMNS, 1, 8, "<"))),
    }


edits = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=4
)


def edited(stream: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, added in changes:
        at = place % len(stream)
        stream = stream[:at] + added + stream[at + removed :]
        if not stream:
            return b"\0"
    return stream


@pytest.mark.parametrize("name", streams())
@given(changes=edits)
def test_a_damaged_stream_is_stripped_or_given_up(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    codec, stream = streams()[name]
    image = strip(codec, edited(stream, changes), SHAPE)
    if image is not None:
        assert strip(codec, image, SHAPE) is image


@pytest.mark.parametrize("name", ["baseline", "restarts"])
@given(changes=edits)
def test_a_damaged_jpeg_is_blanked_or_a_value_error(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    image = strip("jpeg", edited(streams()[name][1], changes), SHAPE)
    if image is None:
        return
    try:
        again = blank_blocks(image, (Box(3, 3, 20, 9),), (0,))
    except ValueError:
        return
    assert strip("jpeg", again, SHAPE) is again


@pytest.mark.parametrize("name", streams())
def test_a_sound_stream_is_itself(name: str) -> None:
    codec, stream = streams()[name]
    assert strip(codec, stream, SHAPE) is stream
