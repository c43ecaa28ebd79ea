"""`/holds`: what did not go on, study by study, and what people decide about it."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field, model_validator

from tirage.model.advice import Way
from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page

LONGEST_NUMBER = 2**53
MOST_STUDIES = 1_000
MOST_OBJECTS = 2_000

Name = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
Reason = Annotated[str, Field(max_length=32, pattern=r"^[A-Z_]*$")]
Number = Annotated[int, Field(ge=0, le=LONGEST_NUMBER)]
PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""No control characters."""

Why = Annotated[
    str, Field(max_length=1_000, pattern=PLAIN, description="In your own words; kept with the decision.")
]

Sees = Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))]
Resolves = Annotated[Who, Depends(allowed(Permission.RESOLVE_HOLDS))]


class Seen(BaseModel):
    """Where the gate or a rule saw something; never what."""

    where: str
    kind: str
    view: str


class HoldCount(BaseModel):
    """How many objects of a project did not go on for a reason; `next` says what to do about it."""

    project: str
    reason: str
    disposition: str
    meaning: str
    next: str
    ways: list[Way]
    objects: int
    older_than_a_day: int
    older_than_a_week: int
    older_than_a_month: int


class HoldCounts(BaseModel):
    """Everything that did not go on, in numbers; may be some seconds old."""

    counts: list[HoldCount]


class HeldStudy(BaseModel):
    """The objects of one study that did not go on for one reason.

    `study` is 0 for objects that could not be read far enough to have one; `since` is in microseconds.
    """

    project: str
    reason: str
    disposition: str
    study: int
    objects: int
    since: int
    sample: int
    patient: int = 0
    patient_id: str = ""
    patient_name: str = ""
    study_date: str = ""
    description: str = ""
    accession: str = ""
    modalities: str = ""


class HeldObject(BaseModel):
    """One object that did not go on."""

    received: int
    digest: str
    size_bytes: int
    since: int
    modality: str
    number: str
    findings: list[Seen]


class FailedRun(BaseModel):
    """Work that failed and is tried again by itself; nothing of it is lost."""

    kind: str
    error: str
    runs: int


class FailedRuns(BaseModel):
    """What failed, by kind and error code."""

    failed: list[FailedRun]


class Filter(BaseModel):
    """Which of what did not go on; empty values leave all. `age` is in days, project `-` stands for none."""

    disposition: Annotated[str, Field(max_length=16)] = ""
    project: Annotated[str, Field(max_length=64)] = ""
    reason: Annotated[str, Field(max_length=32)] = ""
    age: Annotated[int, Field(ge=0, le=36_500)] = 0


class Target(BaseModel):
    """The objects of a study stopped for a reason; with `objects`, those alone."""

    reason: Reason
    study: Number = 0
    objects: Annotated[list[Number], Field(max_length=MOST_OBJECTS)] = []


class Resolution(BaseModel):
    """What a person decides about objects of one project; `to` is the project that they are given to."""

    way: Way
    project: Name
    why: Why = ""
    to: Name = ""
    targets: Annotated[list[Target], Field(min_length=1, max_length=MOST_STUDIES)]

    @model_validator(mode="after")
    def _is_explained(self) -> "Resolution":
        if self.way in (Way.RELEASE, Way.REJECT) and len(self.why.strip()) < 3:
            raise ValueError("say why")
        if (self.way is Way.ASSIGN) != bool(self.to):
            raise ValueError("`to` names the project that objects are given to, and goes with `assign`")
        return self


class Resolved(BaseModel):
    """How much was changed: 0 when others had resolved it before."""

    objects: int
    studies: int


class Holds(Protocol):
    """Whoever knows what did not go on."""

    def counts(self, who: Who) -> Sequence[HoldCount]:
        """By project and reason, as far as `who` may see."""

    def page(self, who: Who, wanted: Filter, cursor: str, most: int) -> Page[HeldStudy]:
        """Studies with objects that did not go on."""

    def objects(
        self, who: Who, project: str, reason: str, study: int, cursor: str, most: int
    ) -> Page[HeldObject]:
        """The objects of one study that did not go on for a reason; raises `Problem` 404."""

    def failed(self, who: Who) -> Sequence[FailedRun]:
        """What failed and waits to be tried again."""

    def resolve(self, who: Who, wanted: Resolution) -> Resolved:
        """Carry out a decision; raises `Problem` 404 for what `who` may not resolve."""

    def thumbnail(self, who: Who, received: int) -> tuple[bytes, str]:
        """A small picture of an original and its media type; raises `Problem` 404."""


def router(holds: Holds) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["holds"])

    @routes.get("/holds/counts")
    def counts(who: Sees) -> HoldCounts:
        """How much did not go on, by project and reason, and what to do about it."""
        return HoldCounts(counts=list(holds.counts(who)))

    @routes.get("/holds/failed")
    def failed(who: Annotated[Who, Depends(allowed(Permission.SEE_NODE))]) -> FailedRuns:
        """Work that failed and waits to be tried again: pending, not held."""
        return FailedRuns(failed=list(holds.failed(who)))

    @routes.get("/holds")
    def page(
        who: Sees,
        wanted: Annotated[Filter, Depends()],
        cursor: Cursor = "",
        most: Most = 50,
    ) -> Page[HeldStudy]:
        """Studies with objects that did not go on, by project, reason and arrival."""
        return holds.page(who, wanted, cursor, most)

    @routes.get("/holds/{project}/{reason}/{study}")
    def objects(
        who: Sees,
        project: Annotated[str, Path(max_length=64, description="`-` for no project.")],
        reason: Annotated[str, Path(max_length=32)],
        study: Annotated[int, Path(ge=0, le=LONGEST_NUMBER)],
        cursor: Cursor = "",
        most: Most = 50,
    ) -> Page[HeldObject]:
        """The objects of one study that did not go on for a reason, with what was found in them."""
        return holds.objects(who, project, reason, study, cursor, most)

    @routes.post("/holds/resolutions")
    def resolve(who: Resolves, wanted: Resolution) -> Resolved:
        """Retry, release, reject or assign; all of it or nothing. Sent twice, it changes nothing more."""
        return holds.resolve(who, wanted)

    @routes.get("/objects/{received}/thumbnail", response_class=Response)
    def thumbnail(who: Sees, received: Annotated[int, Path(ge=1, le=LONGEST_NUMBER)]) -> Response:
        """A small picture of the original, at most 160 pixels wide; a drawing where there is none."""
        picture, kind = holds.thumbnail(who, received)
        return Response(picture, media_type=kind, headers={"Cache-Control": "private, no-store"})

    return routes
