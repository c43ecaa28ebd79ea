"""One small picture of an object, made in a child process: decoders may crash, hang or want too much."""

import resource
from pathlib import Path

from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.flow.steps.deidentify import RULE_FAULTS

LONGEST_SIDE = 160
MEMORY_BYTES = 2 << 30


def thumbnail(path: Path) -> bytes:
    """The frame in the middle as PNG, at most 160 pixels wide and high; empty when there is no picture."""
    from tirage.dicom.decode import Undecodable

    _limit()
    try:
        return _drawn(path)
    except (Malformed, Undecodable, OSError, MemoryError, *RULE_FAULTS):
        return b""


def _drawn(path: Path) -> bytes:
    import numpy as np

    from tirage.dicom.frames import Frames
    from tirage.flow.sheet.pictures import png

    with FileSource.open(path) as source:
        header = read_header(source)
        if header.pixel is None:
            return b""
        frames = Frames(header)
        image = frames.displayed(frames.count // 2)
        # Every n-th pixel: a picture of 100 megapixels is as quick as one of one.
        factor = -(-max(image.shape) // LONGEST_SIDE)
        return png(np.ascontiguousarray(image[::factor, ::factor]))


def _limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
