"""How stored values look: brightness as a viewer would show it. Source: PS3.3 C.7.6.3.1.2, C.7.6.3.1.5."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.dicom.header import Header

Brightness = NDArray[np.uint8]
Array = NDArray[Any]

_RED_DESCRIPTOR = 0x00281101
_LUTS = (0x00281201, 0x00281202, 0x00281203)

_WEIGHTS = np.array((0.299, 0.587, 0.114), np.float32)
"""ITU-R BT.601: how much of the brightness is red, green and blue."""

_CLIPPED = 0.1
"""Per cent of the values at either end that may be clipped when grey is stretched."""

_ENOUGH = 100_000
"""Values that the ends of the scale are estimated from."""

_WIDE = 128
"""Grey levels from which on an 8-bit image is shown as it is."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Brightness by index: values below `first` are shown as it, those beyond the end as the last."""

    first: int
    brightness: Brightness

    def apply(self, values: Array) -> Brightness:
        """The brightness of stored values."""
        places = np.clip(values.astype(np.int64) - self.first, 0, len(self.brightness) - 1)
        return self.brightness[places]

    def darkest(self) -> int:
        """The stored value that is shown darkest, the lowest of several."""
        return self.first + int(np.argmin(self.brightness))


def palette_of(header: Header) -> Palette | None:
    """The palette of a PALETTE COLOR image; None without one, or for a segmented one."""
    index = header.find(_RED_DESCRIPTOR)
    value = b"" if index is None else header.value(index)
    if len(value) != 6:
        return None
    order: str = ">" if header.big_endian else "<"
    count, first, bits = (int(number) for number in np.frombuffer(value, f"{order}u2"))
    count = count or 65536
    columns = []
    for tag in _LUTS:
        place = header.find(tag)
        if place is None:
            return None
        data = header.whole_value(place)
        if len(data) >= 2 * count:
            entries = np.frombuffer(data[: 2 * count], f"{order}u2")
            # Some writers fill only the lower byte of 16-bit entries.
            scale = 256 if bits == 16 and int(entries.max()) > 255 else 1
        elif len(data) >= count:
            entries, scale = np.frombuffer(data[:count], np.uint8).astype(np.uint16), 1
        else:
            return None
        columns.append(entries.astype(np.float32) / scale)
    grey = np.stack(columns, axis=1) @ _WEIGHTS
    return Palette(first, np.clip(grey, 0, 255).astype(np.uint8))


def grey_of(values: Array, photometric: str, palette: Palette | None = None) -> Brightness:
    """Brightness, (rows, columns), of one frame's stored values.

    Grey is stretched from its darkest to its brightest values but for a thousandth at either end; 8-bit grey
    that is wide already, and colour, are left as they are.
    """
    if palette is not None:
        return palette.apply(values)
    if values.ndim == 3:
        if photometric.startswith("YBR"):
            return stretched(values[:, :, 0])
        if values.dtype == np.uint8 and values.shape[2] == 3:
            return (values @ _WEIGHTS).astype(np.uint8)
        return stretched(values.mean(axis=2, dtype=np.float32))
    grey = stretched(values)
    return np.invert(grey) if photometric == "MONOCHROME1" else grey


def stretched(values: Array) -> Brightness:
    """Values spread over 0 to 255."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    flat = values.reshape(-1)
    low, high = np.percentile(flat[:: max(1, flat.size // _ENOUGH)], (_CLIPPED, 100 - _CLIPPED))
    if high <= low:
        low, high = float(flat.min()), float(flat.max())
    if values.dtype == np.uint8 and high - low >= _WIDE:
        return values.astype(np.uint8, copy=False)
    scale = 255.0 / (high - low) if high > low else 0.0
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(scale)
    brightness: Brightness = np.clip(scaled, 0, 255).astype(np.uint8)
    return brightness
