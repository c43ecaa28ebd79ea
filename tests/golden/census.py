"""Every real file there is, de-identified without a project file, and which of them one may expect out."""

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_files
from pydicom.errors import InvalidDicomError
from tests.make import corpus

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.flow.folder import Line, run
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.policy.project import load_project

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
_UNREADABLE = (AttributeError, KeyError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError)
_RAW_DATA = "1.2.840.10008.5.1.4.1.1.66"
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."


@dataclass(frozen=True)
class Census:
    """What became of each file; outputs are below `target`."""

    lines: list[Line]
    target: Path

    @property
    def released(self) -> list[tuple[Path, Path]]:
        """Inputs with their outputs."""
        return [
            (Path(line.input), self.target / line.output)
            for line in self.lines
            if line.disposition is Disposition.RELEASED
        ]

    def reasons(self) -> str:
        """Each disposition and reason with its count, to be read by people."""
        counts = Counter((line.disposition.value, line.reason) for line in self.lines)
        return "\n".join(f"{count:5} {' '.join(key)}" for key, count in counts.most_common())


def everything() -> list[Path]:
    """The corpus and all that pydicom ships, each once."""
    shipped = (Path(name) for name in get_testdata_files())
    return sorted({*corpus(), *(path for path in shipped if path.is_file())})


def take(target: Path) -> Census:
    """De-identify all of it by the default project in one process.

    Some files of pydicom are one object in several encodings, of which all but the first are held as copies
    that contradict it: each of those is taken once more by itself.
    """
    lines = []
    for line in _run(everything(), target):
        if line.reason == HoldReason.CONFLICTING_COPY:
            folder = Path("again") / str(len(lines))
            (again,) = _run([Path(line.input)], target / folder)
            line = again._replace(output=str(folder / again.output) if again.output else "")
        lines.append(line)
    return Census(lines, target)


def _run(paths: list[Path], target: Path) -> list[Line]:
    inputs = [str(path) for path in paths]
    project = load_project(DEFAULT_PROJECT)
    return [
        line for chunk in run(inputs, target, DEFAULT_PROJECT, project, bytes(32), jobs=1) for line in chunk
    ]


def is_readable(path: Path) -> bool:
    """Whether one may expect an output: pydicom reads all of the file, and it says what and whose it is.

    Not counted are files that nothing may be made of whoever reads them: without a patient or a UID, with two
    different UIDs, big endian, directories, raw data and documents.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path)
            if "PixelData" in dataset:
                assert dataset.pixel_array is not None
            syntax = dataset.file_meta.TransferSyntaxUID
            uid = dataset.file_meta.MediaStorageSOPInstanceUID
        except (InvalidDicomError, *_UNREADABLE):
            return False
    is_whole = all(str(dataset.get(keyword, "")).strip() for keyword in _IDENTITY)
    if not is_whole or uid != dataset.SOPInstanceUID or not syntax.is_little_endian:
        return False
    return dataset.SOPClassUID != _RAW_DATA and not dataset.SOPClassUID.startswith(_DOCUMENTS)
