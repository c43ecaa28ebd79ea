"""What a header says of its pixel data: size, samples and bits. Source: PS3.3 C.7.6.3, PS3.5 8."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tirage.dicom.facts import Facts

if TYPE_CHECKING:
    import numpy as np

SAMPLES = 0x00280002
PHOTOMETRIC = 0x00280004
PLANAR = 0x00280006
FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
BITS_ALLOCATED = 0x00280100
BITS_STORED = 0x00280101
HIGH_BIT = 0x00280102
REPRESENTATION = 0x00280103

FLOATS = {0x7FE00008: 32, 0x7FE00009: 64}
"""Bits of a value of Float and Double Float Pixel Data (PS3.3 C.7.6.24, C.7.6.25)."""

_HALVED = frozenset(("YBR_FULL_422", "YBR_PARTIAL_422"))


@dataclass(frozen=True, slots=True)
class Shape:
    """The frames of one object; `planar` is 1 when each colour has a plane of its own."""

    rows: int
    columns: int
    samples: int
    count: int
    photometric: str
    planar: int
    allocated: int
    stored: int
    high_bit: int
    is_signed: bool
    is_float: bool

    @property
    def is_halved(self) -> bool:
        """Whether native colour differences are shared by two pixels (PS3.3 C.7.6.3.1.2)."""
        return self.photometric in _HALVED and self.samples == 3

    @property
    def samples_of_frame(self) -> int:
        """Values of one frame as native pixel data holds them."""
        return self.rows * self.columns * (2 if self.is_halved else self.samples)

    @property
    def bits_of_frame(self) -> int:
        """Bits of one frame as native pixel data holds it."""
        return self.samples_of_frame * self.allocated

    @property
    def native_bytes(self) -> int:
        """Bytes of all frames, packed without gaps."""
        return self.bytes_of(self.count)

    def bytes_of(self, frames: int) -> int:
        """Bytes of some frames, packed without gaps (PS3.5 8.1.1, 8.2)."""
        return (self.bits_of_frame * frames + 7) // 8

    def kind(self, big_endian: bool = False) -> "np.dtype[Any]":
        """The numpy type of one stored value; that of a byte for 1-bit images."""
        import numpy as np

        letter = "f" if self.is_float else "i" if self.is_signed else "u"
        return np.dtype(f"{'>' if big_endian else '<'}{letter}{max(1, self.allocated // 8)}")


def shape_of(header: Facts) -> Shape | None:
    """None when the header leaves out, or contradicts, what is needed to find the frames."""
    bits = FLOATS.get(header.pixel_tag)
    allocated = bits or header.number(BITS_ALLOCATED)
    rows, columns = header.number(ROWS), header.number(COLUMNS)
    samples = header.number(SAMPLES) if header.has(SAMPLES) else 1
    count = header.number(FRAMES) if header.text(FRAMES) else 1
    if not rows or not columns or not allocated or not samples or not count:
        return None
    stored = header.number(BITS_STORED) or allocated
    high_bit = header.number(HIGH_BIT)
    return Shape(
        rows=rows,
        columns=columns,
        samples=samples,
        count=count,
        photometric=header.text(PHOTOMETRIC),
        planar=header.number(PLANAR) or 0,
        allocated=allocated,
        stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        is_signed=header.number(REPRESENTATION) == 1,
        is_float=bits is not None,
    )
