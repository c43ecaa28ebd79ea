"""Judging again what archives answered, after a decision about a description or a change of the filters."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from tirage.acquire.filters import StudyFacts, judge
from tirage.acquire.optout import OptOuts
from tirage.model.identifiers import Uid
from tirage.model.requests import Match, Verdict
from tirage.policy.fields import Project
from tirage.store.cohorts import request_of
from tirage.store.descriptions import listings
from tirage.store.requested import cohort, request, sighting

WAITING = frozenset({Verdict.DESCRIPTION_UNKNOWN, Verdict.DESCRIPTION_EXCLUDED})
"""The verdicts that a decision about a description can change."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A sighting whose verdict changed."""

    sighting: int
    request: int
    study: Uid
    verdict: Verdict


def rejudge(
    connection: Connection,
    project: Project,
    opted_out: OptOuts,
    verdicts: Collection[Verdict] = WAITING,
) -> list[Rejudged]:
    """Judge the project's sightings that have one of `verdicts` anew, and record what changed.

    Availability and status are not kept with a sighting: only verdicts that come after those two, in
    the order in which `acquire.filters.judge` asks, can be judged again from the record.
    """
    asked = [column for column in request.c if column.name != "id"]
    query = (
        select(
            sighting.c.id.label("sighting_id"),
            sighting.c.request_id,
            sighting.c.study.label("seen_study"),
            sighting.c.patient_id.label("seen_patient"),
            sighting.c.study_date.label("seen_date"),
            sighting.c.description,
            sighting.c.modalities,
            sighting.c.manufacturers,
            sighting.c.instances,
            sighting.c.verdict,
            *asked,
        )
        .join(request, request.c.id == sighting.c.request_id)
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(
            cohort.c.project == project.name,
            sighting.c.match == Match.AS_ASKED.value,
            sighting.c.verdict.in_([each.value for each in verdicts]),
        )
        .order_by(sighting.c.id)
    )
    decided, changed = listings(connection, project.name), []
    for row in connection.execute(query):
        seen = StudyFacts(
            patient_id=row.seen_patient,
            study_date=row.seen_date,
            description=row.description,
            modalities=tuple(filter(None, row.modalities.split("\\"))),
            manufacturers=tuple(filter(None, row.manufacturers.split("\\"))),
            instances=row.instances,
        )
        verdict = judge(seen, request_of(row), project, decided, opted_out)
        if verdict != row.verdict:
            changed.append(Rejudged(row.sighting_id, row.request_id, Uid(row.seen_study), verdict))
    if changed:
        connection.execute(
            update(sighting).where(sighting.c.id == bindparam("number")).values(verdict=bindparam("said")),
            [{"number": each.sighting, "said": each.verdict.value} for each in changed],
        )
    return changed
