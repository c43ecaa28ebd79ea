"""How far the audit was sent on to each receiver: what was not taken is sent again."""

from sqlalchemy import Connection, select

from tirage.store.peopled import audit_cursor
from tirage.store.prepared import upsert


def place(connection: Connection, receiver: str) -> int:
    """The last line that a receiver took; 0 for none."""
    query = select(audit_cursor.c.seq).where(audit_cursor.c.receiver == receiver)
    return int(connection.execute(query).scalar() or 0)


def keep(connection: Connection, receiver: str, seq: int, at: int, failing: str = "") -> None:
    """Remember the last line taken, and why the next one was not."""
    adding = upsert(audit_cursor).values(receiver=receiver, seq=seq, at=at, failing=failing)
    kept = {name: adding.excluded[name] for name in ("seq", "at", "failing")}
    connection.execute(adding.on_conflict_do_update(index_elements=["receiver"], set_=kept))


def failing(connection: Connection, receiver: str) -> str:
    """Why lines are not taken, '' while they are."""
    query = select(audit_cursor.c.failing).where(audit_cursor.c.receiver == receiver)
    return str(connection.execute(query).scalar() or "")
