"""`/overview`: where everything stands, in numbers."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed


class Counts(BaseModel):
    """Where the objects of a project stand; '' is the name of those that no project claims."""

    project: str
    received: int
    released: int
    held: int
    rejected: int
    quarantined: int
    pending: int
    reasons: dict[str, int]
    is_conserved: bool


class Summary(BaseModel):
    """The node at one moment."""

    projects: list[Counts]


class Overview(Protocol):
    """Whoever knows where everything stands."""

    def summary(self, who: Who) -> Summary:
        """The projects that `who` may see."""


def router(overview: Overview) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["overview"])

    @routes.get("/overview")
    def summary(who: Annotated[Who, Depends(allowed(Permission.SEE_NODE))]) -> Summary:
        """Where everything stands, in numbers."""
        return overview.summary(who)

    return routes
