"""What happened to a study from its first object to its last delivery: one event for all objects alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from tirage.model.identifiers import ReceivedId, short
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
    study,
)

_TOLD_ELSEWHERE = ("view", "prepare", "catalogue")
"""Actions of the audit that are no events of a study, or that its objects tell better."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `objects` of a study between `at` and `until` (microseconds).

    `project` is empty for what concerns the node; `what` is a word, `detail` handles, codes and digests.
    """

    at: int
    until: int
    project: str
    what: str
    detail: str
    objects: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many objects of a study stand so in a project."""

    project: str
    stage: str
    disposition: str
    reason: str
    objects: int
    since: int


def chronicle(connection: Connection, number: int) -> list[Event]:
    """Everything recorded of a study, in the order it happened."""
    sources = (_received, _catalogued, _settled, _outputs, _findings, _releases, _deliveries, _decisions)
    events = [event for source in sources for event in source(connection, number)]
    return sorted(events, key=lambda event: (event.at, event.until))


def standings(connection: Connection, number: int) -> list[Standing]:
    """Where the study's objects stand, by project; those that wait for somebody first."""
    grouped = (custody.c.project, custody.c.stage, custody.c.disposition, custody.c.reason)
    query = (
        select(*grouped, func.count().label("objects"), func.max(custody.c.updated_at).label("since"))
        .where(custody.c.study_id == number)
        .group_by(*grouped)
        .order_by(custody.c.project, custody.c.reason.desc())
    )
    return [
        Standing(row.project, row.stage, row.disposition, row.reason, row.objects, row.since)
        for row in connection.execute(query)
    ]


def members(connection: Connection, number: int, after: int, most: int) -> list[tuple[ReceivedId, str, str]]:
    """A page of the study's objects behind the number `after`: number, SOP class, instance number."""
    query = (
        select(instance.c.received_id, instance.c.sop_class, instance.c.number)
        .where(instance.c.study_id == number, instance.c.received_id > after)
        .order_by(instance.c.received_id)
        .limit(most)
    )
    return [(ReceivedId(row.received_id), row.sop_class, row.number) for row in connection.execute(query)]


def _received(connection: Connection, number: int) -> Iterator[Event]:
    sender = (origin.c.kind, origin.c.calling_ae, origin.c.batch)
    at = received.c.received_at
    query = (
        select(*sender, func.min(at).label("at"), func.max(at).label("until"), func.count().label("objects"))
        .select_from(instance)
        .join(received, received.c.id == instance.c.received_id)
        .join(origin, origin.c.id == received.c.origin_id)
        .where(instance.c.study_id == number)
        .group_by(*sender)
    )
    for row in connection.execute(query):
        who = row.calling_ae or row.batch
        yield Event(row.at, row.until, "", "received", f"by {row.kind} from {who}", row.objects)


def _catalogued(connection: Connection, number: int) -> Iterator[Event]:
    at = instance.c.catalogued_at
    query = select(func.min(at), func.max(at), func.count()).where(instance.c.study_id == number)
    first, last, objects = connection.execute(query).one()
    if objects:
        yield Event(first, last, "", "catalogued", "", objects)


def _settled(connection: Connection, number: int) -> Iterator[Event]:
    query = select(study.c.settled_at, study.c.instances).where(study.c.id == number)
    for row in connection.execute(query):
        if row.settled_at is not None:
            yield Event(row.settled_at, row.settled_at, "", "taken for complete", "", row.instances)


def _outputs(connection: Connection, number: int) -> Iterator[Event]:
    at = output.c.made_at
    query = (
        select(output.c.project, output.c.policy, func.min(at), func.max(at), func.count())
        .join(instance, instance.c.received_id == output.c.received_id)
        .where(instance.c.study_id == number)
        .group_by(output.c.project, output.c.policy)
    )
    for project, policy, first, last, objects in connection.execute(query):
        detail = f"under policy {short(policy)}"
        yield Event(first, last, project, "de-identified and verified", detail, objects)


def _findings(connection: Connection, number: int) -> Iterator[Event]:
    at, objects = finding.c.found_at, func.count(finding.c.received_id.distinct())
    query = (
        select(finding.c.project, finding.c.kind, func.min(at), func.max(at), objects)
        .join(instance, instance.c.received_id == finding.c.received_id)
        .where(instance.c.study_id == number)
        .group_by(finding.c.project, finding.c.kind)
    )
    for project, kind, first, last, count in connection.execute(query):
        yield Event(first, last, project, "finding", kind, count)


def _releases(connection: Connection, number: int) -> Iterator[Event]:
    version = (release.c.project, release.c.version, release.c.frozen_at, release.c.completed_at)
    query = (
        select(*version, func.count().label("objects"))
        .select_from(instance)
        .join(release_member, release_member.c.received_id == instance.c.received_id)
        .join(release, release.c.id == release_member.c.release_id)
        .where(instance.c.study_id == number)
        .group_by(release.c.id, *version)
    )
    for row in connection.execute(query):
        detail = f"version {row.version}"
        yield Event(row.frozen_at, row.frozen_at, row.project, "put into a release", detail, row.objects)
        if row.completed_at:
            yield Event(row.completed_at, row.completed_at, row.project, "released", detail, row.objects)


def _deliveries(connection: Connection, number: int) -> Iterator[Event]:
    at = delivery.c.updated_at
    told = (
        release.c.project,
        release.c.version,
        delivery.c.destination,
        delivery.c.status,
        delivery.c.detail,
    )
    is_receipt = (delivery.c.release_id == release_member.c.release_id) & (
        delivery.c.output_digest == release_member.c.output_digest
    )
    query = (
        select(*told, func.min(at).label("at"), func.max(at).label("until"), func.count().label("objects"))
        .select_from(instance)
        .join(release_member, release_member.c.received_id == instance.c.received_id)
        .join(delivery, is_receipt)
        .join(release, release.c.id == delivery.c.release_id)
        .where(instance.c.study_id == number)
        .group_by(*told)
    )
    for row in connection.execute(query):
        code = f" {row.detail}" if row.detail else ""
        detail = f"version {row.version} to {row.destination}{code}"
        yield Event(row.at, row.until, row.project, f"delivery {row.status}", detail, row.objects)


def _decisions(connection: Connection, number: int) -> Iterator[Event]:
    query = (
        select(audit.c.at, audit.c.actor, audit.c.action, audit.c.detail)
        .where(audit.c.subject == f"study:{number}", audit.c.action.not_in(_TOLD_ELSEWHERE))
        .order_by(audit.c.seq)
    )
    for row in connection.execute(query):
        detail = orjson.loads(row.detail)
        yield Event(row.at, row.at, detail.get("project", ""), row.action, f"by {row.actor}", 0)
