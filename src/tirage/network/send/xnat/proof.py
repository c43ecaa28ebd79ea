"""Whether XNAT has what it was sent: by its catalogue's checksums, else by reading every file back."""

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from tirage.model.delivery import Proof
from tirage.network.send.xnat.rest import Listed
from tirage.network.send.xnat.sources import PIECE_BYTES, Source

_UNREADABLE = (
    *(InvalidDicomError, OSError, EOFError, struct.error),
    *(ValueError, KeyError, TypeError, AttributeError, NotImplementedError),
)
"""What pydicom raises for bytes that are no object."""

Reading = Callable[[str], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a listing says of files that were, or are to be, sent.

    `missing` are not there, `other` are there under their names with another content, each with its URI.
    """

    missing: tuple[Source, ...]
    other: tuple[tuple[Source, str], ...]
    proof: Proof

    @property
    def is_whole(self) -> bool:
        """Whether everything is there as it was sent."""
        return not self.missing and not self.other


def compare(sources: Sequence[Source], listed: Sequence[Listed], reading: Reading, scratch: Path) -> Compared:
    """Look for each source among the files listed; raises `Unanswered`, `OSError`."""
    there: dict[str, list[Listed]] = {}
    for each in listed:
        there.setdefault(each.name, []).append(each)
    missing, other, proof = list[Source](), list[tuple[Source, str]](), Proof.CHECKSUM
    for source in sources:
        found = there.get(source.name, [])
        if not found:
            missing.append(source)
            continue
        for each in found:
            if _is_listed_so(source, each):
                continue
            proof = Proof.READ_BACK
            if not _is_equal(source, each, reading, scratch):
                other.append((source, each.uri))
    return Compared(tuple(missing), tuple(other), proof)


def _is_listed_so(source: Source, listed: Listed) -> bool:
    return listed.size_bytes == source.size_bytes and listed.md5.lower() == source.md5


def _is_equal(source: Source, listed: Listed, reading: Reading, scratch: Path) -> bool:
    """Whether a file, read back, is the one that was sent, or the same object in another encoding.

    XNAT writes the header of what it imports anew and copies the rest, so that lengths of sequences may be
    written differently while every value is the same.
    """
    hashed = hashlib.sha256()
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryFile(dir=scratch) as copy:
        with reading(listed.uri) as chunks:
            for chunk in chunks:
                hashed.update(chunk)
                copy.write(chunk)
        if hashed.hexdigest() == source.consignment.digest:
            return True
        if not source.consignment.sop_class:
            return False
        copy.seek(0)
        with source.consignment.path.open("rb") as sent:
            return _is_same_object(sent, copy)


def _is_same_object(sent: IO[bytes], kept: IO[bytes]) -> bool:
    try:
        ours, theirs = (dcmread(file, stop_before_pixels=True) for file in (sent, kept))
        syntax = ours.file_meta.get("TransferSyntaxUID")
        if syntax != theirs.file_meta.get("TransferSyntaxUID") or ours != theirs:
            return False
        if syntax == DeflatedExplicitVRLittleEndian:
            # What follows the header cannot be compared where it lies: it is inflated with it.
            return _whole(sent) == _whole(kept)
    except _UNREADABLE:
        return False
    return all(one == other for one, other in zip_longest(_rest(sent), _rest(kept)))


def _whole(file: IO[bytes]) -> Dataset:
    file.seek(0)
    return dcmread(file)


def _rest(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
