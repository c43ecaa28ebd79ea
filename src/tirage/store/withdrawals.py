"""Withdrawals: which released studies were called back, who has copies of them, who was told."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, Table, exists, func, insert, select, union

from tirage.model.delivery import Delivery
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.withdrawals import Cause
from tirage.store.prepared import pages, upsert
from tirage.store.recalled import withdrawal, withdrawal_notice, withdrawn_study
from tirage.store.reconciled import output_before
from tirage.store.schema import delivery, output, release, release_member

PENDING = "pending"
"""Of a destination that is still to be told."""


@dataclass(frozen=True, slots=True, order=True)
class Study:
    """A study as it was released: research UID and pseudonym."""

    subject: str
    study: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Studies called back together; `newest_release` is the last one that is meant, times in microseconds."""

    id: int
    project: ProjectName
    number: int
    cause: Cause
    why: str
    made_by: str
    made_at: int
    newest_release: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Objects of a withdrawn study in a release; `destination` is '' for the node's own."""

    study: str
    version: int
    destination: str
    status: str
    objects: int


def make(
    connection: Connection,
    project: ProjectName,
    studies: Collection[Study],
    cause: Cause,
    why: str,
    by: str,
    at: int,
) -> Withdrawal | None:
    """Call studies back; None when each was called back and not released since."""
    newest = connection.execute(select(func.max(release.c.id)).where(release.c.project == project)).scalar()
    if newest is None:
        return None
    known = _since(connection, project)
    wanted = [each for each in sorted(set(studies)) if _is_new(connection, project, each, known)]
    if not wanted:
        return None
    highest = select(func.max(withdrawal.c.number)).where(withdrawal.c.project == project)
    row = {
        "project": project,
        "number": (connection.execute(highest).scalar() or 0) + 1,
        "cause": cause.value,
        "why": why,
        "made_by": by,
        "made_at": at,
        "newest_release": newest,
    }
    number = connection.execute(insert(withdrawal).returning(withdrawal.c.id), row).scalar_one()
    rows = [{"withdrawal_id": number, "study": each.study, "subject": each.subject} for each in wanted]
    connection.execute(insert(withdrawn_study), rows)
    expect(connection, int(number), recipients(connection, int(number)))
    return get(connection, int(number))


def expect(connection: Connection, number: int, destinations: Collection[str]) -> None:
    """Destinations are to be told of a withdrawal; one that was told stays so."""
    adding = upsert(withdrawal_notice).on_conflict_do_nothing()
    for destination in sorted(destinations):
        row = {"withdrawal_id": number, "destination": destination, "status": PENDING, "updated_at": 0}
        connection.execute(adding, row)


def pending(connection: Connection) -> list[tuple[int, str]]:
    """Withdrawals and the destinations that are still to be told, the oldest first."""
    query = (
        select(withdrawal_notice.c.withdrawal_id, withdrawal_notice.c.destination)
        .where(withdrawal_notice.c.status.in_([PENDING, Delivery.FAILED.value]))
        .order_by(withdrawal_notice.c.withdrawal_id, withdrawal_notice.c.destination)
    )
    return [(row.withdrawal_id, row.destination) for row in connection.execute(query)]


def get(connection: Connection, number: int) -> Withdrawal:
    """The withdrawal of this number."""
    return _withdrawal(connection.execute(select(withdrawal).where(withdrawal.c.id == number)).one())


def listed(connection: Connection, project: ProjectName | None = None) -> list[Withdrawal]:
    """Withdrawals, the newest first, of one project when asked for."""
    query = select(withdrawal).order_by(withdrawal.c.id.desc())
    if project is not None:
        query = query.where(withdrawal.c.project == project)
    return [_withdrawal(row) for row in connection.execute(query)]


def studies(connection: Connection, number: int) -> list[Study]:
    """What a withdrawal calls back, in order."""
    query = select(withdrawn_study).where(withdrawn_study.c.withdrawal_id == number)
    return sorted(Study(row.subject, row.study) for row in connection.execute(query))


def among(
    connection: Connection, project: ProjectName, number: int, wanted: Collection[str]
) -> dict[str, int]:
    """Those of the studies, as release `number` has them, that were called back, each with its withdrawal."""
    found: dict[str, int] = {}
    for page in pages(sorted(set(wanted))):
        query = (
            select(withdrawn_study.c.study, withdrawn_study.c.withdrawal_id)
            .join(withdrawal, withdrawal.c.id == withdrawn_study.c.withdrawal_id)
            .where(
                withdrawal.c.project == project,
                withdrawal.c.newest_release >= number,
                withdrawn_study.c.study.in_(page),
            )
        )
        found |= {row.study: row.withdrawal_id for row in connection.execute(query)}
    return found


