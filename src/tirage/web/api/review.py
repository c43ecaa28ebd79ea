"""`/review`, `/samples`: what people look at before a release, and what they say of it. Identifies."""

from typing import Annotated, Literal, Protocol, Self

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, Field, model_validator

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place
from tirage.web.api.problems import Problem, missing, not_found, stale

Number = Annotated[int, Path(ge=1, le=2**53)]
Frame = Annotated[int, Path(ge=0, le=2**31)]
ProjectName = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9-]+$")]
Side = Literal["after", "before"]
Verdict = Literal["ok", "leak", "doubt"]
Reviewing = Annotated[Who, Depends(allowed(Permission.REVIEW))]
SIZES = frozenset({0, 256, 384})
"""Pixels of a picture's longest side; 0 for whole."""

Version = Annotated[str, Header(alias="If-Match", max_length=20, pattern=r'^"?[0-9]{1,9}"?$')]
Edge = Annotated[int, Field(ge=0, le=65_535)]


class Standing(BaseModel):
    """How far a review has come; `upper_bound` is the share of failures not exceeded with 95 % confidence."""

    is_planned: bool
    is_complete: bool
    objects: int
    planned: int
    read: int
    double_read: int
    open: int
    disputed: int
    passed: int
    failed: int
    returned: int
    drawn_read: int
    drawn_failed: int
    upper_bound: float
    pairs: int
    alike: int
    kappa: float | None


class Stratum(BaseModel):
    """A device and the kind of object it made."""

    manufacturer: str
    model: str
    sop_class: str
    sop_class_name: str
    modality: str


class StratumLine(Stratum):
    """A stratum, and how far its samples have come."""

    open: int
    disputed: int
    passed: int
    failed: int


class Review(BaseModel):
    """A project's review; `is_sampled` is false where a release waits for nobody to look."""

    project: str
    title: str
    is_sampled: bool
    standing: Standing


class Plan(Review):
    """A project's review by device."""

    strata: list[StratumLine]


class Sample(BaseModel):
    """An output to look at. `mine` is what the person said of it, '' when nothing; `held` while it must stay.

    `is_picture` is false for what has to be opened to be read.
    """

    number: int
    object: int
    project: str
    stratum: Stratum
    marks: list[str]
    readers: int
    state: str
    version: int
    mine: str
    held: bool
    is_picture: bool


class Box(BaseModel):
    """A rectangle of a frame: columns from `x0` to before `x1`, rows from `y0` to before `y1`, from 0."""

    frame: Annotated[int, Field(ge=0, le=2**31)] = 0
    x0: Edge
    y0: Edge
    x1: Edge
    y1: Edge

    @model_validator(mode="after")
    def _has_pixels(self) -> Self:
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise ValueError("is empty")
        return self


class Reading(BaseModel):
    """What one person said of a sample."""

    reader: str
    verdict: str
    boxes: list[Box]
    read_at: int


class Piece(BaseModel):
    """Words of a value that stay, or go."""

    text: str
    is_gone: bool


class Line(BaseModel):
    """What became of one attribute: `fate` is removed, changed, added or kept."""

    path: str
    fate: str
    before: list[Piece]
    after: str


class Opened(Sample):
    """A sample with everything there is to see of it. `problem` says why it cannot be shown, or ''."""

    problem: str
    frames: int
    rows: int
    columns: int
    pixels: str
    blanked: list[Box]
    lines: list[Line]
    is_cut: bool
    readings: list[Reading]


class Word(Box):
    """A line of text that can be read in a frame; `score` from 0 to 1."""

    text: str
    score: float


class Words(BaseModel):
    """What can be read in a frame; `problem` says why that is not known, '' when it is."""

    words: list[Word]
    problem: str


class Said(BaseModel):
    """What a person says of a sample; `hold_device` holds everything of its device with it."""

    verdict: Verdict
    boxes: Annotated[list[Box], Field(max_length=64)] = []
    seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    hold_device: bool = False


class SaidOf(BaseModel):
    """What a person says of one of several samples."""

    sample: Annotated[int, Field(ge=1, le=2**53)]
    version: Annotated[int, Field(ge=1, le=2**31)]
    verdict: Verdict


class Several(BaseModel):
    """What a person says of a page of samples."""

    readings: Annotated[list[SaidOf], Field(min_length=1, max_length=60)]


class Kept(BaseModel):
    """Which of several readings were kept, and of which samples not: they have changed since."""

    kept: list[Sample]
    changed: list[int]


class Rule(BaseModel):
    """A box proposed for every object of a device, and who drew it on which sample."""

    number: int
    sample: int
    reviewer: str
    made_at: int
    yaml: str


class Rules(BaseModel):
    """What a project's file would have to say for the boxes that reviewers proposed."""

    rules: list[Rule]
    yaml: str


class Picture(BaseModel):
    """A picture; `tag` changes when it does."""

    content: bytes
    media_type: str
    tag: str


class Window(BaseModel):
    """How a picture is shown: its longest side, and the ends of its brightness in thousandths."""

    size: Annotated[int, Query(ge=0, le=384, description="0, 256 or 384")] = 0
    low: Annotated[int, Query(ge=0, le=1000)] = 0
    high: Annotated[int, Query(ge=0, le=1000)] = 1000

    @model_validator(mode="after")
    def _can_be_shown(self) -> Self:
        if self.size not in SIZES or self.low >= self.high:
            raise ValueError("no such size, or `low` is not below `high`")
        return self


class Refused(BaseModel):
    """Why something was not done: `changed` or `decided` or `gone`, or `no device`."""

    why: Literal["changed", "decided", "gone", "no device", "no box"]


