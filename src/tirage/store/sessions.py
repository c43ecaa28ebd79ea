"""Sessions of browsers and tokens of scripts: what opens them, how long, and what ends them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from tirage.store.people import Account, numbered
from tirage.store.peopled import session, token
from tirage.store.secret import kept, new_secret

MINUTE = 60 * 1_000_000
IDLE_MICROS, LONGEST_MICROS = 30 * MINUTE, 12 * 60 * MINUTE
HALF_MICROS = 5 * MINUTE
"""How long somebody whose password was right may look for the second factor."""

SKEW_MICROS = 5 * MINUTE
"""A session that seems to come from further in the future than this was opened before the clock was set back,
by nobody knows how much: it is over."""

_SEEN_EVERY = MINUTE
"""A use within a minute of the last one recorded is not recorded: looking must not write each time."""

MOST_LISTED = 200
HALF = "half"


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An open session or token, and whose it is; `is_due` when its use is to be recorded again."""

    id: int
    account: Account
    csrf: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A session or token as its owner sees it."""

    id: int
    name: str
    created_at: int
    used_at: int | None
    expires_at: int


def open_session(connection: Connection, number: int, at: int, step: str = "") -> str:
    """A new session's secret. With `step` it is half a session, that opens nothing but the next step."""
    secret = new_secret()
    row = {
        "hash": kept(secret),
        "account_id": number,
        "step": step,
        "csrf": new_secret(),
        "created_at": at,
        "seen_at": at,
    }
    connection.execute(insert(session).values(row))
    return secret


def find_session(connection: Connection, secret: str, at: int, step: str = "") -> Opened | None:
    """The session that a secret opens now, of an account in use."""
    row = connection.execute(
        select(session).where(
            session.c.hash == kept(secret), session.c.step == step, session.c.ended_at.is_(None)
        )
    ).first()
    if row is None or not _is_live(row, at):
        return None
    return _opened(connection, row, row.csrf, at - row.seen_at)


def saw(connection: Connection, number: int, at: int) -> None:
    """The session was used: its idle time begins anew."""
    connection.execute(
        update(session).where(session.c.id == number, session.c.seen_at < at).values(seen_at=at)
    )


def end_session(connection: Connection, number: int, account: int, at: int) -> bool:
    """End one session of an account; False when it has no such open one."""
    done = connection.execute(
        update(session)
        .where(session.c.id == number, session.c.account_id == account, session.c.ended_at.is_(None))
        .values(ended_at=at)
    )
    return done.rowcount == 1


def sessions(connection: Connection, account: int, at: int) -> list[Listed]:
    """The open sessions of an account, the newest first."""
    rows = connection.execute(
        select(session)
        .where(session.c.account_id == account, session.c.step == "", session.c.ended_at.is_(None))
        .order_by(session.c.id.desc())
        .limit(MOST_LISTED)
    )
    return [
        Listed(row.id, "", row.created_at, row.seen_at, row.created_at + LONGEST_MICROS)
        for row in rows
        if _is_live(row, at)
    ]


def add_token(connection: Connection, account: int, name: str, at: int, expires_at: int) -> tuple[int, str]:
    """A new token's number and secret."""
    secret = new_secret()
    row = {
        "hash": kept(secret),
        "account_id": account,
        "name": name,
        "created_at": at,
        "expires_at": expires_at,
    }
    made = connection.execute(insert(token).values(row).returning(token.c.id)).scalar_one()
    return int(made), secret


def find_token(connection: Connection, secret: str, at: int) -> Opened | None:
    """The token that a secret is now, of an account in use."""
    row = connection.execute(
        select(token).where(token.c.hash == kept(secret), token.c.ended_at.is_(None), token.c.expires_at > at)
    ).first()
    if row is None or row.created_at > at + SKEW_MICROS:
        return None
    return _opened(connection, row, "", at - (row.used_at or 0))


def used_token(connection: Connection, number: int, at: int) -> None:
    """The token was used."""
    connection.execute(update(token).where(token.c.id == number).values(used_at=at))


def end_token(connection: Connection, number: int, account: int, at: int) -> bool:
    """Withdraw one token of an account; False when it has no such one."""
    done = connection.execute(
        update(token)
        .where(token.c.id == number, token.c.account_id == account, token.c.ended_at.is_(None))
        .values(ended_at=at)
    )
    return done.rowcount == 1


def tokens(connection: Connection, account: int, at: int) -> list[Listed]:
    """The tokens of an account that still open something, the newest first."""
    rows = connection.execute(
        select(token)
        .where(token.c.account_id == account, token.c.ended_at.is_(None), token.c.expires_at > at)
        .order_by(token.c.id.desc())
        .limit(MOST_LISTED)
    )
    return [Listed(row.id, row.name, row.created_at, row.used_at, row.expires_at) for row in rows]


def _is_live(row: Row[Any], at: int) -> bool:
    is_ours: bool = max(row.created_at, row.seen_at) <= at + SKEW_MICROS
    longest, idle = (HALF_MICROS, HALF_MICROS) if row.step else (LONGEST_MICROS, IDLE_MICROS)
    is_young: bool = at - row.created_at < longest
    is_used: bool = at - row.seen_at < idle
    return is_ours and is_young and is_used


def _opened(connection: Connection, row: Row[Any], csrf: str, unused_micros: int) -> Opened | None:
    owner = numbered(connection, row.account_id)
    if owner is None or owner.disabled_at is not None:
        return None
    return Opened(row.id, owner, csrf, unused_micros >= _SEEN_EVERY)
