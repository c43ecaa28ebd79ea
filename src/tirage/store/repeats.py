"""The answers to changes that were asked for under a key, so that asking twice changes things once.

An answer may hold a word that is shown once, so its body is sealed.
"""

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from tirage.store.prepared import upsert
from tirage.store.schema import Time, metadata

KEPT_MICROS = 24 * 3600 * 1_000_000
ABANDONED_MICROS = 120 * 1_000_000
"""After this long a request that did not end is taken for dead with its process."""

repeat = Table(
    "repeat",
    metadata,
    Column("account", Text, nullable=False),
    Column("key", String(200), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer),  # null while the first request is under way
    Column("media_type", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("at", Time, nullable=False),
    PrimaryKeyConstraint("account", "key"),
    Index(None, "at"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """What is known of a key; `status` is None while its first request is under way."""

    fingerprint: bytes
    status: int | None
    media_type: str
    sealed: bytes


def begin(connection: Connection, account: str, key: str, fingerprint: bytes, at: int) -> Kept | None:
    """Take a key; None when it is free, otherwise what is known of it. Forgets what is older than a day."""
    is_over = (repeat.c.at < at - KEPT_MICROS) | (
        repeat.c.status.is_(None) & (repeat.c.at < at - ABANDONED_MICROS)
    )
    connection.execute(delete(repeat).where(is_over))
    row = {
        "account": account,
        "key": key,
        "fingerprint": fingerprint,
        "status": None,
        "media_type": "",
        "sealed": b"",
        "at": at,
    }
    taking = upsert(repeat).on_conflict_do_nothing().returning(repeat.c.key)
    if connection.execute(taking, row).first() is not None:
        return None
    known = connection.execute(select(repeat).where(_is(account, key))).one()
    return Kept(bytes(known.fingerprint), known.status, known.media_type, bytes(known.sealed))


def end(connection: Connection, account: str, key: str, status: int, media_type: str, sealed: bytes) -> None:
    """Keep what the first request of a key was answered."""
    answered = {"status": status, "media_type": media_type, "sealed": sealed}
    connection.execute(update(repeat).where(_is(account, key)).values(answered))


def answers(connection: Connection) -> list[tuple[str, str, bytes]]:
    """Account, key and sealed body of every answer that is kept."""
    rows = connection.execute(
        select(repeat.c.account, repeat.c.key, repeat.c.sealed).where(repeat.c.status.is_not(None))
    )
    return [(row.account, row.key, bytes(row.sealed)) for row in rows]


def keep(connection: Connection, account: str, key: str, sealed: bytes) -> None:
    """The same answer, sealed anew."""
    connection.execute(update(repeat).where(_is(account, key)).values(sealed=sealed))


def release(connection: Connection, account: str, key: str) -> None:
    """Let a key go: its request came to nothing."""
    connection.execute(delete(repeat).where(_is(account, key)))


def _is(account: str, key: str) -> ColumnElement[bool]:
    return (repeat.c.account == account) & (repeat.c.key == key)
