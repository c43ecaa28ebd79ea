"""A destination of a contract test, one like it that nobody is at, and what has arrived."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread

from tirage.model.delivery import Destination


@dataclass
class Place:
    """`arrived` answers with `pixels` of every object that is there, sorted; it may write into the folder.

    `has_whole_studies`: objects of a study are handed over together, so that one that cannot be read keeps
    the others of its study back.
    """

    destination: Destination
    absent: Destination
    arrived: Callable[[Path], list[str]]
    has_whole_studies: bool = False


def pixels(path: Path) -> str:
    """What an object is known by, whoever has rewritten its header."""
    dataset = dcmread(path)
    return hashlib.sha256(dataset.PixelData + dataset.SOPInstanceUID.encode()).hexdigest()
