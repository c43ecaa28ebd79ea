"""An OMOP ES extract on disk: three tables that say what is asked for, and the files that go along."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from tirage.acquire.cohort.omop import PEOPLE, PROCEDURES, STUDIES, ExtractIncomplete
from tirage.model.identifiers import Digest
from tirage.model.tables import Table
from tirage.store.blobs import CHUNK_BYTES, BlobStore
from tirage.store.tables import open_table

SUMMARY, PUBLIC, PRIVATE = "extract_summary.json", "public", "private"
_SUFFIX = ".parquet"
_MOST_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file below `public/`: its name there, where it is, its digest."""

    name: str
    path: Path
    digest: Digest


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract's tables; `ignored` are names below `public/` that are not Parquet files."""

    people: Table
    studies: Table
    procedures: Table
    files: tuple[PublicFile, ...]
    ignored: tuple[str, ...]
    remarks: tuple[str, ...]


def open_extract(folder: Path) -> Extract:
    """The extract in a folder. Raises `ExtractIncomplete` or `ListUnreadable`."""
    remarks = _summary(folder)
    for name in (PUBLIC, PRIVATE):
        if not (folder / name).is_dir() or (folder / name).is_symlink():
            raise ExtractIncomplete(f"there is no folder {name}")
    people, studies = (_table(folder / PRIVATE, name) for name in (PEOPLE, STUDIES))
    procedures = _table(folder / PUBLIC, PROCEDURES)
    files, ignored = [], []
    for name, path in _walk(folder / PUBLIC):
        if name.endswith(_SUFFIX) and name.isprintable() and path.is_file() and not path.is_symlink():
            files.append(PublicFile(name, path, _digest(name, path)))
        else:
            ignored.append(name if name.isprintable() else "a name that cannot be shown")
    return Extract(people, studies, procedures, tuple(files), tuple(ignored), remarks)


def keep_public(blobs: BlobStore, file: PublicFile) -> tuple[Digest, int]:
    """Copy the file into the store, durable on return; its digest and number of bytes."""
    incoming = blobs.receive()
    try:
        with _opened(file.path) as source:
            while chunk := source.read(CHUNK_BYTES):
                incoming.write(chunk)
        return incoming.commit()
    finally:
        incoming.abort()


def _summary(folder: Path) -> tuple[str, ...]:
    try:
        with _opened(folder / SUMMARY) as file:
            summary = json.loads(file.read(_MOST_BYTES))
        name, made = str(summary["settings"]["cdm_source_name"]), str(summary["datetime"])
    except OSError as error:
        raise ExtractIncomplete(f"there is no {SUMMARY}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ExtractIncomplete(f"{SUMMARY} lacks `settings.cdm_source_name` or `datetime`") from error
    said = "".join(c for c in f"extract {name}, made {made}" if c.isprintable())
    return (said[:200],)


def _table(folder: Path, name: str) -> Table:
    path = folder / f"{name}{_SUFFIX}"
    if not path.is_file() or path.is_symlink():
        raise ExtractIncomplete(f"there is no {folder.name}/{path.name}")
    return open_table(path)


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything below the folder that is no folder; links are named, never followed."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(root, name)
            yield path.relative_to(folder).as_posix(), path


def _digest(name: str, path: Path) -> Digest:
    try:
        with _opened(path) as file:
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise ExtractIncomplete(f"public/{name} cannot be read") from error


def _opened(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
