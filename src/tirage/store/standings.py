"""What is recorded about each requested row, gathered for the ledger in a handful of statements.

Cumulative: rows of every cohort of the project, with where their studies stand today, whoever asked first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, select

from tirage.acquire.standing import RequestStanding, StudyStanding
from tirage.model.records import Confidential
from tirage.model.requests import FetchState, Match, Request, Resolution, Verdict
from tirage.policy.fields import Project
from tirage.store.cohorts import request_of
from tirage.store.progress import Progress, progress
from tirage.store.requested import cohort, fetch, request, sighting
from tirage.store.times import moment


@dataclass(frozen=True, slots=True, repr=False)
class Seen(Confidential):
    """A study that was seen for a row and where it stands; days as the archive wrote them."""

    archive: str
    study: str
    study_date: str
    modalities: tuple[str, ...]
    standing: StudyStanding


@dataclass(frozen=True, slots=True, repr=False)
class Requested(Confidential):
    """A row and everything recorded about it; `changed_at` (microseconds) is when that last changed."""

    cohort: int
    request: Request
    standing: RequestStanding
    changed_at: int
    seen: tuple[Seen, ...] = field(default=())


def requested(connection: Connection, project: Project, version: int | None = None) -> Iterator[Requested]:
    """The rows of all cohorts of the project, or of one version, in order."""
    query = (
        select(request, cohort.c.version, cohort.c.loaded_at)
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(cohort.c.project == project.name)
        .order_by(cohort.c.version, request.c.row)
    )
    if version is not None:
        query = query.where(cohort.c.version == version)
    sighted = _sighted(connection, project)
    fetches = {
        row.study: row for row in connection.execute(select(fetch).where(fetch.c.project == project.name))
    }
    standing = progress(connection, project)
    placeholders = set(project.fetch.placeholder_dates)
    for row in connection.execute(query):
        asked = request_of(row)
        changes = [row.loaded_at, row.resolved_at or 0]
        seen = []
        for each in sighted.get(row.id, ()):
            fetched, objects = fetches.get(each.study), standing.get(each.study, Progress())
            changes += [fetched.updated_at if fetched else 0, objects.changed_at]
            seen.append(_seen(each, fetched, objects, row.loaded_at))
        yield Requested(
            row.version,
            asked,
            RequestStanding(
                Resolution(row.resolution),
                [each.standing for each in seen],
                asked.study_date in placeholders,
            ),
            max(changes),
            tuple(seen),
        )


def _sighted(connection: Connection, project: Project) -> dict[int, list[Row[*tuple[object, ...]]]]:
    query = (
        select(
            sighting.c.request_id,
            sighting.c.archive,
            sighting.c.study,
            sighting.c.study_date,
            sighting.c.modalities,
            sighting.c.match,
            sighting.c.verdict,
        )
        .join(request, request.c.id == sighting.c.request_id)
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(cohort.c.project == project.name)
        .order_by(sighting.c.id)
    )
    found: dict[int, list[Row[*tuple[object, ...]]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.request_id, []).append(row)
    return found


def _seen(
    row: Row[*tuple[object, ...]],
    fetched: Row[*tuple[object, ...]] | None,
    objects: Progress,
    loaded_at: int,
) -> Seen:
    standing = StudyStanding(
        match=Match(row.match),
        verdict=Verdict(row.verdict),
        fetch=FetchState(fetched.state) if fetched else None,
        fetch_detail=fetched.detail if fetched else "",
        expected=fetched.expected if fetched else 0,
        received=fetched.received if fetched else 0,
        objects=objects.objects,
        release=f"{objects.release} {moment(objects.frozen_at):%Y-%m-%d}" if objects.release else "",
        is_from_before=bool(objects.release) and objects.frozen_at < loaded_at,
    )
    modalities = tuple(each for each in row.modalities.split("\\") if each)
    return Seen(row.archive, row.study, row.study_date, modalities, standing)
