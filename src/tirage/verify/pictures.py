"""The pictures of a finished file as a viewer would show them, decoded by pydicom alone, and PDFs by PDFium.

Nothing here is shared with `tirage.dicom.frames`, by which the cleaner looks and writes: a frame that one
decoder misreads must not be misread in the same way when it is checked.
"""

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tirage.dicom.sources import Source
from tirage.verify import twelve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    Picture = NDArray[np.uint8]
    """(rows, columns), luminance from 0 to 255."""

_FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
)
_PAGE_SCALE = 2.0
"""144 dots an inch."""
_PIXEL_TAGS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


class Undecodable(Exception):
    """The pixel data cannot be turned into pictures."""


def pictures(source: Source) -> "Iterator[Picture]":
    """Every frame in order, one at a time, or every page of a PDF; none when there is nothing to look at.

    Raises `Undecodable`.
    """
    from pydicom import dcmread
    from pydicom.dataset import Dataset
    from pydicom.pixels.utils import iter_pixels

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's warnings show values
        try:
            header = dcmread(_file(source), defer_size=64 << 10)
            if "EncapsulatedDocument" in header:
                yield from _pages(bytes(dcmread(_file(source)).EncapsulatedDocument))
            if not any(tag in header for tag in _PIXEL_TAGS):
                return
            if header.file_meta.TransferSyntaxUID == twelve.SYNTAX and header.BitsStored > 8:
                described: Dataset = dcmread(_file(source))
                frames = twelve.frames(described)
            else:
                described = Dataset()
                frames = iter_pixels(_file(source), ds_out=described)
            for frame in frames:
                yield _shown(frame, described)
        except (*_FAULTS, ValueError) as error:
            raise Undecodable("pixel data cannot be decoded") from error


def _pages(document: bytes) -> "Iterator[Picture]":
    """The pages of a PDF at twice the size of print; nothing else can be looked at."""
    import numpy as np

    if not document.startswith(b"%PDF"):
        raise Undecodable("a document that is no PDF")
    try:
        from pypdfium2 import PdfDocument, PdfiumError
    except ImportError as error:
        raise Undecodable("the extra `documents` is not installed") from error
    try:
        with PdfDocument(document) as pdf:
            for page in pdf:
                drawn = page.render(scale=_PAGE_SCALE, grayscale=True).to_numpy()
                yield np.array(drawn[:, :, 0] if drawn.ndim == 3 else drawn, np.uint8)
    except PdfiumError as error:
        raise Undecodable("a PDF that cannot be drawn") from error


def _file(source: Source) -> io.BufferedReader:
    return io.BufferedReader(_Stream(source), 1 << 16)


class _Stream(io.RawIOBase):
    """A source as the file that pydicom reads, which asks for its name."""

    name = ""

    def __init__(self, source: Source) -> None:
        self._source, self._position = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _shown(frame: "NDArray[Any]", header: "Dataset") -> "Picture":
    """One frame as luminance; its values are spread over the range that all but a few of them take."""
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    photometric = header.get("PhotometricInterpretation", "MONOCHROME2")
    if photometric == "PALETTE COLOR" and frame.ndim == 2:
        frame = apply_color_lut(frame, header)
    if frame.ndim == 3:
        # The brightest of the three: blue letters on black are dark in the luma of a television.
        frame = frame.max(axis=2)
    values = frame.astype(np.float32)
    low, high = np.percentile(values[np.isfinite(values)], (0.2, 99.8)) if values.size else (0.0, 0.0)
    if high <= low:
        low, high = float(values.min(initial=0)), float(values.max(initial=0))
    scaled = np.nan_to_num((values - low) * (255 / (high - low) if high > low else 0.0))
    picture = np.clip(scaled, 0, 255).astype(np.uint8)
    return 255 - picture if photometric == "MONOCHROME1" else picture
