"""The objects of a series in a folder of their own, each as it was released."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from tirage.model.delivery import Consignment
from tirage.network.send.files import Fault
from tirage.network.send.nifti import NotConverted

PIECE_BYTES: Final = 1024 * 1024


def staged(objects: Sequence[Consignment], folder: Path) -> None:
    """Copy the objects into a new folder; raises `Fault`, and `OSError` where the folder's disk fails."""
    folder.mkdir(parents=True)
    for number, each in enumerate(objects):
        hashed = hashlib.sha256()
        try:
            source = each.path.open("rb")
        except OSError:
            raise Fault("SOURCE_UNREADABLE") from None
        with source, (folder / f"{number}.dcm").open("wb") as copy:
            while piece := source.read(PIECE_BYTES):
                hashed.update(piece)
                copy.write(piece)
        if hashed.hexdigest() != each.digest:
            raise Fault("SOURCE_CHANGED")


def frames_of(folder: Path) -> int:
    """How many frames the objects of a folder hold; raises `NotConverted` where one does not say."""
    frames = 0
    for path in folder.iterdir():
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=["NumberOfFrames"])
            frames += int(header.get("NumberOfFrames") or 1)
        except (InvalidDicomError, ValueError, TypeError, KeyError, EOFError, NotImplementedError):
            raise NotConverted("an object without frames") from None
    return frames
