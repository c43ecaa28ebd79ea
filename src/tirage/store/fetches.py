"""Studies that projects want from the archives: whose turn it is, what is missing, how often was asked.

Several workers take different studies: a row is claimed by the run that is at it, and a run that died finds
its own again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, or_, select, text, update

from tirage.acquire.outcome import SERIES_UNKNOWN
from tirage.model.archives import InstanceAnswer
from tirage.model.identifiers import ProjectName, Uid
from tirage.model.records import Confidential
from tirage.model.requests import FetchState
from tirage.store.database import is_postgres
from tirage.store.prepared import pages, upsert
from tirage.store.requested import asked, expected, fetch
from tirage.store.schema import instance, received, study

FREE = ""
WITHDRAWN = "WITHDRAWN"
"""The detail of a study that the project's lists and filters are against since it was wanted."""

MINUTE = 60_000_000
_ASKING_LOCK = 0x7469_6173  # any number that no other program locks


@dataclass(frozen=True, slots=True, repr=False)
class Fetch(Confidential):
    """A study on its way into a project's keeping; `due_at` in microseconds."""

    id: int
    project: ProjectName
    study: Uid
    patient_id: str
    archive: str
    state: FetchState
    attempts: int
    due_at: int


def want(
    connection: Connection,
    project: ProjectName,
    studies: Sequence[tuple[Uid, str]],
    archive: str,
    priority: int,
    at: int,
) -> int:
    """Want studies, each with the patient it was requested of, from `archive` first; how many are new."""
    rows = [
        {
            "project": project,
            "study": study,
            "patient_id": patient_id,
            "archive": archive,
            "state": FetchState.WANTED.value,
            "priority": priority,
            "attempts": 0,
            "expected": 0,
            "received": 0,
            "due_at": at,
            "claim": FREE,
            "detail": "",
            "wanted_at": at,
            "updated_at": at,
        }
        for study, patient_id in studies
    ]
    adding = upsert(fetch).on_conflict_do_nothing(index_elements=["project", "study"]).returning(fetch.c.id)
    return sum(connection.execute(adding, row).first() is not None for row in rows)


def due(
    connection: Connection, archive: str, projects: Sequence[ProjectName], now: int, most: int
) -> list[Fetch]:
    """Up to `most` studies nobody is at and `archive` may be asked for now, the most urgent first."""
    query = _of(archive, projects).where(fetch.c.claim == FREE, fetch.c.due_at <= now)
    return [_fetch(row) for row in connection.execute(query.order_by(*_URGENCY).limit(most))]


def claim(
    connection: Connection, archive: str, projects: Sequence[ProjectName], now: int, run: str
) -> Fetch | None:
    """The study that `run` was at, or the most urgent one, now claimed by it; None when nothing is due."""
    own = _of(archive, projects).where(fetch.c.claim == run)
    row = connection.execute(own.limit(1)).first()
    if row is not None:
        return _fetch(row)
    free = _of(archive, projects).where(fetch.c.claim == FREE, fetch.c.due_at <= now)
    chosen = free.order_by(*_URGENCY).limit(1).with_for_update(skip_locked=True)
    row = connection.execute(chosen).first()
    if row is None:
        return None
    connection.execute(update(fetch).where(fetch.c.id == row.id).values(claim=run))
    return _fetch(row)


def is_waiting(connection: Connection, archive: str, projects: Sequence[ProjectName], attempts: int) -> bool:
    """Whether a study nobody is at will be asked for soon: tried less than `attempts` times in vain."""
    query = _of(archive, projects).where(fetch.c.claim == FREE, fetch.c.attempts < attempts)
    return connection.execute(query.limit(1)).first() is not None


def is_left(connection: Connection, project: ProjectName) -> bool:
    """Whether the project still waits for a study, now or after a wait."""
    waiting = select(fetch.c.id).where(fetch.c.project == project, _IS_WANTED).limit(1)
    return connection.execute(waiting).first() is not None


def state(connection: Connection, number: int) -> FetchState:
    """How the fetch stands."""
    return FetchState(connection.execute(select(fetch.c.state).where(fetch.c.id == number)).scalar_one())


