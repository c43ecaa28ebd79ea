"""Why outputs are looked at by people whatever chance says, as known when they were made."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from tirage.model.identifiers import PolicyDigest, ProjectName, ReceivedId
from tirage.model.records import Output
from tirage.model.reviews import Mark
from tirage.store.prepared import upsert
from tirage.store.reviewed import mark


def record(connection: Connection, made: Sequence[tuple[ReceivedId, Output]]) -> None:
    """Keep the marks of outputs; those that are here already stay."""
    rows = [
        {"project": each.project, "policy": each.policy, "received_id": number, "what": what.value}
        for number, each in made
        for what in each.marks
    ]
    if rows:
        connection.execute(upsert(mark).on_conflict_do_nothing(), rows)


def read(
    connection: Connection, project: ProjectName, policy: PolicyDigest
) -> dict[ReceivedId, frozenset[Mark]]:
    """The marks of a project's outputs under a policy; those without any are left out."""
    query = select(mark.c.received_id, mark.c.what).where(mark.c.project == project, mark.c.policy == policy)
    found: dict[ReceivedId, frozenset[Mark]] = {}
    for row in connection.execute(query):
        number = ReceivedId(row.received_id)
        found[number] = found.get(number, frozenset()) | {Mark(row.what)}
    return found
