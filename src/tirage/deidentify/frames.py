"""Which bytes of the pixel data are image, to the byte; the rest of the element is not carried over."""

from tirage.deidentify.bits import BITS_ALLOCATED, has_unused_bits_set
from tirage.deidentify.chunks import NO_PIXELS, Chunk, Pixels
from tirage.deidentify.codecs import is_clean
from tirage.deidentify.encoding import ITEM, SEQUENCE_DELIMITER, UNDEFINED_LENGTH, opening
from tirage.dicom.header import Header
from tirage.dicom.sources import FileRange
from tirage.dicom.syntaxes import find_syntax
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.pixels import NO_MASK, Mask
from tirage.model.reasons import HoldReason, QuarantineReason
from tirage.model.records import Finding

SAMPLES = 0x00280002
PHOTOMETRIC = 0x00280004
FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
PIXEL_DATA = 0x7FE00010

LARGEST_FRAME = 256 << 20
"""Bytes of a compressed frame that are looked through; a larger one is held."""

LONGEST_NATIVE = 0xFFFFFFFE


def pixel_chunks(header: Header, mask: Mask = NO_MASK) -> Outcome[Pixels]:
    """The pixel data element of the output, the boxes of `mask` blanked; empty without pixel data.

    Refused `PIXEL_LENGTH` when there are fewer bytes than the header says, held `PIXELS_UNCHECKED` when
    something else than samples lies in between.
    """
    if header.pixel is None:
        return Passed(NO_PIXELS)
    if not mask.is_empty:
        return _held("regions to blank")
    chunks = (
        _native(header, header.pixel) if header.fragments is None else _encapsulated(header, header.fragments)
    )
    return Passed(Pixels(chunks.value)) if isinstance(chunks, Passed) else chunks


def _native(header: Header, where: FileRange) -> Outcome[list[Chunk]]:
    wanted = _native_bytes(header)
    if wanted is None or where.length < wanted or wanted > LONGEST_NATIVE:
        return Refused(QuarantineReason.PIXEL_LENGTH)
    extent = FileRange(where.offset, wanted)
    is_integer = header.number(BITS_ALLOCATED) != 1 and header.pixel_tag == PIXEL_DATA
    if is_integer and has_unused_bits_set(header, extent):
        return _held("unused bits of the samples are set")
    odd = wanted % 2
    head = opening(header.pixel_tag, header.pixel_vr, wanted + odd, header.explicit)
    return Passed([head, extent, b"\0"] if odd else [head, extent])


def _native_bytes(header: Header) -> int | None:
    """Bytes of all frames (PS3.5 8.1.1, 8.2: packed without gaps); None when the header does not say."""
    rows, columns = header.number(ROWS), header.number(COLUMNS)
    samples, allocated = header.number(SAMPLES), header.number(BITS_ALLOCATED)
    frames = header.number(FRAMES) if header.find(FRAMES) is not None else 1
    if not rows or not columns or not samples or not allocated or not frames:
        return None
    if samples == 3 and header.text(PHOTOMETRIC) == "YBR_FULL_422":
        samples = 2  # two luminance samples share one pair of colour samples (PS3.3 C.7.6.3.1.2)
    return (rows * columns * samples * frames * allocated + 7) // 8


def _encapsulated(header: Header, fragments: list[FileRange]) -> Outcome[list[Chunk]]:
    syntax = find_syntax(header.transfer_syntax)
    table, *parts = fragments
    if syntax is None or not syntax.codec:
        return Refused(QuarantineReason.DECODE_FAIL)
    if not parts:
        return Refused(QuarantineReason.PIXEL_LENGTH)
    frames = header.number(FRAMES) if header.find(FRAMES) is not None else 1
    if not _are_clean(header, syntax.codec, parts, frames or 0):
        return _held("compressed frames carry more than their image")
    first, last = parts[0], parts[-1]
    body = FileRange(first.offset - 8, last.offset + last.length - first.offset + 8)
    offsets = _offset_table(header, table, parts)
    return Passed(
        [
            opening(header.pixel_tag, b"OB", UNDEFINED_LENGTH, header.explicit)
            + opening(ITEM, b"", len(offsets), header.explicit)
            + offsets,
            body,
            SEQUENCE_DELIMITER,
        ]
    )


def _are_clean(header: Header, codec: str, parts: list[FileRange], frames: int) -> bool:
    rows, columns = header.number(ROWS) or 0, header.number(COLUMNS) or 0
    sample_bytes = (header.number(SAMPLES) or 0) * (header.number(BITS_ALLOCATED) or 0) // 8
    if frames == 1 and sum(part.length for part in parts) <= LARGEST_FRAME:
        whole = b"".join(header.body.read(part.offset, part.length) for part in parts)
        return is_clean(codec, whole, rows * columns, sample_bytes)
    # Fragments can only be told apart by frame when there is one for each (PS3.5 A.4).
    if len(parts) != frames or any(part.length > LARGEST_FRAME for part in parts):
        return False
    return all(
        is_clean(codec, header.body.read(part.offset, part.length), rows * columns, sample_bytes)
        for part in parts
    )


def _offset_table(header: Header, table: FileRange, parts: list[FileRange]) -> bytes:
    """The Basic Offset Table if it is one; an empty one, which is always valid, for other bytes."""
    if not table.length or table.length % 4 or table.length > 4 * len(parts):
        return b""
    value = header.body.read(table.offset, table.length)
    starts = [part.offset - parts[0].offset for part in parts]
    said = [int.from_bytes(value[at : at + 4], "little") for at in range(0, len(value), 4)]
    return value if said[0] == 0 and set(said) <= set(starts) and said == sorted(said) else b""


def _held(kind: str) -> Held:
    return Held(HoldReason.PIXELS_UNCHECKED, (Finding("PixelData", kind),))
