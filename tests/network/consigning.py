"""Objects on their way to a destination."""

import hashlib
from pathlib import Path
from typing import Any

from pydicom import dcmread
from tests.make import write_instance

from tirage.model.delivery import Consignment
from tirage.model.identifiers import Digest, ResearchPath, Uid


def consign(folder: Path, count: int = 3, series: int = 1, **attributes: Any) -> list[Consignment]:
    """So many objects of one series, as a release would hand them over."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        of_file(write_instance(folder, 1, 1, series, number, **attributes)) for number in range(1, count + 1)
    ]


def of_file(path: Path) -> Consignment:
    """A file as it is handed over."""
    dataset = dcmread(path, stop_before_pixels=True)
    meta = dataset.file_meta
    return Consignment(
        ResearchPath(path),
        Digest(hashlib.sha256(path.read_bytes()).hexdigest()),
        f"lung/v0001/subject-1/study-1/series-1/{path.name}",
        Uid(str(meta.MediaStorageSOPClassUID)),
        Uid(str(meta.MediaStorageSOPInstanceUID)),
        Uid(str(meta.TransferSyntaxUID)),
        "subject-1",
        Uid(str(dataset.StudyInstanceUID)),
        Uid(str(dataset.SeriesInstanceUID)),
        str(dataset.Modality),
    )
