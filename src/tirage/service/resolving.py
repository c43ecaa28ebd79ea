"""What the command line asks about holds and erased studies: numbers and handles, nobody's name."""

from collections.abc import Sequence

from tirage.flow.steps import erasing
from tirage.flow.steps.holds import MOST_STUDIES, Decision, Done, Wanted
from tirage.flow.steps.holds import decide as carry_out
from tirage.model.identifiers import ProjectName
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import erasures, holds, times
from tirage.store.database import reading
from tirage.store.erasures import Recall, Tombstone
from tirage.store.holds import Count, Group, Stopped


def counts(parts: Parts) -> list[Count]:
    """How many objects did not go on, by project and reason."""
    with reading(parts.database) as connection:
        return holds.counts(connection, ())


def studies(parts: Parts, project: ProjectName | None, reason: str, most: int) -> list[Group]:
    """The first studies with objects that did not go on."""
    with reading(parts.database) as connection:
        chosen = [
            pair for pair in holds.pairs(connection) if project in (None, pair[0]) and reason in ("", pair[1])
        ]
        return holds.groups(connection, chosen, most=most)


def objects(parts: Parts, project: ProjectName, reason: str, study: int, most: int) -> list[Stopped]:
    """The first objects of a study that did not go on for a reason, with what was found in them."""
    with reading(parts.database) as connection:
        return holds.objects(connection, project, reason, study, most=most)


def decide(parts: Parts, decision: Decision, reason: str, chosen: Sequence[int]) -> Done:
    """Carry out a decision about studies, or about all that were stopped for the reason, up to 1,000.

    Raises `ProjectUnknown`, `WayClosed` or `TooMuchAtOnce`.
    """
    if decision.to and decision.to not in parts.rules:
        raise ProjectUnknown(f"no project {decision.to} on this node")
    found = chosen or [each.study for each in studies(parts, decision.project, reason, most=MOST_STUDIES)]
    wanted = [Wanted(reason, number) for number in found]
    return carry_out(parts.database, decision, wanted, times.micros(times.now()))


def erase(parts: Parts, study: int, why: str, by: str) -> tuple[Tombstone, list[Recall]] | None:
    """Erase a study; its tombstone and the copies to recall. None when there is no such study."""
    made = erasing.erase(parts.database, study, why, by, times.micros(times.now()))
    if made is None:
        return None
    with reading(parts.database) as connection:
        return made, erasures.recalls(connection, made.id)


def lift(parts: Parts, tombstone: int, by: str) -> Tombstone | None:
    """Let an erased study come in again; None for an unknown tombstone."""
    return erasing.lift(parts.database, tombstone, by, times.micros(times.now()))


def tombstones(parts: Parts, most: int) -> list[Tombstone]:
    """Studies that were erased, the newest first."""
    with reading(parts.database) as connection:
        return erasures.listed(connection, most=most)
