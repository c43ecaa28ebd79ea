"""Rows of cohorts that wait for an answer, and what archives answered."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, delete, func, insert, select, update

from tirage.model.identifiers import ProjectName, Uid
from tirage.model.requests import Match, Request, Resolution, Sighting, Verdict
from tirage.store.cohorts import request_of
from tirage.store.prepared import pages
from tirage.store.requested import cohort, fetch, request, sighting

_IS_OPEN = request.c.resolution == Resolution.OPEN.value


def windows(connection: Connection, project: ProjectName, size: int) -> list[int]:
    """Which windows of `size` consecutive request numbers hold open rows of the project, in order."""
    query = _rows(project, select(request.c.id // size).distinct()).where(_IS_OPEN)
    return sorted(connection.execute(query).scalars())


def is_open(connection: Connection, project: ProjectName) -> bool:
    """Whether a row of the project still waits for an answer."""
    return (
        connection.execute(_rows(project, select(request.c.id)).where(_IS_OPEN).limit(1)).first() is not None
    )


def counts(connection: Connection, project: ProjectName) -> tuple[int, int]:
    """How many rows the project's cohorts have, and how many of them wait for an answer."""
    is_open = case((_IS_OPEN, 1), else_=0)
    query = _rows(project, select(func.count(), func.coalesce(func.sum(is_open), 0)))
    rows, waiting = connection.execute(query).one()
    return rows, waiting


def resolutions(connection: Connection, project: ProjectName) -> dict[str, int]:
    """How many rows ended how; under '' those that wait for an answer."""
    query = _rows(project, select(request.c.resolution, func.count())).group_by(request.c.resolution)
    return {row[0]: row[1] for row in connection.execute(query.order_by(request.c.resolution))}


def verdicts(connection: Connection, project: ProjectName) -> dict[str, int]:
    """How many distinct studies were found, by verdict where they are as asked, else by how they differ."""
    is_as_asked = sighting.c.match == Match.AS_ASKED.value
    kind = case((is_as_asked, sighting.c.verdict), else_=sighting.c.match).label("kind")
    query = _rows(project, select(kind, func.count(sighting.c.study.distinct())))
    joined = query.join(sighting, sighting.c.request_id == request.c.id).group_by(kind).order_by(kind)
    return {row[0]: row[1] for row in connection.execute(joined)}


TABLE = (
    "cohort",
    "row",
    "participant",
    "Accession Number",
    "Patient ID",
    "Study Date",
    "Study Description",
    "Study UID",
    "modalities",
    "series",
    "instances",
    "archive",
    "match",
    "verdict",
)
"""The headings of `table`; the five of PACS query lists in their usual words."""


def table(connection: Connection, project: ProjectName) -> Iterator[tuple[str, ...]]:
    """Every study that archives answered with, row by row of the cohorts."""
    columns = (
        cohort.c.version,
        request.c.row,
        request.c.participant,
        sighting.c.accession,
        sighting.c.patient_id,
        sighting.c.study_date,
        sighting.c.description,
        sighting.c.study,
        sighting.c.modalities,
        sighting.c.series_count,
        sighting.c.instances,
        sighting.c.archive,
        sighting.c.match,
        sighting.c.verdict,
    )
    query = _rows(project, select(*columns)).join(sighting, sighting.c.request_id == request.c.id)
    for row in connection.execute(query.order_by(request.c.id, sighting.c.id)):
        yield tuple("" if value is None else str(value) for value in row)


def open_rows(
    connection: Connection, project: ProjectName, window: int, size: int
) -> list[tuple[int, Request]]:
    """The open rows of a window, each with its number, in order."""
    inside = request.c.id.between(window * size, window * size + size - 1)
    query = _rows(project, select(request)).where(_IS_OPEN, inside).order_by(request.c.id)
    return [(row.id, request_of(row)) for row in connection.execute(query)]


def known_as(connection: Connection, project: ProjectName, national_id: str) -> list[str]:
    """The patient identifiers that the project's rows give for a national number."""
    query = _rows(project, select(request.c.patient_id).distinct())
    named = query.where(request.c.national_id == national_id, request.c.patient_id != "")
    return sorted(connection.execute(named).scalars())


def record(
    connection: Connection, number: int, resolution: Resolution, found: Iterable[Sighting], at: int
) -> None:
    """Keep what archives answered to a row, in place of what they answered before."""
    connection.execute(delete(sighting).where(sighting.c.request_id == number))
    rows = [
        {
            "request_id": number,
            "archive": each.archive,
            "study": each.study,
            "patient_id": each.patient_id,
            "accession": each.accession,
            "study_date": each.study_date,
            "description": each.description,
            "modalities": "\\".join(each.modalities),
            "manufacturers": "\\".join(each.manufacturers),
            "series_count": each.series,
            "instances": each.instances,
            "match": each.match.value,
            "verdict": each.verdict.value,
            "seen_at": at,
        }
        for each in found
    ]
    if rows:
        connection.execute(insert(sighting), rows)
    answered = {"resolution": resolution.value, "resolved_at": at}
    connection.execute(update(request).where(request.c.id == number).values(answered))


def reopen(connection: Connection, project: ProjectName) -> int:
    """Ask again for every row of which no study is wanted; how many."""
    is_wanted = (sighting.c.request_id == request.c.id) & (sighting.c.verdict == Verdict.WANTED.value)
    wanted = select(sighting.c.id).where(is_wanted, sighting.c.match == Match.AS_ASKED.value).exists()
    numbers = (
        connection.execute(_rows(project, select(request.c.id)).where(~_IS_OPEN, ~wanted)).scalars().all()
    )
    for page in pages(numbers):
        anew = {"resolution": Resolution.OPEN.value, "resolved_at": None}
        connection.execute(update(request).where(request.c.id.in_(page)).values(anew))
    return len(numbers)


def wanted(
    connection: Connection, project: ProjectName, numbers: Sequence[int] | None = None
) -> list[tuple[Uid, str, str]]:
    """Studies that are wanted and not fetched yet: UID, patient as the archive has it, the archive's name.

    Of the rows `numbers`, or of all of the project's.
    """
    is_same = (fetch.c.project == project) & (fetch.c.study == sighting.c.study)
    patient = func.coalesce(func.nullif(sighting.c.patient_id, ""), request.c.patient_id)
    query = (
        _rows(project, select(sighting.c.study, patient, sighting.c.archive))
        .join(sighting, sighting.c.request_id == request.c.id)
        .where(
            sighting.c.match == Match.AS_ASKED.value,
            sighting.c.verdict == Verdict.WANTED.value,
            ~select(fetch.c.id).where(is_same).exists(),
        )
        .order_by(request.c.id, sighting.c.id)
    )
    if numbers is not None:
        query = query.where(request.c.id.in_(numbers))
    return [(Uid(row[0]), row[1], row[2]) for row in connection.execute(query)]


def only_series(connection: Connection, project: ProjectName, study: Uid) -> frozenset[str]:
    """The series that rows ask for in a study; none when a row asks for all of it."""
    query = (
        _rows(project, select(request.c.series).distinct())
        .join(sighting, sighting.c.request_id == request.c.id)
        .where(sighting.c.study == study, sighting.c.match == Match.AS_ASKED.value)
    )
    found = frozenset(connection.execute(query).scalars())
    return frozenset() if "" in found else found


def _rows(project: ProjectName, query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(request)
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(cohort.c.project == project)
    )
