"""Whether it is known who a study's patient is, and which open doubts about identities still stand."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.store import corrections, persons, rulings
from tirage.store.persons import Identity, Person


def known(connection: Connection, project: ProjectName, study: int) -> Outcome[Person] | None:
    """The study's patient when every identity in it is somebody already; None when one must be judged."""
    named = persons.of_study(connection, project, study)
    if named is None:
        return None
    if not named:
        return Held(HoldReason.MISSING_IDENTITY)
    found = anchors(connection, project, named)
    if any(each.number not in found for each in named):
        return None
    if len(set(found.values())) > 1:
        return Held(HoldReason.IDENTITY_CONFLICT)
    return Passed(persons.get(connection, project, found[named[0].number]))


def anchors(connection: Connection, project: ProjectName, named: Iterable[Identity]) -> dict[int, int]:
    """Which person each of these is, and each that it is a correction of; those that are nobody left out."""
    numbers = {number for each in named for number in (each.number, *each.rewrites)}
    return persons.anchors(connection, project, numbers)


def naming(connection: Connection, number: int) -> list[int]:
    """The studies that may name an identity, as received or as corrected."""
    identity = persons.identities(connection, [number])[number]
    found = {*rulings.studies(connection, [number]), *corrections.giving(connection, identity)}
    return sorted(found)


def close(connection: Connection, project: ProjectName, numbers: Iterable[int]) -> set[int]:
    """Close the open doubts about these identities that no study gives rise to; the studies they may hold."""
    open_ones = persons.doubted(connection, project, numbers)
    settled = [each for each in open_ones if not _stands(connection, project, each)]
    persons.settle(connection, project, settled)
    return {study for each in settled for study in naming(connection, each)}


def _stands(connection: Connection, project: ProjectName, number: int) -> bool:
    is_somebody = bool(persons.anchors(connection, project, [number]))
    return any(
        _is_named(number, is_somebody, persons.of_study(connection, project, study, writes=True) or [])
        and not isinstance(known(connection, project, study), Passed)
        for study in naming(connection, number)
    )


def _is_named(number: int, is_somebody: bool, named: Sequence[Identity]) -> bool:
    """Whether it counts who an identity is: one that is corrected away counts as the person it was."""
    return any(number == each.number or (is_somebody and number in each.rewrites) for each in named)
