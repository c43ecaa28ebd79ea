"""The pixel data element of the output: the image to the byte, boxes blanked, and nothing else."""

from tirage.deidentify.black import black_of
from tirage.deidentify.chunks import NO_PIXELS, Chunk, Pixels, held
from tirage.deidentify.coded import coded_pixels
from tirage.deidentify.encoding import opening
from tirage.deidentify.native import blanked_bits, has_hidden_bits, layout_of, native_chunks
from tirage.dicom.decode import Undecodable
from tirage.dicom.header import Header
from tirage.dicom.samples import has_unused_bits, is_followed
from tirage.dicom.shape import Shape, shape_of
from tirage.dicom.sources import FileRange
from tirage.dicom.syntaxes import find_syntax
from tirage.model.outcomes import Outcome, Passed, Refused
from tirage.model.pixels import NO_MASK, Mask
from tirage.model.reasons import QuarantineReason

LONGEST_NATIVE = 0xFFFFFFFE


MOST_FRAMES = 500_000
"""Frames that boxes are blanked in, as many as an encapsulated object may have fragments."""


def pixel_chunks(header: Header, mask: Mask = NO_MASK) -> Outcome[Pixels]:
    """The pixel data element of the output, the boxes of `mask` blanked; empty without pixel data.

    Pixel data that need no change are ranges of the source. Refused `PIXEL_LENGTH` when there are fewer
    bytes than the header says, `DECODE_FAIL` for what no decoder can read, held `PIXELS_UNCHECKED` when it
    cannot be told what is image and what is not.
    """
    if header.pixel is None:
        return Passed(NO_PIXELS)
    syntax, shape = find_syntax(header.transfer_syntax), shape_of(header)
    if syntax is None or syntax.encapsulated != (header.fragments is not None):
        return Refused(QuarantineReason.DECODE_FAIL)
    if shape is None:
        return Refused(QuarantineReason.PIXEL_LENGTH)
    try:
        if header.fragments is None:
            return _native(header, header.pixel, shape, mask)
        return coded_pixels(header, syntax, shape, mask)
    except Undecodable:
        return Refused(QuarantineReason.DECODE_FAIL)


def _native(header: Header, where: FileRange, shape: Shape, mask: Mask) -> Outcome[Pixels]:
    wanted = shape.native_bytes
    if where.length < wanted or wanted > LONGEST_NATIVE:
        return Refused(QuarantineReason.PIXEL_LENGTH)
    extent = FileRange(where.offset, wanted)
    if not is_followed(shape):
        return held("unused bits of the samples cannot be told")
    chunks = _samples(header, extent, shape, mask)
    if chunks is None:
        return held("regions to blank in a layout without a rule")
    odd = wanted % 2
    head = opening(header.pixel_tag, header.pixel_vr, wanted + odd, header.explicit)
    return Passed(Pixels([head, *chunks, b"\0"] if odd else [head, *chunks]))


def _samples(header: Header, extent: FileRange, shape: Shape, mask: Mask) -> list[Chunk] | None:
    """All frames; None when the boxes cannot be blanked."""
    if shape.allocated == 1:
        is_even = shape.rows * shape.columns * shape.count % 8 == 0
        return [extent] if mask.is_empty and is_even else blanked_bits(header.body, extent, shape, mask)
    is_cleared = has_unused_bits(shape) and has_hidden_bits(header, extent, shape)
    if mask.is_empty and not is_cleared:
        return [extent]
    layout, black = layout_of(shape), black_of(header, shape, shape.photometric)
    if shape.count > MOST_FRAMES and not mask.is_empty:
        return None
    if layout is None or (black is None and not mask.is_empty):
        return None
    return native_chunks(header.body, extent, layout, mask, black or (0,) * shape.samples, is_cleared)
