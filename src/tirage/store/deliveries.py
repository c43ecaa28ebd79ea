"""Receipts: what each destination answered for each file of a release."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select, update

from tirage.model.delivery import Delivery, Proof, Receipt
from tirage.model.identifiers import Digest
from tirage.store.prepared import pages, upsert
from tirage.store.schema import delivery, handover, release_member

DONE = frozenset({Delivery.DELIVERED, Delivery.ALREADY, Delivery.SKIPPED})
"""The destination has the file, or will never want it."""

GIVEN_UP = "GIVEN_UP"
"""Detail of a file that a person gave up."""

FINAL = DONE | {Delivery.CONFLICT}
"""Nothing is gained by sending again."""


def record(
    connection: Connection, number: int, destination: str, receipts: Sequence[Receipt], at: int
) -> None:
    """Keep the answers for files of the release `number`; a later answer replaces an earlier one."""
    if not receipts:
        return
    statement = upsert(delivery)
    statement = statement.on_conflict_do_update(
        index_elements=["release_id", "destination", "output_digest"],
        set_={
            "status": statement.excluded.status,
            "detail": statement.excluded.detail,
            "attempts": delivery.c.attempts + 1,
            "updated_at": statement.excluded.updated_at,
            "proof": statement.excluded.proof,
        },
    )
    rows = [
        {
            "release_id": number,
            "destination": destination,
            "output_digest": receipt.digest,
            "status": receipt.status.value,
            "detail": receipt.detail,
            "attempts": 1,
            "updated_at": at,
            "proof": receipt.proof.value,
        }
        for receipt in receipts
    ]
    connection.execute(statement, rows)


def answered(
    connection: Connection, number: int, destination: str, wanted: Sequence[Digest]
) -> dict[Digest, Delivery]:
    """What the destination last said of those files of the release that are `wanted`."""
    said: dict[Digest, Delivery] = {}
    for page in pages(wanted):
        query = select(delivery.c.output_digest, delivery.c.status).where(
            delivery.c.release_id == number,
            delivery.c.destination == destination,
            delivery.c.output_digest.in_(page),
        )
        said |= {row.output_digest: Delivery(row.status) for row in connection.execute(query)}
    return said


def refused(connection: Connection, number: int, destination: str) -> int:
    """How many files of the release were answered for, and are not at the destination."""
    query = select(func.count()).where(
        delivery.c.release_id == number,
        delivery.c.destination == destination,
        delivery.c.status.not_in([status.value for status in DONE]),
    )
    return connection.execute(query).scalar_one()


def skip(connection: Connection, number: int, destination: str, at: int) -> int:
    """Give up what the destination does not take of the release; how many files that are."""
    mine = (delivery.c.release_id == number) & (delivery.c.destination == destination)
    given_up = {"status": Delivery.SKIPPED.value, "detail": GIVEN_UP, "updated_at": at}
    is_open = delivery.c.status.not_in([status.value for status in DONE])
    return connection.execute(update(delivery).where(mine, is_open).values(given_up)).rowcount


def tally(connection: Connection, number: int) -> dict[str, dict[str, int]]:
    """How many files of the release stand how, by destination and status."""
    counted = (
        select(delivery.c.destination, delivery.c.status, func.count().label("files"))
        .where(delivery.c.release_id == number)
        .group_by(delivery.c.destination, delivery.c.status)
    )
    counts: dict[str, dict[str, int]] = {}
    for row in connection.execute(counted):
        counts.setdefault(row.destination, {})[row.status] = row.files
    return counts


@dataclass(frozen=True, slots=True)
class Count:
    """How many files of a release stand alike at a destination, proved by the same."""

    release: int
    destination: str
    status: Delivery
    proof: Proof
    files: int

    @property
    def key(self) -> tuple[int, str]:
        """Which release at which destination."""
        return self.release, self.destination


def counted(connection: Connection, numbers: Sequence[int]) -> list[Count]:
    """How the files of the releases stand at their destinations."""
    columns = (delivery.c.release_id, delivery.c.destination, delivery.c.status, delivery.c.proof)
    found = []
    for page in pages(numbers):
        query = select(*columns, func.count().label("files")).where(delivery.c.release_id.in_(page))
        found += [
            Count(row.release_id, row.destination, Delivery(row.status), Proof(row.proof), row.files)
            for row in connection.execute(query.group_by(*columns))
        ]
    return found


def objects_delivered(connection: Connection) -> int:
    """How many objects at least one destination has."""
    has_it = delivery.c.status.in_([status.value for status in (Delivery.DELIVERED, Delivery.ALREADY)])
    member = (release_member.c.release_id == delivery.c.release_id) & (
        release_member.c.output_digest == delivery.c.output_digest
    )
    counted = select(func.count(distinct(release_member.c.received_id))).join(delivery, member).where(has_it)
    return connection.execute(counted).scalar_one()


def end(connection: Connection, number: int, destination: str, at: int) -> bool:
    """Record that the destination has answered for the release to the last file; False when it was known."""
    counts = [each for each in counted(connection, [number]) if each.key == (number, destination)]
    row = {
        "release_id": number,
        "destination": destination,
        "ended_at": at,
        "counts": json.dumps([[each.status.value, each.proof.value, each.files] for each in counts]),
    }
    adding = upsert(handover).on_conflict_do_nothing().returning(handover.c.release_id)
    return connection.execute(adding, row).first() is not None


def whole(connection: Connection) -> set[tuple[int, str]]:
    """The releases that destinations have answered for, to the last file."""
    query = select(handover.c.release_id, handover.c.destination)
    return {(row.release_id, row.destination) for row in connection.execute(query)}


def ended(connection: Connection) -> dict[tuple[int, str], list[Count]]:
    """What destinations said of the releases that are `whole` there."""
    return {
        (row.release_id, row.destination): [
            Count(row.release_id, row.destination, Delivery(status), Proof(proof), files)
            for status, proof, files in json.loads(row.counts)
        ]
        for row in connection.execute(select(handover))
    }
