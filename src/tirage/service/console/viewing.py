"""Every look at what identifies a patient is a line of the audit, written before it is shown."""

from collections.abc import Iterable

from sqlalchemy import Engine

from tirage.model.people import Who
from tirage.store import audit, times
from tirage.store.audit import Detail, Line
from tirage.store.database import repeated

MOST_HANDLES = 200


def viewed(database: Engine, who: Who, subject: str, handles: Iterable[str] = ()) -> None:
    """Record that `who` is shown `subject`; `handles` are what a list shows besides."""
    shown = list(handles)[:MOST_HANDLES]
    detail: Detail = {"shown": shown} if shown else {}
    line = Line(who.account, "view", subject, detail)
    repeated(database, lambda connection: audit.append(connection, [line], times.micros(times.now())))