class Reviews(Protocol):
    """Whoever knows the samples; what a person may not see is None, as what does not exist."""

    def reviews(self, who: Who) -> list[Review]:
        """The projects in which the person reviews."""

    def plan(self, who: Who, project: str) -> Plan | None:
        """One project's review."""

    def samples(self, who: Who, project: str, state: str, after: int, most: int) -> Page[Sample] | None:
        """Samples of a project in a state."""

    def opened(self, who: Who, number: int) -> Opened | None:
        """One sample with everything there is to see of it."""

    def picture(self, who: Who, number: int, frame: int, side: Side, window: Window) -> Picture | None:
        """One frame."""

    def words(self, who: Who, number: int, frame: int) -> Words | None:
        """What can be read in one frame of the output."""

    def read(self, who: Who, number: int, version: int, said: Said) -> Sample | Refused | None:
        """Keep what the person says."""

    def read_several(self, who: Who, project: str, said: list[SaidOf]) -> Kept | None:
        """Keep what the person says of several."""

    def take_back(self, who: Who, number: int, version: int) -> Sample | Refused | None:
        """Forget what the person said."""

    def promote(self, who: Who, number: int, box: int) -> Rule | Refused | None:
        """Propose a box that the person drew as a rule."""

    def rules(self, who: Who, project: str) -> Rules | None:
        """The rules proposed for a project."""


def router(reviews: Reviews) -> APIRouter:
    """The routes of these resources."""
    routes = APIRouter(tags=["review"])

    @routes.get("/review")
    def listed(who: Reviewing) -> list[Review]:
        """The projects in which the person reviews, and how far each has come."""
        return reviews.reviews(who)

    @routes.get("/projects/{project}/review")
    def plan(who: Reviewing, project: ProjectName) -> Plan:
        """One project's review, by device and kind of object."""
        return reviews.plan(who, project) or missing("project")

    @routes.get("/projects/{project}/review/samples")
    def samples(
        who: Reviewing,
        project: ProjectName,
        state: Literal["mine", "open", "disputed", "passed", "failed"] = "mine",
        after: Cursor = "",
        most: Most = 24,
    ) -> Page[Sample]:
        """Samples of what waits for release; `mine` are those that wait for this person's eyes."""
        begin = place(after, int)
        found = reviews.samples(who, project, state, int(begin[0]) if begin else 0, most)
        return found or missing("project")

    @routes.post("/projects/{project}/review/readings")
    def read_several(who: Reviewing, project: ProjectName, said: Several) -> Kept:
        """Say something of several samples at once; those that changed meanwhile are left alone."""
        return reviews.read_several(who, project, said.readings) or missing("project")

    @routes.get("/projects/{project}/review/rules")
    def rules(who: Reviewing, project: ProjectName) -> Rules:
        """The rules that were proposed, as lines for the project's file."""
        return reviews.rules(who, project) or missing("project")

    @routes.get("/samples/{number}")
    def opened(who: Reviewing, number: Number, response: Response) -> Opened:
        """One sample: its attributes before and after, what was blanked, what was said of it."""
        found = reviews.opened(who, number) or missing("sample")
        response.headers["ETag"] = f'"{found.version}"'
        return found

    @routes.get("/samples/{number}/frames/{frame}/{side}.png", response_class=Response)
    def picture(
        who: Reviewing,
        number: Number,
        frame: Frame,
        side: Side,
        window: Annotated[Window, Query()],
        known: Annotated[str, Header(alias="If-None-Match", max_length=400)] = "",
    ) -> Response:
        """One frame of the output or of its original; where there is none, a picture that says so."""
        found = reviews.picture(who, number, frame, side, window) or missing("sample")
        # What identifies is kept by no cache; an output may stay with its reader's browser for a while.
        keeping = "no-store" if side == "before" else "private, max-age=600"
        headers = {"ETag": found.tag, "Cache-Control": keeping}
        if side == "after" and found.tag in known:
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=headers)

    @routes.get("/samples/{number}/frames/{frame}/words")
    def words(who: Reviewing, number: Number, frame: Frame) -> Words:
        """What a machine can read in one frame of the output; takes a second or so."""
        return reviews.words(who, number, frame) or missing("sample")

    @routes.put("/samples/{number}/reading")
    def read(who: Reviewing, number: Number, said: Said, version: Version, response: Response) -> Sample:
        """Say what one sees, in place of what one said before; `If-Match` is the version one saw."""
        return _answered(reviews.read(who, number, int(version.strip('"')), said), response)

    @routes.delete("/samples/{number}/reading")
    def take_back(who: Reviewing, number: Number, version: Version, response: Response) -> Sample:
        """Take back what one said."""
        return _answered(reviews.take_back(who, number, int(version.strip('"'))), response)

    @routes.post("/samples/{number}/boxes/{box}/promotion")
    def promote(who: Reviewing, number: Number, box: Annotated[int, Path(ge=0, le=63)]) -> Rule:
        """Propose a box of one's own reading as a rule for every object of its device."""
        found = reviews.promote(who, number, box)
        if isinstance(found, Refused):
            raise _refused(found)
        return found or missing("sample")

    return routes


def _answered(found: Sample | Refused | None, response: Response) -> Sample:
    if isinstance(found, Refused):
        raise _refused(found)
    if found is None:
        missing("sample")
    response.headers["ETag"] = f'"{found.version}"'
    return found


def _refused(refused: Refused) -> Problem:
    match refused.why:
        case "changed":
            return stale()
        case "decided":
            return Problem(409, "SAMPLE_DECIDED", "it waits for no reading of yours; look at the next one")
        case "no device":
            return Problem(409, "NO_DEVICE", "the object says nothing of its device, so a rule would fit all")
        case "no box":
            return not_found("box")
        case _:
            return Problem(409, "SAMPLE_GONE", "it has been released or made anew since; look at the list")
