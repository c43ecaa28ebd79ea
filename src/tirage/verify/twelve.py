"""Frames of 12-bit JPEG (Extended, process 4), the one syntax of scanners that pydicom has no decoder for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

SYNTAX = "1.2.840.10008.1.2.4.51"


def frames(dataset: "Dataset") -> "Iterator[NDArray[Any]]":
    """Every frame by GDCM, grey, (rows, columns); raises `ValueError` for what it cannot decode."""
    import gdcm
    import numpy as np
    from pydicom.encaps import generate_frames

    rows, columns, stored = int(dataset.Rows), int(dataset.Columns), int(dataset.BitsStored)
    if dataset.SamplesPerPixel != 1:
        raise ValueError("12-bit JPEG in colour")
    count = int(dataset.get("NumberOfFrames", 1) or 1)
    for stream in generate_frames(dataset.PixelData, number_of_frames=count):
        piece, sequence = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
        piece.SetByteStringValue(stream)
        sequence.AddFragment(piece)
        value = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
        value.SetValue(sequence.__ref__())
        picture = gdcm.Image()
        picture.SetNumberOfDimensions(2)
        picture.SetDimensions((columns, rows, 1))
        picture.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(SYNTAX)))
        picture.SetPhotometricInterpretation(
            gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2)
        )
        # Twelve bits in all: of sixteen it tries 8 bits first, and complains on standard error.
        picture.SetPixelFormat(gdcm.PixelFormat(1, 12, min(stored, 12), min(stored, 12) - 1, 0))
        picture.SetDataElement(value)
        decoded = picture.GetBuffer()
        if decoded is None:
            raise ValueError("a frame cannot be decoded")
        samples = np.frombuffer(decoded.encode("utf-8", "surrogateescape"), "<u2")
        yield samples[: rows * columns].reshape(rows, columns)
