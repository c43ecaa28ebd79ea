"""Compressed frames stripped of all that is not their image: comments, private segments, bytes after the end.

Only markers are read; nothing is decoded. A stream that cannot be followed is never passed on.
"""

from tirage.deidentify.streams.j2k import strip_j2k
from tirage.deidentify.streams.jpeg import strip_jpeg
from tirage.dicom import rle
from tirage.dicom.shape import Shape


def strip(codec: str, frame: bytes, shape: Shape) -> bytes | None:
    """The frame with nothing but its image, the same object if there is nothing else; None if in doubt."""
    match codec:
        case "jpeg":
            return strip_jpeg(frame)
        case "jpeg2000":
            return strip_j2k(frame)
        case "rle":
            return rle.exact(frame, shape.rows * shape.columns, shape.samples * shape.allocated // 8)
        case _:
            return None
