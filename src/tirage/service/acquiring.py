"""Acquiring by request: ask for it, stop it, see how far it has come. Every word is kept with who gave it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from tirage.acquire.optout import OptOuts
from tirage.errors import Permanent
from tirage.flow.ledger.files import as_csv
from tirage.flow.sheet.page import write_private
from tirage.flow.steps.judging import judge_again
from tirage.model.identifiers import ProjectName
from tirage.model.requests import FetchState
from tirage.policy.fields import Project
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.service.cohorts import CohortUnknown
from tirage.service.reports import Asked
from tirage.store import audit, cohorts, fetches, optouts, pauses, sightings, times, work
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.work import WorkKind

T = TypeVar("T")


class ArchivesMissing(Permanent):
    """The project names no archive, or one that the node's settings do not have."""

    code = "ARCHIVES_MISSING"
    exit_code = 78
    remedy = "Name the archive under `archives` of the project file and as [[archives]] in tirage.toml."


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a project has come: rows of its cohorts and open ones, its studies by state.

    `instances` are those in keeping and those listed, `paused` the scopes that are, `shut` the archives that
    are out of their hours with the time they open, `obstacles` why wanted studies have not come, by code.
    """

    rows: int
    open_rows: int
    studies: dict[FetchState, int]
    instances: tuple[int, int]
    paused: tuple[str, ...]
    shut: dict[str, datetime]
    obstacles: dict[str, int]

    @property
    def wanted_ever(self) -> int:
        """How many studies were ever wanted."""
        return sum(self.studies.values())

    @property
    def ended(self) -> int:
        """How many of them are not waited for any more."""
        return self.wanted_ever - self.waiting

    @property
    def waiting(self) -> int:
        """How many of them are still waited for."""
        return self.studies.get(FetchState.WANTED, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What asking found: rows by resolution, distinct studies by what is made of them."""

    rows: dict[str, int]
    studies: dict[str, int]


def ask_query(parts: Parts, name: ProjectName, account: str, *, again: bool = False) -> Asked:
    """Have the archives asked for the project's open rows; `again` for those without a wanted study, too."""
    _check_asking(parts, name)
    return _in_unit(parts, lambda connection, at: request_query(connection, name, account, at, again))


def ask_fetch(parts: Parts, name: ProjectName, account: str) -> Asked:
    """Have the archives hand over what the project wants, by its filters and lists as they are now."""
    _check_asking(parts, name)
    project = parts.rules[name].project
    opted_out = optouts.read(parts.lists, project)
    return _in_unit(parts, lambda connection, at: request_fetch(connection, project, opted_out, account, at))


def request_query(connection: Connection, name: ProjectName, account: str, at: int, again: bool) -> Asked:
    """As `ask_query`, in the caller's transaction and without looking for archives."""
    reopened = sightings.reopen(connection, name) if again else 0
    if not sightings.is_open(connection, name):
        return Asked.NOTHING
    asked_at = work.requested(connection, WorkKind.QUERY).get(name)
    newest = cohorts.newest(connection, name)
    if asked_at is not None and not reopened and (newest is None or newest.loaded_at <= asked_at):
        return Asked.ALREADY
    # A run that has ended is not started again under its name, which holds the time: rows that were opened
    # since behind its back need a new one.
    work.fulfil(connection, WorkKind.QUERY, name)
    work.request(connection, WorkKind.QUERY, name, at)
    _note(connection, account, "request-query", name, at, reopened=reopened)
    return Asked.ASKED if asked_at is None else Asked.ALREADY


def request_fetch(
    connection: Connection, project: Project, opted_out: OptOuts, account: str, at: int
) -> Asked:
    """As `ask_fetch`, in the caller's transaction and without looking for archives."""
    name = project.name
    judge_again(connection, project, opted_out, at)
    is_querying = name in work.requested(connection, WorkKind.QUERY)
    if not is_querying and not fetches.is_left(connection, name):
        return Asked.NOTHING
    if not work.request(connection, WorkKind.FETCH, name, at):
        return Asked.ALREADY
    _note(connection, account, "request-fetch", name, at)
    return Asked.ASKED


def check_archives(parts: Parts, name: ProjectName) -> None:
    """Raise `ProjectUnknown`, or `ArchivesMissing` when the project has no archive that can be asked."""
    _check_project(parts, name)
    named = parts.rules[name].project.archives
    unknown = [each for each in named if each not in parts.archives]
    if unknown:
        raise ArchivesMissing(f"tirage.toml has no archive called {', '.join(unknown)}")
    if not named:
        raise ArchivesMissing(f"{name} names no archive")


