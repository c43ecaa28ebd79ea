"""The frames of one object's pixel data, one at a time: as stored, or as one would look at them."""

import numpy as np

from tirage.dicom.codestream import colours_of
from tirage.dicom.decode import LARGEST_FRAME, Array, Undecodable, decode
from tirage.dicom.display import Brightness, Palette, grey_of, palette_of
from tirage.dicom.fragments import frame_parts
from tirage.dicom.header import Header
from tirage.dicom.samples import has_unused_bits, is_followed, without_unused
from tirage.dicom.shape import shape_of
from tirage.dicom.syntaxes import find_syntax

MEMORY_BYTES = 256 << 20
"""Bytes of one compressed frame that are read at once."""


class Frames:
    """Reads frames by number from 0; no more than one is in memory.

    `photometric` is the colour space of what `read` gives: the header's, but `RGB` where the codec undoes its
    own transformation (JPEG 2000), and otherwise where a JPEG stream contradicts. Palettes are not applied
    and YBR stays YBR.

    Raises
    ------
    Undecodable
        When the header contradicts its pixel data, or there is no decoder; from `read` for a single frame.
    """

    def __init__(self, header: Header) -> None:
        shape, syntax = shape_of(header), find_syntax(header.transfer_syntax)
        if shape is None or header.pixel is None or syntax is None:
            raise Undecodable("the header does not describe its pixel data")
        if (header.fragments is not None) != syntax.encapsulated:
            raise Undecodable("the pixel data are not encoded as the transfer syntax says")
        self.shape = shape
        self.count, self.rows, self.columns = shape.count, shape.rows, shape.columns
        self.samples, self.bits_stored = shape.samples, shape.stored
        self.is_signed, self.planar = shape.is_signed, shape.planar
        self.photometric = shape.photometric
        if syntax.codec == "jpeg2000" and shape.photometric in ("YBR_ICT", "YBR_RCT"):
            self.photometric = "RGB"
        elif shape.samples == 3:
            self.photometric = colours_of(syntax.codec, header.codestream, shape.photometric)
        self._header, self._syntax = header, syntax
        self._pixel = header.pixel
        self._palette: Palette | None = None
        if header.fragments is None:
            if shape.allocated not in (1, 8, 16, 32, 64) or self._pixel.length < shape.native_bytes:
                raise Undecodable("there are fewer bytes of pixels than the header says")
            self._parts = None
        else:
            self._parts = frame_parts(header, syntax.codec, shape.count)
            if self._parts is None:
                raise Undecodable("frames and fragments cannot be matched")

    def read(self, index: int) -> Array:
        """The stored values of one frame: (rows, columns) or (rows, columns, samples); bits as bytes."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        return self._native(index) if self._parts is None else self._decoded(index)

    def displayed(self, index: int) -> Brightness:
        """One frame as (rows, columns) brightness from 0 to 255, black what a viewer shows black.

        Bits beside Bits Stored do not show.
        """
        if self.photometric == "PALETTE COLOR" and self._palette is None:
            self._palette = palette_of(self._header)
        values = self.read(index)
        if has_unused_bits(self.shape) and is_followed(self.shape):
            values = without_unused(values, self.shape)
        return grey_of(values, self.photometric, self._palette)

    def coded(self, index: int) -> bytes:
        """The codestream of one frame, its fragments joined."""
        parts = [] if self._parts is None else self._parts[index]
        if sum(part.length for part in parts) > MEMORY_BYTES:
            raise Undecodable("a compressed frame is larger than its limit")
        return b"".join(self._header.body.read(part.offset, part.length) for part in parts)

    def _decoded(self, index: int) -> Array:
        codec, uid = self._syntax.codec, self._syntax.uid
        return decode(codec, uid, self.coded(index), self.shape)

    def _native(self, index: int) -> Array:
        shape, big = self.shape, self._header.big_endian
        bits = shape.samples_of_frame * shape.allocated
        if bits // 8 > LARGEST_FRAME:
            raise Undecodable("a frame is larger than its limit")
        first, last = index * bits, (index + 1) * bits
        start = first // 8
        # 8-bit samples of VR OW are words: big endian swaps their bytes (PS3.5 8.1.1).
        is_swapped = big and shape.allocated <= 8 and self._header.pixel_vr == b"OW"
        start -= start % 2 if is_swapped else 0
        size = (last + 7) // 8 - start
        data = self._header.body.read(self._pixel.offset + start, size + size % 2 if is_swapped else size)
        if is_swapped:
            words = np.frombuffer(data[: len(data) // 2 * 2], ">u2")
            data = words.astype("<u2").tobytes()
        if shape.allocated == 1:
            flags = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
            return flags[first - start * 8 : last - start * 8].reshape(shape.rows, shape.columns)
        skip = first // 8 - start
        values = np.frombuffer(data[skip : skip + bits // 8], shape.kind(big))
        return _by_pixel(values.astype(shape.kind(), copy=False), shape.rows, shape.columns, self)


def _by_pixel(values: Array, rows: int, columns: int, frames: Frames) -> Array:
    """Native values of one frame, colour by pixel."""
    shape = frames.shape
    if shape.samples == 1:
        return values.reshape(rows, columns)
    if shape.is_halved:
        pairs = values.reshape(rows, columns // 2, 4)  # Y Y CB CR
        whole = np.empty((rows, columns, 3), values.dtype)
        whole[:, 0::2, 0], whole[:, 1::2, 0] = pairs[:, :, 0], pairs[:, :, 1]
        whole[:, :, 1:] = np.repeat(pairs[:, :, 2:], 2, axis=1)
        return whole
    if shape.planar == 1:
        return np.ascontiguousarray(values.reshape(shape.samples, rows, columns).transpose(1, 2, 0))
    return values.reshape(rows, columns, shape.samples)
