"""What of each study a project's destinations have, and since when."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from tirage.model.delivery import Delivery
from tirage.model.identifiers import Digest, ProjectName
from tirage.store.schema import custody, delivery, output, release_member, study

Answer = tuple[Delivery, str]
"""What a destination last said of a file: how it fared, and a code."""

_ARRIVED = [each.value for each in (Delivery.DELIVERED, Delivery.ALREADY)]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Of a study: when the last object arrived (microseconds), and its research UID if it still has one."""

    at: int
    study: str


def arrivals(connection: Connection, project: ProjectName) -> dict[str, Arrival]:
    """By the UIDs of the originals, those of which some destination has an object."""
    is_member = (release_member.c.received_id == custody.c.received_id) & (
        release_member.c.release_id == custody.c.release_id
    )
    is_receipt = (delivery.c.release_id == release_member.c.release_id) & (
        delivery.c.output_digest == release_member.c.output_digest
    )
    is_output = (
        (output.c.project == custody.c.project)
        & (output.c.received_id == custody.c.received_id)
        & (output.c.digest == release_member.c.output_digest)
    )
    query = (
        select(
            study.c.uid,
            func.max(delivery.c.updated_at).label("at"),
            func.max(output.c.study).label("mapped"),
        )
        .select_from(custody)
        .join(study, study.c.id == custody.c.study_id)
        .join(release_member, is_member)
        .join(delivery, is_receipt)
        .outerjoin(output, is_output)
        .where(custody.c.project == project, delivery.c.status.in_(_ARRIVED))
        .group_by(study.c.uid)
    )
    return {row.uid: Arrival(row.at, row.mapped or "") for row in connection.execute(query)}


def answers(connection: Connection, number: int, destination: str) -> dict[Digest, Answer]:
    """What the destination last said of every file of the release `number`."""
    query = select(delivery.c.output_digest, delivery.c.status, delivery.c.detail).where(
        delivery.c.release_id == number, delivery.c.destination == destination
    )
    return {row.output_digest: (Delivery(row.status), row.detail) for row in connection.execute(query)}
