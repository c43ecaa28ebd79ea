"""Writing received objects into the record: one transaction for all that wait.

Each gets a row in `received`, one in `custody` for each project that claims it, an item of work and an audit
line. A duplicate gets the audit line and is counted; a project that had not claimed it before does so now.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from tirage.faults import reach
from tirage.model.custody import Acceptance, Stage
from tirage.model.identifiers import Digest, ProjectName, ReceivedId, short
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import Arrival, Origin, OriginKind
from tirage.store import audit, work
from tirage.store.audit import Line
from tirage.store.database import is_postgres, repeated
from tirage.store.schema import counter, custody, origin, received
from tirage.store.times import micros

RECEIVED, DUPLICATES = "received", "duplicates"
_NOT_OF_A_UID = re.compile(r"[^0-9.]")
_LONGEST_UID = 64
_ACTIONS = {
    Acceptance.STORED: "receive",
    Acceptance.CONFLICT: "receive-conflict",
    Acceptance.DUPLICATE: "receive-duplicate",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an arrival; `digest` is the one its object is kept under."""

    acceptance: Acceptance
    received: ReceivedId
    digest: Digest


def record(engine: Engine, arrivals: Sequence[Arrival]) -> list[Kept]:
    """Record `arrivals`, whose bytes are durable, in one transaction; on return the record is durable too.

    Raises `StoreUnavailable`, and then nothing is recorded.
    """
    return repeated(engine, lambda connection: _record(connection, arrivals))


def tidy_uid(text: str) -> str:
    """A stated UID fit for a column: what cannot be one shows as `?`, and so never equals a real one."""
    tidy = _NOT_OF_A_UID.sub("?", text)
    return tidy if len(tidy) <= _LONGEST_UID else tidy[: _LONGEST_UID - 1] + "?"


