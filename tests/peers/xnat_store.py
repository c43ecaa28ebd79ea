"""What the XNAT double keeps, on disk: an archive, a prearchive and the resources of its projects.

How a ZIP is taken in follows the wiki page Image Session Import Service API and the handlers of XNAT 1.9,
`DicomZipImporter` and `GradualDicomImporter` (github.com/NrgXnat/xnat-web): objects are written to the
prearchive one after the other as they are read, so that those before a broken one stay there; those of a
study that waits already join it; a session goes to the archive as a whole afterwards, and joins one there
unless a file of its name is there.
"""

import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pydicom import dcmread
from pydicom.errors import InvalidDicomError


class Refused(Exception):
    """A status and what XNAT says with it."""

    def __init__(self, status: int, said: str = "") -> None:
        super().__init__(said)
        self.status = status


@dataclass
class Kept:
    """A session with its scans on disk: `folder/SCAN/name.dcm`."""

    number: str
    project: str
    subject: str
    label: str
    study: str
    modality: str
    folder: Path
    status: str = ""
    stamp: str = ""

    def scans(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.is_dir() else []

    def files(self, scan: str = "ALL") -> list[tuple[str, Path]]:
        wanted = self.scans() if scan == "ALL" else [scan]
        return [(each, path) for each in wanted for path in sorted((self.folder / each).glob("*"))]


@dataclass
class Store:
    """`flips` counts how many stored files get a bad byte; `rewrites` has headers written anew, as XNAT does.

    `keeps_checksums` is the site's setting; `room_bytes` is what is left of its disk.
    """

    root: Path
    projects: tuple[str, ...] = ("LUNG",)
    keeps_checksums: bool = True
    rewrites: bool = False
    flips: int = 0
    room_bytes: int | None = None
    archive: dict[str, Kept] = field(default_factory=dict)
    prearchive: list[Kept] = field(default_factory=list)

    def session(self, project: str, name: str) -> Kept:
        """By label or number; raises `Refused` 404."""
        for kept in self.archive.values():
            if kept.project == project and name in (kept.label, kept.number):
                return kept
        raise Refused(404)

    def numbered(self, number: str) -> Kept:
        if number not in self.archive:
            raise Refused(404)
        return self.archive[number]

    def take_in(self, archive: IO[bytes], parameters: dict[str, str]) -> Kept:
        """Import a ZIP whose end may be missing; the session it went to."""
        destination = parameters.get("dest", "")
        parts = destination.strip("/").split("/")
        named = dict(zip(parts[1::2], parts[2::2], strict=False))
        project = named.get("projects") or parameters.get("PROJECT_ID", "")
        if project not in self.projects:
            raise Refused(404)
        subject = named.get("subjects") or parameters.get("SUBJECT_ID", "")
        label = named.get("experiments") or parameters.get("EXPT_LABEL", "")
        waiting: Kept | None = None
        for name, content in _entries(archive):
            waiting = self._receive(project, subject, label, name, content)
        if waiting is None:
            raise Refused(400, "nothing to import")
        waiting.status = "READY"
        if destination.startswith("/archive"):
            return self._archived(waiting, parameters.get("overwrite", "none"))
        return waiting

    def move(self, waiting: Kept) -> Kept:
        """What a person does in the prearchive: move a session to the archive."""
        return self._archived(waiting, "none")

    def _receive(self, project: str, subject: str, label: str, name: str, content: bytes) -> Kept:
        try:
            dataset = dcmread(io.BytesIO(content))
            study, series = str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID)
            scan, modality = str(dataset.get("SeriesNumber") or series), str(dataset.Modality)
        except (InvalidDicomError, AttributeError, EOFError) as error:
            raise Refused(400, "unable to read DICOM object") from error
        if self.room_bytes is not None:
            self.room_bytes -= len(content)
            if self.room_bytes < 0:
                raise Refused(507)
        waiting = next((w for w in self.prearchive if (w.project, w.study) == (project, study)), None)
        if waiting is None:
            stamp = f"20261128_{len(self.prearchive) + 1:09d}"
            folder = self.root / "prearchive" / project / stamp / label
            waiting = Kept("", project, subject, label, study, modality, folder, "RECEIVING", stamp)
            self.prearchive.append(waiting)
        if waiting.status not in ("RECEIVING", "READY"):
            raise Refused(409, "session is locked")
        waiting.status = "RECEIVING"
        target = waiting.folder / scan / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._written(content))
        return waiting

    def _written(self, content: bytes) -> bytes:
        if self.rewrites:
            dataset = dcmread(io.BytesIO(content))
            for element in dataset:
                element.is_undefined_length = element.VR == "SQ" or element.is_undefined_length
            dataset.file_meta.ImplementationVersionName = "DCM4CHE"
            out = io.BytesIO()
            dataset.save_as(out)
            content = out.getvalue()
        if self.flips:
            self.flips -= 1
            content = content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]
        return content

    def _archived(self, waiting: Kept, overwrite: str) -> Kept:
        kept = next(
            (
                each
                for each in self.archive.values()
                if (each.project, each.label) == (waiting.project, waiting.label)
            ),
            None,
        )
        if kept is not None:
            names = {(scan, path.name) for scan, path in kept.files()}
            clash = any((scan, path.name) in names for scan, path in waiting.files())
            if clash or overwrite != "append" or kept.study != waiting.study:
                waiting.status = "CONFLICT"
                raise Refused(409, "session exists")
        else:
            number = f"XNAT_E{len(self.archive) + 1:05d}"
            folder = self.root / "archive" / waiting.project / waiting.label
            kept = Kept(
                number,
                waiting.project,
                waiting.subject,
                waiting.label,
                waiting.study,
                waiting.modality,
                folder,
            )
            self.archive[number] = kept
        for scan, path in waiting.files():
            target = kept.folder / scan / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        self.forget(waiting)
        return kept

    def forget(self, waiting: Kept) -> None:
        """Delete a session of the prearchive."""
        self.prearchive.remove(waiting)
        shutil.rmtree(waiting.folder)

    def resources(self, project: str) -> list[str]:
        folder = self.root / "resources" / project
        return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []

    def resource(self, project: str, label: str) -> Path:
        """The folder of a resource; raises `Refused` 404."""
        folder = self.root / "resources" / project / label
        if not folder.is_dir():
            raise Refused(404)
        return folder

    def digest(self, path: Path) -> str:
        """MD5 as the catalogue has it."""
        return hashlib.md5(path.read_bytes()).hexdigest() if self.keeps_checksums else ""


def _entries(archive: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Whole entries in order; raises `Refused` after them where the stream ends early or is no ZIP."""
    content = archive.read()
    try:
        reading = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        yield from _salvaged(content)
        raise Refused(400, "unable to read data from file") from None
    for info in reading.infolist():
        yield info.filename, reading.read(info)


def _salvaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The stored entries before a cut, read from their local headers (APPNOTE 4.3.7)."""
    place = 0
    while content[place : place + 4] == b"PK\x03\x04" and len(content) >= place + 30:
        size = int.from_bytes(content[place + 18 : place + 22], "little")
        names, extra = (int.from_bytes(content[place + at : place + at + 2], "little") for at in (26, 28))
        begins = place + 30 + names + extra
        if len(content) < begins + size:
            return
        yield content[place + 30 : place + 30 + names].decode(), content[begins : begins + size]
        place = begins + size
