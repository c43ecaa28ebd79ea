"""Reading the audit: pages for people, the newest first by number; lines in order for exports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from tirage.store.schema import audit

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the audit with its place in the chain."""

    seq: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    hash: str

    def as_json(self) -> bytes:
        """The line as one JSON object, all that its hash covers included but the hash before."""
        value = {
            "seq": self.seq,
            "at": self.at,
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "detail": orjson.loads(self.detail),
            "hash": self.hash,
        }
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines; '' and None stand for any."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: int | None = None
    until: int | None = None


def page(connection: Connection, sought: Sought, before: int | None, most: int) -> list[Entry]:
    """Lines that fit, the newest first."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(most)
    for column, value in ((audit.c.actor, sought.actor), (audit.c.action, sought.action)):
        if value:
            query = query.where(column == value)
    if sought.subject:
        query = query.where(audit.c.subject == sought.subject)
    if sought.since is not None:
        query = query.where(audit.c.at >= sought.since)
    if sought.until is not None:
        query = query.where(audit.c.at < sought.until)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [_entry(row) for row in connection.execute(query)]


def following(connection: Connection, after: int = 0, most: int | None = None) -> Iterator[Entry]:
    """Lines in order, from the one behind `after` on, a thousand at a time."""
    left = most
    while left is None or left > 0:
        size = _PAGE if left is None else min(_PAGE, left)
        rows = connection.execute(
            select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(size)
        ).all()
        yield from map(_entry, rows)
        if len(rows) < size:
            return
        after = rows[-1].seq
        left = None if left is None else left - size


def has_action_since(connection: Connection, action: str, seq: int) -> bool:
    """Whether something was done behind a line."""
    query = select(audit.c.seq).where(audit.c.action == action, audit.c.seq > seq).limit(1)
    return connection.execute(query).first() is not None


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.at, row.actor, row.action, row.subject, row.detail, row.hash)
