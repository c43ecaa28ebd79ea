"""Correct what objects say of their patient, or take a correction back; what waits is judged anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from tirage.flow.steps import conflicts
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.store import audit, corrections, retries
from tirage.store.audit import Line
from tirage.store.corrections import FIELDS, Change
from tirage.store.database import repeated
from tirage.store.prepared import pages
from tirage.store.schema import custody


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a correction touches: objects that are judged anew, and released ones, which stay as they are."""

    studies: int
    waiting: int
    released: int


def consequences(connection: Connection, subject: str) -> Consequences:
    """What a correction of a patient or study would change, before it is made."""
    numbers = corrections.studies(connection, subject)
    found: dict[str, int] = {}
    for page in pages(numbers):
        query = (
            select(custody.c.disposition, func.count())
            .where(custody.c.study_id.in_(page))
            .group_by(custody.c.disposition)
        )
        for disposition, count in connection.execute(query):
            found[disposition] = found.get(disposition, 0) + count
    waiting = found.get(Disposition.PENDING.value, 0) + found.get(Disposition.HELD.value, 0)
    return Consequences(len(numbers), waiting, found.get(Disposition.RELEASED.value, 0))


def correct(database: Engine, subject: str, change: Change, why: str, by: str, at: int) -> int:
    """Lay a correction over a patient or study; its number."""

    def unit(connection: Connection) -> int:
        number = corrections.make(connection, subject, change, why, by, at)
        fields = [name for name in FIELDS if change.get(name) is not None]
        _follow(
            connection, subject, Line(by, "correct", subject, {"correction": number, "fields": fields}), at
        )
        return number

    return repeated(database, unit)


def undo(database: Engine, number: int, subject: str, by: str, at: int) -> bool:
    """Take a correction back; False when that was done before."""

    def unit(connection: Connection) -> bool:
        is_undone = corrections.undo(connection, number, by, at)
        if is_undone:
            _follow(connection, subject, Line(by, "correct-undo", subject, {"correction": number}), at)
        return is_undone

    return repeated(database, unit)


def _follow(connection: Connection, subject: str, line: Line, at: int) -> None:
    """Judge anew what no release holds, under what is known now."""
    numbers = corrections.studies(connection, subject)
    for number in numbers:
        conflicts.reconsider(connection, number)
        for project in _projects(connection, [number]):
            retries.anew(connection, project, number, at)
    audit.append(connection, [line], at)


def _projects(connection: Connection, numbers: Sequence[int]) -> list[ProjectName]:
    return [name for name in corrections.projects(connection, numbers) if name]
