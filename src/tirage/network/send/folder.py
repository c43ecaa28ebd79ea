"""Delivery into a folder: a local disk or a mounted share.

A file appears under its final name only when it is complete, on disk and read back; a file that is there
already is never overwritten.
"""

import errno
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Progress,
    Proof,
    Receipt,
)
from tirage.model.identifiers import Digest
from tirage.network.send.checksum import file_digest
from tirage.network.send.files import Fault

PARTIAL: Final = ".part"
PIECE_BYTES: Final = 1024 * 1024
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

DETAIL_OF_ERROR: dict[int, tuple[str, bool]] = {
    errno.ENOSPC: ("NO_SPACE", True),
    errno.EDQUOT: ("NO_SPACE", True),
    errno.EACCES: ("NOT_PERMITTED", False),
    errno.EPERM: ("NOT_PERMITTED", False),
    errno.EROFS: ("NOT_PERMITTED", False),
    errno.ENAMETOOLONG: ("BAD_NAME", False),
    errno.ENOTDIR: ("BAD_NAME", False),
    errno.EISDIR: ("BAD_NAME", False),
}
"""Detail code of an `OSError`, and whether the next try may fare better; anything else is `IO_ERROR`, yes."""


@dataclass(frozen=True, slots=True)
class FolderDestination:
    """A `Destination`: copies a release below `root`, which must exist (a share may not be mounted)."""

    name: str
    root: Path

    def check(self) -> None:
        """Write and remove a file; raises `DestinationUnreachable` or `DestinationRefused`."""
        if not self.root.is_dir():
            raise DestinationUnreachable("the folder is not there: is the share mounted?")
        probe = self.root / f".tirage-check{PARTIAL}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise DestinationRefused("the folder cannot be written to") from error

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Copy each file to its name below the root."""
        receipts = []
        for consignment in consignments:
            receipt = self._receipt(consignment)
            receipts.append(receipt)
            progress(receipt)
        return receipts

    def _receipt(self, consignment: Consignment) -> Receipt:
        try:
            if not self.root.is_dir():
                raise Fault("UNREACHABLE", True)
            status = _place(self.root, consignment)
        except Fault as failed:
            return Receipt(consignment.digest, Delivery.FAILED, failed.detail, failed.is_worth_retrying)
        except OSError as error:
            detail, again = DETAIL_OF_ERROR.get(error.errno or 0, ("IO_ERROR", True))
            return Receipt(consignment.digest, Delivery.FAILED, detail, again)
        proof = Proof.NONE if status is Delivery.CONFLICT else Proof.READ_BACK
        return Receipt(consignment.digest, status, proof=proof)


def _place(root: Path, consignment: Consignment) -> Delivery:
    target = _target(root, consignment.name)
    if target.exists():
        # It may have been placed by a run that died before flushing the folder.
        _flush(target.parent)
        return _compared(target, consignment.digest)
    _make_folders(root, target.parent)
    partial = target.with_name(target.name + PARTIAL)
    try:
        _copy(consignment, partial)
        _drop_cached(partial)
        if file_digest(partial) != consignment.digest:
            raise Fault("READ_BACK", True)
        if not _rename_into_nothing(partial, target):
            return _compared(target, consignment.digest)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    _flush(target.parent)
    return Delivery.DELIVERED


def _target(root: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name or name.endswith(PARTIAL):
        raise Fault("BAD_NAME", False)
    target = root.joinpath(*parts)
    # A link in the destination must not lead out of it.
    if not target.resolve().is_relative_to(root.resolve()):
        raise Fault("BAD_NAME", False)
    return target


def _compared(target: Path, digest: Digest) -> Delivery:
    return Delivery.ALREADY if file_digest(target) == digest else Delivery.CONFLICT


def _make_folders(root: Path, folder: Path) -> None:
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(exist_ok=True)
        _flush(made.parent)


def _copy(consignment: Consignment, partial: Path) -> None:
    """Copy and flush, and make sure that what was read is what was released."""
    hashed = hashlib.sha256()
    try:
        source = consignment.path.open("rb", buffering=0)
    except OSError as error:
        raise Fault("SOURCE_UNREADABLE", False) from error
    with source, partial.open("wb", buffering=0) as copy:
        while piece := source.read(PIECE_BYTES):
            hashed.update(piece)
            view = memoryview(piece)
            while view:
                view = view[copy.write(view) :]
        if hashed.hexdigest() != consignment.digest:
            raise Fault("SOURCE_CHANGED", False)
        os.fsync(copy.fileno())


def _drop_cached(path: Path) -> None:
    """Ask the kernel to forget the file's pages, so that reading back reads from the disk."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _rename_into_nothing(partial: Path, target: Path) -> bool:
    """Give the file its name; false when the name is taken."""
    try:
        target.hardlink_to(partial)
    except FileExistsError:
        return False
    except OSError as error:
        # Shares without hard links: look, then rename; nobody else writes under our names.
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            return False
        partial.rename(target)
    return True


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
