"""Notes and fields of patients and studies: every text they ever had is kept, the newest is shown."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from tirage.model.notes import Kind
from tirage.model.records import Confidential
from tirage.store.resolved import note, note_version

MOST = 500
"""Notes of one patient or study that are shown."""


@dataclass(frozen=True, slots=True, repr=False)
class Written(Confidential):
    """What somebody writes: a note, or a field when it has a `name`."""

    kind: Kind
    name: str
    text: str
    is_removed: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Note(Confidential):
    """One version of a note; `written_at` in microseconds."""

    id: int
    subject: str
    version: int
    kind: Kind
    name: str
    text: str
    is_removed: bool
    written_by: str
    written_at: int


_NEWEST = and_(note_version.c.note_id == note.c.id, note_version.c.version == note.c.version)
_NOTES = select(note_version, note.c.subject).join(note, note.c.id == note_version.c.note_id)


def listed(connection: Connection, subject: str) -> list[Note]:
    """The notes of a patient or study as they are now, in the order they were begun."""
    query = _NOTES.where(note.c.subject == subject, _NEWEST, note_version.c.is_removed.is_(False))
    return [_note(row) for row in connection.execute(query.order_by(note.c.id).limit(MOST))]


def find(connection: Connection, number: int) -> Note | None:
    """A note as it is now, removed or not."""
    row = connection.execute(_NOTES.where(note.c.id == number, _NEWEST)).first()
    return None if row is None else _note(row)


def history(connection: Connection, number: int) -> list[Note]:
    """Every version of a note, the newest first."""
    query = _NOTES.where(note.c.id == number).order_by(note_version.c.version.desc()).limit(MOST)
    return [_note(row) for row in connection.execute(query)]


def add(connection: Connection, subject: str, written: Written, by: str, at: int) -> int:
    """Begin a note; its number."""
    row = {"subject": subject, "version": 1}
    number = int(connection.execute(insert(note).returning(note.c.id), row).scalar_one())
    _keep(connection, number, 1, written, by, at)
    return number


def change(
    connection: Connection, number: int, version: int, written: Written, by: str, at: int
) -> int | None:
    """Write over version `version` of a note; the new version, None when it is not the newest any more."""
    is_newest = and_(note.c.id == number, note.c.version == version)
    if not connection.execute(update(note).where(is_newest).values(version=version + 1)).rowcount:
        return None
    _keep(connection, number, version + 1, written, by, at)
    return version + 1


def _keep(connection: Connection, number: int, version: int, written: Written, by: str, at: int) -> None:
    row = {
        "note_id": number,
        "version": version,
        "kind": written.kind.value,
        "name": written.name,
        "text": written.text,
        "is_removed": written.is_removed,
        "written_by": by,
        "written_at": at,
    }
    connection.execute(insert(note_version), row)


def _note(row: Any) -> Note:
    return Note(
        row.note_id,
        row.subject,
        row.version,
        Kind(row.kind),
        row.name,
        row.text,
        row.is_removed,
        row.written_by,
        row.written_at,
    )
