"""`/search`: one box for whatever a person has in hand. The text goes in the body: it may identify."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.studies import Patient, StudyLine


class Text(BaseModel):
    """An accession number, a patient identifier or name, a UID, a pseudonym, a digest, an object's number."""

    text: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Hit(BaseModel):
    """What the text was recognised as, and what it means: exactly one of the three is given."""

    meaning: str
    study: StudyLine | None = None
    patient: Patient | None = None
    object: int | None = None


class Search(Protocol):
    """Whoever can find things."""

    def find(self, who: Who, text: str) -> list[Hit]:
        """What the text may mean of what `who` may see, the most exact first."""


def router(search: Search) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["search"])

    @routes.post("/search")
    def find(who: Annotated[Who, Depends(allowed(Permission.SEE_PATIENTS))], wanted: Text) -> list[Hit]:
        """What a text may mean; it changes nothing."""
        return search.find(who, wanted.text)

    return routes
