"""`/people`: who has an account, and which roles in which projects. Says nothing of patients."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from tirage.model.people import Permission, Role, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place

Managing = Annotated[Who, Depends(allowed(Permission.MANAGE_PEOPLE))]
Number = Annotated[int, Path(ge=1, le=2**53)]
Project = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^(\*|[a-z0-9][a-z0-9-]*)$")]


class Given(BaseModel):
    """A role in a project, `*` for every one."""

    role: Role
    project: Project = "*"


class GivenBy(Given):
    """A role as it was granted: `local` here, `oidc` by the hospital's groups at each sign-in."""

    origin: str


class Person(BaseModel):
    """An account; times in microseconds."""

    number: int
    name: str
    grants: list[GivenBy]
    is_foreign: bool
    has_password: bool
    has_factor: bool
    created_at: int
    disabled_at: int | None


class NewPerson(BaseModel):
    """An account to make; an unfit name is answered with what a fit one is."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class Invitation(BaseModel):
    """The code by which a person chooses a password at `/start`: shown now and never again."""

    number: int
    name: str
    code: str


class People(Protocol):
    """Whoever keeps accounts."""

    def listed(self, who: Who, after: str, most: int) -> Page[Person]:
        """Accounts by name, with their roles in the projects that `who` administers."""

    def person(self, who: Who, number: int) -> Person:
        """One account."""

    def create(self, who: Who, name: str) -> Invitation:
        """Make an account without roles."""

    def reset(self, who: Who, number: int) -> Invitation:
        """Forget the person's password and second factor, end what is open, and invite anew."""

    def grant(self, who: Who, number: int, given: Given) -> Person:
        """Grant a role; the person's own is refused."""

    def withdraw(self, who: Who, number: int, given: Given) -> Person:
        """Withdraw a role."""

    def disable(self, who: Who, number: int, is_open: bool) -> Person:
        """Close the account, or open it again."""


def router(people: People) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["people"])

    @routes.get("/people")
    def listed(who: Managing, after: Cursor = "", most: Most = 50) -> Page[Person]:
        """Accounts by name."""
        begin = place(after, str)
        return people.listed(who, str(begin[0]) if begin else "", most)

    @routes.post("/people", status_code=201)
    def create(who: Managing, wanted: NewPerson) -> Invitation:
        """Make an account; the code of its invitation is shown once."""
        return people.create(who, wanted.name)

    @routes.get("/people/{number}")
    def person(who: Managing, number: Number) -> Person:
        """One account."""
        return people.person(who, number)

    @routes.post("/people/{number}/reset")
    def reset(who: Managing, number: Number) -> Invitation:
        """Invite anew: password, second factor, sessions and tokens end now."""
        return people.reset(who, number)

    @routes.put("/people/{number}/grants")
    def grant(who: Managing, number: Number, given: Given) -> Person:
        """Grant a role in a project."""
        return people.grant(who, number, given)

    @routes.delete("/people/{number}/grants/{role}/{project}")
    def withdraw(
        who: Managing,
        number: Number,
        role: Role,
        project: Annotated[str, Path(max_length=64, pattern=r"^(\*|[a-z0-9][a-z0-9-]*)$")],
    ) -> Person:
        """Withdraw a role in a project."""
        return people.withdraw(who, number, Given(role=role, project=project))

    @routes.post("/people/{number}/disable")
    def disable(who: Managing, number: Number) -> Person:
        """Close the account and end everything it has open."""
        return people.disable(who, number, is_open=False)

    @routes.post("/people/{number}/enable")
    def enable(who: Managing, number: Number) -> Person:
        """Open a closed account again."""
        return people.disable(who, number, is_open=True)

    return routes
