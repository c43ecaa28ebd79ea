"""Files that no record needs any more: listed in the transaction that gave them up, deleted by the worker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, or_, select

from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, ReceivedId
from tirage.store.prepared import pages
from tirage.store.requested import cohort_file
from tirage.store.resolved import discarded, erased, tombstone
from tirage.store.schema import custody, output, received, release_member
from tirage.store.studies import PENDING


class Place(StrEnum):
    """In which store a file is."""

    ORIGINALS = "originals"
    OBJECTS = "objects"


@dataclass(frozen=True, slots=True)
class Discard:
    """One file to delete; `is_needed` when a record came to need it since."""

    id: int
    place: Place
    digest: Digest
    is_needed: bool


def add(connection: Connection, place: Place, files: Iterable[tuple[ReceivedId, Digest]], at: int) -> None:
    """List files for deletion, each with the object it is of."""
    rows = [
        {"place": place.value, "digest": digest, "received_id": number, "asked_at": at}
        for number, digest in files
    ]
    if rows:
        connection.execute(insert(discarded), rows)


def due(connection: Connection, most: int) -> list[Discard]:
    """Files to look at now, those listed first; the rows are locked for others.

    A file whose object is being worked on waits: it may be made again, with the same bytes.
    """
    query = (
        select(discarded)
        .where(~_is_worked_on())
        .order_by(discarded.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(query).all()
    needed = _needed(connection, rows)
    return [Discard(row.id, Place(row.place), row.digest, row.id in needed) for row in rows]


def is_due(connection: Connection) -> bool:
    """Whether there is a file to look at."""
    query = select(discarded.c.id).where(~_is_worked_on()).limit(1)
    return connection.execute(query).first() is not None


def strike(connection: Connection, numbers: Sequence[int]) -> None:
    """Take files off the list."""
    for page in pages(numbers):
        connection.execute(delete(discarded).where(discarded.c.id.in_(page)))


def _is_worked_on() -> ColumnElement[bool]:
    is_before_output = custody.c.stage.in_([Stage.RECEIVED.value, Stage.CATALOGUED.value])
    return exists().where(custody.c.received_id == discarded.c.received_id, PENDING, is_before_output)


def _needed(connection: Connection, rows: Sequence[Any]) -> set[int]:
    """Which of the rows name a file that something else is kept in, or that is wanted again."""
    numbers = [row.id for row in rows]
    is_erased = exists().where(
        erased.c.received_id == received.c.id,
        tombstone.c.id == erased.c.tombstone_id,
        tombstone.c.lifted_at.is_(None),
    )
    is_original = and_(
        discarded.c.place == Place.ORIGINALS.value,
        exists().where(received.c.digest == discarded.c.digest, ~is_erased),
    )
    is_object = and_(
        discarded.c.place == Place.OBJECTS.value,
        or_(
            exists().where(output.c.digest == discarded.c.digest),
            exists().where(release_member.c.output_digest == discarded.c.digest),
            exists().where(cohort_file.c.digest == discarded.c.digest),
        ),
    )
    found: set[int] = set()
    for page in pages(numbers):
        query = select(discarded.c.id).where(discarded.c.id.in_(page), or_(is_original, is_object))
        found.update(connection.scalars(query))
    return found
