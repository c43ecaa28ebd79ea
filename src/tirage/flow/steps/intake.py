"""Take in a folder, a ZIP file or a DICOMDIR: every file once, byte for byte, whatever it turns out to be.

A path of the input is opened and forgotten: it may name a person, so reports speak of the file's number.
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from tirage.acquire.archive import Entry, choose, contained
from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.errors import Permanent
from tirage.model.custody import Acceptance
from tirage.model.identifiers import Digest, ProjectName, ReceivedId
from tirage.model.outcomes import Refused
from tirage.model.reasons import QuarantineReason
from tirage.model.records import Origin
from tirage.store.imports import import_stream
from tirage.store.intake import DurableIntake

DICOMDIR = "DICOMDIR"
_REFERENCED_FILE_ID = 0x00041500
_UNIX = 3
AT_A_TIME = 4
"""Files taken in together: they share flushes of the database."""

Opener = Callable[[], AbstractContextManager[BinaryIO]]


class NothingToImport(Permanent):
    """The path is neither a folder, a file, nor anything that can be read."""

    code = "NOTHING_TO_IMPORT"
    exit_code = 66
    remedy = "Name a folder, a ZIP file, a DICOMDIR or a DICOM file that you may read."


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of an import, by its number: what was kept, or why nothing was."""

    index: int
    acceptance: Acceptance | None
    received: ReceivedId | None = None
    digest: Digest | None = None
    refusal: QuarantineReason | None = None


def openers(path: Path) -> list[Opener] | Refused:
    """How to read each file of the input, in a stable order; refused when it is an archive with a trap."""
    if path.is_dir():
        return [partial(_open, each) for each in _files(path)]
    if not path.is_file():
        raise NothingToImport("no such folder or file")
    if path.name.upper() == DICOMDIR:
        return [partial(_open, each) for each in [path, *_referenced(path)]]
    if zipfile.is_zipfile(path):
        return _members(path)
    return [partial(_open, path)]


def take_in(
    intake: DurableIntake, inputs: Sequence[Opener], origin: Origin, projects: tuple[ProjectName, ...]
) -> Iterator[Taken]:
    """Keep each input, several at a time; answers in order as they become known.

    Faults of the store end it: what was kept before stays kept, and importing again goes on from there.
    """
    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="import") as threads:
        yield from threads.map(partial(_take, intake, origin, projects), range(1, len(inputs) + 1), inputs)


def _take(
    intake: DurableIntake, origin: Origin, projects: tuple[ProjectName, ...], index: int, opener: Opener
) -> Taken:
    try:
        with opener() as file:
            kept = import_stream(intake, file, origin, projects)
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        return Taken(index, None, refusal=QuarantineReason.BAD_ARCHIVE)
    return Taken(index, kept.acceptance, kept.received, kept.digest)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, path.open("rb", buffering=0))


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below the folder; linked folders are not entered, so there are no loops."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file():
                yield path


def _referenced(directory: Path) -> Iterator[Path]:
    """The files a DICOMDIR lists that lie in its own folder, links resolved (PS3.10 8.6)."""
    root = directory.parent.resolve()
    try:
        with FileSource.open(directory) as source:
            header = read_header(source)
    except Malformed:
        return
    for index, element in enumerate(header.elements):
        if element[0] == _REFERENCED_FILE_ID:
            name = contained(header.value(index).decode("ascii", "replace").split("\\"))
            path = (root / name).resolve() if name else root
            if path.is_relative_to(root) and path.is_file():
                yield path


def _members(path: Path) -> list[Opener] | Refused:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError):
        return Refused(QuarantineReason.BAD_ARCHIVE)
    infos = archive.infolist()
    outcome = choose([_entry(index, info) for index, info in enumerate(infos, 1)])
    if isinstance(outcome, Refused):
        archive.close()
        return outcome
    return [partial(_member, archive, infos[entry.index - 1]) for entry in outcome.value]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, archive.open(info))


def _entry(index: int, info: zipfile.ZipInfo) -> Entry:
    mode = info.external_attr >> 16 if info.create_system == _UNIX else 0
    return Entry(
        index=index,
        name=info.orig_filename,
        size_bytes=info.file_size,
        packed_bytes=info.compress_size,
        is_folder=info.is_dir(),
        is_regular=stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR),
        is_encrypted=bool(info.flag_bits & 1),
    )
