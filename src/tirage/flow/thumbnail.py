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
        factor = -(-max(image.shape) // LONGEST_SIDE)
        rows, columns = max(image.shape[0] // factor, 1), max(image.shape[1] // factor, 1)
        blocks = image[: rows * factor, : columns * factor]
        blocks = blocks.reshape(rows, -1, columns, blocks.shape[1] // columns)
        # Between mean and brightest: thin letters stay to be seen.
        small = (blocks.mean(axis=(1, 3)) + blocks.max(axis=(1, 3))) / 2
        return png(small.astype(np.uint8))


def _limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
