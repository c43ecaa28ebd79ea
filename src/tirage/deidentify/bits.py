"""Whether samples say anything in the bits beside their Bits Stored, where overlays hide.

Source: PS3.5 8.1.1 (unused bits) and the retired overlays in pixel data of PS3.3 C.9.2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.dicom.samples import mask_of, raw_of
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
                self._is_zero = not np.any(raw_of(values) & ~mask_of(shape))
            return not self._is_zero
        lowest, highest = int(values.min()), int(values.max())
        if shape.is_signed:
            half = 1 << (shape.stored - 1)
            self._is_sign &= -half <= lowest and highest < half
            if self._is_zero and (lowest < 0 or highest >= 1 << shape.stored):
                self._is_zero = False
            return not (self._is_zero or self._is_sign)
        return highest >= 1 << shape.stored
