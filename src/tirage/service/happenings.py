"""What happened, read from the record: the audit behind a cursor, what is held, and schedules.

Everything is noted in the transaction that moves the cursor: over a crash nothing is missed and nothing is
noted twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from tirage.flow.context import Rules
from tirage.model.identifiers import ProjectName
from tirage.model.notices import Event, Happening, Value
from tirage.model.outcomes import Disposition
from tirage.store import cursors, notices, occasions, trail
from tirage.store.schema import custody, release
from tirage.store.trail import Entry

CURSOR: Final = "notices"
LINES: Final = 1_000
"""Audit lines read in one transaction."""

ACTIONS: Final[Mapping[str, Happening]] = {
    "deliver": Happening.DELIVERED,
    "delivery-failed": Happening.DELIVERY_FAILED,
    "pause-destination": Happening.DESTINATION_PAUSED,
    "release": Happening.RELEASED,
    "refuse-release": Happening.RELEASE_REFUSED,
    "void-release": Happening.RELEASE_REFUSED,
    "withdraw": Happening.WITHDRAWN,
    "propose-release": Happening.SIGNATURE_NEEDED,
}
"""The lines of the audit that people are told of."""

KEPT: Final = ("destination", "version", "objects", "studies", "failures", "signatures", "code")
"""What of a line's detail a notice keeps."""

HOLDS_EVERY: Final = 15 * 60 * 1_000_000
"""Microseconds between two looks at what is held: a batch that is refused is one notice, not hundreds."""

_STOPPED = [Disposition.HELD.value, Disposition.QUARANTINED.value]


def read_lines(connection: Connection, rules: Mapping[ProjectName, Rules], at: int) -> bool:
    """Note what new lines of the audit tell; whether there may be more."""
    after = cursors.place(connection, CURSOR)
    lines = list(trail.following(connection, after, LINES))
    for line in lines:
        event = _event(connection, line)
        if event is not None:
            tell(connection, rules, event)
    if lines:
        cursors.keep(connection, CURSOR, lines[-1].seq, at)
    return len(lines) == LINES


def look_at_holds(connection: Connection, name: ProjectName, rules: Rules, at: int) -> None:
    """Note what is newly held in a project since the last look, and how much is held in all."""
    if Happening.HOLDS not in rules.project.notify.events or not recipients(rules):
        return
    scope = f"holds:{name}"
    before = notices.mark(connection, scope)
    if before is not None and at - before[1] < HOLDS_EVERY:
        return
    counts = _held(connection, name)
    known: dict[str, list[int]] = before[0] if before is not None else {}
    new: dict[str, Value] = {}
    for reason, (count, latest) in counts.items():
        old_count, old_latest = known.get(reason, (0, 0))
        if latest > old_latest:
            new[reason] = max(count - old_count, _since(connection, name, reason, old_latest))
        elif count > old_count:
            new[reason] = count - old_count
    notices.remember(connection, scope, counts, at)
    if new:
        total = sum(count for count, _ in counts.values())
        event = Event(f"holds:{at}", Happening.HOLDS, name, at, {**new, "total": total})
        tell(connection, {name: rules}, event)


def look_at_schedule(connection: Connection, name: ProjectName, rules: Rules, at: int) -> None:
    """Note the occasions of the project's schedule that came to nothing since the last look."""
    if rules.project.schedule is None:
        return
    scope = f"schedule:{name}"
    before, newest = notices.mark(connection, scope), occasions.last(connection, name)
    if newest is None or (before is not None and newest <= before[0]):
        return
    notices.remember(connection, scope, newest, at)
    since = before[0] if before is not None else 0
    for due_at, _, detail in occasions.listed(connection, name):
        if due_at > since and detail and detail != occasions.BEGINNING:
            key = f"schedule:{due_at}"
            event = Event(key, Happening.SCHEDULE_FAILED, name, due_at, {"code": detail})
            tell(connection, {name: rules}, event)


def tell(connection: Connection, rules: Mapping[ProjectName, Rules], event: Event) -> None:
    """Note the event for everybody whom its project tells of such."""
    known = rules.get(ProjectName(event.project))
    if known is None or event.what not in known.project.notify.events:
        return
    destinations = {each.name for each in known.project.destinations}
    values = {
        name: value for name, value in event.values.items() if name != "destination" or value in destinations
    }
    notices.note(connection, replace(event, values=values), recipients(known))


def recipients(rules: Rules) -> list[str]:
    """Whom a project tells: `mail:ADDRESS` and `hook:URL`, each once."""
    notify = rules.project.notify
    mails = [f"mail:{address}" for each in notify.to for address in rules.project.addresses(each)]
    return list(dict.fromkeys([*mails, *(f"hook:{each.url}" for each in notify.webhooks)]))


def _event(connection: Connection, line: Entry) -> Event | None:
    what = ACTIONS.get(line.action)
    if what is None:
        return None
    detail: dict[str, Any] = orjson.loads(line.detail)
    values: dict[str, Value] = {name: detail[name] for name in KEPT if name in detail}
    if what is Happening.SIGNATURE_NEEDED and not values.get("signatures"):
        return None
    if what is Happening.DELIVERY_FAILED and values.get("failures", 1) != 1:
        return None  # The first of a row is told, then the pause that the last one brings.
    named = _named(connection, line.subject)
    project = str(detail.get("project") or named.pop("project", ""))
    return Event(f"audit:{line.seq}", what, project, line.at, named | values)


def _named(connection: Connection, subject: str) -> dict[str, Value]:
    """Project and version of the release, or project and name of the destination, that a line is about."""
    kind, _, place = subject.partition(":")
    if kind == "release" and place.isdigit():
        query = select(release.c.project, release.c.version).where(release.c.id == int(place))
        for row in connection.execute(query):
            return {"project": row.project, "version": row.version}
    if kind == "destination":
        project, _, name = place.partition("/")
        return {"project": project, "destination": name}
    return {}


def _held(connection: Connection, name: ProjectName) -> dict[str, tuple[int, int]]:
    """How many objects wait for a person and when the last began to, by reason."""
    query = (
        select(custody.c.reason, func.count().label("n"), func.max(custody.c.updated_at).label("latest"))
        .where(custody.c.project == name, custody.c.disposition.in_(_STOPPED))
        .group_by(custody.c.reason)
    )
    return {row.reason: (row.n, row.latest) for row in connection.execute(query)}


def _since(connection: Connection, name: ProjectName, reason: str, latest: int) -> int:
    query = select(func.count()).where(
        custody.c.project == name,
        custody.c.disposition.in_(_STOPPED),
        custody.c.reason == reason,
        custody.c.updated_at > latest,
    )
    return connection.execute(query).scalar_one()
