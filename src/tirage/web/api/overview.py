"""`/overview`: where everything stands, in numbers and as a picture; nothing that identifies anybody."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from tirage.model.people import Permission, Who
from tirage.web.api import sankey
from tirage.web.api.access import allowed
from tirage.web.api.problems import not_found

Looking = Annotated[Who, Depends(allowed(Permission.SEE_NODE))]
SVG = "image/svg+xml"


class Counts(BaseModel):
    """Where the objects of a project stand; '' is the name of those that no project claims.

    `waiting` splits the pending ones by the last step they completed, `reasons` counts those that did not go
    on; `delivered` are the objects that at least one destination has.
    """

    project: str
    received: int
    released: int
    held: int
    rejected: int
    quarantined: int
    pending: int
    delivered: int
    waiting: dict[str, int]
    reasons: dict[str, int]
    is_conserved: bool


class Blocked(BaseModel):
    """Objects that wait for somebody or something: what for, how many, since when (microseconds)."""

    project: str
    why: str
    objects: int
    since: int


class Hour(BaseModel):
    """What was done in the hour that began at `at` (microseconds), in objects."""

    at: int
    catalogued: int
    deidentified: int
    released: int
    delivered: int


class Summary(BaseModel):
    """The node at the moment `at` (microseconds)."""

    at: int
    projects: list[Counts]
    blocked: list[Blocked]
    hours: list[Hour]


class Overview(Protocol):
    """Whoever knows where everything stands."""

    def summary(self, who: Who) -> Summary:
        """What `who` may see of it."""


def router(overview: Overview) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["overview"])

    @routes.get("/overview")
    def summary(who: Looking) -> Summary:
        """Where everything stands, in numbers."""
        return overview.summary(who)

    @routes.get("/overview/flow.svg", response_class=Response, responses={200: {"content": {SVG: {}}}})
    def flow(who: Looking, project: Annotated[str, Query(max_length=64)] = "") -> Response:
        """The way of a project's objects as a picture, each stream as wide as it has objects."""
        found = [each for each in overview.summary(who).projects if each.project == project]
        if not found:
            raise not_found("project")
        each = found[0]
        flows = sankey.Flows(
            received=each.received,
            waiting=each.waiting,
            stopped={"held": each.held, "rejected": each.rejected, "quarantined": each.quarantined},
            released=each.released,
            delivered=each.delivered,
        )
        return Response(sankey.draw(flows), media_type=SVG)

    return routes
