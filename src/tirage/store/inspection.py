"""Comparing what is recorded with what is on disk, byte for byte: the evidence of `tirage doctor`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, exists, select

from tirage.model.identifiers import Digest, ReceivedId
from tirage.store.blobs import BlobStore
from tirage.store.database import reading
from tirage.store.prepared import pages
from tirage.store.resolved import erased
from tirage.store.schema import received

GRACE_S = 24 * 3600.0
_BATCH = 1_000


class Fault(StrEnum):
    """What is wrong with an object's bytes."""

    CORRUPT = "corrupt"
    """Other bytes than were received: bit rot, or a disk that lied."""

    MISSING = "missing"
    """Recorded, but there is no file."""

    ORPHAN = "orphan"
    """A file that no record names: its sender was never told it is safe."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One object that is not as recorded; `received` is none for an orphan."""

    fault: Fault
    digest: Digest
    received: ReceivedId | None = None


def verify(
    blobs: BlobStore, engine: Engine, progress: Callable[[int], None], reads_bytes: bool = True
) -> Iterator[Problem]:
    """Every problem, recorded objects first, in the order they were received.

    `progress` is told how many objects were looked at since it was last called. Without `reads_bytes` only
    names and sizes are compared.
    """
    last = 0
    while True:
        with reading(engine) as connection:
            columns = (received.c.id, received.c.digest, received.c.size_bytes)
            is_erased = exists().where(erased.c.received_id == received.c.id)
            wanted = (
                select(*columns).where(received.c.id > last, ~is_erased).order_by(received.c.id).limit(_BATCH)
            )
            rows = connection.execute(wanted).all()
        if not rows:
            break
        for row in rows:
            fault = _fault(blobs, row.digest, row.size_bytes, reads_bytes)
            if fault:
                yield Problem(fault, row.digest, ReceivedId(row.id))
            progress(1)
        last = rows[-1].id
    for digest in orphans(blobs, engine):
        yield Problem(Fault.ORPHAN, digest)


def orphans(blobs: BlobStore, engine: Engine, older_than_s: float = 0.0) -> Iterator[Digest]:
    """Files that no record names and that were last changed more than `older_than_s` ago.

    A file may be named a moment before it is recorded; give a grace time before acting on the answer.
    """
    now = time.time()
    for page in pages((digest, status.st_mtime) for digest, status in blobs.listed()):
        yield from _unrecorded(engine, [digest for digest, changed in page if now - changed >= older_than_s])


def sweep_orphans(blobs: BlobStore, engine: Engine, grace_s: float = GRACE_S) -> int:
    """Delete orphans older than `grace_s`; how many there were.

    Nobody was told that they are safe: their sender still has them. Only while holding `store.ownership`.
    """
    found = list(orphans(blobs, engine, grace_s))
    for digest in found:
        blobs.remove(digest)
    return len(found)


def _unrecorded(engine: Engine, digests: list[Digest]) -> list[Digest]:
    with reading(engine) as connection:
        recorded = select(received.c.digest).where(received.c.digest.in_(digests))
        named = set(connection.execute(recorded).scalars())
    return [digest for digest in digests if digest not in named]


def _fault(blobs: BlobStore, digest: Digest, size_bytes: int, reads_bytes: bool) -> Fault | None:
    try:
        size = blobs.path(digest).stat().st_size
    except FileNotFoundError:
        return Fault.MISSING
    if size != size_bytes or (reads_bytes and blobs.digest_on_disk(digest) != digest):
        return Fault.CORRUPT
    return None
