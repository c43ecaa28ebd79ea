"""`/corrections`: what a person says of a patient in place of what objects say; originals never change."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.holds import PLAIN
from tirage.web.api.subjects import Number, Subject, SubjectQuery, Why

Sees = Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))]
Corrects = Annotated[Who, Depends(allowed(Permission.LINK_PATIENTS))]

_Text = Annotated[str, Field(max_length=324, pattern=PLAIN)]
_Id = Annotated[str, Field(max_length=64, pattern=PLAIN)]


class Values(BaseModel):
    """What is to be read in place of what was received; null leaves a field as it is."""

    patient_id: _Id | None = None
    issuer: _Id | None = None
    name: _Text | None = None
    birth_date: Annotated[str, Field(pattern=r"^([0-9]{8})?$")] | None = None
    sex: Annotated[str, Field(pattern=r"^[MFO]?$")] | None = None


class Correcting(Values):
    """A correction of a patient, wherever that identity was received, or of one study."""

    subject: Subject
    why: Why

    @model_validator(mode="after")
    def _says_something(self) -> "Correcting":
        if all(getattr(self, name) is None for name in Values.model_fields):
            raise ValueError("nothing is corrected")
        return self


class CorrectionView(Values):
    """One correction; times in microseconds, `undone_at` is null while it stands."""

    correction: int
    subject: str
    why: str
    made_by: str
    made_at: int
    undone_by: str
    undone_at: int | None


class Effects(BaseModel):
    """What a correction touches: `waiting` objects are judged anew, `released` ones stay as they are."""

    studies: int
    waiting: int
    released: int


class Corrected(BaseModel):
    """The corrections of a patient or study, the newest first, and what another one would touch."""

    corrections: list[CorrectionView]
    effects: Effects


class Corrections(Protocol):
    """Whoever keeps corrections; every method raises `Problem` 404 for what `who` may not see."""

    def listed(self, who: Who, subject: str) -> tuple[Sequence[CorrectionView], Effects]:
        """The corrections of a patient or study, the newest first, and what another would touch."""

    def correct(self, who: Who, wanted: Correcting) -> CorrectionView:
        """Lay a correction over a patient or study."""

    def undo(self, who: Who, correction: int) -> CorrectionView:
        """Take a correction back."""


def router(corrections: Corrections) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["corrections"])

    @routes.get("/corrections")
    def listed(who: Sees, subject: SubjectQuery) -> Corrected:
        """The corrections of a patient or study, and what another one would touch."""
        found, effects = corrections.listed(who, subject)
        return Corrected(corrections=list(found), effects=effects)

    @routes.post("/corrections", status_code=201)
    def correct(who: Corrects, wanted: Correcting) -> CorrectionView:
        """Correct demographics; what no release holds is judged anew."""
        return corrections.correct(who, wanted)

    @routes.post("/corrections/{correction}/undo")
    def undo(who: Corrects, correction: Number) -> CorrectionView:
        """Take a correction back; what no release holds is judged anew."""
        return corrections.undo(who, correction)

    return routes