def pause(parts: Parts, scope: str, account: str) -> bool:
    """Ask for nothing more in a scope (`store.pauses`) until it is resumed; False when it was paused."""

    def unit(connection: Connection, at: int) -> bool:
        is_new = pauses.begin(connection, scope, account, at)
        if is_new:
            audit.append(connection, [Line(account, "pause", scope)], at)
        return is_new

    return _in_unit(parts, unit)


def resume(parts: Parts, scope: str, account: str) -> bool:
    """Go on in a scope; False when it was not paused."""

    def unit(connection: Connection, at: int) -> bool:
        was_paused = pauses.end(connection, scope)
        if was_paused:
            audit.append(connection, [Line(account, "resume", scope)], at)
        return was_paused

    return _in_unit(parts, unit)


def cancel(parts: Parts, name: ProjectName, account: str) -> int:
    """Stop wanting what the project still waits for; how many studies. What has come stays."""
    _check_project(parts, name)

    def unit(connection: Connection, at: int) -> int:
        count = fetches.cancel(connection, name, at)
        work.fulfil(connection, WorkKind.FETCH, name)
        _note(connection, account, "cancel-fetch", name, at, studies=count)
        return count

    return _in_unit(parts, unit)


def retry(parts: Parts, name: ProjectName, account: str) -> int:
    """Want again what was given up or cancelled; how many studies."""
    _check_asking(parts, name)
    first = parts.rules[name].project.archives[0]

    def unit(connection: Connection, at: int) -> int:
        count = fetches.retry(connection, name, first, at)
        _note(connection, account, "retry-fetch", name, at, studies=count)
        return count

    return _in_unit(parts, unit)


def standing(parts: Parts, name: ProjectName) -> Standing:
    """How far the project has come; raises `ProjectUnknown` or `CohortUnknown`."""
    _check_project(parts, name)
    with reading(parts.database) as connection:
        if cohorts.newest(connection, name) is None:
            raise CohortUnknown(f"{name}: nothing was loaded")
        rows, open_rows = sightings.counts(connection, name)
        archives = parts.rules[name].project.archives
        scopes = {pauses.of_project(name), *(pauses.of_archive(each) for each in archives)}
        return Standing(
            rows,
            open_rows,
            fetches.standing(connection, name),
            fetches.instances(connection, name),
            tuple(sorted(scopes & pauses.standing(connection))),
            _shut(parts, archives),
            fetches.obstacles(connection, name),
        )


def found(parts: Parts, name: ProjectName) -> Found:
    """What the archives answered for the project's cohorts so far, in numbers."""
    with reading(parts.database) as connection:
        return Found(sightings.resolutions(connection, name), sightings.verdicts(connection, name))


def write_table(parts: Parts, name: ProjectName, path: Path) -> None:
    """Write every study that archives answered with to a new CSV file that only its owner can read."""
    with reading(parts.database) as connection:
        rows = list(sightings.table(connection, name))
    columns = zip(*rows, strict=True) if rows else [[] for _ in sightings.TABLE]
    write_private(path, as_csv(dict(zip(sightings.TABLE, columns, strict=True))))


def _shut(parts: Parts, archives: Sequence[str]) -> dict[str, datetime]:
    now = times.now().astimezone()
    waits = {each: parts.archives[each].hours.opens_in(now) for each in archives if each in parts.archives}
    return {name: now + wait for name, wait in waits.items() if wait}


def _check_project(parts: Parts, name: ProjectName) -> None:
    if name not in parts.rules:
        raise ProjectUnknown(f"no project {name} on this node")


def _check_asking(parts: Parts, name: ProjectName) -> None:
    check_archives(parts, name)
    with reading(parts.database) as connection:
        if cohorts.newest(connection, name) is None:
            raise CohortUnknown(f"{name}: nothing was loaded")


def _note(
    connection: Connection, account: str, action: str, name: ProjectName, at: int, **detail: int
) -> None:
    audit.append(connection, [Line(account, action, f"project:{name}", dict(detail))], at)


def _in_unit(parts: Parts, unit: Callable[[Connection, int], T]) -> T:
    return repeated(parts.database, lambda connection: unit(connection, times.micros(times.now())))