def released(
    connection: Connection,
    project: ProjectName,
    *,
    subject: str | None = None,
    study: str | None = None,
    objects: Sequence[ReceivedId] | None = None,
) -> list[Study]:
    """The project's released studies of a subject, of a UID, or with one of the objects."""
    found: set[Study] = set()
    for table in (output, output_before):
        query = _released(table, project)
        if subject is not None:
            query = query.where(table.c.pseudonym == subject)
        if study is not None:
            query = query.where(table.c.study == study)
        for page in [None] if objects is None else pages(objects):
            rows = query if page is None else query.where(table.c.received_id.in_(page))
            found |= {Study(row.pseudonym, row.study) for row in connection.execute(rows)}
    return sorted(found)


def members(connection: Connection, project: ProjectName) -> Iterator[list[ReceivedId]]:
    """All objects that releases of the project hold, in pages."""
    query = (
        select(release_member.c.received_id)
        .distinct()
        .join(release, release.c.id == release_member.c.release_id)
        .where(release.c.project == project)
    )
    yield from pages([ReceivedId(number) for number in connection.execute(query).scalars()])


def copies(connection: Connection, number: int) -> list[Copy]:
    """Where the objects of withdrawn studies are: in which releases, and at which destinations."""
    row = get(connection, number)
    found: list[Copy] = []
    for each in studies(connection, number):
        digests = union(
            *(
                select(table.c.digest).where(table.c.project == row.project, table.c.study == each.study)
                for table in (output, output_before)
            )
        ).subquery()
        base = (
            select(release.c.version, release_member.c.release_id, release_member.c.output_digest)
            .join(release_member, release_member.c.release_id == release.c.id)
            .where(
                release.c.project == row.project,
                release.c.id <= row.newest_release,
                release_member.c.output_digest.in_(select(digests.c.digest)),
            )
            .subquery()
        )
        here = select(base.c.version, func.count().label("objects")).group_by(base.c.version)
        found += [Copy(each.study, one.version, "", "", one.objects) for one in connection.execute(here)]
        columns = (base.c.version, delivery.c.destination, delivery.c.status)
        there = (
            select(*columns, func.count().label("objects"))
            .join(
                delivery,
                (delivery.c.release_id == base.c.release_id)
                & (delivery.c.output_digest == base.c.output_digest),
            )
            .group_by(*columns)
        )
        found += [
            Copy(each.study, one.version, one.destination, one.status, one.objects)
            for one in connection.execute(there)
        ]
    return sorted(found, key=lambda one: (one.study, one.version, one.destination, one.status))


def recipients(connection: Connection, number: int) -> set[str]:
    """The destinations that have, or may have, objects of a withdrawal."""
    none = {"", Delivery.SKIPPED.value, Delivery.CONFLICT.value}
    return {each.destination for each in copies(connection, number) if each.status not in none}


def note(connection: Connection, number: int, destination: str, status: Delivery, at: int) -> None:
    """Keep what a destination answered to the tombstone."""
    adding = upsert(withdrawal_notice).on_conflict_do_update(
        index_elements=["withdrawal_id", "destination"], set_={"status": status.value, "updated_at": at}
    )
    row = {"withdrawal_id": number, "destination": destination, "status": status.value, "updated_at": at}
    connection.execute(adding, row)


def noted(connection: Connection, number: int) -> dict[str, str]:
    """What each destination that has copies answered to the tombstone; `PENDING` before it was asked."""
    query = select(withdrawal_notice).where(withdrawal_notice.c.withdrawal_id == number)
    return {row.destination: row.status for row in connection.execute(query)}


def _released(table: Table, project: ProjectName) -> Select[tuple[str, str]]:
    is_released = exists().where(
        release_member.c.output_digest == table.c.digest,
        release_member.c.received_id == table.c.received_id,
    )
    return select(table.c.pseudonym, table.c.study).distinct().where(table.c.project == project, is_released)


def _since(connection: Connection, project: ProjectName) -> dict[str, int]:
    """The last release that a withdrawal of each study meant."""
    query = (
        select(withdrawn_study.c.study, func.max(withdrawal.c.newest_release))
        .join(withdrawal, withdrawal.c.id == withdrawn_study.c.withdrawal_id)
        .where(withdrawal.c.project == project)
        .group_by(withdrawn_study.c.study)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _is_new(connection: Connection, project: ProjectName, each: Study, known: dict[str, int]) -> bool:
    """Whether a study was never called back, or released again since."""
    if each.study not in known:
        return True
    for table in (output, output_before):
        query = (
            select(release_member.c.release_id)
            .join(table, table.c.digest == release_member.c.output_digest)
            .join(release, release.c.id == release_member.c.release_id)
            .where(
                release.c.project == project,
                table.c.project == project,
                table.c.study == each.study,
                release_member.c.release_id > known[each.study],
            )
            .limit(1)
        )
        if connection.execute(query).first() is not None:
            return True
    return False


def _withdrawal(row: Row[*tuple[object, ...]]) -> Withdrawal:
    return Withdrawal(
        row.id,
        ProjectName(row.project),
        row.number,
        Cause(row.cause),
        row.why,
        row.made_by,
        row.made_at,
        row.newest_release,
    )
