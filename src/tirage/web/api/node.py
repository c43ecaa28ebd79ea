"""`/node`, `/archives`, `/jobs`: what the node is made of, and what it is doing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.problems import Problem, missing

Looking = Annotated[Who, Depends(allowed(Permission.SEE_NODE))]
Running = Annotated[Who, Depends(allowed(Permission.RUN_NODE))]
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
RunId = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9:_-]+$")]


class Tile(BaseModel):
    """Something that must be in order, what was found, and what to do when it is not."""

    name: str
    is_ok: bool
    detail: str
    remedy: str = ""


class ArchiveCard(BaseModel):
    """An archive that projects may fetch from: what waits there and why nothing comes."""

    name: str
    address: str
    is_paused: bool
    is_open: bool
    waiting: int
    obstacles: dict[str, int]


class Job(BaseModel):
    """A durable run; `began_at` in microseconds, `error` a code."""

    id: str
    kind: str
    status: str
    error: str
    began_at: int


class Nodes(Protocol):
    """Whoever knows the node's parts; None where there is no such thing."""

    def tiles(self) -> list[Tile]:
        """Disk, database, keys, clock, worker, certificate."""

    def archives(self) -> list[ArchiveCard]:
        """Every archive of the settings."""

    def test_archive(self, who: Who, name: str) -> Tile | None:
        """Connect to an archive and ask whether it answers."""

    def pause(self, who: Who, name: str, is_paused: bool) -> ArchiveCard | None:
        """Ask an archive for nothing more, or again."""

    def jobs(self) -> list[Job]:
        """Runs that are on their way, failed or were cancelled; the oldest first."""

    def retry(self, who: Who, run: str) -> Job | None:
        """Set a run going again; as it stood, when there is nothing to set going."""

    def cancel(self, who: Who, run: str) -> Job | None:
        """Stop a run before its next step; as it stood, when it is over."""


class Pause(BaseModel):
    """Whether to ask an archive for nothing more for now."""

    is_paused: bool


def router(nodes: Nodes) -> APIRouter:
    """The routes of these resources."""
    routes = APIRouter(tags=["node"])

    @routes.get("/node")
    def tiles(who: Looking) -> list[Tile]:
        """What must be in order at this node, and whether it is."""
        return nodes.tiles()

    @routes.get("/archives")
    def archives(who: Looking) -> list[ArchiveCard]:
        """The archives that projects may fetch from."""
        return nodes.archives()

    @routes.post("/archives/{name}/test")
    def test_archive(who: Running, name: Name) -> Tile:
        """Connect to an archive now."""
        return nodes.test_archive(who, name) or missing("archive")

    @routes.put("/archives/{name}/pause")
    def pause(who: Running, name: Name, wanted: Pause) -> ArchiveCard:
        """Pause an archive or let it go on."""
        _everywhere(who)
        return nodes.pause(who, name, wanted.is_paused) or missing("archive")

    @routes.get("/jobs")
    def jobs(who: Looking) -> list[Job]:
        """What is being done, has failed or was stopped."""
        return nodes.jobs()

    @routes.post("/jobs/{run}/retry")
    def retry(who: Running, run: RunId) -> Job:
        """Set a run going again that failed or was cancelled."""
        _everywhere(who)
        return nodes.retry(who, run) or missing("job")

    @routes.post("/jobs/{run}/cancel")
    def cancel(who: Running, run: RunId) -> Job:
        """Stop a run before its next step."""
        _everywhere(who)
        return nodes.cancel(who, run) or missing("job")

    return routes


def _everywhere(who: Who) -> None:
    """What concerns the whole node is for those who may run all of its projects."""
    if not who.everywhere(Permission.RUN_NODE):
        raise Problem(403, "FORBIDDEN", f"it concerns all projects: `{Permission.RUN_NODE}` is needed in all")
