"""Answers `tirage.web.api.people`."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from tirage.flow.steps import people as steps
from tirage.model.people import EVERY_PROJECT, Grant, Permission, Who
from tirage.store import people, times
from tirage.store.database import reading, repeated
from tirage.store.people import Account
from tirage.web.api.paging import Page, cursor
from tirage.web.api.people import Given, GivenBy, Invitation, Person
from tirage.web.api.problems import Problem, forbidden, not_found

T = TypeVar("T")
MANAGE = Permission.MANAGE_PEOPLE


class NodePeople:
    """The accounts of a node. Who administers some projects sees and grants roles in these alone."""

    def __init__(self, database: Engine, clock: times.Clock = times.now) -> None:
        self._database, self._clock = database, clock

    def listed(self, who: Who, after: str, most: int) -> Page[Person]:
        """Accounts by name."""
        with reading(self._database) as connection:
            found = people.listed(connection, after, most + 1)
            granted = people.grants(connection, [each.id for each in found])
        shown = found[:most]
        following = cursor([shown[-1].name]) if len(found) > most else None
        return Page(items=[_person(who, each, granted[each.id]) for each in shown], next=following)

    def person(self, who: Who, number: int) -> Person:
        """One account."""
        with reading(self._database) as connection:
            return self._shown(connection, who, number)

    def create(self, who: Who, name: str) -> Invitation:
        """Make an account and invite its person."""

        def unit(connection: Connection, at: int) -> Invitation:
            known = steps.create(connection, who.account, name.strip().lower(), at)
            return Invitation(
                number=known.id, name=known.name, code=steps.invite(connection, who.account, known, at)
            )

        return self._change(unit)

    def reset(self, who: Who, number: int) -> Invitation:
        """Invite anew; for those who administer every project, as it opens whatever the account may."""
        _everywhere(who)

        def unit(connection: Connection, at: int) -> Invitation:
            known = _known(connection, number)
            if known.name == who.account:
                raise Problem(403, "OWN_RESET", "change your own password and phone at your account")
            return Invitation(
                number=number, name=known.name, code=steps.invite(connection, who.account, known, at)
            )

        return self._change(unit)

    def grant(self, who: Who, number: int, given: Given) -> Person:
        """Grant a role in a project that `who` administers."""
        _administers(who, given.project)

        def unit(connection: Connection, at: int) -> Person:
            known = _known(connection, number)
            try:
                steps.grant(connection, who.account, known, Grant(given.role, given.project), at)
            except steps.OwnGrant as error:
                raise Problem(403, error.code, f"{error}. {error.remedy}") from error
            return self._shown(connection, who, number)

        return self._change(unit)

    def withdraw(self, who: Who, number: int, given: Given) -> Person:
        """Withdraw a role in a project that `who` administers."""
        _administers(who, given.project)

        def unit(connection: Connection, at: int) -> Person:
            known = _known(connection, number)
            if not steps.withdraw(connection, who.account, known, Grant(given.role, given.project), at):
                raise not_found("role")
            return self._shown(connection, who, number)

        return self._change(unit)

    def disable(self, who: Who, number: int, is_open: bool) -> Person:
        """Close an account or open it again; for those who administer every project."""
        _everywhere(who)

        def unit(connection: Connection, at: int) -> Person:
            change = steps.enable if is_open else steps.disable
            change(connection, who.account, _known(connection, number), at)
            return self._shown(connection, who, number)

        return self._change(unit)

    def _change(self, unit: Callable[[Connection, int], T]) -> T:
        at = times.micros(self._clock())
        return repeated(self._database, lambda connection: unit(connection, at))

    def _shown(self, connection: Connection, who: Who, number: int) -> Person:
        known = _known(connection, number)
        return _person(who, known, people.grants(connection, [number])[number])


def given_by(granted: set[tuple[Grant, str]]) -> list[GivenBy]:
    """Roles as the API shows them, in a steady order."""
    return [
        GivenBy(role=grant.role, project=grant.project, origin=origin) for grant, origin in sorted(granted)
    ]


def _person(who: Who, known: Account, granted: set[tuple[Grant, str]]) -> Person:
    seen = {each for each in granted if who.may(MANAGE, each[0].project)}
    return Person(
        number=known.id,
        name=known.name,
        grants=given_by(seen),
        is_foreign=known.is_foreign,
        has_password=known.password != "",
        has_factor=known.totp is not None,
        created_at=known.created_at,
        disabled_at=known.disabled_at,
    )


def _known(connection: Connection, number: int) -> Account:
    known = people.numbered(connection, number)
    if known is None:
        raise not_found("account")
    return known


def _administers(who: Who, project: str) -> None:
    if not who.may(MANAGE, project):
        raise forbidden(MANAGE) if project == EVERY_PROJECT else not_found("project")


def _everywhere(who: Who) -> None:
    if not who.everywhere(MANAGE):
        raise forbidden(MANAGE)
