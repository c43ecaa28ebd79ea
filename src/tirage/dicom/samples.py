"""Samples without the bits that are no part of them. Source: PS3.5 8.1.1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.dicom.shape import Shape

Array = NDArray[Any]


def has_unused_bits(shape: Shape) -> bool:
    """Whether a native sample has bits that are no part of its value."""
    return not shape.is_float and shape.allocated > 1 and shape.stored < shape.allocated


def is_followed(shape: Shape) -> bool:
    """Whether it is known which bits of a sample are its value."""
    if shape.is_float or shape.stored == shape.allocated:
        return True
    return shape.allocated in (8, 16, 32) and 0 < shape.stored <= shape.high_bit + 1 <= shape.allocated


def without_unused(values: Array, shape: Shape) -> Array:
    """The samples with zero in their unused bits, or their sign where they are signed and begin at bit 0."""
    if not shape.is_signed or shape.high_bit != shape.stored - 1:
        return (raw_of(values) & mask_of(shape)).view(values.dtype)
    spare = shape.allocated - shape.stored
    extended: Array = (raw_of(values) << spare).view(shape.kind()) >> spare
    return extended


def raw_of(values: Array) -> Array:
    """The bits of integer samples as unsigned numbers."""
    return values.view(f"<u{values.dtype.itemsize}")


def mask_of(shape: Shape) -> Array:
    """The bits of a sample that are its value."""
    bits = ((1 << shape.stored) - 1) << (shape.high_bit + 1 - shape.stored)
    return np.array(bits, f"<u{shape.allocated // 8}")
