"""What people decided about descriptions, every decision ever made, and which descriptions wait for one.

A change of a project's list is a version of it; the highest version of a text counts. Version 0 holds what
was merely seen: series descriptions that wait, which no other table keeps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select, text

from tirage.acquire.descriptions import Listings, fold
from tirage.model.identifiers import ProjectName
from tirage.model.records import Confidential
from tirage.model.requests import Level, Listing, Match, Verdict
from tirage.store.database import is_postgres
from tirage.store.prepared import upsert
from tirage.store.requested import cohort, description, request, sighting

_LOCK = 0x7469_7261_6465  # one change at a time, so that a version is one change
_SEEN = 0


@dataclass(frozen=True, slots=True, repr=False)
class Change(Confidential):
    """A decision as it was made; time in microseconds."""

    version: int
    level: Level
    shown: str
    listing: Listing
    decided_by: str
    decided_at: int


@dataclass(frozen=True, slots=True, repr=False)
class Waiting(Confidential):
    """A description nobody decided yet; `studies` is None where it is not counted. Time in microseconds."""

    shown: str
    level: Level
    studies: int | None
    modalities: tuple[str, ...]
    first_seen: int


def listings(connection: Connection, project: ProjectName, version: int | None = None) -> Listings:
    """The decisions that count, or those that counted at a version."""
    query = _made(project).order_by(description.c.version)
    if version is not None:
        query = query.where(description.c.version <= version)
    by_level: dict[str, dict[str, Listing]] = {level.value: {} for level in Level}
    newest = 0
    for row in connection.execute(query):
        by_level[row.level][row.folded] = Listing(row.listing)
        newest = row.version
    return Listings(newest, by_level[Level.STUDY], by_level[Level.SERIES])


def decide(
    connection: Connection,
    project: ProjectName,
    level: Level,
    decisions: Mapping[str, Listing],
    decided_by: str,
    at: int,
) -> tuple[int, int]:
    """Record decisions about descriptions as one new version; that version, and how many were news.

    What is listed so already is passed over; where nothing is news the version stays.
    """
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    current = listings(connection, project)
    version = current.version + 1
    rows = {
        fold(shown): _row(project, level, shown, listing, version, decided_by, at)
        for shown, listing in decisions.items()
        if current.of(level, shown) is not listing
    }
    if not rows:
        return current.version, 0
    connection.execute(insert(description), list(rows.values()))
    return version, len(rows)


def note(connection: Connection, project: ProjectName, level: Level, shown: Iterable[str], at: int) -> None:
    """Keep descriptions that wait for a decision, each once; those known already are passed over."""
    rows = {fold(each): _row(project, level, each, Listing.UNKNOWN, _SEEN, "", at) for each in shown}
    if rows:
        connection.execute(upsert(description).on_conflict_do_nothing(), list(rows.values()))


def history(connection: Connection, project: ProjectName) -> list[Change]:
    """Every decision, the oldest first."""
    query = _made(project).order_by(description.c.version, description.c.id)
    return [
        Change(row.version, Level(row.level), row.shown, Listing(row.listing), row.decided_by, row.decided_at)
        for row in connection.execute(query)
    ]


def worklist(connection: Connection, project: ProjectName, level: Level) -> list[Waiting]:
    """The descriptions that wait for a decision, those of most studies first."""
    found = _studies(connection, project) if level is Level.STUDY else _series(connection, project)
    decided = listings(connection, project)
    waiting = [each for each in found if decided.of(level, each.shown) is Listing.UNKNOWN]
    return sorted(waiting, key=lambda each: (-(each.studies or 0), each.first_seen, each.shown))


def _studies(connection: Connection, project: ProjectName) -> list[Waiting]:
    query = (
        select(sighting.c.description, sighting.c.study, sighting.c.modalities, sighting.c.seen_at)
        .join(request, request.c.id == sighting.c.request_id)
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(
            cohort.c.project == project,
            sighting.c.match == Match.AS_ASKED.value,
            sighting.c.verdict == Verdict.DESCRIPTION_UNKNOWN.value,
        )
        .order_by(sighting.c.seen_at, sighting.c.id)
    )
    rows: dict[str, list[tuple[str, str, str, int]]] = {}
    for row in connection.execute(query):
        values = (row.description, row.study, row.modalities, row.seen_at)
        rows.setdefault(fold(row.description), []).append(values)
    return [
        Waiting(
            shown=same[0][0],
            level=Level.STUDY,
            studies=len({study for _, study, _, _ in same}),
            modalities=tuple(sorted({each for row in same for each in row[2].split("\\") if each})),
            first_seen=same[0][3],
        )
        for same in rows.values()
    ]


def _series(connection: Connection, project: ProjectName) -> list[Waiting]:
    query = select(description.c.shown, description.c.decided_at).where(
        description.c.project == project,
        description.c.level == Level.SERIES.value,
        description.c.version == _SEEN,
    )
    return [Waiting(row.shown, Level.SERIES, None, (), row.decided_at) for row in connection.execute(query)]


def _made(project: ProjectName) -> Select[tuple[object, ...]]:
    return select(description).where(description.c.project == project, description.c.version > _SEEN)


def _row(
    project: ProjectName, level: Level, shown: str, listing: Listing, version: int, by: str, at: int
) -> dict[str, object]:
    return {
        "project": project,
        "level": level.value,
        "folded": fold(shown),
        "shown": shown,
        "listing": listing.value,
        "version": version,
        "decided_by": by,
        "decided_at": at,
    }
