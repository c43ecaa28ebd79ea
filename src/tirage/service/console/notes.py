"""Answers `tirage.web.api.notes`."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.model.people import Permission, Who
from tirage.service.build import Parts
from tirage.service.console import subjects
from tirage.service.console.viewing import viewed_on
from tirage.store import audit, notes, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.notes import Note, Written
from tirage.web.api.notes import NoteView, Writing, etag
from tirage.web.api.problems import not_found, stale


class NodeNotes:
    """Notes of this node's patients and studies."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def listed(self, who: Who, subject: str) -> Sequence[NoteView]:
        """The notes of a patient or study as they are now."""
        with reading(self._parts.database) as connection:
            subjects.check(connection, who, Permission.SEE_PATIENTS, subject, all_of=False)
            found = notes.listed(connection, subject)
        viewed_on(self._parts.database, who, "notes", [subject])
        return [_view(each) for each in found]

    def history(self, who: Who, note: int) -> Sequence[NoteView]:
        """Every version of a note, the newest first."""
        with reading(self._parts.database) as connection:
            subject = _find(connection, who, Permission.SEE_PATIENTS, note).subject
            found = notes.history(connection, note)
        viewed_on(self._parts.database, who, "notes", [subject])
        return [_view(each) for each in found]

    def add(self, who: Who, subject: str, writing: Writing) -> NoteView:
        """Begin a note."""
        at = times.micros(times.now())

        def unit(connection: Connection) -> Note | None:
            subjects.check(connection, who, Permission.WRITE_NOTES, subject, all_of=False)
            number = notes.add(connection, subject, _written(writing), who.account, at)
            audit.append(connection, [Line(who.account, "note", subject, {"note": number})], at)
            return notes.find(connection, number)

        return _known(repeated(self._parts.database, unit))

    def change(self, who: Who, note: int, version: int, writing: Writing | None) -> NoteView:
        """Write over a version of a note, or remove it."""
        at = times.micros(times.now())

        def unit(connection: Connection) -> Note | None:
            found = _find(connection, who, Permission.WRITE_NOTES, note)
            removed = Written(found.kind, found.name, found.text, is_removed=True)
            written = removed if writing is None else _written(writing)
            if notes.change(connection, note, version, written, who.account, at) is None:
                raise stale()
            action = "note-remove" if writing is None else "note-change"
            audit.append(connection, [Line(who.account, action, found.subject, {"note": note})], at)
            return notes.find(connection, note)

        return _known(repeated(self._parts.database, unit))


def _find(connection: Connection, who: Who, permission: Permission, note: int) -> Note:
    found = notes.find(connection, note)
    if found is None:
        raise not_found("note")
    subjects.check(connection, who, permission, found.subject, all_of=False)
    return found


def _known(found: Note | None) -> NoteView:
    if found is None:
        raise not_found("note")
    return _view(found)


def _written(writing: Writing) -> Written:
    return Written(writing.kind, writing.name, writing.text)


def _view(each: Note) -> NoteView:
    return NoteView(
        note=each.id,
        subject=each.subject,
        version=each.version,
        kind=each.kind,
        name=each.name,
        text=each.text,
        is_removed=each.is_removed,
        written_by=each.written_by,
        written_at=each.written_at,
        etag=etag(each.id, each.version),
    )
