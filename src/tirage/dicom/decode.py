"""One compressed frame as an array of its stored values.

The libraries that decode are loaded at the first frame that needs them; what they raise is `Undecodable`.
What a frame's own header says is compared with the object's before anything is decoded.
"""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tirage.dicom.codestream import Coding, agrees, coding_of
from tirage.dicom.rle import exact
from tirage.dicom.shape import Shape
from tirage.errors import Permanent

Array = NDArray[Any]

LARGEST_FRAME = 1 << 30
"""Bytes of one decoded frame; a larger one is not decoded."""


class Undecodable(Permanent):
    """Pixel data that no decoder here can read, or that are not what the header says."""

    code: ClassVar[str] = "UNDECODABLE"
    remedy: ClassVar[str] = "Ask the sender for the object again, in another transfer syntax if need be."


def decode(codec: str, uid: str, frame: bytes, shape: Shape) -> Array:
    """The samples of one frame, (rows, columns) or (rows, columns, samples).

    `Frames.photometric` says their colour space.

    Raises
    ------
    Undecodable
        When a decoder fails, or gives another number of samples than the header says.
    """
    check_coding(codec, frame, shape)
    if shape.samples_of_frame * max(8, shape.allocated) // 8 > LARGEST_FRAME:
        raise Undecodable("a frame is larger than its limit")
    try:
        match codec, uid.rpartition(".")[2]:
            case "rle", _:
                return _rle(frame, shape)
            case "jpeg2000", _:
                return _j2k(frame, shape)
            case "jpeg", "80" | "81":
                return _jpeg_ls(frame, shape)
            case "jpeg", _:
                return _jpeg(frame, uid, shape)
            case _:
                raise Undecodable("no decoder for this transfer syntax")
    except (RuntimeError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise Undecodable("a frame cannot be decoded") from error


def check_coding(codec: str, frame: bytes, shape: Shape) -> Coding | None:
    """What a frame's own header says, if its codec has one; `Undecodable` when the object's says otherwise.

    The libraries believe the frame where they should believe the space that they were given.
    """
    coding = coding_of(codec, frame)
    if not agrees(codec, frame) or (coding is None and codec in ("jpeg", "jpeg2000")):
        raise Undecodable("a frame is not coded as the transfer syntax says")
    if coding is not None:
        is_same = (coding.rows, coding.columns, coding.samples) == (shape.rows, shape.columns, shape.samples)
        if not is_same or not 0 < coding.precision <= shape.allocated:
            raise Undecodable("a frame is not coded as the header says")
    return coding


def _arranged(values: Array, shape: Shape) -> Array:
    """Decoded values, colour by pixel, in the size and type that the header says."""
    wanted = shape.kind()
    if values.size != shape.rows * shape.columns * shape.samples:
        raise Undecodable("a frame has another number of samples than the header says")
    if values.dtype.itemsize > wanted.itemsize:
        raise Undecodable("a frame has deeper samples than the header says")
    if values.dtype.kind == "u" and shape.is_signed:
        # A codestream that does not say so holds two's complement of Bits Stored bits.
        spare = 8 * wanted.itemsize - shape.stored
        values = (values.astype(f"<u{wanted.itemsize}") << spare).view(wanted) >> spare
    elif values.dtype.itemsize == wanted.itemsize:
        values = values.view(wanted)
    size = (shape.rows, shape.columns) if shape.samples == 1 else (shape.rows, shape.columns, shape.samples)
    return np.ascontiguousarray(values.astype(wanted, copy=False).reshape(size))


def _rle(frame: bytes, shape: Shape) -> Array:
    from rle.rle import decode_frame

    pixels = shape.rows * shape.columns
    # The library panics, as no exception of Python's does, at segments that do not come out even.
    image = exact(frame, pixels, shape.samples * shape.allocated // 8)
    if image is None:
        raise Undecodable("the segments of a frame do not come out even")
    planes = np.frombuffer(decode_frame(image, pixels, shape.allocated, "<"), shape.kind())
    if planes.size != shape.rows * shape.columns * shape.samples:
        raise Undecodable("a frame has another number of samples than the header says")
    if shape.samples == 1:
        return planes.reshape(shape.rows, shape.columns)
    return np.ascontiguousarray(planes.reshape(shape.samples, shape.rows, shape.columns).transpose(1, 2, 0))


def _j2k(frame: bytes, shape: Shape) -> Array:
    from openjpeg.utils import decode as decode_j2k

    return _arranged(decode_j2k(frame), shape)


def _jpeg_ls(frame: bytes, shape: Shape) -> Array:
    from jpeg_ls import decode_pixel_data

    data, said = decode_pixel_data(frame)
    values = np.frombuffer(data, "<u1" if said["bits_per_sample"] <= 8 else "<u2")
    if said["components"] == shape.samples > 1 and said["interleave_mode"] == 0:
        values = values.reshape(shape.samples, -1).T.reshape(-1)
    return _arranged(values, shape)


def _jpeg(frame: bytes, uid: str, shape: Shape) -> Array:
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((shape.columns, shape.rows, 1))
    image.SetDataElement(element)
    colours = gdcm.PhotometricInterpretation
    image.SetPhotometricInterpretation(colours(colours.GetPIType(shape.photometric)))
    if shape.samples > 1:
        image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(uid)))
    # Told 16 bits, it tries the 8-bit decoder first, which complains on standard error.
    is_twelve = shape.allocated == 16 and uid.endswith(".51")
    allocated, stored = (12, min(shape.stored, 12)) if is_twelve else (shape.allocated, shape.stored)
    image.SetPixelFormat(gdcm.PixelFormat(shape.samples, allocated, stored, stored - 1, int(shape.is_signed)))
    # The wrapper gives the buffer as text, with bytes that are none as surrogates.
    text = image.GetBuffer()
    if text is None:
        raise Undecodable("a frame cannot be decoded")
    data = text.encode("utf-8", "surrogateescape")
    return _arranged(np.frombuffer(data, shape.kind()), shape)
