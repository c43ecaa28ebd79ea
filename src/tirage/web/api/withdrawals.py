"""`/withdrawals`: what was called back after it was released, who has copies, who was told."""

from collections.abc import Sequence
from typing import Annotated, Protocol, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.holds import PLAIN

Sees = Annotated[Who, Depends(allowed(Permission.SEE_RELEASES))]
Asks = Annotated[Who, Depends(allowed(Permission.ASK_RELEASE))]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]


class Recalling(BaseModel):
    """Whose studies to call back, by the pseudonym or the study UID of the release, and why."""

    project: Name
    subject: Name | None = None
    study: Name | None = None
    why: Annotated[str, Field(min_length=3, max_length=1_000, pattern=PLAIN)]

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.subject is None) == (self.study is None):
            raise ValueError("give a subject or a study, one of them")
        return self


class WithdrawnStudy(BaseModel):
    """A study as it was released."""

    subject: str
    study: str


class Copy(BaseModel):
    """Objects of a study in a release; `destination` is empty for the node's own."""

    study: str
    version: int
    destination: str
    status: str
    objects: int


class Withdrawal(BaseModel):
    """Studies called back together; `told` is what each destination with copies answered to the tombstone.

    `skipped` is a destination that takes no files beside objects: its owner deletes by hand.
    """

    id: int
    project: str
    number: int
    cause: str
    why: str
    made_by: str
    made_at: int
    studies: list[WithdrawnStudy]
    copies: list[Copy]
    told: dict[str, str]


class Withdrawals(Protocol):
    """Whoever can call back what was released."""

    def listed(self, who: Who) -> Sequence[Withdrawal]:
        """What was called back in the projects that `who` may see, the newest first."""

    def recall(self, who: Who, wanted: Recalling) -> Withdrawal:
        """Call studies back; raises `Problem` 404 where nothing of them is released."""


def router(withdrawals: Withdrawals) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["withdrawals"])

    @routes.get("/withdrawals")
    def listed(who: Sees) -> list[Withdrawal]:
        """What was called back, with every copy and recipient."""
        return list(withdrawals.listed(who))

    @routes.post("/withdrawals", status_code=201)
    def recall(who: Asks, wanted: Recalling) -> Withdrawal:
        """Call back released studies: they go to nobody else, and whoever has them is told."""
        return withdrawals.recall(who, wanted)

    return routes
