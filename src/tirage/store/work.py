"""What must be done next, written in the transaction it follows from, so that nothing recorded is forgotten.

A workflow claims items under its own id, and finishes them in the transaction that holds its result. Claimed
items whose workflow was never started, or is gone, are found by `claims` and freed by `release`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select, update

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.store.prepared import Prepared
from tirage.store.schema import work

NO_PROJECT = ProjectName("")
FREE = ""
_PAGE = 500
_ADD = Prepared(insert(work), [column.name for column in work.columns if column is not work.c.id])


class WorkKind(StrEnum):
    """What is to be done with an item."""

    CATALOGUE = "catalogue"
    RELEASE = "release"
    QUERY = "query"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do; `id` is never used twice, so it may name a workflow."""

    id: int
    kind: str
    received: ReceivedId | None
    study: int | None
    project: ProjectName


def enqueue(
    connection: Connection,
    kind: str,
    at: int,
    received: Sequence[ReceivedId] = (),
    studies: Sequence[int] = (),
    project: ProjectName = NO_PROJECT,
) -> None:
    """Add an item for each of `received` and each of `studies`, at the time `at` (microseconds)."""
    shared = {"kind": kind, "project": project, "claim": FREE, "created_at": at}
    rows = [{**shared, "received_id": number, "study_id": None} for number in received]
    rows += [{**shared, "received_id": None, "study_id": number} for number in studies]
    if rows:
        _ADD.run(connection, rows)


def claim(connection: Connection, kind: str, most: int, claim: str) -> list[Item]:
    """Up to `most` free items of `kind`, oldest first, marked as taken by `claim`.

    Several workers on PostgreSQL get different items without waiting for each other.
    """
    chosen = (
        select(work.c.id)
        .where(work.c.kind == kind, work.c.claim == FREE)
        .order_by(work.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    numbers = connection.execute(chosen).scalars().all()
    for start in range(0, len(numbers), _PAGE):
        page = numbers[start : start + _PAGE]
        connection.execute(update(work).where(work.c.id.in_(page)).values(claim=claim))
    return claimed(connection, claim) if numbers else []


def claimed(connection: Connection, claim: str) -> list[Item]:
    """The items that `claim` took and has not finished, oldest first."""
    rows = connection.execute(select(work).where(work.c.claim == claim).order_by(work.c.id))
    return [Item(row.id, row.kind, row.received_id, row.study_id, ProjectName(row.project)) for row in rows]


def claims(connection: Connection, kind: str) -> list[str]:
    """Every claim on items of `kind`: what to ask the flow engine about at a start."""
    held = select(work.c.claim).distinct().where(work.c.kind == kind, work.c.claim != FREE)
    return list(connection.execute(held).scalars())


def release(connection: Connection, claim: str) -> None:
    """Free what `claim` took, for another to take."""
    connection.execute(update(work).where(work.c.claim == claim).values(claim=FREE))


def finish(connection: Connection, numbers: Sequence[int]) -> None:
    """Strike items off; those already struck off are no fault."""
    for start in range(0, len(numbers), _PAGE):
        connection.execute(delete(work).where(work.c.id.in_(numbers[start : start + _PAGE])))


def request(connection: Connection, kind: str, project: ProjectName, at: int) -> bool:
    """Ask for something once for a whole project; False when it was asked for already."""
    if project in requested(connection, kind):
        return False
    row = {"kind": kind, "project": project, "claim": FREE, "created_at": at}
    _ADD.run(connection, [row | {"received_id": None, "study_id": None}])
    return True


def requested(connection: Connection, kind: str) -> dict[ProjectName, int]:
    """The projects something of `kind` was asked for, and when first (microseconds)."""
    asked = select(work.c.project, func.min(work.c.created_at).label("at")).where(work.c.kind == kind)
    return {ProjectName(row.project): row.at for row in connection.execute(asked.group_by(work.c.project))}


def fulfil(connection: Connection, kind: str, project: ProjectName) -> None:
    """Strike off what was asked for the whole project."""
    connection.execute(delete(work).where(work.c.kind == kind, work.c.project == project))


def has_free(connection: Connection, kind: str) -> bool:
    """Whether an item of `kind` waits to be claimed."""
    waits = select(work.c.id).where(work.c.kind == kind, work.c.claim == FREE).limit(1)
    return connection.execute(waits).first() is not None
