"""The bits of a sample beside its Bits Stored, where overlays hide, and samples without them.

Source: PS3.5 8.1.1 (unused bits) and the retired overlays in pixel data of PS3.3 C.9.2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.dicom.shape import Shape

Array = NDArray[Any]


class Unused:
    """Whether samples, seen piece by piece, say anything in the bits beside their Bits Stored.

    They say nothing when those bits are all zero, or all the extended sign of their sample.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._is_zero = self._is_sign = True

    def has_any(self, values: Array) -> bool:
        """Whether something is there in these samples or those seen before."""
        shape = self._shape
        if shape.high_bit != shape.stored - 1:
            if self._is_zero:
                self._is_zero = not np.any(_raw(values) & ~_mask(shape))
            return not self._is_zero
        lowest, highest = int(values.min()), int(values.max())
        if shape.is_signed:
            half = 1 << (shape.stored - 1)
            self._is_sign &= -half <= lowest and highest < half
            if self._is_zero and (lowest < 0 or highest >= 1 << shape.stored):
                self._is_zero = False
            return not (self._is_zero or self._is_sign)
        return highest >= 1 << shape.stored


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
        return (_raw(values) & _mask(shape)).view(values.dtype)
    spare = shape.allocated - shape.stored
    extended: Array = (_raw(values) << spare).view(shape.kind()) >> spare
    return extended


def _raw(values: Array) -> Array:
    return values.view(f"<u{values.dtype.itemsize}")


def _mask(shape: Shape) -> Array:
    """The bits of a sample that are its value."""
    bits = ((1 << shape.stored) - 1) << (shape.high_bit + 1 - shape.stored)
    return np.array(bits, f"<u{shape.allocated // 8}")
