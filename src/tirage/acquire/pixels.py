"""Whether pixel data can be what the header says: arithmetic and markers only, nothing is decoded.

Source: PS3.3 C.7.6.3, PS3.5 8 and A.4.
"""

from dataclasses import dataclass
from itertools import pairwise
from struct import error, iter_unpack

from tirage.dicom.codestream import Extent, agrees, extent_of
from tirage.dicom.facts import Facts
from tirage.dicom.shape import Shape, shape_of
from tirage.dicom.syntaxes import TransferSyntax
from tirage.model.outcomes import Refused
from tirage.model.reasons import QuarantineReason
from tirage.model.records import Finding

_ONE_SAMPLE = frozenset(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"))
_THREE_SAMPLES = frozenset(
    ("RGB", "HSV", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
)
# A run of RLE turns two bytes into at most 128 (PS3.5 G.3.1).
_RLE_GAIN = 64


@dataclass(frozen=True, slots=True)
class PixelLimits:
    """How large pixel data may become: one decoded frame, all frames (bytes), and against its coded size."""

    frame_bytes: int = 1 << 30
    total_bytes: int = 64 << 30
    gain: int = 20_000


def check_pixels(facts: Facts, syntax: TransferSyntax, limits: PixelLimits) -> Refused | None:
    """Why the object's pixel data cannot be trusted; None when there is none or nothing speaks against it."""
    pixel = facts.pixel
    if pixel is None:
        return None
    shape = shape_of(facts)
    if shape is None:
        return _refused(QuarantineReason.PIXEL_LENGTH, "size of the image absent or zero")
    if (facts.fragments is not None) != syntax.encapsulated:
        return _refused(QuarantineReason.DECODE_FAIL, "encapsulation does not fit the transfer syntax")
    if not _fits_photometric(shape):
        return _refused(QuarantineReason.DECODE_FAIL, "photometric interpretation does not fit the samples")
    if facts.fragments is None:
        return _check_native(pixel.length, shape)
    return _check_size(pixel.length, shape, syntax, limits) or _check_fragments(facts, shape, syntax, limits)


def _fits_photometric(shape: Shape) -> bool:
    if shape.photometric in _ONE_SAMPLE:
        return shape.samples == 1
    if shape.photometric in _THREE_SAMPLES:
        return shape.samples == 3
    return True


def _check_native(length: int, shape: Shape) -> Refused | None:
    """Native pixel data has the bytes of its frames (PS3.5 8.1.1).

    What follows them is borne with, since nobody carries it over, unless it may be more frames.
    """
    if length < shape.native_bytes:
        return _refused(QuarantineReason.PIXEL_LENGTH, "shorter")
    frames = 8 * length // shape.bits_of_frame
    if frames > shape.count and length - shape.bytes_of(frames) < 2:
        return _refused(QuarantineReason.PIXEL_LENGTH, "longer")
    return None


def _check_size(length: int, shape: Shape, syntax: TransferSyntax, limits: PixelLimits) -> Refused | None:
    """Refuse what would decode to more than is reasonable, before anything is decoded."""
    frame = shape.bits_of_frame // 8
    total = frame * shape.count
    gain = _RLE_GAIN if syntax.codec == "rle" else limits.gain
    if frame > limits.frame_bytes or total > limits.total_bytes or total > gain * max(length, 64):
        return _refused(QuarantineReason.BOMB, "decodes to more than its limit")
    return None


def _check_fragments(
    facts: Facts, shape: Shape, syntax: TransferSyntax, limits: PixelLimits
) -> Refused | None:
    frames = (facts.fragments or [])[1:]
    if syntax.codec != "mpeg" and len(frames) < shape.count:
        return _refused(QuarantineReason.PIXEL_LENGTH, "fewer fragments than frames")
    if not frames or not frames[0].length:
        return _refused(QuarantineReason.PIXEL_LENGTH, "no fragments")
    # One fragment a frame, or one frame of many: nobody needs the table, and it is made anew.
    if shape.count not in (1, len(frames)) and not _is_sane(facts, shape.count):
        return _refused(QuarantineReason.PIXEL_LENGTH, "offset table does not fit the fragments")
    if not agrees(syntax.codec, facts.codestream):
        return _refused(QuarantineReason.DECODE_FAIL, "not coded as its transfer syntax says")
    extent = extent_of(syntax.codec, facts.codestream)
    if extent is None:
        return None
    if extent.pixels * shape.samples * shape.allocated // 8 > limits.frame_bytes:
        return _refused(QuarantineReason.BOMB, "coded size above its limit")
    if extent != Extent(shape.rows, shape.columns):
        return _refused(QuarantineReason.DECODE_FAIL, "coded size differs from the header")
    return None


def _is_sane(facts: Facts, frames: int) -> bool:
    """Whether the Basic Offset Table is empty or points at fragments, one for each frame (PS3.5 A.4)."""
    table = facts.offset_table
    if not table:
        return True
    fragments = facts.fragments or []
    first = fragments[1].offset
    starts = {fragment.offset - first for fragment in fragments[1:]}
    try:
        offsets = [offset for (offset,) in iter_unpack("<I", table)]
    except error:
        return False
    rising = all(one < two for one, two in pairwise(offsets))
    return len(offsets) == frames and rising and offsets[0] == 0 and starts.issuperset(offsets)


def _refused(reason: QuarantineReason, kind: str) -> Refused:
    return Refused(reason, (Finding("PixelData", kind),))
