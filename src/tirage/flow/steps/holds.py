"""Carry out what a person decided about objects that did not go on: all of it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from tirage.errors import Permanent
from tirage.faults import reach
from tirage.model.advice import Way
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.reasons import HoldReason
from tirage.review.decide import REASONS, ways
from tirage.store import audit, claims, holds, resolutions, retries, work
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.holds import NO_STUDY

MOST_STUDIES = 1_000
MOST_OBJECTS = 100_000
"""Of one decision: receiving waits while it is written down."""


class WayClosed(Permanent):
    """What did not go on for this reason cannot be ended that way."""

    code = "WAY_CLOSED"
    remedy = "See docs/holds.md for what to do about this reason."


class TooMuchAtOnce(Permanent):
    """One decision is about more objects than are changed at once."""

    code = "TOO_MUCH_AT_ONCE"
    remedy = "Decide in smaller portions: at most 1,000 studies and 100,000 objects at once."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a decision is about: all objects stopped for `reason` in a study, or those of `numbers` alone."""

    reason: str
    study: int = NO_STUDY
    numbers: tuple[ReceivedId, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, in which project, by whom and why; `to` is the project objects are given to."""

    way: Way
    project: ProjectName
    by: str
    why: str = ""
    to: ProjectName = work.NO_PROJECT


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a decision; what others had changed meanwhile is not in it."""

    objects: int
    studies: int


def decide(database: Engine, decision: Decision, wanted: Sequence[Wanted], at: int) -> Done:
    """Carry out `decision`; raises `WayClosed` or `TooMuchAtOnce`, and then nothing is changed.

    Repeated, it finds nothing left to do and says so.
    """
    if len(wanted) > MOST_STUDIES:
        raise TooMuchAtOnce("too many studies")
    for each in wanted:
        check(each.reason, decision.way)

    def unit(connection: Connection) -> Done:
        found = [(each, _numbers(connection, decision.project, each)) for each in wanted]
        if sum(len(numbers) for _, numbers in found) > MOST_OBJECTS:
            raise TooMuchAtOnce("too many objects")
        return _carry_out(connection, decision, [each for each in found if each[1]], at)

    return repeated(database, unit)


def check(reason: str, way: Way) -> None:
    """Return when what was stopped for `reason` may be ended so; raises `WayClosed`."""
    known = REASONS.get(reason)
    if known is None or way not in ways(known):
        raise WayClosed(f"{reason if known else 'an unknown reason'} cannot be ended by {way.value}")


def _numbers(connection: Connection, project: ProjectName, wanted: Wanted) -> list[ReceivedId]:
    if wanted.numbers:
        return holds.among(connection, project, wanted.numbers).get(wanted.reason, [])
    return holds.numbers(connection, project, wanted.reason, wanted.study, MOST_OBJECTS + 1)


def _carry_out(
    connection: Connection,
    decision: Decision,
    found: Sequence[tuple[Wanted, list[ReceivedId]]],
    at: int,
) -> Done:
    numbers = sorted({number for _, some in found for number in some})
    if not numbers:
        return Done(0, 0)
    number = resolutions.record(
        connection, decision.way, decision.project, len(numbers), decision.why, decision.by, at
    )
    match decision.way:
        case Way.RETRY:
            changed = retries.again(connection, decision.project, numbers, at)
        case Way.RELEASE:
            for wanted, some in found:
                reason = HoldReason(wanted.reason)
                resolutions.waive(connection, decision.project, some, reason, number)
            changed = retries.again(connection, decision.project, numbers, at)
        case Way.REJECT:
            changed = resolutions.decline(connection, decision.project, numbers, at)
            resolutions.settle_copies(connection, [wanted.study for wanted, _ in found])
        case Way.ASSIGN:
            changed = len(claims.assign(connection, decision.to, numbers, at))
    reach("hold:before-commit")
    lines = [_line(decision, number, wanted, len(some)) for wanted, some in found]
    audit.append(connection, lines, at)
    return Done(changed, len({wanted.study for wanted, _ in found}))


def _line(decision: Decision, number: int, wanted: Wanted, objects: int) -> Line:
    subject = f"study:{wanted.study}" if wanted.study else f"project:{decision.project}"
    detail: audit.Detail = {
        "project": decision.project,
        "reason": wanted.reason,
        "objects": objects,
        "resolution": number,
    }
    to = {"to": decision.to} if decision.to else {}
    return Line(decision.by, f"hold-{decision.way.value}", subject, {**detail, **to})