def announced(
    connection: Connection, project: ProjectName, studies: Sequence[int]
) -> dict[int, tuple[FetchState, int]]:
    """Of catalogued studies by number: how their fetch stands, and how many instances it expects."""
    query = select(study.c.id, fetch.c.state, fetch.c.expected).join(fetch, fetch.c.study == study.c.uid)
    return {
        row.id: (FetchState(row.state), row.expected)
        for page in pages(studies)
        for row in connection.execute(query.where(fetch.c.project == project, study.c.id.in_(page)))
    }


def expect(connection: Connection, number: int, instances: Sequence[InstanceAnswer]) -> None:
    """Add what an archive listed to what is expected of the fetch."""
    rows = [
        {"fetch_id": number, "sop_instance": uid, "series": series, "sop_class": sop_class}
        for series, uid, sop_class in instances
    ]
    if rows:
        connection.execute(upsert(expected).on_conflict_do_nothing(), rows)


def missing(connection: Connection, number: int) -> list[InstanceAnswer]:
    """What is expected of the fetch and not in keeping, in order of series and instance."""
    in_keeping = or_(
        select(received.c.id).where(received.c.stated_sop_instance == expected.c.sop_instance).exists(),
        select(instance.c.received_id).where(instance.c.sop_instance == expected.c.sop_instance).exists(),
    )
    query = (
        select(expected.c.series, expected.c.sop_instance, expected.c.sop_class)
        .where(expected.c.fetch_id == number, ~in_keeping)
        .order_by(expected.c.series, expected.c.sop_instance)
    )
    return [InstanceAnswer(Uid(row[0]), Uid(row[1]), Uid(row[2])) for row in connection.execute(query)]


def expected_count(connection: Connection, number: int) -> int:
    """How many instances are expected of the fetch."""
    return connection.execute(select(func.count()).where(expected.c.fetch_id == number)).scalar_one()


def begin_asking(
    connection: Connection, number: int, archive: str, instances: int, per_minute: int, at: int
) -> int | None:
    """Note that `archive` is about to be asked; the note's number, None when it was asked enough for now."""
    if per_minute:
        if is_postgres(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ASKING_LOCK})
        lately = select(func.count()).where(asked.c.archive == archive, asked.c.asked_at > at - MINUTE)
        if connection.execute(lately).scalar_one() >= per_minute:
            return None
    row = {"fetch_id": number, "archive": archive, "instances": instances, "status": "", "asked_at": at}
    return int(connection.execute(insert(asked).returning(asked.c.id), row).scalar_one())


def end_asking(connection: Connection, note: int, arrived: int, status: str, at: int) -> None:
    """Note what the archive said and how much came."""
    answer = {"arrived": arrived, "status": status, "answered_at": at}
    connection.execute(update(asked).where(asked.c.id == note).values(answer))


def times_asked(connection: Connection, number: int) -> int:
    """How often archives were asked for the study."""
    return connection.execute(select(func.count()).where(asked.c.fetch_id == number)).scalar_one()


def put_down(connection: Connection, number: int, run: str, at: int, **changes: Any) -> None:
    """End the claim of `run` with `changes` to the row; a study cancelled meanwhile stays so."""
    is_own = and_(fetch.c.id == number, fetch.c.claim == run)
    connection.execute(update(fetch).where(is_own, _IS_WANTED).values(updated_at=at, **changes))
    connection.execute(update(fetch).where(is_own).values(claim=FREE))


def let_go(connection: Connection, run: str) -> None:
    """End every claim of a run that is over, whatever it found: nobody else would."""
    connection.execute(update(fetch).where(fetch.c.claim == run).values(claim=FREE))


def cancel(connection: Connection, project: ProjectName, at: int) -> int:
    """Stop wanting what the project still waits for; how many studies."""
    wanted = and_(fetch.c.project == project, _IS_WANTED)
    values = {"state": FetchState.CANCELLED.value, "updated_at": at}
    return connection.execute(update(fetch).where(wanted).values(values)).rowcount


def retry(connection: Connection, project: ProjectName, first_archive: str, at: int) -> int:
    """Want again what was given up or cancelled, from the first archive on; how many studies."""
    given_up = [FetchState.PARTIAL, FetchState.ABSENT, FetchState.REFUSED, FetchState.CANCELLED]
    ended = and_(fetch.c.project == project, fetch.c.state.in_([each.value for each in given_up]))
    values = {
        "state": FetchState.WANTED.value,
        "archive": first_archive,
        "attempts": 0,
        "due_at": at,
        "detail": "",
        "updated_at": at,
    }
    return connection.execute(update(fetch).where(ended).values(values)).rowcount


