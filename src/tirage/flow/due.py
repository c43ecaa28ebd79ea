"""Which runs the record asks for, whoever starts them: nothing is due when nothing is left to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tirage.acquire.hours import hours_of
from tirage.deliver.signing import CandidateState
from tirage.flow import serving
from tirage.flow.context import Access, Rules
from tirage.flow.steps import review
from tirage.flow.steps.resolve import WINDOW
from tirage.model.identifiers import PolicyDigest, ProjectName
from tirage.store import (
    candidates,
    deliveries,
    destinations,
    discards,
    fetches,
    outputs,
    pauses,
    releases,
    sightings,
    studies,
    withdrawals,
    work,
)
from tirage.store.candidates import CandidateRow
from tirage.store.destinations import Standing
from tirage.store.releases import ReleaseState
from tirage.store.studies import WaitingStudy
from tirage.store.times import micros
from tirage.store.work import WorkKind

MINUTE = 60_000_000
UNNAMED = ""
"""Stands for work that no run has taken yet."""


def runs(
    connection: Connection, rules: Mapping[ProjectName, Rules], archives: Mapping[str, Access], now: datetime
) -> Iterator[str]:
    """Ids of the runs that are due, or will be after a quiet time; `UNNAMED` where there is none yet."""
    yield from (run_id for run_id, _, _ in resolving(connection, rules))
    for access in archives.values():
        yield from fetching(connection, rules, access, now)
        projects = serving.projects(connection, rules, access, now)
        if fetches.is_waiting(connection, access.name, projects, access.patience.attempts):
            yield UNNAMED
    if work.has_free(connection, WorkKind.CATALOGUE):
        yield UNNAMED
    yield from work.claims(connection, WorkKind.CATALOGUE)
    asked = work.requested(connection, WorkKind.RELEASE)
    for name, each in rules.items():
        for study in studies.waiting(connection, name, each.profile.digest):
            yield prepare_id(name, study, each.profile.digest)
        if review.is_to_draw(connection, name, each):
            yield UNNAMED
        frozen = releases.listed(connection, name, ReleaseState.FROZEN)
        yield from (release_id(name, row.version) for row in frozen)
        if not frozen:
            yield from _next(connection, name, each, asked.get(name))
    if discards.is_due(connection):
        yield UNNAMED
    yield from (tell_id(*each) for each in withdrawals.pending(connection))
    for handover in undelivered(connection, rules, now):
        yield deliver_id(handover)


def resolving(
    connection: Connection, rules: Mapping[ProjectName, Rules]
) -> Iterator[tuple[str, ProjectName, int]]:
    """The windows of rows to ask archives for: the run, the project, the window."""
    for name, asked_at in work.requested(connection, WorkKind.QUERY).items():
        if name in rules:
            for window in sightings.windows(connection, name, WINDOW):
                yield f"resolve:{name}:{asked_at}:{window}", name, window


def fetching(
    connection: Connection, rules: Mapping[ProjectName, Rules], access: Access, now: datetime
) -> Iterator[str]:
    """The runs that an archive may be asked by now, each named after the study it begins with.

    The minute is part of the name: a run that found its archive paused or shut has a successor.
    """
    projects = serving.projects(connection, rules, access, now)
    minute = micros(now) // MINUTE
    for each in fetches.due(connection, access.name, projects, micros(now), access.at_a_time):
        asked = fetches.times_asked(connection, each.id)
        yield f"{fetch_prefix(access.name)}{each.id}:{asked}:{each.attempts}:{minute}"


def fetch_prefix(archive: str) -> str:
    """What the ids of all runs begin with that ask an archive to hand studies over."""
    return f"fetch:{archive}:"


@dataclass(frozen=True, slots=True)
class Handover:
    """A release that a destination has not answered for.

    `since` is when the destination was opened or resumed, 0 when it always was: part of the run's id.
    """

    number: int
    destination: str
    priority: int
    since: int


def undelivered(connection: Connection, rules: Mapping[ProjectName, Rules], now: datetime) -> list[Handover]:
    """What is to be handed over now: at each destination that may be sent to the oldest release it lacks.

    The destinations that come first are those of the highest priority.
    """
    whole, going = deliveries.whole(connection), destinations.standing(connection)
    paused, local = pauses.standing(connection), now.astimezone()
    first: dict[tuple[ProjectName, str], Handover] = {}
    for row in releases.listed(connection, state=ReleaseState.COMPLETE):
        for spec in rules[row.project].project.destinations if row.project in rules else ():
            key, hours = (row.project, spec.name), hours_of(spec.hours or "")
            if key in first or (row.id, spec.name) in whole:
                continue
            if pauses.of_destination(*key) in paused or not hours.is_open(local):
                continue
            opened = hours.opened(local)
            since = max(going.get(key, Standing()).resumed_at, micros(opened) if opened else 0)
            first[key] = Handover(row.id, spec.name, spec.priority, since)
    return sorted(first.values(), key=lambda each: (each.priority, each.number))


def prepare_id(name: ProjectName, study: WaitingStudy, policy: PolicyDigest) -> str:
    """The run that prepares what waits in a study."""
    again = f":{study.retries}" if study.retries else ""
    return f"prepare:{name}:{study.study}:{study.last}:{policy[:8]}{again}"


def release_id(name: ProjectName, version: int, since: int | None = None) -> str:
    """The run that goes on with a frozen version, or makes one of what was made or asked for at `since`."""
    return f"release:{name}:{version}" + (f":{since}" if since is not None else "")


def propose_id(name: ProjectName, after: int, since: int) -> str:
    """The run that proposes what comes after the candidate `after`, of what was made or asked for `since`."""
    return f"propose:{name}:{after}:{since}"


def is_made_unasked(rules: Rules, last: CandidateRow | None) -> bool:
    """Whether a release is proposed, or made, without anybody's word.

    Where somebody has refused the last one, the next takes a person's word.
    """
    is_refused = last is not None and last.state is CandidateState.REFUSED
    return rules.project.release.automatic and not (rules.signatures and is_refused)


def tell_id(number: int, destination: str) -> str:
    """The run that tells a destination of a withdrawal."""
    return f"tell:{number}:{destination}"


def deliver_id(each: Handover) -> str:
    """The run that hands a release to a destination; one that found it shut has a successor."""
    return handover_prefix(each) + (f":{each.since}" if each.since else "")


def handover_prefix(each: Handover) -> str:
    """What the ids of all runs begin with that hand this release to this destination."""
    return f"deliver:{each.number}:{each.destination}"


def is_covered(due: Iterator[str], started: set[str]) -> bool:
    """Whether each of the runs that are `due` is among those `started`, however these ended."""
    # Whoever froze a version goes on with it, so that its run is known by the version alone.
    stems = {":".join(each.split(":")[:3]) for each in started if each.startswith("release:")}
    return all(run_id in started or run_id in stems for run_id in due)


def _next(connection: Connection, name: ProjectName, rules: Rules, asked_at: int | None) -> Iterator[str]:
    last = candidates.newest(connection, name)
    if last is not None and last.is_open:
        if last.state is CandidateState.SIGNED:
            yield release_id(name, last.version, last.id)
        return
    if asked_at is None and not is_made_unasked(rules, last):
        return
    if studies.is_working(connection, name, rules.profile.digest):
        return
    waiting = outputs.unreleased(connection, name, rules.profile.digest)
    read_at = review.read_at(connection, name, rules, waiting)
    if waiting and read_at is not None:
        since = max(micros(waiting.newest), asked_at or 0, read_at)
        if rules.signatures:
            yield propose_id(name, last.id if last else 0, since)
        else:
            yield release_id(name, releases.next_version(connection, name), since)
    elif waiting is None and asked_at is not None:
        yield UNNAMED
