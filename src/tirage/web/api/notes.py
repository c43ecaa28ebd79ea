"""`/notes`: what medical staff write about patients and studies, changeable, with every version kept."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field, model_validator

from tirage.model.notes import LONGEST_TEXT, Kind, tidied
from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.holds import PLAIN
from tirage.web.api.problems import Problem, stale
from tirage.web.api.subjects import Number, Subject, SubjectQuery

Sees = Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))]
Writes = Annotated[Who, Depends(allowed(Permission.WRITE_NOTES))]
Seen = Annotated[str, Header(alias="If-Match", max_length=40, description="The `ETag` of what you saw.")]


class Writing(BaseModel):
    """A note, or with a `name` a field: smoker, coffee, symptoms … of the form that `kind` says."""

    kind: Kind = Kind.TEXT
    name: Annotated[str, Field(max_length=64, pattern=PLAIN)] = ""
    text: Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> "Writing":
        found = tidied(self.kind, self.text)
        if found is None:
            raise ValueError(f"not of the kind {self.kind.value}")
        self.text, self.name = found, self.name.strip()
        return self


class NewNote(Writing):
    """A note with what it is about."""

    subject: Subject


class NoteView(BaseModel):
    """One version of a note; `etag` is what a change of it has to show. Time in microseconds."""

    note: int
    subject: str
    version: int
    kind: Kind
    name: str
    text: str
    is_removed: bool
    written_by: str
    written_at: int
    etag: str


class NoteList(BaseModel):
    """The notes of one patient or study, or the versions of one note."""

    notes: list[NoteView]


class Notes(Protocol):
    """Whoever keeps notes; every method raises `Problem` 404 for what `who` may not see."""

    def listed(self, who: Who, subject: str) -> Sequence[NoteView]:
        """The notes of a patient or study as they are now."""

    def history(self, who: Who, note: int) -> Sequence[NoteView]:
        """Every version of a note, the newest first."""

    def add(self, who: Who, subject: str, writing: Writing) -> NoteView:
        """Begin a note."""

    def change(self, who: Who, note: int, version: int, writing: Writing | None) -> NoteView:
        """Write over a version of a note, or remove it; raises `Problem` 412 when it has changed since."""


def router(notes: Notes) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["notes"])

    @routes.get("/notes")
    def listed(who: Sees, subject: SubjectQuery) -> NoteList:
        """The notes of a patient or study."""
        return NoteList(notes=list(notes.listed(who, subject)))

    @routes.get("/notes/{note}/history")
    def history(who: Sees, note: Number) -> NoteList:
        """Every version of a note, the newest first."""
        return NoteList(notes=list(notes.history(who, note)))

    @routes.post("/notes", status_code=201)
    def add(who: Writes, new: NewNote, response: Response) -> NoteView:
        """Write a note, or fill in a field."""
        made = notes.add(who, new.subject, new)
        response.headers["ETag"] = made.etag
        return made

    @routes.put("/notes/{note}")
    def change(who: Writes, note: Number, writing: Writing, response: Response, seen: Seen = "") -> NoteView:
        """Change a note; earlier versions are kept."""
        made = notes.change(who, note, version_of(note, seen), writing)
        response.headers["ETag"] = made.etag
        return made

    @routes.delete("/notes/{note}")
    def remove(who: Writes, note: Number, seen: Seen = "") -> NoteView:
        """Remove a note; its versions are kept."""
        return notes.change(who, note, version_of(note, seen), None)

    return routes


def etag(note: int, version: int) -> str:
    """What a version of a note is called in `ETag` and `If-Match`."""
    return f'"{note}-{version}"'


def version_of(note: int, seen: str) -> int:
    """The version an `If-Match` names; raises `Problem` 428 without one, 412 for one of something else."""
    if not seen:
        raise Problem(428, "IF_MATCH_MISSING", "send the `etag` of what you saw in `If-Match`")
    of, _, version = seen.strip('"').partition("-")
    if of != str(note) or not (version.isascii() and version.isdecimal()):
        raise stale()
    return int(version)
