"""Who a study's patient is in a project: one that is known, a new one, or one that a person must name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from tirage.flow.steps import doubts
from tirage.link.match import judge
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.policy.fields import Identity as Policy
from tirage.policy.fields import OnConflict, OnMissing
from tirage.store import audit, persons, retries, rulings
from tirage.store.audit import Line
from tirage.store.persons import Identity, Person, State

FLAGGABLE = frozenset({HoldReason.IDENTIFIER_REUSED, HoldReason.POSSIBLE_DUPLICATE})
"""Conflicts that a project may have taken for new patients; one differing detail is more likely a slip."""


def reconcile(
    connection: Connection, project: ProjectName, study: int, policy: Policy, at: int
) -> tuple[Outcome[Person], list[Line]]:
    """The study's patient, recorded in this transaction; held, with its conflict recorded, otherwise.

    Two identities become one person only under one identifier and without a contradiction. The lines are for
    the audit, at the transaction's end.
    """
    persons.alone(connection, project)
    named = persons.of_study(connection, project, study, writes=True) or []
    others = waiting_for(connection, project, adopt(connection, project, named))
    _judge_anew(connection, project, others - {study}, at)
    anchors = doubts.anchors(connection, project, named)
    new = [each for each in named if each.number not in anchors]
    if any(other in anchors for each in new for other in each.rewrites):
        _dispute_persons(connection, project, anchors, at)
        return Held(HoldReason.IDENTITY_CONFLICT), []
    reason: HoldReason | None = None
    lines: list[Line] = []
    # Those that say most first: what says little is then compared with what says more.
    for each in sorted(new, key=_by_words):
        found = _judged(connection, project, each, policy, at, lines)
        if isinstance(found, HoldReason):
            reason = reason or found
        else:
            anchors[each.number] = found
    if reason is not None:
        return Held(reason), lines
    _dispute_persons(connection, project, anchors, at)
    outcome = doubts.known(connection, project, study)
    assert outcome is not None
    if isinstance(outcome, Passed):
        others = doubts.close(connection, project, anchors)
        _judge_anew(connection, project, others - {study}, at)
    return outcome, lines


def adopt(connection: Connection, project: ProjectName, named: Sequence[Identity]) -> list[int]:
    """Make identities as corrected the persons that they were as received; which became somebody.

    Nobody is asked: who corrects a name under the same identifier has said that it is one person. One that
    is somebody already, or that several persons would be, is left as it is.
    """
    anchors = doubts.anchors(connection, project, named)
    changes: dict[int, int | None] = {}
    for each in named:
        of = {anchors[number] for number in each.rewrites if number in anchors}
        if each.number not in anchors and len(of) == 1:
            changes[each.number] = of.pop()
    persons.join(connection, project, changes)
    persons.settle(connection, project, changes)
    return sorted(changes)


def waiting_for(connection: Connection, project: ProjectName, numbers: Sequence[int]) -> set[int]:
    """The studies that name these identities or wait to be told from them: a rule may do so by now."""
    if not numbers:
        return set()
    others = rulings.disputed_with(connection, project, numbers)
    return set(rulings.studies(connection, {*numbers, *others}))


def _judge_anew(connection: Connection, project: ProjectName, studies: set[int], at: int) -> None:
    for each in sorted(studies):
        retries.anew(connection, project, each, at)


def _dispute_persons(
    connection: Connection, project: ProjectName, anchors: Mapping[int, int], at: int
) -> None:
    """Record who in a study is another person than the first one."""
    first, *others = sorted(set(anchors.values())) or [0]
    for number, anchor in sorted(anchors.items()):
        if anchor in others:
            two = HoldReason.IDENTITY_CONFLICT
            persons.dispute(connection, project, number, first, two, State.OPEN, at)


def _judged(
    connection: Connection, project: ProjectName, new: Identity, policy: Policy, at: int, lines: list[Line]
) -> int | HoldReason:
    """The person that an identity is from now on, or why nobody but a person can tell."""
    candidates = persons.candidates(connection, project, new.identity)
    verdict = judge(new.identity, candidates, asks_demographics=policy.missing is OnMissing.HOLD)
    if verdict.reason is not None:
        is_new = verdict.reason in FLAGGABLE and policy.on_conflict is OnConflict.NEW_PATIENT
        state = State.FLAGGED if is_new else State.OPEN
        persons.dispute(connection, project, new.number, verdict.rival, verdict.reason, state, at)
        if not is_new:
            return verdict.reason
        # It is a patient of its own from here on, and stays in the list.
        detail: audit.Detail = {"project": project, "reason": verdict.reason.value}
        lines.append(Line("worker", "flag-identity", f"patient:{new.number}", detail))
    else:
        persons.settle(connection, project, [new.number])
    anchor = verdict.person
    if anchor is None:
        anchor = new.number
        persons.begin(connection, project, anchor, at)
    persons.join(connection, project, {new.number: anchor})
    return anchor


def _by_words(each: Identity) -> tuple[int, int]:
    said = bool(each.identity.name) + bool(each.identity.birth_date) + bool(each.identity.sex)
    return -said, each.number
