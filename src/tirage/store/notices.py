"""Notices: noted once for each recipient, fixed into batches, sent at least once, then kept for a while."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, select, update

from tirage.model.notices import Event, Happening
from tirage.store.noticed import notice, notice_mark
from tirage.store.prepared import upsert


class State(StrEnum):
    """How far a notice has come."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for one recipient."""

    id: int
    recipient: str
    event: Event
    batch: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with what a recipient is told of a project; times in microseconds."""

    project: str
    recipient: str
    counts: dict[State, int]
    failing: str
    next_at: int | None


def note(connection: Connection, event: Event, recipients: Iterable[str]) -> None:
    """Have recipients told of an event, unless that was noted before."""
    rows = [
        {
            "project": event.project,
            "recipient": each,
            "event": event.key,
            "what": event.what.value,
            "detail": orjson.dumps(dict(event.values)).decode(),
            "at": event.at,
            "batch": "",
            "state": State.WAITING.value,
            "attempts": 0,
            "due_at": 0,
            "failing": "",
        }
        for each in recipients
    ]
    if rows:
        connection.execute(upsert(notice).on_conflict_do_nothing(), rows)


def waiting(connection: Connection, now: int | None = None) -> list[Notice]:
    """What is to be sent, oldest first; only what may be tried at `now` when given."""
    query = select(notice).where(notice.c.state == State.WAITING.value).order_by(notice.c.id)
    if now is not None:
        query = query.where(notice.c.due_at <= now)
    return [_notice(row) for row in connection.execute(query)]


def claim(
    connection: Connection, found: Sequence[Notice], batch: str, now: int, until: int
) -> frozenset[int]:
    """Fix that these go out together, tried by nobody else before `until`; those that nobody else has."""
    which = (notice.c.id.in_([each.id for each in found]), notice.c.due_at <= now)
    claiming = update(notice).where(*which, notice.c.state == State.WAITING.value)
    claiming = claiming.values(batch=batch, due_at=until)
    return frozenset(connection.execute(claiming.returning(notice.c.id)).scalars())


def settle(connection: Connection, numbers: Collection[int], state: State, failing: str = "") -> None:
    """Note that notices were sent or given up."""
    which = update(notice).where(notice.c.id.in_(numbers))
    connection.execute(which.values(state=state.value, failing=failing))


def postpone(connection: Connection, numbers: Collection[int], until: int, failing: str) -> None:
    """Note that a try failed, and before when there is no other."""
    changes = {"attempts": notice.c.attempts + 1, "due_at": until, "failing": failing}
    connection.execute(update(notice).where(notice.c.id.in_(numbers)).values(changes))


def forget(connection: Connection, before: int) -> None:
    """Delete what is settled and older."""
    is_settled = notice.c.state != State.WAITING.value
    connection.execute(delete(notice).where(is_settled, notice.c.at < before))


def standings(connection: Connection) -> list[Standing]:
    """How it stands with each recipient, by project."""
    columns = (notice.c.project, notice.c.recipient, notice.c.state)
    counted = select(
        *columns, func.count().label("notices"), func.max(notice.c.failing).label("failing"),
        func.min(notice.c.due_at).label("next_at"),
    ).group_by(*columns)  # fmt: skip
    found: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(counted.order_by(*columns)):
        found.setdefault((row.project, row.recipient), []).append(row)
    return [
        Standing(
            project,
            recipient,
            {State(row.state): row.notices for row in rows},
            next((row.failing for row in rows if row.state != State.SENT.value and row.failing), ""),
            next((row.next_at for row in rows if row.state == State.WAITING.value), None),
        )
        for (project, recipient), rows in found.items()
    ]


def mark(connection: Connection, scope: str) -> tuple[Any, int] | None:
    """What was last seen there and when (microseconds); None when nobody looked."""
    row = connection.execute(select(notice_mark).where(notice_mark.c.scope == scope)).one_or_none()
    return None if row is None else (orjson.loads(row.value), row.at)


def remember(connection: Connection, scope: str, value: Any, at: int) -> None:
    """Keep what was seen there."""
    adding = upsert(notice_mark).values(scope=scope, value=orjson.dumps(value).decode(), at=at)
    kept = {name: adding.excluded[name] for name in ("value", "at")}
    connection.execute(adding.on_conflict_do_update(index_elements=["scope"], set_=kept))


def _notice(row: Row[Any]) -> Notice:
    values = orjson.loads(row.detail)
    event = Event(row.event, Happening(row.what), row.project, row.at, values)
    return Notice(row.id, row.recipient, event, row.batch, row.attempts)
