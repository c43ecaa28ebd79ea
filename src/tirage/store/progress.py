"""How far the objects of each study of a project have come: counted by the database, one row a study.

Deliveries are counted object by object only where a destination has not answered for a whole release.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, case, func, select

from tirage.acquire.standing import Objects
from tirage.deliver.release import label
from tirage.model.delivery import Delivery
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.policy.fields import Project
from tirage.store.deliveries import DONE
from tirage.store.prepared import pages
from tirage.store.requested import expected, fetch
from tirage.store.schema import custody, delivery, instance, received, release, release_member, study

_DONE = [status.value for status in DONE]
_STOPPED = (Disposition.HELD, Disposition.REJECTED, Disposition.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a study's objects stand; `release` is the newest that holds some (`v0003`), '' when none does.
    Times in microseconds.
    """

    objects: Objects = field(default_factory=Objects)
    release: str = ""
    frozen_at: int = 0
    changed_at: int = 0


@dataclass(slots=True)
class _Counts:
    by_disposition: Counter[str] = field(default_factory=Counter)
    by_reason: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    release: int = 0
    frozen_at: int = 0
    changed_at: int = 0


def progress(connection: Connection, project: Project) -> dict[str, Progress]:
    """Where the objects of each study stand, by its UID; studies without any are left out."""
    counts: dict[str, _Counts] = defaultdict(_Counts)
    _count_catalogued(connection, project.name, counts)
    _count_stopped(connection, project.name, counts)
    undelivered: dict[str, int] = {}
    conflicting: dict[str, int] = {}
    for destination in project.destinations:
        for uid, waiting, conflicts in _undelivered(connection, project.name, destination.name):
            undelivered[uid] = max(undelivered.get(uid, 0), waiting)
            conflicting[uid] = max(conflicting.get(uid, 0), conflicts)
    return {
        uid: Progress(
            Objects(
                pending=each.by_disposition[Disposition.PENDING],
                released=each.by_disposition[Disposition.RELEASED],
                delivered=each.by_disposition[Disposition.RELEASED] - undelivered.get(uid, 0),
                conflicting=conflicting.get(uid, 0),
                held=dict(each.by_reason[Disposition.HELD]),
                rejected=dict(each.by_reason[Disposition.REJECTED]),
                quarantined=dict(each.by_reason[Disposition.QUARANTINED]),
            ),
            label(each.release) if each.release else "",
            each.frozen_at,
            each.changed_at,
        )
        for uid, each in counts.items()
    }


def _count_catalogued(connection: Connection, project: ProjectName, counts: dict[str, _Counts]) -> None:
    grouped = (custody.c.study_id, custody.c.disposition, custody.c.reason, custody.c.release_id)
    counted = (
        select(*grouped, func.count().label("objects"), func.max(custody.c.updated_at).label("changed_at"))
        .where(custody.c.project == project, custody.c.study_id.is_not(None))
        .group_by(*grouped)
        .subquery()
    )
    query = (
        select(counted, study.c.uid, release.c.version, release.c.frozen_at)
        .join(study, study.c.id == counted.c.study_id)
        .outerjoin(release, release.c.id == counted.c.release_id)
    )
    for row in connection.execute(query):
        each = counts[row.uid]
        each.by_disposition[row.disposition] += row.objects
        each.by_reason[row.disposition][row.reason] += row.objects
        each.changed_at = max(each.changed_at, row.changed_at)
        if row.disposition == Disposition.RELEASED and (row.version or 0) > each.release:
            each.release, each.frozen_at = row.version, row.frozen_at


def _count_stopped(connection: Connection, project: ProjectName, counts: dict[str, _Counts]) -> None:
    """What came for a fetch and stopped before the catalogue, unless a sound copy came as well.

    In two statements: in one, SQLite begins with the fetches and reads all of custody for each of them.
    """
    has_copy = select(instance.c.received_id).where(instance.c.sop_instance == received.c.stated_sop_instance)
    stopped = (
        select(received.c.stated_sop_instance, custody.c.disposition, custody.c.reason)
        .join(received, received.c.id == custody.c.received_id)
        .where(
            custody.c.project == project,
            custody.c.disposition.in_([each.value for each in _STOPPED]),
            custody.c.study_id.is_(None),
            ~has_copy.exists(),
        )
    )
    objects = connection.execute(stopped).all()
    studies: dict[str, str] = {}
    for page in pages({row.stated_sop_instance for row in objects}):
        query = (
            select(expected.c.sop_instance, fetch.c.study)
            .join(fetch, fetch.c.id == expected.c.fetch_id)
            .where(expected.c.sop_instance.in_(page), fetch.c.project == project)
        )
        studies |= {row.sop_instance: row.study for row in connection.execute(query)}
    for row in objects:
        if row.stated_sop_instance in studies:
            counts[studies[row.stated_sop_instance]].by_reason[row.disposition][row.reason] += 1


def _undelivered(
    connection: Connection, project: ProjectName, destination: str
) -> list[tuple[str, int, int]]:
    """Studies with released objects that a destination does not have: how many, how many in conflict."""
    numbers = _unfinished(connection, project, destination)
    if not numbers:
        return []
    is_receipt = (
        (delivery.c.release_id == release_member.c.release_id)
        & (delivery.c.output_digest == release_member.c.output_digest)
        & (delivery.c.destination == destination)
    )
    is_newest = (
        (custody.c.project == project)
        & (custody.c.received_id == release_member.c.received_id)
        & (custody.c.release_id == release_member.c.release_id)
    )
    is_conflict = case((delivery.c.status == Delivery.CONFLICT.value, 1), else_=0)
    query = (
        select(study.c.uid, func.count().label("waiting"), func.sum(is_conflict).label("conflicts"))
        .select_from(release_member)
        .join(custody, is_newest)
        .join(study, study.c.id == custody.c.study_id)
        .outerjoin(delivery, is_receipt)
        .where(
            release_member.c.release_id.in_(numbers),
            custody.c.disposition == Disposition.RELEASED.value,
            delivery.c.status.is_(None) | delivery.c.status.not_in(_DONE),
        )
        .group_by(study.c.uid)
    )
    return [(row.uid, row.waiting, row.conflicts) for row in connection.execute(query)]


def _unfinished(connection: Connection, project: ProjectName, destination: str) -> list[int]:
    """Releases of which the destination has not everything: members and, sent after them, the manifests."""
    is_done = case((delivery.c.status.in_(_DONE), 1), else_=0)
    is_receipt = (delivery.c.release_id == release.c.id) & (delivery.c.destination == destination)
    query = (
        select(release.c.id)
        .outerjoin(delivery, is_receipt)
        .where(release.c.project == project)
        .group_by(release.c.id, release.c.members)
        .having((func.sum(is_done) < func.count()) | (func.sum(is_done) <= release.c.members))
    )
    return list(connection.scalars(query))
