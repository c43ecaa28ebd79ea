"""A BIDS data set: each slice of its images is compared, voxel by voxel, with the object it was made from."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydicom import dcmread
from tests.contract.places.place import Place

from tirage.network.send.bids import BidsDestination


def voxels(path: Path) -> np.ndarray:
    """The slices of all volumes of a NIfTI-1 image of whole numbers, rows from the top as in DICOM."""
    content = gzip.decompress(path.read_bytes())
    columns, rows, *more = (max(1, int(each)) for each in np.frombuffer(content, "<i2", 4, 42))
    slices = more[0] * more[1]
    kind = {4: "<i2", 512: "<u2"}[int(np.frombuffer(content, "<i2", 1, 70)[0])]
    offset = int(np.frombuffer(content, "<f4", 1, 108)[0])
    image = np.frombuffer(content, kind, columns * rows * slices, offset)
    return image.reshape(slices, rows, columns)[:, ::-1, :]


def rebuilt(root: Path, originals: Path) -> list[str]:
    """`pixels` of every object that the data set was made from, taken from its images."""
    released = {
        hashlib.sha256(path.read_bytes()).hexdigest(): dcmread(path) for path in originals.rglob("*.dcm")
    }
    found = []
    for record in root.rglob("code/tirage/*.json"):
        for series in json.loads(record.read_text())["series"].values():
            sources = sorted(
                (released[each] for each in series["sources"]), key=lambda each: each.ImagePositionPatient[2]
            )
            images = [name for name in series["files"] if name.endswith(".nii.gz")]
            slices = np.concatenate([voxels(record.parents[2] / name) for name in images]) if images else []
            found += [
                hashlib.sha256(each.tobytes() + source.SOPInstanceUID.encode()).hexdigest()
                for each, source in zip(slices, sources, strict=True)
            ]
    return sorted(found)


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A folder, and one that is not mounted."""
    root = scratch / "bids"
    root.mkdir()

    def destination(at: Path) -> BidsDestination:
        return BidsDestination("bids", at, ("CT", "MR"), scratch / "outbox")

    yield Place(
        destination(root),
        destination(scratch / "unmounted"),
        lambda folder: rebuilt(root, folder / "release"),
        has_whole_studies=True,
    )
