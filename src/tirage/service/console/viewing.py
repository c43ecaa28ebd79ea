"""Every look at what identifies a patient is a line of the audit, written before it is shown."""

from collections.abc import Iterable, Sequence

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
    _record(database, [Line(who.account, "view", subject, detail)])


def viewed_on(database: Engine, who: Who, page: str, subjects: Iterable[str]) -> None:
    """Record that `who` is shown each of `subjects` on a page that is not its own."""
    _record(database, [Line(who.account, "view", subject, {"page": page}) for subject in subjects])


def _record(database: Engine, lines: Sequence[Line]) -> None:
    if lines:
        repeated(database, lambda connection: audit.append(connection, lines, times.micros(times.now())))