def upsert(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that can say what to do when the row is there."""
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


def count_up(connection: Connection, counts: Counter[tuple[ProjectName, str]]) -> None:
    """Add to the counters, by (project, name)."""
    if not counts:
        return
    statement = upsert(connection, counter)
    statement = statement.on_conflict_do_update(
        index_elements=["project", "name"], set_={"value": counter.c.value + statement.excluded.value}
    )
    # In one order always, so that two writers cannot wait for each other.
    rows = [{"project": p, "name": n, "value": value} for (p, n), value in sorted(counts.items())]
    connection.execute(statement, rows)


def _record(connection: Connection, arrivals: Sequence[Arrival]) -> list[Kept]:
    origins = _origins(connection, {arrival.origin for arrival in arrivals})
    fresh = _insert_new(connection, arrivals, origins)
    known = _known(connection, [a.object_digest for a in arrivals if a.object_digest not in fresh])
    conflicting = _conflicting(connection, arrivals, fresh)
    kept, counts, lines = [], Counter[tuple[ProjectName, str]](), []
    for arrival in arrivals:
        number = fresh.pop(arrival.object_digest, None)
        if number is None:
            number, digest = known[arrival.object_digest]
            acceptance = Acceptance.DUPLICATE
        else:
            digest = arrival.digest
            known[arrival.object_digest] = (number, digest)
            acceptance = Acceptance.CONFLICT if number in conflicting else Acceptance.STORED
        kept.append(Kept(acceptance, number, digest))
        lines.append(_line(arrival, kept[-1], origins[arrival.origin]))
    claimed = _claim(connection, arrivals, kept, counts)
    at = micros(arrivals[-1].received_at)
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=claimed)
    count_up(connection, counts)
    audit.append(connection, lines, at)
    reach("receive:before-commit")
    return kept


def _origins(connection: Connection, origins: Iterable[Origin]) -> dict[Origin, int]:
    found: dict[Origin, int] = {}
    for one in origins:
        row = {
            "kind": one.kind.value,
            "calling_ae": _plain(one.calling_ae),
            "called_ae": _plain(one.called_ae),
            "address": _plain(one.address),
            "batch": _plain(one.batch),
        }
        same = select(origin.c.id).where(*(origin.c[name] == value for name, value in row.items()))
        number = connection.execute(same).scalar()
        if number is None:
            connection.execute(upsert(connection, origin).on_conflict_do_nothing(), row)
            number = connection.execute(same).scalar_one()
        found[one] = number
    return found


def _insert_new(
    connection: Connection, arrivals: Sequence[Arrival], origins: dict[Origin, int]
) -> dict[Digest, ReceivedId]:
    rows = [
        {
            "digest": arrival.digest,
            "object_digest": arrival.object_digest,
            "size_bytes": arrival.size_bytes,
            "transfer_syntax": tidy_uid(arrival.transfer_syntax),
            "stated_sop_class": tidy_uid(arrival.stated_sop_class),
            "stated_sop_instance": tidy_uid(arrival.stated_sop_instance),
            "origin_id": origins[arrival.origin],
            "received_at": micros(arrival.received_at),
        }
        for arrival in arrivals
    ]
    statement = (
        upsert(connection, received)
        .on_conflict_do_nothing(index_elements=["object_digest"])
        .returning(received.c.id, received.c.object_digest)
    )
    return {row.object_digest: ReceivedId(row.id) for row in connection.execute(statement, rows)}


def _known(connection: Connection, digests: Sequence[Digest]) -> dict[Digest, tuple[ReceivedId, Digest]]:
    if not digests:
        return {}
    same = select(received.c.id, received.c.digest, received.c.object_digest).where(
        received.c.object_digest.in_(digests)
    )
    return {row.object_digest: (ReceivedId(row.id), row.digest) for row in connection.execute(same)}


def _conflicting(
    connection: Connection, arrivals: Sequence[Arrival], fresh: dict[Digest, ReceivedId]
) -> set[ReceivedId]:
    stated = {
        tidy_uid(arrival.stated_sop_instance)
        for arrival in arrivals
        if arrival.object_digest in fresh and arrival.stated_sop_instance
    }
    first = (
        select(received.c.stated_sop_instance, func.min(received.c.id).label("first"))
        .where(received.c.stated_sop_instance.in_(stated))
        .group_by(received.c.stated_sop_instance)
        .having(func.count() > 1)
    )
    firsts = {row.stated_sop_instance: row.first for row in connection.execute(first)} if stated else {}
    if not firsts:
        return set()
    return {
        fresh[arrival.object_digest]
        for arrival in arrivals
        if arrival.object_digest in fresh
        and firsts.get(tidy_uid(arrival.stated_sop_instance), fresh[arrival.object_digest])
        != fresh[arrival.object_digest]
    }


def _claim(
    connection: Connection,
    arrivals: Sequence[Arrival],
    kept: Sequence[Kept],
    counts: Counter[tuple[ProjectName, str]],
) -> list[ReceivedId]:
    rows, late, claimed = [], [], []
    for arrival, one in zip(arrivals, kept, strict=True):
        if one.acceptance is Acceptance.DUPLICATE:
            counts.update((project, DUPLICATES) for project in arrival.projects or (work.NO_PROJECT,))
            late += [_custody(arrival, one.received, project) for project in arrival.projects]
        else:
            projects = arrival.projects or (work.NO_PROJECT,)
            counts.update((project, RECEIVED) for project in projects)
            rows += [_custody(arrival, one.received, project) for project in projects]
            claimed.append(one.received)
    if rows:
        connection.execute(insert(custody), rows)
    if late:
        added = connection.execute(
            upsert(connection, custody)
            .on_conflict_do_nothing(index_elements=["project", "received_id"])
            .returning(custody.c.project, custody.c.received_id),
            late,
        ).all()
        counts.update((ProjectName(row.project), RECEIVED) for row in added)
        claimed += sorted({row.received_id for row in added})
    return claimed


def _custody(arrival: Arrival, number: ReceivedId, project: ProjectName) -> dict[str, str | int]:
    is_claimed = project != work.NO_PROJECT
    return {
        "received_id": number,
        "project": project,
        "stage": Stage.RECEIVED.value,
        "disposition": (Disposition.PENDING if is_claimed else Disposition.HELD).value,
        "reason": "" if is_claimed else HoldReason.NO_PROJECT.value,
        "updated_at": micros(arrival.received_at),
    }


def _line(arrival: Arrival, kept: Kept, origin_id: int) -> Line:
    return Line(
        actor="listener" if arrival.origin.kind is OriginKind.DICOM else "import",
        action=_ACTIONS[kept.acceptance],
        subject=f"received:{kept.received}",
        detail={"digest": short(arrival.digest), "origin": origin_id, "projects": list(arrival.projects)},
    )


def _plain(text: str) -> str:
    # PostgreSQL takes no NUL in text, and an application entity title may be any bytes.
    return "".join(character if character.isprintable() else "?" for character in text)
