"""Compressed pixel data: frames stripped of all that is no image; those with boxes or hidden bits changed.

Frames that need no change are ranges of the source. A changed one is made while it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tirage.deidentify.bits import Unused
from tirage.deidentify.black import Black, black_of
from tirage.deidentify.chunks import Made, Pixels, held
from tirage.deidentify.encoding import ITEM, opening
from tirage.deidentify.fragments import Item, as_they_are, element
from tirage.deidentify.native import blank
from tirage.deidentify.recode import Target, encode, target_of
from tirage.deidentify.streams import strip
from tirage.deidentify.streams.dct import blank_blocks, is_sequential
from tirage.dicom.decode import Undecodable, check_coding
from tirage.dicom.fragments import frame_parts
from tirage.dicom.frames import Frames
from tirage.dicom.header import Header
from tirage.dicom.samples import has_unused_bits, without_unused
from tirage.dicom.shape import PHOTOMETRIC, PLANAR, Shape
from tirage.dicom.sources import FileRange
from tirage.dicom.syntaxes import TransferSyntax
from tirage.model.outcomes import Outcome, Passed, Refused
from tirage.model.pixels import Box, Mask, inside
from tirage.model.reasons import QuarantineReason

CODECS = frozenset(("jpeg", "jpeg2000", "rle"))


@dataclass(frozen=True, slots=True)
class Found:
    """What the frames are like: bytes of each frame's image if others were among them, and what all share.

    `sizes` holds None for a frame that is nothing but its image. `is_hidden` when bits beside the samples say
    something, `is_sequential` when boxes can be blanked without decoding.
    """

    groups: list[list[FileRange]]
    sizes: list[int | None]
    is_hidden: bool
    is_sequential: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How a frame is changed: encoded again as `target`, or block by block without one."""

    black: Black
    target: Target | None
    is_cleared: bool


def coded_pixels(header: Header, syntax: TransferSyntax, shape: Shape, mask: Mask) -> Outcome[Pixels]:
    """The pixel data element, outcomes as `pixel_chunks`. Raises `Undecodable`."""
    if len(header.fragments or []) < 2:
        return Refused(QuarantineReason.PIXEL_LENGTH)
    if syntax.codec not in CODECS:
        return held("a codec that is not followed")
    groups = frame_parts(header, syntax.codec, shape.count)
    if groups is None:
        return held("frames and fragments cannot be matched")
    frames = Frames(header)
    found = _examined(frames, syntax, groups, mask)
    if found is None:
        return held("compressed frames that cannot be followed")
    if mask.is_empty and not found.is_hidden:
        if all(size is None for size in found.sizes):
            return Passed(as_they_are(header, groups))
        items = [_kept(frames, syntax.codec, found, index) for index in range(shape.count)]
        return Passed(element(header, items))
    black = black_of(header, shape, frames.photometric)
    if black is None and not mask.is_empty:
        return held("regions to blank in a colour space without a rule")
    said = shape if syntax.codec == "jpeg2000" else replace(shape, photometric=frames.photometric)
    target = None if found.is_sequential and not found.is_hidden else target_of(syntax, said)
    if target is None and (found.is_hidden or not found.is_sequential):
        return held("frames to change that nothing encodes")
    way = Way(black or (0,) * shape.samples, target, found.is_hidden)
    return Passed(_changed(header, syntax, frames, found, mask, way))


def _examined(
    frames: Frames, syntax: TransferSyntax, groups: list[list[FileRange]], mask: Mask
) -> Found | None:
    """None when a frame cannot be followed."""
    shape, codec = frames.shape, syntax.codec
    sizes: list[int | None] = []
    unused = Unused(shape)
    is_hidden, is_all_sequential = False, not shape.is_signed
    for index in range(shape.count):
        coded = frames.coded(index)
        image = strip(codec, coded, shape)
        if image is None:
            return None
        coding = check_coding(codec, image, shape)
        sizes.append(None if image is coded else len(image))
        is_deeper = has_unused_bits(shape) and (coding is None or coding.precision > shape.stored)
        if is_deeper and not is_hidden:
            is_hidden = unused.has_any(frames.read(index))
        if mask.boxes(index) and is_all_sequential:
            is_all_sequential = codec == "jpeg" and is_sequential(image, shape.stored)
    return Found(groups, sizes, is_hidden, is_all_sequential)


def _changed(
    header: Header, syntax: TransferSyntax, frames: Frames, found: Found, mask: Mask, way: Way
) -> Pixels:
    """Frames with boxes changed, and all of them when they are encoded otherwise than before."""
    target = way.target
    is_every = way.is_cleared or (target is not None and target.uid != syntax.uid)
    items: list[Item] = []
    for index in range(frames.count):
        boxes = mask.boxes(index)
        if not boxes and not is_every:
            items.append(_kept(frames, syntax.codec, found, index))
        elif target is None:
            items.append(Item(None, [Made(partial(_blocks, frames, syntax.codec, index, boxes, way.black))]))
        else:
            items.append(Item(None, [Made(partial(_recoded, frames, index, boxes, way, target))]))
    pixels = element(header, items)
    if target is None:
        return pixels
    attributes = dict(pixels.attributes)
    if target.photometric != frames.shape.photometric:
        attributes[PHOTOMETRIC] = target.photometric.encode("ascii")
    if target.codec == "jpeg2000" and frames.planar:
        attributes[PLANAR] = bytes(2)
    return Pixels(pixels.chunks, None if target.uid == syntax.uid else target.uid, attributes)


def _kept(frames: Frames, codec: str, found: Found, index: int) -> Item:
    """A frame with its image as it is, all else left behind."""
    size, parts = found.sizes[index], found.groups[index]
    if size is None:
        return Item(sum(part.length for part in parts), list(parts))
    return Item(size, [Made(partial(_image, frames, codec, index))])


def _image(frames: Frames, codec: str, index: int) -> bytes:
    image = strip(codec, frames.coded(index), frames.shape)
    if image is None:
        raise Undecodable("the source has changed while it was read")
    return image


def _blocks(frames: Frames, codec: str, index: int, boxes: Sequence[Box], black: Black) -> bytes:
    try:
        return _itemised(blank_blocks(_image(frames, codec, index), boxes, black))
    except ValueError as error:
        raise Undecodable("a frame does not hold what its headers promise") from error


def _recoded(frames: Frames, index: int, boxes: Sequence[Box], way: Way, target: Target) -> bytes:
    shape = frames.shape
    values = frames.read(index)
    values = without_unused(values, shape) if way.is_cleared else values.copy()
    within = inside(boxes, shape.rows, shape.columns)
    blank(values.reshape(shape.rows, shape.columns, -1), within, way.black)
    return _itemised(encode(values, target, shape))


def _itemised(frame: bytes) -> bytes:
    """A frame as a fragment of its own."""
    odd = len(frame) % 2
    return opening(ITEM, b"", len(frame) + odd, explicit=True) + frame + bytes(odd)