def decided(connection: Connection, project: ProjectName, at: int) -> int:
    """Want again the studies that waited for a decision about a series description; how many."""
    waited = and_(fetch.c.project == project, fetch.c.detail == SERIES_UNKNOWN, ~_IS_WANTED)
    values = {"state": FetchState.WANTED.value, "attempts": 0, "due_at": at, "detail": "", "updated_at": at}
    return connection.execute(update(fetch).where(waited).values(values)).rowcount


def withdraw(connection: Connection, project: ProjectName, studies: Sequence[str], at: int) -> None:
    """Stop wanting these studies: a list or a filter is against them now."""
    for page in pages(studies):
        wanted = and_(fetch.c.project == project, fetch.c.study.in_(page), _IS_WANTED)
        values = {"state": FetchState.CANCELLED.value, "detail": WITHDRAWN, "updated_at": at}
        connection.execute(update(fetch).where(wanted).values(values))


def restore(connection: Connection, project: ProjectName, studies: Sequence[str], at: int) -> None:
    """Want again those of the studies that were withdrawn; what a person cancelled stays so."""
    for page in pages(studies):
        withdrawn = and_(fetch.c.project == project, fetch.c.study.in_(page), fetch.c.detail == WITHDRAWN)
        values = {"state": FetchState.WANTED.value, "detail": "", "due_at": at, "updated_at": at}
        connection.execute(update(fetch).where(withdrawn, ~_IS_WANTED).values(values))


def standing(connection: Connection, project: ProjectName) -> dict[FetchState, int]:
    """How many of the project's studies stand where."""
    counted = select(fetch.c.state, func.count()).where(fetch.c.project == project).group_by(fetch.c.state)
    return {FetchState(row[0]): row[1] for row in connection.execute(counted)}


def obstacles(connection: Connection, project: ProjectName) -> dict[str, int]:
    """Why studies that are wanted have not come yet: codes, each with the number of studies."""
    tried = and_(fetch.c.project == project, _IS_WANTED, fetch.c.attempts > 0)
    counted = select(fetch.c.detail, func.count()).where(tried).group_by(fetch.c.detail)
    return {row[0]: row[1] for row in connection.execute(counted.order_by(fetch.c.detail))}


def waiting_at(connection: Connection, archive: str) -> int:
    """How many studies are wanted from an archive and have not come."""
    query = select(func.count()).where(fetch.c.archive == archive, _IS_WANTED)
    return connection.execute(query).scalar_one()


def obstacles_at(connection: Connection, archive: str) -> dict[str, int]:
    """Why they have not come yet: codes, each with the number of studies."""
    tried = and_(fetch.c.archive == archive, _IS_WANTED, fetch.c.attempts > 0)
    counted = select(fetch.c.detail, func.count()).where(tried).group_by(fetch.c.detail)
    return {row[0]: row[1] for row in connection.execute(counted.order_by(fetch.c.detail))}


def instances(connection: Connection, project: ProjectName) -> tuple[int, int]:
    """How many of the instances that its studies are known to have the project keeps; and of how many."""
    sums = (func.coalesce(func.sum(fetch.c.received), 0), func.coalesce(func.sum(fetch.c.expected), 0))
    row = connection.execute(select(*sums).where(fetch.c.project == project)).one()
    return int(row[0]), int(row[1])


_IS_WANTED: ColumnElement[bool] = fetch.c.state == FetchState.WANTED.value
_URGENCY = (fetch.c.priority, fetch.c.id)


def _of(archive: str, projects: Sequence[ProjectName]) -> Select[Any]:
    return select(fetch).where(_IS_WANTED, fetch.c.archive == archive, fetch.c.project.in_(projects))


def _fetch(row: Row[Any]) -> Fetch:
    return Fetch(
        row.id,
        ProjectName(row.project),
        Uid(row.study),
        row.patient_id,
        row.archive,
        FetchState(row.state),
        row.attempts,
        row.due_at,
    )
