"""`/studies`, `/patients`, `/objects`: what is in the catalogue and where it stands. Identifies patients."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place
from tirage.web.api.problems import missing

Number = Annotated[int, Path(ge=1, le=2**53)]
Date = Annotated[str, Query(pattern=r"^([0-9]{8})?$", description="YYYYMMDD; empty for open.")]
Value = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]
Looking = Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))]


class Patient(BaseModel):
    """An identity as received."""

    number: int
    patient_id: str
    issuer: str
    name: str
    birth_date: str
    sex: str


class StudyLine(BaseModel):
    """A study in a list."""

    number: int
    patient: Patient
    date: str
    accession: str
    description: str
    modalities: list[str]
    manufacturers: list[str]
    series: int
    instances: int
    size_bytes: int
    last_arrival: int


class Standing(BaseModel):
    """How many objects of a study stand so in a project; `since` in microseconds.

    `meaning` and `next` say in words why they did not go on and what to do; empty where they did.
    """

    project: str
    stage: str
    disposition: str
    reason: str
    meaning: str
    next: str
    objects: int
    since: int


class SeriesLine(BaseModel):
    """A series of a study."""

    number: int
    uid: str
    modality: str
    description: str
    body_part: str
    manufacturer: str
    instances: int
    size_bytes: int


class Study(StudyLine):
    """A study with its series and where its objects stand."""

    uid: str
    settled_at: int | None
    conflict: str
    standings: list[Standing]
    all_series: list[SeriesLine]


class Event(BaseModel):
    """Something that happened to `objects` of a study; times in microseconds."""

    at: int
    until: int
    project: str
    what: str
    detail: str
    objects: int


class ObjectLine(BaseModel):
    """An object of a study."""

    number: int
    sop_class: str
    instance: str


class Object(BaseModel):
    """One object and everything that happened to it; `study` is null when it could not be catalogued."""

    number: int
    study: int | None
    events: list[Event]


class PatientStudies(BaseModel):
    """An identity and the studies that carry it."""

    patient: Patient
    studies: list[StudyLine]


class Choice(BaseModel):
    """How the studies that fit are made up."""

    studies: int
    instances: int
    modality: dict[str, int]
    manufacturer: dict[str, int]
    year: dict[str, int]


class Wanted(BaseModel):
    """Which studies."""

    modality: Value = ""
    manufacturer: Value = ""
    first_date: Date = ""
    last_date: Date = ""
    project: Value = ""


class Studies(Protocol):
    """Whoever knows the catalogue; what a person may not see is None, as what does not exist."""

    def listed(self, who: Who, wanted: Wanted, after: list[str | int] | None, most: int) -> Page[StudyLine]:
        """A page of studies, newest date first."""

    def choice(self, who: Who, wanted: Wanted) -> Choice:
        """How the studies that fit are made up."""

    def study(self, who: Who, number: int) -> Study | None:
        """One study."""

    def timeline(self, who: Who, number: int) -> list[Event] | None:
        """What happened to it."""

    def objects(self, who: Who, number: int, after: int, most: int) -> Page[ObjectLine] | None:
        """Its objects."""

    def object(self, who: Who, number: int) -> Object | None:
        """One object."""

    def patient(self, who: Who, number: int) -> PatientStudies | None:
        """One identity and its studies."""


def router(studies: Studies) -> APIRouter:
    """The routes of these resources."""
    routes = APIRouter(tags=["studies"])

    @routes.get("/studies")
    def listed(
        who: Looking, wanted: Annotated[Wanted, Query()], after: Cursor = "", most: Most = 50
    ) -> Page[StudyLine]:
        """Studies, newest date first."""
        return studies.listed(who, wanted, place(after, str, int), most)

    @routes.get("/studies/choice")
    def choice(who: Looking, wanted: Annotated[Wanted, Query()]) -> Choice:
        """How the studies that fit are made up."""
        return studies.choice(who, wanted)

    @routes.get("/studies/{number}")
    def study(who: Looking, number: Number) -> Study:
        """One study, its series and where its objects stand."""
        return studies.study(who, number) or missing("study")

    @routes.get("/studies/{number}/timeline")
    def timeline(who: Looking, number: Number) -> list[Event]:
        """What happened to a study, from its first object to its last delivery."""
        found = studies.timeline(who, number)
        return missing("study") if found is None else found

    @routes.get("/studies/{number}/objects")
    def objects(who: Looking, number: Number, after: Cursor = "", most: Most = 100) -> Page[ObjectLine]:
        """The objects of a study, in the order they came."""
        begin = place(after, int)
        found = studies.objects(who, number, int(begin[0]) if begin else 0, most)
        return found or missing("study")

    @routes.get("/objects/{number}")
    def object_(who: Looking, number: Number) -> Object:
        """One object and everything that happened to it."""
        return studies.object(who, number) or missing("object")

    @routes.get("/patients/{number}")
    def patient(who: Looking, number: Number) -> PatientStudies:
        """One identity as received, and the studies that carry it."""
        return studies.patient(who, number) or missing("patient")

    return routes
