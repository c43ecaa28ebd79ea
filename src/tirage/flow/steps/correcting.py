"""Correct what objects say of their patient, or take a correction back; what waits is judged anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from tirage.flow.steps import conflicts, doubts, reconcile
from tirage.link.decide import Kind
from tirage.link.match import judge
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.store import audit, corrections, persons, retries, rulings
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
        before, named = _given(connection, subject), _named(connection, subject)
        number = corrections.make(connection, subject, change, why, by, at)
        _follow(connection, subject, before, named, at)
        fields = [name for name in FIELDS if change.get(name) is not None]
        line = Line(by, "correct", subject, {"correction": number, "fields": fields})
        audit.append(connection, [line], at)
        return number

    return repeated(database, unit)


def undo(database: Engine, number: int, subject: str, by: str, at: int) -> bool:
    """Take a correction back; False when that was done before."""

    def unit(connection: Connection) -> bool:
        before, named = _given(connection, subject), _named(connection, subject)
        is_undone = corrections.undo(connection, number, by, at)
        if is_undone:
            _follow(connection, subject, before, named, at)
            line = Line(by, "correct-undo", subject, {"correction": number})
            audit.append(connection, [line], at)
        return is_undone

    return repeated(database, unit)


Given = Mapping[ProjectName, Mapping[int, int]]
"""By project: identities that are somebody, by their anchors, and are so as the correction of a member."""


def _given(connection: Connection, subject: str) -> Given:
    """Who is somebody as corrected; from here on nobody else says who is who in the projects concerned."""
    numbers = corrections.studies(connection, subject)
    given = {}
    for project in _projects(connection, numbers):
        persons.alone(connection, project)
        found: dict[int, int] = {}
        for number in numbers:
            found |= _rewritten(connection, project, number)
        given[project] = found
    return given


def _rewritten(connection: Connection, project: ProjectName, study: int) -> dict[int, int]:
    named = persons.of_study(connection, project, study, writes=True) or []
    anchors = doubts.anchors(connection, project, named)
    return {
        each.number: anchors[each.number]
        for each in named
        if each.number in anchors
        and any(anchors.get(number) == anchors[each.number] for number in each.rewrites)
    }


def _named(connection: Connection, subject: str) -> set[int]:
    """Every identity that a study concerned names, in any project, as it is corrected now."""
    numbers = corrections.studies(connection, subject)
    return {
        each.number
        for project in _projects(connection, numbers)
        for number in numbers
        for each in persons.of_study(connection, project, number, writes=True) or []
    }


def _follow(connection: Connection, subject: str, before: Given, named: set[int], at: int) -> None:
    """Judge anew what no release holds, under what is known now."""
    numbers = corrections.studies(connection, subject)
    for number in numbers:
        conflicts.reconsider(connection, number)
    for project, given in before.items():
        concerned = {*corrections.received(connection, numbers), *given, *named}
        changed = [each for each, anchor in given.items() if _leaves(connection, project, each, anchor)]
        waiting = reconcile.waiting_for(connection, project, changed)
        persons.join(connection, project, dict.fromkeys(changed))
        for number in numbers:
            found = persons.of_study(connection, project, number, writes=True) or []
            adopted = reconcile.adopt(connection, project, found)
            waiting |= reconcile.waiting_for(connection, project, adopted)
            concerned.update(each.number for each in found)
        waiting |= doubts.close(connection, project, concerned)
        for number in sorted(waiting.union(numbers)):
            retries.anew(connection, project, number, at)


def _leaves(connection: Connection, project: ProjectName, number: int, anchor: int) -> bool:
    """Whether nothing but a correction that no longer stands made an identity who it is."""
    decided = rulings.history(connection, project, [number])
    if number == anchor or any(each.undone_by is None and each.kind is not Kind.UNDO for each in decided):
        return False
    studies = doubts.naming(connection, number)
    if any(_rewritten(connection, project, each).get(number) == anchor for each in studies):
        return False
    identity = persons.identities(connection, [number])[number]
    others = [each for each in persons.candidates(connection, project, identity) if each.number != number]
    return judge(identity, others).person != anchor


def _projects(connection: Connection, numbers: Sequence[int]) -> list[ProjectName]:
    return [name for name in corrections.projects(connection, numbers) if name]
