"""Sending to destinations: how it stands, stop it, let it go on, give up what one does not take."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.acquire.hours import hours_of
from tirage.errors import Permanent
from tirage.model.identifiers import ProjectName
from tirage.policy.destinations import Destination, address
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import audit, deliveries, destinations, pauses, releases, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.releases import ReleaseState


class DestinationMissing(Permanent):
    """The project names no such destination."""

    code = "DESTINATION_MISSING"
    exit_code = 64
    remedy = "`tirage destination list` shows the destinations of every project."


@dataclass(frozen=True, slots=True)
class DestinationStanding:
    """How a destination stands; `files` by status and `proofs` by kind count over all releases.

    `lacks` are the versions it has not answered for, `paused_by` is empty unless it is paused.
    """

    project: ProjectName
    name: str
    kind: str
    address: str
    is_open: bool
    paused_by: str
    failures: int
    lacks: tuple[int, ...]
    files: dict[str, int]
    proofs: dict[str, int]


def standings(parts: Parts) -> list[DestinationStanding]:
    """Every destination of every project."""
    local = times.now().astimezone()
    with reading(parts.database) as connection:
        rows = releases.listed(connection, state=ReleaseState.COMPLETE)
        ended, going = deliveries.ended(connection), destinations.standing(connection)
        paused = pauses.made_by(connection)
        lacking = {
            (project, spec.name): [
                row for row in rows if row.project == project and (row.id, spec.name) not in ended
            ]
            for project, rules in parts.rules.items()
            for spec in rules.project.destinations
        }
        open_ = sorted({row.id for left in lacking.values() for row in left})
        counts = [each for each in deliveries.counted(connection, open_) if each.key not in ended]
    counts += [each for said in ended.values() for each in said]
    project_of = {row.id: row.project for row in rows}
    found = []
    for project, rules in parts.rules.items():
        for spec in rules.project.destinations:
            mine = [
                each
                for each in counts
                if each.destination == spec.name and project_of.get(each.release) == project
            ]
            standing = going.get((project, spec.name), destinations.Standing())
            found.append(
                DestinationStanding(
                    project,
                    spec.name,
                    spec.kind,
                    address(spec),
                    hours_of(spec.hours or "").is_open(local),
                    paused.get(pauses.of_destination(project, spec.name), ""),
                    standing.failures,
                    tuple(row.version for row in lacking[project, spec.name]),
                    _summed((each.status.value, each.files) for each in mine),
                    _summed((each.proof.value, each.files) for each in mine if each.proof),
                )
            )
    return found


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, files in counts:
        total[name] += files
    return dict(total)


def pause(parts: Parts, project: ProjectName, name: str, account: str) -> bool:
    """Send nothing more to a destination until it is resumed; False when it was paused."""
    spec_of(parts, project, name)
    scope = pauses.of_destination(project, name)

    def unit(connection: Connection) -> bool:
        at = times.micros(times.now())
        is_new = pauses.begin(connection, scope, account, at)
        if is_new:
            audit.append(connection, [Line(account, "pause", scope)], at)
        return is_new

    return repeated(parts.database, unit)


def resume(parts: Parts, project: ProjectName, name: str, account: str) -> bool:
    """Let a destination be sent to again, with as many tries as at first; False when it was not paused."""
    spec_of(parts, project, name)
    scope = pauses.of_destination(project, name)

    def unit(connection: Connection) -> bool:
        at = times.micros(times.now())
        was_paused = pauses.end(connection, scope)
        if was_paused:
            destinations.resumed(connection, project, name, at)
            audit.append(connection, [Line(account, "resume", scope)], at)
        return was_paused

    return repeated(parts.database, unit)


def give_up(parts: Parts, project: ProjectName, version: int, name: str, account: str) -> int:
    """Want no more of what a destination does not take of a release; how many files that are.

    Raises `DestinationMissing` for an unknown destination or release.
    """
    spec_of(parts, project, name)

    def unit(connection: Connection) -> int:
        at, row = times.micros(times.now()), releases.find(connection, project, version)
        if row is None:
            raise DestinationMissing(f"{project} has no release {version}")
        count = deliveries.skip(connection, row.id, name, at)
        if count:
            # Its runs end by themselves: what was refused is not asked for again.
            destinations.resumed(connection, project, name, at)
            detail: audit.Detail = {"destination": name, "files": count}
            audit.append(connection, [Line(account, "give-up", f"release:{row.id}", detail)], at)
        return count

    return repeated(parts.database, unit)


def spec_of(parts: Parts, project: ProjectName, name: str) -> Destination:
    """A project's destination; raises `ProjectUnknown` or `DestinationMissing`."""
    rules = parts.rules.get(project)
    if rules is None:
        raise ProjectUnknown(f"no project is called {project}")
    for spec in rules.project.destinations:
        if spec.name == name:
            return spec
    raise DestinationMissing(f"{project} has no destination {name}")
