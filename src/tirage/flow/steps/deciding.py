"""What a person decides about identities: first what it would change, then the change itself, or its undoing.

All of it is one transaction of the catalogue. The crosswalk is not written: it gives whoever a study's patient
now is the pseudonym of that person when the study is prepared again. A crash leaves the conflict as it was.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Engine

from tirage.errors import Permanent
from tirage.faults import reach
from tirage.link import decide as rules
from tirage.link.decide import Changes, Choice, Kind
from tirage.link.match import compare
from tirage.model.identifiers import ProjectName
from tirage.store import audit, persons, retries, rulings
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.rulings import Touched


class IdentityUndecided(Permanent):
    """The identity it should be one with is itself nobody's yet."""

    code = "IDENTITY_UNDECIDED"
    remedy = "Decide about the other identity first."


class IdentityChanged(Permanent):
    """Something was decided about these identities since."""

    code = "IDENTITY_CHANGED"
    remedy = "Look at the identity again. To undo an earlier decision, undo the later ones first."


class ReleaseUnderWay(Permanent):
    """A release that is being made holds objects that the decision would change."""

    code = "RELEASE_UNDER_WAY"
    remedy = "Wait until the release is complete, or withdraw it, and decide again."


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision that could be made, and everything it touches; `studies` are judged anew."""

    kind: Kind
    patient: int
    changes: Changes
    studies: tuple[int, ...]
    touched: tuple[Touched, ...]

    @property
    def moved(self) -> list[int]:
        """Identities that were somebody and are somebody else, or nobody: their pseudonym changes."""
        return sorted(each for each, (before, _) in self.changes.items() if before is not None)

    @property
    def is_under_way(self) -> bool:
        """Whether a release that is being made stands against it."""
        return any(each.is_under_way for each in self.touched)


def plan(
    connection: Connection, project: ProjectName, number: int, choice: Choice, other: int | None
) -> Plan:
    """What deciding so about the identity `number` would do; `other` is whom it would be the same as.

    Raises `IdentityUndecided`.
    """
    wanted = {number} if other is None else {number, other}
    known, anchors = persons.identities(connection, wanted), persons.anchors(connection, project, wanted)
    was = anchors.get(number)
    members = [] if was is None else [each.number for each in persons.members(connection, project, was)]
    if choice is Choice.SAME:
        if other is None or other not in anchors:
            raise IdentityUndecided("the other identity is nobody yet")
        is_one = compare(known[number], known[other]).has_one_identifier
        kind, changes = rules.same(number, was, anchors[other], members, has_one_identifier=is_one)
    elif was is not None and len(members) > 1:
        kind, changes = rules.split(number, was, members)
    else:
        kind, changes = rules.different(number, was)
    return _plan(connection, project, kind, number, changes)


def plan_undo(connection: Connection, number: int) -> Plan:
    """What undoing a decision would do; raises `IdentityChanged` when a later one stands upon it."""
    made = rulings.decision(connection, number)
    if made is None or made.undone_by is not None or made.kind is Kind.UNDO:
        raise IdentityChanged("there is no such decision to undo")
    now = persons.anchors(connection, made.project, made.changes)
    if any(now.get(each) != after for each, (_, after) in made.changes.items()):
        raise IdentityChanged("a later decision stands upon this one")
    return _plan(connection, made.project, Kind.UNDO, made.patient, rules.undone(made.changes))


def state(connection: Connection, project: ProjectName, numbers: Iterable[int]) -> str:
    """A word for who these identities are now: it changes with every decision about any of them."""
    known = sorted(persons.anchors(connection, project, set(numbers)).items())
    last = [each.number for each in rulings.history(connection, project, set(numbers))[:1]]
    return sha256(repr((project, known, last)).encode()).hexdigest()[:32]


def decide(
    database: Engine,
    project: ProjectName,
    number: int,
    choice: Choice,
    other: int | None,
    why: str,
    by: str,
    at: int,
    seen: tuple[str, Collection[int]] | None = None,
) -> int:
    """Decide about an identity; the decision's number.

    `seen` is the `state` that the person saw, and of which identities. Raises `IdentityChanged` when it is another now,
    `IdentityUndecided` and `ReleaseUnderWay`.
    """

    def unit(connection: Connection) -> int:
        persons.alone(connection, project)
        if seen is not None and state(connection, project, seen[1]) != seen[0]:
            raise IdentityChanged("somebody decided meanwhile")
        found = plan(connection, project, number, choice, other)
        decision, lines = _carry_out(connection, project, found, why, by, at)
        persons.settle(connection, project, {number, *found.changes})
        audit.append(connection, lines, at)
        reach("identity:before-commit")
        return decision

    return repeated(database, unit)


def undo(database: Engine, number: int, why: str, by: str, at: int) -> int:
    """Take a decision back; the number of the decision that does. Raises as `decide` does."""

    def unit(connection: Connection) -> int:
        made = rulings.decision(connection, number)
        if made is None:
            raise IdentityChanged("there is no such decision to undo")
        persons.alone(connection, made.project)
        found = plan_undo(connection, number)
        decision, lines = _carry_out(connection, made.project, found, why, by, at)
        rulings.undo(connection, number, decision)
        rulings.reopen(connection, made.project, {found.patient, *found.changes})
        audit.append(connection, lines, at)
        reach("identity:before-commit")
        return decision

    return repeated(database, unit)


def _plan(connection: Connection, project: ProjectName, kind: Kind, patient: int, changes: Changes) -> Plan:
    moved = {each for each, (before, _) in changes.items() if before is not None}
    studies = rulings.studies(connection, changes)
    touched = [
        *rulings.waiting(connection, project, studies),
        *rulings.released(connection, project, moved),
    ]
    return Plan(kind, patient, changes, tuple(studies), tuple(touched))


def _carry_out(
    connection: Connection, project: ProjectName, found: Plan, why: str, by: str, at: int
) -> tuple[int, list[Line]]:
    if found.is_under_way:
        raise ReleaseUnderWay("a release that is being made holds some of these objects")
    for anchor in sorted({after for _, after in found.changes.values() if after is not None}):
        persons.begin(connection, project, anchor, at)
    persons.join(connection, project, {each: after for each, (_, after) in found.changes.items()})
    decision = rulings.record(connection, project, found.kind, found.patient, found.changes, why, by, at)
    taken = rulings.take_back(connection, project, found.moved)
    # Others that waited to be told from the same person may be told by rule now.
    others = rulings.studies(connection, rulings.disputed_with(connection, project, found.changes))
    again = sum(retries.anew(connection, project, each, at) for each in sorted({*found.studies, *others}))
    detail: audit.Detail = {
        "project": project,
        "decision": decision,
        "identities": [f"patient:{each}" for each in sorted(found.changes)],
        "judged_anew": again,
        "taken_back": taken,
    }
    return decision, [Line(by, f"identity-{found.kind}", f"patient:{found.patient}", detail)]
