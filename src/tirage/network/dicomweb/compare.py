"""Whether an object that a service has already is ours: its data set is had back by WADO-RS and compared.

The file meta is not compared: it names whoever wrote the file.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tirage.dicom.malformed import Malformed
from tirage.dicom.meta import read_meta
from tirage.model.identifiers import Uid
from tirage.network.dicomweb.client import Client, pieces, raise_unless_ok
from tirage.network.dicomweb.multipart import boundary_of, read_parts

AS_STORED: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
MOST_META_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 256 * 1024


def has_same(client: Client, path: Path, study: Uid, series: Uid, instance: Uid) -> bool:
    """Whether the service's object has the same data set as the file, byte for byte.

    Raises what a retrieval does: `ArchiveUnreachable`, `ArchiveBusy`, `ArchiveRefused`, `ArchiveContradicts`.
    """
    address = f"/studies/{study}/series/{series}/instances/{instance}"
    with client.stream(address, AS_STORED) as response:
        raise_unless_ok(response)
        parts = read_parts(pieces(response), boundary_of(response.headers.get("Content-Type", "")))
        theirs = _data_set_digest(event for event in parts if isinstance(event, bytes))
    with path.open("rb") as file:
        ours = _data_set_digest(iter(lambda: file.read(_PIECE_BYTES), b""))
    return theirs == ours != ""


def _data_set_digest(chunks: Iterable[bytes]) -> str:
    """SHA-256 of what follows the file meta; empty where there is none."""
    start, offset = bytearray(), -1
    hashed = hashlib.sha256()
    for chunk in chunks:
        if offset >= 0:
            hashed.update(chunk)
            continue
        start += chunk
        if len(start) >= MOST_META_BYTES:
            offset = _offset(bytes(start))
            if offset < 0:
                return ""
            hashed.update(start[offset:])
    if offset < 0:
        offset = _offset(bytes(start))
        hashed.update(start[max(offset, 0) :])
    return hashed.hexdigest() if offset >= 0 else ""


def _offset(start: bytes) -> int:
    try:
        return read_meta(start, len(start), allow_bare=False).dataset_offset
    except Malformed:
        return -1
