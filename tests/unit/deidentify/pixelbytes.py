"""Objects whose pixel data went through `pixel_chunks`, as another reader sees them."""

import io

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.pixels import pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from tirage.deidentify.chunks import Pixels, bytes_of
from tirage.deidentify.frames import pixel_chunks
from tirage.dicom.elements import BytesSource, read_header
from tirage.model.outcomes import Passed
from tirage.model.pixels import NO_MASK, Box, Mask

DESCRIBING = (
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)


def pixels_of(data: bytes, mask: Mask = NO_MASK) -> Pixels:
    """The answer for an object that passes."""
    outcome = pixel_chunks(read_header(BytesSource(data), allow_bare=True), mask)
    assert isinstance(outcome, Passed), outcome
    return outcome.value


def element_of(data: bytes, mask: Mask = NO_MASK) -> bytes:
    """The bytes of the pixel data element of the output."""
    body = read_header(BytesSource(data), allow_bare=True).body
    return b"".join(bytes_of(chunk, body) for chunk in pixels_of(data, mask).chunks)


def rewritten(data: bytes, mask: Mask = NO_MASK) -> Dataset:
    """What describes the image in the output, and its pixel data, as pydicom reads them."""
    header = read_header(BytesSource(data), allow_bare=True)
    pixels = pixels_of(data, mask)
    syntax = UID(pixels.transfer_syntax or header.transfer_syntax)
    if syntax == DeflatedExplicitVRLittleEndian:
        syntax = UID(ExplicitVRLittleEndian)
    source = pydicom.dcmread(io.BytesIO(data), force=True)
    image = Dataset()
    for name in DESCRIBING:
        if name in source:
            setattr(image, name, source[name].value)
    for tag, value in pixels.attributes.items():
        if value is None:
            del image[tag]
        elif image[tag].VR == "US":
            image[tag].value = int.from_bytes(value, "little")
        else:
            image[tag].value = value if image[tag].VR == "OV" else value.decode("ascii")
    file = io.BytesIO()
    pydicom.dcmwrite(file, image, implicit_vr=not header.explicit, little_endian=True)
    read = dcmread_bare(file.getvalue() + element_of(data, mask), syntax)
    read.file_meta = FileMetaDataset()
    read.file_meta.TransferSyntaxUID = syntax
    return read


def dcmread_bare(data: bytes, syntax: UID) -> Dataset:
    """A data set without file meta information."""
    return read_dataset(
        io.BytesIO(data), syntax.is_implicit_VR, syntax.is_little_endian, bytelength=len(data)
    )


def frames_of(content: Dataset) -> np.ndarray:
    """All frames as pydicom decodes them, (frames, rows, columns) or with samples; colours as stored."""
    values = pixel_array(content, raw=True)
    is_single = int(content.get("NumberOfFrames") or 1) == 1
    return values[np.newaxis] if is_single else values


def inside(shape: tuple[int, ...], mask: Mask, unit: int = 1) -> np.ndarray:
    """Which pixels of (frames, rows, columns) lie in the boxes, grown to units of so many pixels."""
    found = np.zeros(shape[:3], bool)
    for frame in range(shape[0]):
        for x0, y0, x1, y1 in mask.boxes(frame):
            rows = slice(y0 // unit * unit, -(-y1 // unit) * unit)
            found[frame, rows, x0 // unit * unit : -(-x1 // unit) * unit] = True
    return found


def two_boxes(rows: int, columns: int, count: int) -> Mask:
    """A banner in every frame and a spot in the last one."""
    banner = Box(0, 0, max(1, columns // 2), max(1, rows // 5))
    spot = Box(columns // 2, rows // 2, columns // 2 + max(1, columns // 4), rows // 2 + max(1, rows // 7))
    return Mask((banner,), {count - 1: (spot,)})
