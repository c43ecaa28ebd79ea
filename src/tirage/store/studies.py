"""What waits in which study of a project, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity
from tirage.store.prepared import pages
from tirage.store.resolved import retry
from tirage.store.schema import custody, instance, patient, received, study

PENDING = custody.c.disposition == Disposition.PENDING.value


@dataclass(frozen=True, slots=True)
class WaitingStudy:
    """A study with catalogued objects that a project has not worked on; times in microseconds.

    `last` is the latest of those objects, `retries` how often something of the study was put back: with the
    two the work to do has a name that never comes again.
    """

    study: int
    instances: int
    expected: int | None
    last_arrival: int
    settled_at: int | None
    last: ReceivedId
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Original:
    """An object to work on: its number and the digest it is kept under."""

    received: ReceivedId
    digest: Digest


def to_prepare(project: ProjectName, policy: PolicyDigest) -> ColumnElement[bool]:
    """Which rows of custody have no output under this policy yet: new ones, and those of an older policy."""
    is_outdated = and_(custody.c.stage == Stage.DEIDENTIFIED.value, custody.c.policy != policy)
    is_due = or_(custody.c.stage == Stage.CATALOGUED.value, is_outdated)
    return and_(custody.c.project == project, PENDING, custody.c.release_id.is_(None), is_due)


def waiting(connection: Connection, project: ProjectName, policy: PolicyDigest) -> list[WaitingStudy]:
    """Every study with something to prepare for `project`, the longest waiting first."""
    due = (
        select(custody.c.study_id, func.max(custody.c.received_id).label("last"))
        .where(to_prepare(project, policy), custody.c.study_id.is_not(None))
        .group_by(custody.c.study_id)
        .subquery()
    )
    columns = (study.c.instances, study.c.expected_instances, study.c.last_arrival, study.c.settled_at)
    is_same = (retry.c.study_id == due.c.study_id) & (retry.c.project == project)
    retries = func.coalesce(retry.c.count, 0).label("retries")
    query = (
        select(due.c.study_id, due.c.last, retries, *columns)
        .join(study, study.c.id == due.c.study_id)
        .outerjoin(retry, is_same)
    )
    return [
        WaitingStudy(
            row.study_id,
            row.instances,
            row.expected_instances,
            row.last_arrival,
            row.settled_at,
            ReceivedId(row.last),
            row.retries,
        )
        for row in connection.execute(query.order_by(study.c.last_arrival, study.c.id))
    ]


def originals(
    connection: Connection, project: ProjectName, policy: PolicyDigest, study_id: int, last: ReceivedId
) -> list[Original]:
    """What is to be prepared in a study, up to the object `last`."""
    query = (
        select(custody.c.received_id, received.c.digest)
        .join(received, received.c.id == custody.c.received_id)
        .where(to_prepare(project, policy), custody.c.study_id == study_id, custody.c.received_id <= last)
        .order_by(custody.c.received_id)
    )
    return [Original(ReceivedId(row.received_id), row.digest) for row in connection.execute(query)]


def still_waiting(
    connection: Connection, project: ProjectName, policy: PolicyDigest, numbers: Sequence[ReceivedId]
) -> list[Original]:
    """Those of `numbers` that still are to be prepared."""
    found = []
    for page in pages(numbers):
        query = (
            select(custody.c.received_id, received.c.digest)
            .join(received, received.c.id == custody.c.received_id)
            .where(to_prepare(project, policy), custody.c.received_id.in_(page))
            .order_by(custody.c.received_id)
        )
        found += [Original(ReceivedId(row.received_id), row.digest) for row in connection.execute(query)]
    return found


def identities(connection: Connection, study_id: int) -> list[PatientIdentity]:
    """Every distinct identity among the study's catalogued instances."""
    columns = (patient.c.patient_id, patient.c.issuer, patient.c.name, patient.c.birth_date, patient.c.sex)
    query = (
        select(*columns)
        .distinct()
        .join(instance, instance.c.patient_id == patient.c.id)
        .where(instance.c.study_id == study_id)
        .order_by(*columns)
    )
    return [PatientIdentity(*row) for row in connection.execute(query)]


def numbers(connection: Connection, study_id: int) -> tuple[str, str]:
    """The study's UID and accession number; they identify."""
    row = connection.execute(select(study.c.uid, study.c.accession).where(study.c.id == study_id)).one()
    return row.uid, row.accession


def settle(connection: Connection, study_id: int, at: int) -> None:
    """Take the study for complete at the time `at` (microseconds)."""
    connection.execute(update(study).where(study.c.id == study_id).values(settled_at=at))


def is_working(connection: Connection, project: ProjectName, policy: PolicyDigest) -> bool:
    """Whether objects of the project are still on the way to becoming outputs under this policy."""
    is_coming = or_(custody.c.stage == Stage.RECEIVED.value, to_prepare(project, policy))
    query = select(custody.c.received_id).where(custody.c.project == project, PENDING, is_coming)
    return connection.execute(query.limit(1)).first() is not None


def conflict(connection: Connection, study_id: int) -> HoldReason | None:
    """Why nothing of the study may go on; None when it may."""
    reason = connection.execute(select(study.c.conflict).where(study.c.id == study_id)).scalar_one()
    return HoldReason(reason) if reason else None


def stages(connection: Connection) -> dict[str, int]:
    """How many objects have completed each stage last, over all projects; 0 where none."""
    counted = select(custody.c.stage, func.count().label("objects")).group_by(custody.c.stage)
    found = {row.stage: row.objects for row in connection.execute(counted)}
    return {stage.value: found.get(stage.value, 0) for stage in Stage}


def standings(
    connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId]
) -> dict[ReceivedId, tuple[str, str]]:
    """Disposition and reason of each of `numbers` in the project; those it never claimed are left out."""
    found = {}
    for page in pages(numbers):
        query = select(custody.c.received_id, custody.c.disposition, custody.c.reason).where(
            custody.c.project == project, custody.c.received_id.in_(page)
        )
        found.update({ReceivedId(row[0]): (row[1], row[2]) for row in connection.execute(query)})
    return found
