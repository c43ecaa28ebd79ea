"""Taking a file of a folder or archive into keeping, byte for byte, with the guarantees of the listener."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from tirage.model.identifiers import Digest, ProjectName, Uid
from tirage.model.records import Origin
from tirage.store.blobs import CHUNK_BYTES
from tirage.store.intake import DurableIntake
from tirage.store.ledger import Kept
from tirage.store.part10 import MOST_META_BYTES, FileMeta, file_meta, read_meta

_NOT_STATED = (Uid(""), Uid(""), Uid(""))


def import_file(intake: DurableIntake, path: Path, origin: Origin, projects: tuple[ProjectName, ...]) -> Kept:
    """Keep the file at `path`; see `import_stream`. Raises `OSError` when it cannot be read."""
    with path.open("rb", buffering=0) as file:
        return import_stream(intake, file, origin, projects)


def import_stream(
    intake: DurableIntake, stream: BinaryIO, origin: Origin, projects: tuple[ProjectName, ...]
) -> Kept:
    """Keep what `stream` yields to its end, whatever it is; whether it is DICOM is decided later.

    An object that is here already, by C-STORE or in a file with another file meta, is a duplicate and its
    bytes are not kept a second time. Raises `NotAccepted` faults of `tirage.model.custody`.
    """
    blob = intake.receive()
    try:
        start = _read(stream, MOST_META_BYTES)
        meta = read_meta(start)
        hashed = hashlib.sha256(_our_meta(meta) + start[meta.dataset_offset :]) if meta else None
        chunk = start
        while chunk:
            blob.write(chunk)
            chunk = stream.read(CHUNK_BYTES)
            if hashed:
                hashed.update(chunk)
        stated = (meta.sop_class, meta.sop_instance, meta.transfer_syntax) if meta else _NOT_STATED
        kept = intake.keep(blob, origin, stated, projects, Digest(hashed.hexdigest()) if hashed else None)
    finally:
        blob.abort()
    return kept


def _our_meta(meta: FileMeta) -> bytes:
    return file_meta(meta.sop_class, meta.sop_instance, meta.transfer_syntax)


def _read(stream: BinaryIO, size: int) -> bytes:
    # A raw file or a member of an archive may give less than asked for before its end.
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
