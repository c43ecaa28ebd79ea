"""What happened to one object, from its arrival to its delivery: `tirage trace`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tirage.model.identifiers import Digest, ReceivedId, short
from tirage.store.schema import (
    audit,
    custody,
    delivery,
    finding,
    instance,
    origin,
    output,
    received,
    release,
    release_member,
    series,
)

_NUMBER = re.compile(r"(?:received:)?([0-9]{1,18})")
_PREFIX = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at `at` (microseconds); `project` is empty when it concerns the node.

    `what` is a word (`received`, `de-identified` …), `detail` handles, codes and digest prefixes.
    """

    at: int
    project: str
    what: str
    detail: str


def find(connection: Connection, handle: str) -> list[ReceivedId]:
    """The objects a handle means: a received number, or six or more digits of a digest, original or output.

    A number is taken for a number first. Empty when nothing fits.
    """
    text = handle.strip().lower()
    if number := _NUMBER.fullmatch(text):
        known = select(received.c.id).where(received.c.id == int(number[1]))
        if found := connection.execute(known).scalars().all():
            return [ReceivedId(each) for each in found]
    if not _PREFIX.fullmatch(text):
        return []
    lowest, highest = Digest(text.ljust(64, "0")), Digest(text.ljust(64, "f"))
    originals = select(received.c.id).where(received.c.digest.between(lowest, highest))
    outputs = select(output.c.received_id).where(output.c.digest.between(lowest, highest))
    numbers = {*connection.execute(originals).scalars(), *connection.execute(outputs).scalars()}
    return [ReceivedId(number) for number in sorted(numbers)]


def claims(connection: Connection, number: ReceivedId) -> set[str]:
    """The projects that claim an object; '' among them when none does, empty when there is no such object."""
    return set(connection.scalars(select(custody.c.project).where(custody.c.received_id == number)))


def study_of(connection: Connection, number: ReceivedId) -> int | None:
    """The study an object was catalogued in."""
    return connection.scalar(select(instance.c.study_id).where(instance.c.received_id == number))


def trace(connection: Connection, number: ReceivedId) -> list[Event]:
    """Everything recorded of one object, in the order it happened."""
    events = [
        *_arrival(connection, number),
        *_catalogued(connection, number),
        *_outputs(connection, number),
        *_findings(connection, number),
        *_releases(connection, number),
        *_deliveries(connection, number),
        *_standing(connection, number),
    ]
    return sorted(events, key=lambda event: event.at)


def _arrival(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    wanted = (
        select(received, origin.c.kind, origin.c.calling_ae, origin.c.batch)
        .join(origin)
        .where(received.c.id == number)
    )
    for row in connection.execute(wanted):
        who = row.calling_ae or row.batch
        yield Event(row.received_at, "", "received", f"{short(row.digest)} by {row.kind} from {who}")
    again = select(audit.c.at, audit.c.action).where(
        audit.c.subject == f"received:{number}", audit.c.action.in_(("receive-duplicate", "receive-conflict"))
    )
    for row in connection.execute(again):
        is_duplicate = row.action == "receive-duplicate"
        what = "received again" if is_duplicate else "conflicts with an earlier copy"
        yield Event(row.at, "", what, "")


def _catalogued(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    wanted = (
        select(instance.c.catalogued_at, series.c.modality, instance.c.study_id)
        .join(series, series.c.id == instance.c.series_id)
        .where(instance.c.received_id == number)
    )
    for row in connection.execute(wanted):
        yield Event(row.catalogued_at, "", "catalogued", f"{row.modality} in study {row.study_id}")


def _outputs(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    for row in connection.execute(select(output).where(output.c.received_id == number)):
        detail = f"{short(row.digest)} under policy {short(row.policy)}"
        yield Event(row.made_at, row.project, "de-identified", detail)


def _findings(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    for row in connection.execute(select(finding).where(finding.c.received_id == number)):
        view = f" ({row.view})" if row.view else ""
        what = "finding" if row.superseded_at is None else "earlier finding"
        yield Event(row.found_at, row.project, what, f"{row.kind} at {row.place}{view}")


def _releases(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    wanted = (
        select(release.c.project, release.c.version, release.c.frozen_at, release.c.completed_at)
        .join(release_member, release_member.c.release_id == release.c.id)
        .where(release_member.c.received_id == number)
    )
    for row in connection.execute(wanted):
        yield Event(row.frozen_at, row.project, "put into release", f"version {row.version}")
        if row.completed_at:
            yield Event(row.completed_at, row.project, "released", f"version {row.version}")


def _deliveries(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    wanted = (
        select(delivery, release.c.project)
        .join(release, release.c.id == delivery.c.release_id)
        .join(
            release_member,
            (release_member.c.release_id == delivery.c.release_id)
            & (release_member.c.output_digest == delivery.c.output_digest),
        )
        .where(release_member.c.received_id == number)
    )
    for row in connection.execute(wanted):
        code = f" {row.detail}" if row.detail else ""
        yield Event(row.updated_at, row.project, f"delivery {row.status}", f"to {row.destination}{code}")


def _standing(connection: Connection, number: ReceivedId) -> Iterator[Event]:
    wanted = select(custody).where(custody.c.received_id == number, custody.c.reason != "")
    for row in connection.execute(wanted):
        yield Event(row.updated_at, row.project, row.disposition, row.reason)
