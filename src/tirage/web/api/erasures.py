"""`/erasures`: studies that were erased everywhere, and erasing one."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.holds import PLAIN
from tirage.web.api.paging import Cursor, Most, Page

LONGEST_NUMBER = 2**53

Erases = Annotated[Who, Depends(allowed(Permission.ERASE_STUDIES))]
Number = Annotated[int, Path(ge=1, le=LONGEST_NUMBER)]


class Erasing(BaseModel):
    """Which study to erase, and why."""

    study: Annotated[int, Field(ge=1, le=LONGEST_NUMBER)]
    why: Annotated[str, Field(min_length=3, max_length=1_000, pattern=PLAIN)]


class Erasure(BaseModel):
    """An erased study: the number it had, how much it was, who erased it and why; times in microseconds."""

    tombstone: int
    study: int
    objects: int
    released: int
    size_bytes: int
    why: str
    erased_by: str
    erased_at: int
    lifted_by: str
    lifted_at: int | None


class Copy(BaseModel):
    """Copies to recall: what a release holds, and a destination has when one is named."""

    project: str
    version: int
    destination: str
    status: str
    objects: int


class Grave(BaseModel):
    """An erased study with the copies of it that are elsewhere."""

    erasure: Erasure
    copies: list[Copy]


class Erasures(Protocol):
    """Whoever can erase studies and knows which were."""

    def page(self, who: Who, cursor: str, most: int) -> Page[Erasure]:
        """Erased studies, the newest first."""

    def find(self, who: Who, tombstone: int) -> tuple[Erasure, Sequence[Copy]]:
        """One erased study; raises `Problem` 404."""

    def erase(self, who: Who, wanted: Erasing) -> tuple[Erasure, Sequence[Copy]]:
        """Erase a study; raises `Problem` 404, or 403 when other projects have it, too."""

    def lift(self, who: Who, tombstone: int) -> tuple[Erasure, Sequence[Copy]]:
        """Let an erased study come in again; raises `Problem` 404."""


def router(erasures: Erasures) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["erasures"])

    def grave(found: tuple[Erasure, Sequence[Copy]]) -> Grave:
        return Grave(erasure=found[0], copies=list(found[1]))

    @routes.get("/erasures")
    def page(who: Erases, cursor: Cursor = "", most: Most = 50) -> Page[Erasure]:
        """Erased studies, the newest first."""
        return erasures.page(who, cursor, most)

    @routes.get("/erasures/{tombstone}")
    def find(who: Erases, tombstone: Number) -> Grave:
        """One erased study, and the copies of it to recall."""
        return grave(erasures.find(who, tombstone))

    @routes.post("/erasures", status_code=201)
    def erase(who: Erases, wanted: Erasing) -> Grave:
        """Erase a study in every project: originals, outputs, headers and what names it. Not to be undone."""
        return grave(erasures.erase(who, wanted))

    @routes.post("/erasures/{tombstone}/lift")
    def lift(who: Erases, tombstone: Number) -> Grave:
        """Let the study come in again when it is sent again."""
        return grave(erasures.lift(who, tombstone))

    return routes
