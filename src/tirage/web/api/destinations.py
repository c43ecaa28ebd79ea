"""`/destinations`: where projects deliver, and how it goes there."""

from typing import Annotated, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Who
from tirage.web.api.node import Looking, Name, Pause, Running, Tile
from tirage.web.api.problems import missing, not_found


class DestinationCard(BaseModel):
    """Where a project delivers: `files` by status and `proofs` by kind count over all releases.

    `lacks` are the versions it has not answered for; `paused_by` is empty unless it is paused, `worker` when
    it was paused after too many failed tries in a row.
    """

    project: str
    name: str
    kind: str
    address: str
    is_open: bool
    paused_by: str
    failures: int
    lacks: list[int]
    files: dict[str, int]
    proofs: dict[str, int]


class GivingUp(BaseModel):
    """Of which version nothing more is wanted that the destination does not take."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]


class GivenUp(BaseModel):
    """How many files were given up."""

    files: int


class Destinations(Protocol):
    """Whoever knows where projects deliver; None where there is no such thing."""

    def listed(self, who: Who) -> list[DestinationCard]:
        """Where the projects deliver that `who` may see."""

    def test(self, who: Who, project: str, name: str) -> Tile | None:
        """Whether a destination answers and takes files."""

    def pause(self, who: Who, project: str, name: str, is_paused: bool) -> DestinationCard | None:
        """Send to a destination nothing more, or again."""

    def give_up(self, who: Who, project: str, name: str, version: int) -> GivenUp | None:
        """Want no more of what a destination does not take of a release."""


def router(destinations: Destinations) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["destinations"])

    @routes.get("/destinations")
    def listed(who: Looking) -> list[DestinationCard]:
        """Where projects deliver, and how it goes there."""
        return destinations.listed(who)

    @routes.post("/destinations/{project}/{name}/test")
    def test(who: Running, project: Name, name: Name) -> Tile:
        """Connect to a destination now."""
        _check(who, project)
        return destinations.test(who, project, name) or missing("destination")

    @routes.put("/destinations/{project}/{name}/pause")
    def pause(who: Running, project: Name, name: Name, wanted: Pause) -> DestinationCard:
        """Pause a destination, or let it be sent to again with as many tries as at first."""
        _check(who, project)
        return destinations.pause(who, project, name, wanted.is_paused) or missing("destination")

    @routes.post("/destinations/{project}/{name}/give-up")
    def give_up(who: Running, project: Name, name: Name, wanted: GivingUp) -> GivenUp:
        """Want no more of what the destination does not take of a release: later versions go on."""
        _check(who, project)
        return destinations.give_up(who, project, name, wanted.version) or missing("destination")

    return routes


def _check(who: Who, project: str) -> None:
    if not who.may(Permission.RUN_NODE, project):
        raise not_found("destination")
