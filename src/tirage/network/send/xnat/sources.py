"""The files of a study as they go out: what they must be at the far end, and one ZIP of them."""

import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from tirage.model.delivery import Consignment
from tirage.network.send.pace import Pace
from tirage.network.send.xnat.names import file_name

PIECE_BYTES: Final = 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first day a ZIP knows: the same objects make the same bytes whenever they are packed."""


class SourceFault(Exception):
    """A file of the release is not what was released; the message is the code of its receipt."""


@dataclass(frozen=True, slots=True)
class Source:
    """A consignment, the name it has in XNAT, and what XNAT's catalogue must say of it."""

    consignment: Consignment
    name: str
    size_bytes: int
    md5: str


def read_source(consignment: Consignment, name: str = "") -> Source:
    """Read a file once; raises `SourceFault` when it cannot be read or is not the one released.

    MD5 is what XNAT keeps for each file of a catalogue; what was released is known by SHA-256.
    """
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    try:
        with consignment.path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                sha256.update(piece)
                md5.update(piece)
                size += len(piece)
    except OSError as error:
        raise SourceFault("SOURCE_UNREADABLE") from error
    if sha256.hexdigest() != consignment.digest:
        raise SourceFault("SOURCE_CHANGED")
    return Source(consignment, name or file_name(consignment.sop_instance), size, md5.hexdigest())


@contextmanager
def packed(sources: Sequence[Source], folder: Path) -> Iterator[IO[bytes]]:
    """A ZIP of the files in a nameless file of `folder`, at its beginning; raises `SourceFault`, `OSError`.

    Nothing is compressed: pixel data hardly gets smaller, and what arrives can be compared by size.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryFile(dir=folder) as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as writing:
            for source in sorted(sources, key=lambda each: each.name):
                _add(writing, source)
        archive.seek(0)
        yield archive


def _add(writing: zipfile.ZipFile, source: Source) -> None:
    info = zipfile.ZipInfo(source.name, _EPOCH)
    info.file_size = source.size_bytes
    hashed = hashlib.sha256()
    with writing.open(info, "w") as entry, source.consignment.path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE_BYTES):
            hashed.update(piece)
            entry.write(piece)
    if hashed.hexdigest() != source.consignment.digest:
        raise SourceFault("SOURCE_CHANGED")


def size_of(file: IO[bytes]) -> int:
    """How long an open file is, in bytes."""
    return os.fstat(file.fileno()).st_size


def paced(file: IO[bytes], pace: Pace) -> Iterator[bytes]:
    """The rest of a file, piece by piece, no faster than allowed."""
    while piece := file.read(PIECE_BYTES):
        pace.take(len(piece))
        yield piece
