"""Ask the archives for the rows of a cohort, judge what they answer, and want what is to be fetched.

The archives are asked in the project's order, the next only when no answer so far is what was asked for.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.acquire import answers, filters
from tirage.acquire.descriptions import Listings
from tirage.acquire.optout import OptOuts
from tirage.errors import Permanent
from tirage.faults import reach
from tirage.flow.context import Context, WorkInterrupted
from tirage.model.archives import (
    Archive,
    ArchiveContradicts,
    ArchiveRefused,
    QueryUnaskable,
    StudyAnswer,
    StudyQuery,
)
from tirage.model.identifiers import ProjectName
from tirage.model.requests import Match, Request, Sighting
from tirage.policy.fields import Project
from tirage.store import audit, descriptions, fetches, optouts, sightings
from tirage.store.audit import Line
from tirage.store.database import reading, repeated

WINDOW = 100
"""Rows that one run asks for."""

AT_ONCE = 10
"""Rows that are recorded together: so many are asked for again after a crash."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one archive answered to one row: the study and how it fits; `contradicts` when the archive was
    asked about one patient and answered with another."""

    archive: str
    answer: StudyAnswer
    match: Match
    contradicts: bool


@dataclass(frozen=True, slots=True)
class _Asking:
    """What asking takes: the archives in order, and what judges their answers."""

    context: Context
    project: Project
    archives: Sequence[Archive]
    listings: Listings
    opted_out: OptOuts
    known_as: Callable[[str], Sequence[str]]


def resolve(context: Context, name: ProjectName, window: int, is_stopping: Callable[[], bool]) -> None:
    """Ask for the open rows of a window; one that an archive refuses to answer stays open, and is raised."""
    project = context.rules_of(name).project
    with reading(context.database) as connection:
        rows = sightings.open_rows(connection, name, window, WINDOW)
        listings = descriptions.listings(connection, name)
    refusal: Permanent | None = None
    with ExitStack() as opened:
        asking = _Asking(
            context,
            project,
            [_opened(opened, context.access_of(each).open()) for each in project.archives],
            listings,
            optouts.read(context.lists, project),
            lambda national_id: _known_as(context, name, national_id),
        )
        for start in range(0, len(rows), AT_ONCE):
            if is_stopping():
                raise WorkInterrupted("rows are left to ask for")
            found: list[tuple[int, Request, list[Answered]]] = []
            for number, row in rows[start : start + AT_ONCE]:
                try:
                    found.append((number, row, _ask(asking, row)))
                except (ArchiveRefused, ArchiveContradicts) as error:
                    refusal = error
            _record(asking, name, found)
    if refusal is not None:
        raise refusal


def _known_as(context: Context, name: ProjectName, national_id: str) -> list[str]:
    with reading(context.database) as connection:
        return sightings.known_as(connection, name, national_id)


def _opened(stack: ExitStack, archive: Archive) -> Archive:
    stack.callback(archive.close)
    return archive


def _ask(asking: _Asking, row: Request) -> list[Answered]:
    """Every distinct study that archives answer with, until one has what was asked for."""
    found: dict[str, Answered] = {}
    known_as = asking.known_as(row.national_id) if row.national_id else ()
    for archive in asking.archives:
        for query in answers.queries(row, known_as):
            for answer in _studies(archive, query):
                fits = answers.match(row, answer, known_as)
                each = Answered(archive.name, answer, fits, answers.contradicts(query, answer))
                found[answer.study] = _better(found.get(answer.study), each)
            if any(each.match is Match.AS_ASKED for each in found.values()):
                return list(found.values())
    return list(found.values())


def _studies(archive: Archive, query: StudyQuery) -> list[StudyAnswer]:
    """What the archive answers; nothing to a question that would be a pattern, which is never sent."""
    try:
        return archive.find_studies(query)
    except QueryUnaskable:
        return []


def _better(known: Answered | None, each: Answered) -> Answered:
    """The first answer about a study, which a later one replaces only by being what was asked for."""
    if known is None or (each.match is Match.AS_ASKED and known.match is not Match.AS_ASKED):
        return each
    return known


def _record(asking: _Asking, name: ProjectName, found: Sequence[tuple[int, Request, list[Answered]]]) -> None:
    context, at = asking.context, asking.context.micros()

    def unit(connection: Connection) -> None:
        lines = []
        for number, row, answered in found:
            seen = [_sighting(asking, row, each) for each in answered]
            resolution = answers.resolution(each.match for each in seen)
            sightings.record(connection, number, resolution, seen, at)
            lines += [_alarm(number, each) for each in answered if each.contradicts]
        want(connection, name, asking.project, at, [number for number, _, _ in found])
        audit.append(connection, lines, at)
        reach("resolve:before-commit")

    repeated(context.database, unit)
    reach("resolve:after-commit")


def want(
    connection: Connection, name: ProjectName, project: Project, at: int, numbers: Sequence[int] | None = None
) -> int:
    """Want every study that is as asked, judged to be wanted and not on its way; how many are new.

    `numbers` are the rows to look at; all of the project where none are given.
    """
    return sum(
        fetches.want(connection, name, [(study, patient)], archive, project.fetch.priority, at)
        for study, patient, archive in sightings.wanted(connection, name, numbers)
    )


def _alarm(number: int, each: Answered) -> Line:
    detail: audit.Detail = {"archive": each.archive, "what": Match.OTHER_PATIENT.value}
    return Line("worker", "security", f"request:{number}", detail)


def _sighting(asking: _Asking, row: Request, each: Answered) -> Sighting:
    facts = filters.facts(each.answer)
    verdict = filters.judge(facts, row, asking.project, asking.listings, asking.opted_out)
    answer = each.answer
    return Sighting(
        archive=each.archive,
        study=answer.study,
        patient_id=answer.patient_id,
        accession=answer.accession,
        study_date=answer.study_date,
        description=answer.description,
        modalities=facts.modalities,
        manufacturers=facts.manufacturers,
        series=answer.series,
        instances=answer.instances,
        match=each.match,
        verdict=verdict,
    )
