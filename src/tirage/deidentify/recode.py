"""One changed frame encoded again without loss, in the same transfer syntax if that is lossless.

A frame that was lossy stays as lossy as it was and no more: its decoded values are what is encoded.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.streams.lossless import encode_lossless
from tirage.dicom.decode import Undecodable, decode
from tirage.dicom.shape import Shape
from tirage.dicom.syntaxes import TransferSyntax

Array = NDArray[Any]

_ROOT = "1.2.840.10008.1.2.4."
JPEG_LS = _ROOT + "80"
JPEG_2000 = _ROOT + "90"

RLE = "1.2.840.10008.1.2.5"

_TRANSFORMED = ("YBR_RCT", "YBR_ICT")

_SMALLEST = 32
"""Rows and columns that the JPEG 2000 encoder needs: it always halves an image five times."""


@dataclass(frozen=True, slots=True)
class Target:
    """How changed frames are written: transfer syntax, codec, and Photometric Interpretation."""

    uid: str
    codec: str
    photometric: str


def target_of(syntax: TransferSyntax, shape: Shape) -> Target | None:
    """The lossless encoding for changed frames; None when none of ours holds such samples."""
    if shape.high_bit != shape.stored - 1 or shape.samples not in (1, 3) or shape.allocated % 8:
        return None
    if syntax.codec == "rle":
        return Target(RLE, "rle", shape.photometric)
    leaf = syntax.uid.removeprefix(_ROOT)
    is_narrow = shape.allocated in (8, 16)
    if leaf in ("57", "70") and is_narrow:
        return Target(syntax.uid, "jpeg", shape.photometric)
    if leaf in ("80", "81") and is_narrow:
        return Target(JPEG_LS, "jpeg", shape.photometric)
    # Decoding has undone the codec's own transformation, and has given each pixel its own colour.
    is_mixed = syntax.codec == "jpeg2000" and shape.photometric in _TRANSFORMED
    plain = "RGB" if is_mixed else shape.photometric.removesuffix("_422")
    if is_narrow and min(shape.rows, shape.columns) >= _SMALLEST:
        return Target(JPEG_2000, "jpeg2000", "YBR_RCT" if is_mixed else plain)
    return Target(RLE, "rle", plain)


def encode(values: Array, target: Target, shape: Shape) -> bytes:
    """The codestream of one frame, whose decoded values are these.

    Raises
    ------
    Undecodable
        When it does not decode to the same values.
    """
    try:
        frame = _encoded(values, target, shape)
    except (RuntimeError, ValueError, TypeError) as error:
        raise Undecodable("a changed frame cannot be encoded") from error
    if not np.array_equal(decode(target.codec, target.uid, frame, shape), values):
        raise Undecodable("a changed frame does not decode to what was encoded")
    return frame


def _encoded(values: Array, target: Target, shape: Shape) -> bytes:
    rows, columns, samples = shape.rows, shape.columns, shape.samples
    if target.codec == "rle":
        from rle.rle import encode_frame

        return bytes(encode_frame(values.tobytes(), rows, columns, samples, shape.allocated, "<"))
    if target.codec == "jpeg2000":
        from openjpeg.utils import encode_array

        is_mixed = target.photometric == "YBR_RCT"
        return bytes(encode_array(values, shape.stored, int(is_mixed), use_mct=is_mixed))
    raw = values.view(f"<u{values.dtype.itemsize}") & ((1 << shape.stored) - 1)
    if target.uid == JPEG_LS:
        from jpeg_ls import encode_buffer

        packed = raw.astype("u1") if shape.stored <= 8 else raw
        return bytes(encode_buffer(packed.tobytes(), rows, columns, samples, shape.stored, 0, 2))
    return encode_lossless(raw, shape.stored, target.photometric == "RGB")
