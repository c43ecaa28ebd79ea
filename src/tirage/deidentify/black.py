"""The stored value that a viewer shows black, for each colour space and representation.

Grey: 0 for unsigned MONOCHROME2, the largest value for MONOCHROME1. Signed MONOCHROME2 takes Pixel Padding
Value, which displays leave out, and without one the lowest value. Palettes: the index that looks darkest.
Source: PS3.3 C.7.6.3.1.2, C.7.5.1.1.2, C.7.6.3.1.5.
"""

import struct

from tirage.dicom.display import palette_of
from tirage.dicom.header import Header
from tirage.dicom.shape import Shape

_PADDING = 0x00280120
_FLOAT_PADDING = {0x7FE00008: (0x00280122, "<f"), 0x7FE00009: (0x00280123, "<d")}

Black = tuple[float, ...]


def black_of(header: Header, shape: Shape, photometric: str) -> Black | None:
    """One value a sample; None for a colour space in which black is not known."""
    top, neutral = (1 << shape.stored) - 1, 1 << (shape.stored - 1)
    match photometric, shape.samples:
        case "MONOCHROME1" | "MONOCHROME2", 1 if shape.is_float:
            return (_float_padding(header),)
        case "MONOCHROME1", 1:
            return (_placed(neutral - 1 if shape.is_signed else top, shape),)
        case "MONOCHROME2", 1:
            return (_padding(header, neutral) if shape.is_signed else 0,)
        case "PALETTE COLOR", 1:
            palette = palette_of(header)
            return (0 if palette is None else min(max(palette.darkest(), 0), top),)
        case "RGB" | "HSV", 3:
            return (0, 0, 0)
        case "YBR_FULL" | "YBR_FULL_422", 3:
            return (0, neutral, neutral)
        case "YBR_PARTIAL_422" | "YBR_PARTIAL_420", 3:
            return (neutral >> 3, neutral, neutral)
        case _:
            return None


def _placed(value: int, shape: Shape) -> int:
    """A value where the sample lies within its allocated bits."""
    return value << (shape.high_bit + 1 - shape.stored)


def _padding(header: Header, neutral: int) -> int:
    """Pixel Padding Value where it is one, and otherwise the lowest signed value."""
    index = header.find(_PADDING)
    value = b"" if index is None else header.value(index)
    if len(value) == 2:
        number = int.from_bytes(value, "big" if header.big_endian else "little", signed=True)
        if -neutral <= number < 0:
            return number
    return -neutral


def _float_padding(header: Header) -> float:
    """Float Pixel Padding Value, and otherwise zero."""
    tag, form = _FLOAT_PADDING[header.pixel_tag]
    index = header.find(tag)
    value = b"" if index is None else header.value(index)
    return float(struct.unpack(form, value)[0]) if len(value) == struct.calcsize(form) else 0.0
