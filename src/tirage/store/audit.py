"""Who did what, when: lines that are only ever added, each holding the hash of the one before.

A line that was changed, taken out or put in breaks the chain at that place; a chain cut off at its end is
found by comparing with a head that was kept elsewhere (a release's manifest carries one). No identifiers.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, func, insert, select, text

from tirage.model.identifiers import Digest
from tirage.store.database import is_postgres
from tirage.store.prepared import Prepared
from tirage.store.schema import audit

Detail = Mapping[str, str | int | Sequence[str]]
FIRST = Digest("0" * 64)
_LOCK = 0x7469_7261_6175  # one writer at a time: a chain has one end
_PAGE = 10_000
_LAST = Prepared(
    select(audit.c.seq, audit.c.hash).where(audit.c.seq == select(func.max(audit.c.seq)).scalar_subquery())
)
_ADD = Prepared(insert(audit), audit.columns.keys())


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done: `subject` is a handle (`received:17`), `detail` holds handles, counts and codes."""

    actor: str
    action: str
    subject: str
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int
    hash: Digest


def head(connection: Connection) -> Head:
    """The chain's last line; number 0 and the first hash when it is empty."""
    last = _LAST.run(connection, {}).first()
    return Head(last.seq, Digest(bytes(last.hash).hex())) if last else Head(0, FIRST)


def append(connection: Connection, lines: Sequence[Line], at: int) -> Head:
    """Add `lines` in this transaction, all at the time `at` (microseconds); the new end of the chain.

    On PostgreSQL other writers wait from here to the end of the transaction: call it last.
    """
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    end = head(connection)
    rows = []
    for line in lines:
        detail = orjson.dumps(dict(line.detail), option=orjson.OPT_SORT_KEYS).decode()
        seq = end.seq + 1
        hashed = _hash(end.hash, seq, at, line.actor, line.action, line.subject, detail)
        rows.append(
            {
                "seq": seq,
                "at": at,
                "actor": line.actor,
                "action": line.action,
                "subject": line.subject,
                "detail": detail,
                "previous": bytes.fromhex(end.hash),
                "hash": bytes.fromhex(hashed),
            }
        )
        end = Head(seq, hashed)
    if rows:
        _ADD.run(connection, rows)
    return end


def verify_chain(connection: Connection) -> int | None:
    """The number of the first line that does not follow from the one before; none when all do."""
    end = Head(0, FIRST)
    while True:
        page = connection.execute(
            select(audit).where(audit.c.seq > end.seq).order_by(audit.c.seq).limit(_PAGE)
        ).all()
        if not page:
            return None
        for row in page:
            hashed = _hash(end.hash, row.seq, row.at, row.actor, row.action, row.subject, row.detail)
            if row.seq != end.seq + 1 or row.previous != end.hash or row.hash != hashed:
                return end.seq + 1
            end = Head(row.seq, row.hash)


def length(connection: Connection) -> int:
    """How many lines there are."""
    return connection.execute(select(func.count()).select_from(audit)).scalar_one()


def _hash(previous: Digest, seq: int, at: int, actor: str, action: str, subject: str, detail: str) -> Digest:
    line = orjson.dumps([previous, seq, at, actor, action, subject, detail])
    return Digest(hashlib.sha256(line).hexdigest())
