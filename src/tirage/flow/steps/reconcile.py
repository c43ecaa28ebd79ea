"""Who a study's patient is in a project: one that is known, a new one, or one that a person must name."""

from sqlalchemy import Connection

from tirage.link.match import judge
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.policy.fields import Identity as Policy
from tirage.policy.fields import OnConflict, OnMissing
from tirage.store import audit, persons
from tirage.store.audit import Line
from tirage.store.persons import Identity, Person, State

FLAGGABLE = frozenset({HoldReason.IDENTIFIER_REUSED, HoldReason.POSSIBLE_DUPLICATE})
"""Conflicts that a project may have taken for new patients; one differing detail is more likely a slip."""


def known(connection: Connection, project: ProjectName, study: int) -> Outcome[Person] | None:
    """The study's patient when every identity in it is somebody already; None when one must be judged first."""
    named = persons.of_study(connection, project, study)
    if named is None:
        return None
    if not named:
        return Held(HoldReason.MISSING_IDENTITY)
    anchors = persons.anchors(connection, project, (each.number for each in named))
    if len(anchors) < len(named):
        return None
    if len(set(anchors.values())) > 1:
        return Held(HoldReason.IDENTITY_CONFLICT)
    return Passed(persons.get(connection, project, next(iter(anchors.values()))))


def reconcile(
    connection: Connection, project: ProjectName, study: int, policy: Policy, at: int
) -> tuple[Outcome[Person], list[Line]]:
    """The study's patient, recorded in this transaction; held, with the conflict recorded, when a person decides.

    Two identities become one person only under one identifier and without a contradiction. The lines are for
    the audit, at the transaction's end.
    """
    persons.alone(connection, project)
    named = persons.of_study(connection, project, study, writes=True) or []
    anchors = persons.anchors(connection, project, (each.number for each in named))
    reason: HoldReason | None = None
    lines: list[Line] = []
    # Those that say most first: what says little is then compared with what says more.
    for each in sorted((each for each in named if each.number not in anchors), key=_by_words):
        found = _judged(connection, project, each, policy, at, lines)
        if isinstance(found, HoldReason):
            reason = reason or found
        else:
            anchors[each.number] = found
    if reason is not None:
        return Held(reason), lines
    first, *others = sorted(set(anchors.values())) or [0]
    for each in named:
        if anchors[each.number] in others:
            two = HoldReason.IDENTITY_CONFLICT
            persons.dispute(connection, project, each.number, first, two, State.OPEN, at)
    outcome = known(connection, project, study)
    assert outcome is not None
    return outcome, lines


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
