"""Erasing a study: what says anything of it goes in one transaction, a tombstone stays.

The rows that say an object came, and where it stands, are never deleted: the sum stays true.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    distinct,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, ProjectName, ReceivedId, Uid
from tirage.model.outcomes import Disposition
from tirage.model.reasons import RejectReason
from tirage.store import discards, forgetting, work
from tirage.store.discards import Place
from tirage.store.prepared import pages, upsert
from tirage.store.resolved import (
    discarded,
    erased,
    retry,
    tombstone,
    waiver,
)
from tirage.store.schema import (
    custody,
    delivery,
    header,
    instance,
    output,
    received,
    release,
    release_member,
    series,
    study,
)
from tirage.store.schema import work as work_table

_STANDS = tombstone.c.lifted_at.is_(None)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An erased study: how much it was, who erased it and why; times in microseconds."""

    id: int
    study: int
    objects: int
    released: int
    size_bytes: int
    why: str
    erased_by: str
    erased_at: int
    lifted_by: str
    lifted_at: int | None


@dataclass(frozen=True, slots=True)
class Recall:
    """Copies of an erased study that were released; `destination` is empty where none was delivered."""

    project: ProjectName
    version: int
    destination: str
    status: str
    objects: int


def erase(connection: Connection, study_id: int, why: str, by: str, at: int) -> Tombstone | None:
    """Forget everything of a study but that its objects came; None when there is no such study."""
    known = connection.execute(select(study).where(study.c.id == study_id).with_for_update()).first()
    if known is None:
        return None
    numbers = select(instance.c.received_id).where(instance.c.study_id == study_id)
    people = _people(connection, study_id)
    number = _bury(connection, known, numbers, why, by, at)
    connection.execute(
        insert(erased).from_select(["received_id", "tombstone_id"], numbers.add_columns(literal(number)))
    )
    _discard(connection, numbers, at)
    _forget_outputs(connection, numbers)
    _reject(connection, custody.c.received_id.in_(numbers), at)
    for table in (work_table, waiver, header):
        connection.execute(delete(table).where(table.c.received_id.in_(numbers)))
    connection.execute(delete(work_table).where(work_table.c.study_id == study_id))
    connection.execute(delete(retry).where(retry.c.study_id == study_id))
    for table in (instance, series):
        connection.execute(delete(table).where(table.c.study_id == study_id))
    connection.execute(delete(study).where(study.c.id == study_id))
    forgetting.writings(connection, [f"study:{study_id}", *forgetting.people(connection, people)])
    return find(connection, number)


def among(connection: Connection, numbers: Iterable[ReceivedId]) -> dict[ReceivedId, int]:
    """Those of `numbers` that were erased, each with its tombstone; lifted ones do not count."""
    found = {}
    for page in pages(numbers):
        query = select(erased.c.received_id, erased.c.tombstone_id).join(tombstone)
        for row in connection.execute(query.where(erased.c.received_id.in_(page), _STANDS)):
            found[ReceivedId(row.received_id)] = int(row.tombstone_id)
    return found


def studies(connection: Connection, uids: Collection[Uid]) -> dict[Uid, int]:
    """Those of the studies that were erased, each with its tombstone."""
    found, digests = {}, {digest_of(uid): uid for uid in uids}
    for page in pages(sorted(digests)):
        query = select(tombstone.c.uid_digest, tombstone.c.id)
        for row in connection.execute(query.where(tombstone.c.uid_digest.in_(page), _STANDS)):
            found[digests[row.uid_digest]] = int(row.id)
    return found


def bury(connection: Connection, objects: Sequence[tuple[ReceivedId, int]], at: int) -> None:
    """Forget objects that came of studies erased before: each with its tombstone."""
    adding = upsert(erased).on_conflict_do_nothing()
    for page in pages(objects):
        rows = [{"received_id": number, "tombstone_id": grave} for number, grave in page]
        connection.execute(adding, rows)
        _reject(connection, custody.c.received_id.in_([number for number, _ in page]), at)
        files = select(received.c.id, received.c.digest).where(received.c.id.in_([n for n, _ in page]))
        discards.add(
            connection,
            Place.ORIGINALS,
            [(ReceivedId(row.id), row.digest) for row in connection.execute(files)],
            at,
        )


def came_again(connection: Connection, numbers: Collection[ReceivedId], at: int) -> None:
    """What to do with objects that were here and whose bytes just came again: erased ones go again.

    Under a lifted tombstone they are wanted, and judged as if they were new.
    """
    for page in pages(sorted(numbers)):
        query = select(received.c.id, received.c.digest, tombstone.c.lifted_at, erased.c.tombstone_id)
        query = query.join(erased, erased.c.received_id == received.c.id).join(tombstone)
        rows = connection.execute(query.where(received.c.id.in_(page))).all()
        gone = [(ReceivedId(row.id), row.digest) for row in rows if row.lifted_at is None]
        discards.add(connection, Place.ORIGINALS, gone, at)
        _restore(connection, [ReceivedId(row.id) for row in rows if row.lifted_at is not None], at)


def lift(connection: Connection, number: int, by: str, at: int) -> Tombstone | None:
    """Let the study come in again; its bytes do not come back by themselves. None for an unknown one."""
    connection.execute(
        update(tombstone)
        .where(tombstone.c.id == number, _STANDS)
        .values(lifted_by=by, lifted_at=at, uid_digest=Digest("0" * 64))
    )
    return find(connection, number)


def find(connection: Connection, number: int) -> Tombstone | None:
    """The tombstone of this number."""
    row = connection.execute(select(tombstone).where(tombstone.c.id == number)).first()
    return None if row is None else _tombstone(row)


