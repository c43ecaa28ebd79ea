"""Numbers for whoever looks after a node. Each reads whole tables: they are for what is kept a while."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from tirage.model.delivery import Delivery
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.store.schema import audit, custody, delivery, release, release_member

HOUR = 3_600_000_000
_MOST_LINES = 100_000
_DONE = {"catalogue": "catalogued", "prepare": "made", "release": "objects", "deliver": "objects"}
"""Which detail of a line of the audit says how many objects were done."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Objects of a project that wait for a person, by reason; `since` in microseconds."""

    project: ProjectName
    reason: str
    objects: int
    since: int


def waiting(connection: Connection) -> dict[ProjectName, dict[str, int]]:
    """How many objects are on their way, by project and the last stage completed."""
    query = (
        select(custody.c.project, custody.c.stage, func.count())
        .where(custody.c.disposition == Disposition.PENDING.value)
        .group_by(custody.c.project, custody.c.stage)
    )
    found: dict[ProjectName, dict[str, int]] = defaultdict(dict)
    for project, stage, objects in connection.execute(query):
        found[ProjectName(project)][stage] = objects
    return found


def delivered(connection: Connection) -> dict[ProjectName, int]:
    """How many objects at least one destination has, by project."""
    has_it = delivery.c.status.in_([Delivery.DELIVERED.value, Delivery.ALREADY.value])
    is_receipt = (release_member.c.release_id == delivery.c.release_id) & (
        release_member.c.output_digest == delivery.c.output_digest
    )
    query = (
        select(release.c.project, func.count(release_member.c.received_id.distinct()))
        .select_from(release)
        .join(release_member, release_member.c.release_id == release.c.id)
        .join(delivery, is_receipt)
        .where(has_it)
        .group_by(release.c.project)
    )
    return {ProjectName(project): objects for project, objects in connection.execute(query)}


def blocked(connection: Connection) -> list[Blocked]:
    """What waits for a person, by project and reason, the longest waiting first."""
    since = func.min(custody.c.updated_at)
    stopped = [Disposition.HELD.value, Disposition.QUARANTINED.value]
    query = (
        select(custody.c.project, custody.c.reason, func.count(), since)
        .where(custody.c.disposition.in_(stopped))
        .group_by(custody.c.project, custody.c.reason)
        .order_by(since)
    )
    return [Blocked(ProjectName(row[0]), *row[1:]) for row in connection.execute(query)]


def hours(connection: Connection, since: int) -> dict[int, dict[str, int]]:
    """How many objects were catalogued, made, released and delivered in each hour from `since` on, by the
    beginning of the hour (microseconds); told by the audit.
    """
    query = select(audit.c.at, audit.c.action, audit.c.detail).order_by(audit.c.seq.desc()).limit(_MOST_LINES)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for at, action, detail in connection.execute(query):
        if at < since:
            break
        if action in _DONE:
            found[at - at % HOUR][action] += int(orjson.loads(detail).get(_DONE[action], 0))
    return {hour: dict(counts) for hour, counts in found.items()}
