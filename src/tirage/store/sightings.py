"""Rows of cohorts that wait for an answer, and what archives answered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from tirage.model.archives import DateRange
from tirage.model.identifiers import ProjectName, Uid
from tirage.model.requests import Match, Request, Resolution, Sighting, Verdict
from tirage.store.requested import cohort, request, sighting

_IS_OPEN = request.c.resolution == Resolution.OPEN.value


def windows(connection: Connection, project: ProjectName, size: int) -> list[int]:
    """Which windows of `size` consecutive request numbers hold open requests of the project, in order."""
    window = (request.c.id / size).label("window") if False else func.floor(request.c.id / size)
    query = _of(project, select(window).distinct()).where(_IS_OPEN)
    return sorted(int(number) for number in connection.execute(query).scalars())
