"""`/identities`: who cannot be told from whom by rule, what a person may decide, and what that would change."""

from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place
from tirage.web.api.problems import not_found
from tirage.web.api.studies import Patient

Number = Annotated[int, Path(ge=1, le=2**53)]
Sees = Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))]
Decides = Annotated[Who, Depends(allowed(Permission.LINK_PATIENTS))]
Why = Annotated[str, Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
IfMatch = Annotated[str, Header(max_length=64, description="The `ETag` of what the person looked at.")]


class Wanted(BaseModel):
    """Which conflicts."""

    state: Literal["open", "flagged"] = "open"
    reason: Annotated[str, Field(max_length=32, pattern=r"^[A-Z_]*$")] = ""
    project: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9-]*$")] = ""


class Count(BaseModel):
    """How many conflicts there are of a reason."""

    state: str
    reason: str
    meaning: str
    conflicts: int


class Side(BaseModel):
    """One of the identities side by side; `agreement` by field: same, differs, missing, or how it is close."""

    patient: Patient
    person: int | None
    is_rival: bool
    agreement: dict[str, str]


class ConflictLine(BaseModel):
    """A conflict in a list; `opened_at` in microseconds."""

    number: int
    project: str
    reason: str
    meaning: str
    state: str
    opened_at: int
    patient: Patient
    rival: Side | None


class Effect(BaseModel):
    """Objects a decision would touch; `version` is the release that holds them, null for none."""

    disposition: str
    reason: str
    version: int | None
    objects: int
    words: str


class Option(BaseModel):
    """A decision that could be made, and everything it would touch; `blocked` says why it cannot be now."""

    choice: str
    other: int | None
    kind: str
    effects: list[Effect]
    blocked: str


class Made(BaseModel):
    """A decision that was made; `undo` is what undoing would touch, null where that is not possible."""

    number: int
    kind: str
    why: str
    made_by: str
    made_at: int
    undone_by: int | None
    patients: list[int]
    undo: list[Effect] | None


class Conflict(BaseModel):
    """A conflict with all its candidates, what may be decided, and what was."""

    number: int
    project: str
    reason: str
    meaning: str
    next: str
    state: str
    opened_at: int
    etag: str
    patient: Patient
    person: int | None
    studies: list[int]
    sides: list[Side]
    options: list[Option]
    history: list[Made]


class Deciding(BaseModel):
    """What a person decides: the same as the identity `other`, or a different person."""

    choice: Literal["same", "different"]
    other: Annotated[int, Field(ge=1, le=2**53)] | None = None
    why: Why


class Undoing(BaseModel):
    """Why a decision is taken back."""

    why: Why


class Decided(BaseModel):
    """The number of the decision."""

    decision: int


class Identities(Protocol):
    """Whoever knows who is who; what a person may not see is None, as what does not exist."""

    def counts(self, who: Who) -> list[Count]:
        """How many conflicts there are."""

    def listed(self, who: Who, wanted: Wanted, after: int, most: int) -> Page[ConflictLine]:
        """A page of conflicts, the oldest first."""

    def conflict(self, who: Who, number: int) -> Conflict | None:
        """One conflict."""

    def decide(self, who: Who, number: int, wanted: Deciding, seen: str) -> Decided | None:
        """Carry out a decision."""

    def undo(self, who: Who, decision: int, why: str) -> Decided | None:
        """Take a decision back."""


def router(identities: Identities) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["identities"])

    @routes.get("/identities")
    def listed(
        who: Sees, wanted: Annotated[Wanted, Query()], after: Cursor = "", most: Most = 50
    ) -> Page[ConflictLine]:
        """Conflicts that wait for a person, or that went on as new patients; the oldest first."""
        begin = place(after, int)
        return identities.listed(who, wanted, int(begin[0]) if begin else 0, most)

    @routes.get("/identities/counts")
    def counts(who: Sees) -> list[Count]:
        """How many conflicts there are, by state and reason."""
        return identities.counts(who)

    @routes.get("/identities/{number}")
    def conflict(who: Sees, number: Number, response: Response) -> Conflict:
        """One conflict: the candidates side by side, what may be decided and would follow, the history."""
        found = identities.conflict(who, number)
        if found is None:
            raise not_found("conflict")
        response.headers["ETag"] = f'"{found.etag}"'
        return found

    @routes.post("/identities/{number}/decisions", status_code=201)
    def decide(who: Decides, number: Number, wanted: Deciding, if_match: IfMatch = "") -> Decided:
        """Decide; what is touched is judged anew, and releases stay as they are."""
        found = identities.decide(who, number, wanted, if_match.strip('"'))
        if found is None:
            raise not_found("conflict")
        return found

    @routes.post("/identity-decisions/{decision}/undo", status_code=201)
    def undo(who: Decides, decision: Number, wanted: Undoing) -> Decided:
        """Take a decision back, as far as nothing later stands upon it."""
        found = identities.undo(who, decision, wanted.why)
        if found is None:
            raise not_found("decision")
        return found

    return routes
