"""A study as one ZIP, with the same bytes whenever and wherever it is made."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from errno import EDQUOT, ENOSPC
from os.path import commonpath
from pathlib import Path, PurePosixPath
from typing import IO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tirage.model.delivery import Consignment
from tirage.model.identifiers import ResearchPath
from tirage.network.send.checksum import file_digest
from tirage.network.send.files import Fault

PIECE_BYTES: Final = 1024 * 1024
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP can name (APPNOTE 4.4.6)."""

_UNIX: Final = 3
_MODE: Final = 0o100644 << 16


def pack(consignments: Sequence[Consignment], folder: Path) -> Consignment:
    """All objects of a study in a ZIP in `folder`, named after the study's folder; raises `Fault`.

    Stored and not deflated, with one time for all and in order of names, so that a delivery that is repeated
    compares equal. Unpacked beside it, each object is where it would be without.
    """
    study = _folder_of(consignments)
    path = folder / f"{hashlib.sha256(study.encode()).hexdigest()}.zip"
    try:
        with ZipFile(path, "w", ZIP_STORED) as packed:
            for each in sorted(consignments, key=lambda each: each.name):
                _add(packed, each, str(PurePosixPath(each.name).relative_to(PurePosixPath(study).parent)))
        digest = file_digest(path)
    except OSError as error:
        raise outbox_fault(error) from error
    return replace(consignments[0], path=ResearchPath(path), digest=digest, name=f"{study}.zip")


def outbox_fault(error: OSError) -> Fault:
    """What a fault of this node's own outbox is to a receipt: nothing that the destination did."""
    return Fault("NO_SPACE" if error.errno in (ENOSPC, EDQUOT) else "IO_ERROR", True)


def _folder_of(consignments: Sequence[Consignment]) -> str:
    """The study's folder: what all its series are in (`deliver/arrange`)."""
    return commonpath([str(PurePosixPath(each.name).parents[1]) for each in consignments])


def _add(packed: ZipFile, consignment: Consignment, name: str) -> None:
    try:
        source: IO[bytes] = consignment.path.open("rb")
        size = consignment.path.stat().st_size
    except OSError as error:
        raise Fault("SOURCE_UNREADABLE", False) from error
    entry = ZipInfo(name, EPOCH)
    entry.create_system, entry.external_attr, entry.file_size = _UNIX, _MODE, size
    hashed = hashlib.sha256()
    with source, packed.open(entry, "w") as copy:
        while piece := source.read(PIECE_BYTES):
            hashed.update(piece)
            copy.write(piece)
    if hashed.hexdigest() != consignment.digest:
        raise Fault("SOURCE_CHANGED", False)