def listed(connection: Connection, before: int | None = None, most: int = 50) -> list[Tombstone]:
    """One page of tombstones, the newest first, beginning behind the number `before`."""
    query = select(tombstone).order_by(tombstone.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(tombstone.c.id < before)
    return [_tombstone(row) for row in connection.execute(query)]


def projects(connection: Connection, study_id: int) -> list[ProjectName]:
    """The projects that have objects of a study."""
    having = select(custody.c.project).distinct().where(custody.c.study_id == study_id)
    return [ProjectName(name) for name in connection.scalars(having.order_by(custody.c.project))]


def objects(connection: Connection, study_id: int) -> list[ReceivedId]:
    """The objects of a study that was not erased."""
    query = select(instance.c.received_id).where(instance.c.study_id == study_id)
    return [ReceivedId(number) for number in connection.scalars(query)]


def projects_of(connection: Connection, number: int) -> list[ProjectName]:
    """The projects that had objects of the study of a tombstone."""
    mine = select(erased.c.received_id).where(erased.c.tombstone_id == number)
    having = select(custody.c.project).distinct().where(custody.c.received_id.in_(mine))
    return [ProjectName(name) for name in connection.scalars(having.order_by(custody.c.project))]


def recalls(connection: Connection, number: int) -> list[Recall]:
    """Where copies of an erased study are: in which releases, and at which destinations."""
    is_delivered = and_(
        delivery.c.release_id == release_member.c.release_id,
        delivery.c.output_digest == release_member.c.output_digest,
    )
    columns = (
        release.c.project,
        release.c.version,
        func.coalesce(delivery.c.destination, ""),
        func.coalesce(delivery.c.status, ""),
    )
    query = (
        select(*columns, func.count())
        .select_from(erased)
        .join(release_member, release_member.c.received_id == erased.c.received_id)
        .join(release, release.c.id == release_member.c.release_id)
        .outerjoin(delivery, is_delivered)
        .where(erased.c.tombstone_id == number)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [Recall(ProjectName(row[0]), row[1], row[2], row[3], row[4]) for row in connection.execute(query)]


def digest_of(uid: Uid) -> Digest:
    """What a tombstone knows a study by."""
    return Digest(hashlib.sha256(uid.encode()).hexdigest())


def _people(connection: Connection, study_id: int) -> set[int]:
    named = select(instance.c.patient_id).distinct().where(instance.c.study_id == study_id)
    of_study = select(study.c.patient_id).where(study.c.id == study_id)
    return {*connection.scalars(named), *connection.scalars(of_study)}


def _bury(connection: Connection, known: Any, numbers: Select[tuple[int]], why: str, by: str, at: int) -> int:
    sizes = select(func.count(), func.coalesce(func.sum(received.c.size_bytes), 0))
    objects, size_bytes = connection.execute(sizes.where(received.c.id.in_(numbers))).one()
    released = select(func.count(distinct(release_member.c.received_id)))
    row = {
        "study_id": known.id,
        "uid_digest": digest_of(known.uid),
        "objects": objects,
        "released": connection.scalar(released.where(release_member.c.received_id.in_(numbers))),
        "size_bytes": int(size_bytes),
        "why": why,
        "erased_by": by,
        "erased_at": at,
    }
    return int(connection.execute(insert(tombstone).returning(tombstone.c.id), row).scalar_one())


def _discard(connection: Connection, numbers: Select[tuple[int]], at: int) -> None:
    columns = ["place", "digest", "received_id", "asked_at"]
    originals = select(literal(Place.ORIGINALS.value), received.c.digest, received.c.id, literal(at)).where(
        received.c.id.in_(numbers)
    )
    outputs = select(literal(Place.OBJECTS.value), output.c.digest, output.c.received_id, literal(at)).where(
        output.c.received_id.in_(numbers), ~_is_released()
    )
    connection.execute(insert(discarded).from_select(columns, originals))
    connection.execute(insert(discarded).from_select(columns, outputs))


def _forget_outputs(connection: Connection, numbers: Select[tuple[int]]) -> None:
    connection.execute(delete(output).where(output.c.received_id.in_(numbers), ~_is_released()))


def _is_released() -> ColumnElement[bool]:
    return exists().where(
        release_member.c.received_id == output.c.received_id,
        release_member.c.output_digest == output.c.digest,
    )


def _reject(connection: Connection, mine: ColumnElement[bool], at: int) -> None:
    """Take objects out of their study; those that no release holds are rejected."""
    connection.execute(
        update(custody)
        .where(mine, custody.c.release_id.is_(None))
        .values(
            disposition=Disposition.REJECTED.value,
            reason=RejectReason.ERASED.value,
            policy=None,
            output_digest=None,
            updated_at=at,
        )
    )
    connection.execute(update(custody).where(mine).values(study_id=None))


def _restore(connection: Connection, numbers: Sequence[ReceivedId], at: int) -> None:
    if not numbers:
        return
    connection.execute(delete(erased).where(erased.c.received_id.in_(numbers)))
    connection.execute(
        update(custody)
        .where(custody.c.received_id.in_(numbers), custody.c.reason == RejectReason.ERASED.value)
        .values(stage=Stage.RECEIVED.value, disposition=Disposition.PENDING.value, reason="", updated_at=at)
    )
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=numbers)


def _tombstone(row: Any) -> Tombstone:
    return Tombstone(
        row.id,
        row.study_id,
        row.objects,
        row.released,
        row.size_bytes,
        row.why,
        row.erased_by,
        row.erased_at,
        row.lifted_by or "",
        row.lifted_at,
    )
