"""`/releases`: what is proposed to leave, what to judge it by, who signed it, and what became of it."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place
from tirage.web.api.problems import missing

Number = Annotated[int, Path(ge=1, le=2**53, description="Number of the candidate.")]
Project = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$", description="Short name of a project.")
]
Looking = Annotated[Who, Depends(allowed(Permission.SEE_RELEASES))]
Signing = Annotated[Who, Depends(allowed(Permission.SIGN_RELEASE))]
Asking = Annotated[Who, Depends(allowed(Permission.ASK_RELEASE))]


class ReleaseLine(BaseModel):
    """One candidate, whatever became of it; times in microseconds since 1970."""

    number: int
    project: str
    version: str
    state: str
    objects: int
    size_bytes: int
    given: int
    needed: int
    requester: str
    proposed_at: int
    ended_at: int | None
    ended_by: str
    why: str


class Counts(BaseModel):
    """How much of what a release would hold."""

    patients: int
    studies: int
    series: int
    objects: int
    modalities: dict[str, int]


class Attrition(BaseModel):
    """What became of the project's objects: `left` counts by disposition and reason."""

    received: int
    left: dict[str, dict[str, int]]
    released: int
    elsewhere: int
    candidate: int


class Finding(BaseModel):
    """In how many objects the gate found something of a kind; all of them are held."""

    kind: str
    view: str
    objects: int


class Canary(BaseModel):
    """How many planted identifiers the gate saw; `missed` counts by the view they were planted in."""

    planted: int
    found: int
    recall: float
    missed: dict[str, int]
    measured_at: int


class Agreement(BaseModel):
    """How two readers of the same objects agree."""

    pairs: int
    alike: int


class Sample(BaseModel):
    """What reviewers read; no more than `upper_bound` of all would fail, with 95 % confidence."""

    planned: int
    read: int
    read_twice: int
    failed: int
    drawn: int
    drawn_failed: int
    upper_bound: float
    agreement: Agreement


class Cell(BaseModel):
    """How many patients share a value; null where they are too few to tell."""

    value: str
    patients: int | None


class CellTable(BaseModel):
    """The values of one property; `small` counts those that too few patients share."""

    property: str
    cells: list[Cell]
    small: int


class Rarity(BaseModel):
    """How many combinations of sex, age and year too few patients share; `patients` null when too few."""

    combinations: int
    small: int
    patients: int | None


class Delta(BaseModel):
    """What is new since the releases before."""

    new_patients: int
    known_patients: int
    new_studies: int
    known_studies: int


class Destination(BaseModel):
    """Where it goes."""

    name: str
    kind: str
    where: str


class Evidence(BaseModel):
    """The numbers as they stood when it was proposed; a part of what is signed."""

    counts: Counts
    attrition: Attrition
    findings: list[Finding]
    canary: Canary
    sample: Sample | None
    small_cell: int
    cells: list[CellTable]
    rarity: Rarity
    delta: Delta
    destinations: list[Destination]
    detectors: dict[str, str]


class Change(BaseModel):
    """A field of the project file that says something else than at the release before."""

    field: str
    before: str
    now: str


class Before(BaseModel):
    """The release before: what its rules said otherwise; null where that was not kept.

    `returns_to` names an earlier version when these are its rules again, and not those of the last.
    """

    version: str
    changes: list[Change] | None
    returns_to: str | None


class Given(BaseModel):
    """One signature; `voided_at` null while it counts."""

    account: str
    signed_at: int
    statement: str
    voided_at: int | None
    why: str


class You(BaseModel):
    """What whoever asks may do; `why_not` is a code, `words` explains it.

    `confirms`: a signature takes the person's password once more.
    """

    may_sign: bool
    may_refuse: bool
    confirms: bool
    why_not: str
    words: str


class Release(ReleaseLine):
    """A candidate and everything people judge it by; `statement` is the digest that is signed."""

    statement: str
    policy: str
    terms: str
    words: str
    evidence: Evidence | None
    signatures: list[Given]
    before: Before | None
    you: You


class Signature(BaseModel):
    """What a person signs: the statement they were shown, and who they are once more where it is asked."""

    statement: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    password: Annotated[str, Field(max_length=1_000)] = ""


class Refusal(BaseModel):
    """Why a person declines."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class Asked(BaseModel):
    """What came of asking."""

    outcome: str


class Releases(Protocol):
    """Whoever knows what is proposed and who signed."""

    def listed(self, who: Who, before: int | None, most: int) -> Page[ReleaseLine]:
        """Candidates of the projects `who` may see, the newest first."""

    def release(self, who: Who, number: int) -> Release | None:
        """One candidate and everything people judge it by."""

    def ask(self, who: Who, project: str) -> Asked | None:
        """Ask for the project's next release."""

    def sign(self, who: Who, number: int, signature: Signature) -> Release | None:
        """Sign; raises `Problem` for whoever may not, and where anything has changed."""

    def refuse(self, who: Who, number: int, reason: str) -> Release | None:
        """Decline; raises `Problem` for what has ended before."""

    def manifest(self, who: Who, number: int) -> bytes | None:
        """The manifest of what was released; None while nothing was."""

    def attrition(self, who: Who, number: int) -> str | None:
        """The attrition picture as SVG."""


def router(releases: Releases) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["releases"])

    @routes.get("/releases")
    def listed(who: Looking, after: Cursor = "", most: Most = 50) -> Page[ReleaseLine]:
        """What was proposed, the newest first, and what became of it."""
        begin = place(after, int)
        return releases.listed(who, int(begin[0]) if begin else None, most)

    @routes.get("/releases/{number}")
    def release(who: Looking, number: Number) -> Release:
        """One candidate and everything people judge it by."""
        return releases.release(who, number) or missing("release")

    @routes.post("/projects/{project}/releases", status_code=202)
    def ask(who: Asking, project: Project) -> Asked:
        """Ask for the project's next release; whoever asks does not sign it."""
        return releases.ask(who, project) or missing("project")

    @routes.post("/releases/{number}/signatures", status_code=201)
    def sign(who: Signing, number: Number, signature: Signature) -> Release:
        """Sign the statement that was shown; with enough signatures the release is made."""
        return releases.sign(who, number, signature) or missing("release")

    @routes.post("/releases/{number}/refusal", status_code=201)
    def refuse(who: Signing, number: Number, refusal: Refusal) -> Release:
        """Decline: nothing of it leaves until somebody asks anew."""
        return releases.refuse(who, number, refusal.reason) or missing("release")

    @routes.get(
        "/releases/{number}/manifest", response_class=Response, responses=_content("application/json")
    )
    def manifest(who: Looking, number: Number) -> Response:
        """`manifest.json` of what was released, as it stands in the release."""
        found = releases.manifest(who, number)
        return missing("manifest") if found is None else Response(found, media_type="application/json")

    @routes.get(
        "/releases/{number}/attrition.svg", response_class=Response, responses=_content("image/svg+xml")
    )
    def attrition(who: Looking, number: Number) -> Response:
        """How the project's objects fell away, as a picture."""
        found = releases.attrition(who, number)
        return missing("picture") if found is None else Response(found, media_type="image/svg+xml")

    return routes


def _content(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {}}}}
