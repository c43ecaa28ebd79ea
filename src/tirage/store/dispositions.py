"""Counting where objects stand, so that every received one is accounted for exactly once, at every instant.

What was received is counted as it happens (`counter`); where it stands is counted over custody. The two are
kept apart so that the conservation law says something.
"""

from sqlalchemy import Connection, func, select

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.records import Tally
from tirage.store.ledger import DUPLICATES, RECEIVED
from tirage.store.schema import counter, custody


def tally(connection: Connection, project: ProjectName) -> Tally:
    """Where the project's objects stand; all zero for an unknown one."""
    return tallies(connection).get(project, Tally(0, 0, 0, 0, 0, 0))


def tallies(connection: Connection) -> dict[ProjectName, Tally]:
    """Where objects stand, by project; under '' those that no project claims."""
    standing = select(
        custody.c.project, custody.c.disposition, custody.c.reason, func.count().label("objects")
    ).group_by(custody.c.project, custody.c.disposition, custody.c.reason)
    counts: dict[str, dict[str, int]] = {}
    reasons: dict[str, dict[str, int]] = {}
    for row in connection.execute(standing):
        project = counts.setdefault(row.project, dict.fromkeys(Disposition, 0))
        project[row.disposition] += row.objects
        if row.reason:
            named = reasons.setdefault(row.project, {})
            named[row.reason] = named.get(row.reason, 0) + row.objects
    received = _counted(connection, RECEIVED)
    return {
        ProjectName(project): Tally(
            received=received.get(project, 0),
            released=standing_in[Disposition.RELEASED],
            held=standing_in[Disposition.HELD],
            rejected=standing_in[Disposition.REJECTED],
            quarantined=standing_in[Disposition.QUARANTINED],
            pending=standing_in[Disposition.PENDING],
            reasons=dict(sorted(reasons.get(project, {}).items())),
        )
        for project in sorted(counts.keys() | received.keys())
        for standing_in in [counts.get(project, dict.fromkeys(Disposition, 0))]
    }


def listed(connection: Connection, project: ProjectName, reason: str, most: int) -> list[ReceivedId]:
    """The objects of a project that did not go on for that reason, in the order they came; at most `most`."""
    numbers = (
        select(custody.c.received_id)
        .where(custody.c.project == project, custody.c.reason == reason)
        .order_by(custody.c.received_id)
        .limit(most)
    )
    return [ReceivedId(number) for number in connection.scalars(numbers)]


def duplicates(connection: Connection) -> dict[str, int]:
    """How often an object came that was here already, by project."""
    return _counted(connection, DUPLICATES)


def _counted(connection: Connection, name: str) -> dict[str, int]:
    rows = connection.execute(select(counter.c.project, counter.c.value).where(counter.c.name == name))
    return {row.project: row.value for row in rows}
