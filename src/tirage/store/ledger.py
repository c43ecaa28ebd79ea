"""Writing received objects into the record: one transaction for all that wait.

Each gets a row in `received`, one in `custody` for each project that claims it, an item of work and an audit
line. A duplicate gets the audit line and is counted; a project that had not claimed it before does so now.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, func, select

from tirage.faults import reach
from tirage.model.custody import Acceptance, Stage
from tirage.model.identifiers import Digest, ProjectName, ReceivedId, short
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import Arrival, Origin, OriginKind
from tirage.store import audit, erasures, work
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.prepared import Prepared, upsert
from tirage.store.schema import counter, custody, origin, received
from tirage.store.times import micros

RECEIVED, DUPLICATES = "received", "duplicates"
Counts = Counter[tuple[ProjectName, str]]

_NOT_OF_A_UID = re.compile(r"[^0-9.]")
_LONGEST_UID = 64
_ORIGIN = ("kind", "calling_ae", "called_ae", "address", "batch")
_CUSTODY = ("received_id", "project", "stage", "disposition", "reason", "updated_at")
_RECEIVED = tuple(column.name for column in received.columns if column is not received.c.id)

_ADD_ORIGIN = Prepared(upsert(origin).on_conflict_do_nothing(), _ORIGIN)
_SAME_ORIGIN = Prepared(select(origin.c.id).where(*(origin.c[name] == bindparam(name) for name in _ORIGIN)))
_ADD_RECEIVED = Prepared(
    upsert(received).on_conflict_do_nothing(index_elements=["object_digest"]).returning(received.c.id),
    _RECEIVED,
)
_SAME_OBJECT = Prepared(
    select(received.c.id, received.c.digest).where(received.c.object_digest == bindparam("object_digest"))
)
_FIRST_OF_UID = Prepared(
    select(func.min(received.c.id)).where(received.c.stated_sop_instance == bindparam("stated_sop_instance"))
)
_ADD_CUSTODY = Prepared(
    upsert(custody)
    .on_conflict_do_nothing(index_elements=["project", "received_id"])
    .returning(custody.c.received_id),
    _CUSTODY,
)
_ADD_COUNT = Prepared(
    (adding := upsert(counter)).on_conflict_do_update(
        index_elements=["project", "name"], set_={"value": counter.c.value + adding.excluded.value}
    ),
    ("project", "name", "value"),
)
_ACTIONS = {
    Acceptance.STORED: "receive",
    Acceptance.CONFLICT: "receive-conflict",
    Acceptance.DUPLICATE: "receive-duplicate",
}
_ACTORS = {OriginKind.DICOM: "listener", OriginKind.IMPORT: "import", OriginKind.ARCHIVE: "fetch"}


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


def count_up(connection: Connection, counts: Counts) -> None:
    """Add to the counters, by (project, name)."""
    # In one order always, so that two writers cannot wait for each other.
    rows = [{"project": p, "name": name, "value": value} for (p, name), value in sorted(counts.items())]
    if rows:
        _ADD_COUNT.run(connection, rows)


def _record(connection: Connection, arrivals: Sequence[Arrival]) -> list[Kept]:
    origins = {one: _origin(connection, one) for one in dict.fromkeys(a.origin for a in arrivals)}
    at = micros(arrivals[-1].received_at)
    counts, claimed = Counts(), []
    kept = []
    for arrival in arrivals:
        one = _keep(connection, arrival, origins[arrival.origin])
        if _claim(connection, arrival, one, counts):
            claimed.append(one.received)
        kept.append(one)
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=claimed)
    erasures.came_again(
        connection, {one.received for one in kept if one.acceptance is Acceptance.DUPLICATE}, at
    )
    count_up(connection, counts)
    lines = [_line(a, one, origins[a.origin]) for a, one in zip(arrivals, kept, strict=True)]
    audit.append(connection, lines, at)
    reach("receive:before-commit")
    return kept


def _origin(connection: Connection, one: Origin) -> int:
    row = {name: _plain(getattr(one, name)) for name in _ORIGIN}
    number = _SAME_ORIGIN.run(connection, row).scalar()
    if number is None:
        _ADD_ORIGIN.run(connection, row)
        number = _SAME_ORIGIN.run(connection, row).scalar_one()
    return int(number)


def _keep(connection: Connection, arrival: Arrival, origin_id: int) -> Kept:
    row = {
        "digest": bytes.fromhex(arrival.digest),
        "object_digest": bytes.fromhex(arrival.object_digest),
        "size_bytes": arrival.size_bytes,
        "transfer_syntax": tidy_uid(arrival.transfer_syntax),
        "stated_sop_class": tidy_uid(arrival.stated_sop_class),
        "stated_sop_instance": tidy_uid(arrival.stated_sop_instance),
        "origin_id": origin_id,
        "received_at": micros(arrival.received_at),
    }
    number = _ADD_RECEIVED.run(connection, row).scalar()
    if number is None:
        same = _SAME_OBJECT.run(connection, row).one()
        return Kept(Acceptance.DUPLICATE, ReceivedId(same.id), Digest(bytes(same.digest).hex()))
    first = _FIRST_OF_UID.run(connection, row).scalar() if arrival.stated_sop_instance else number
    acceptance = Acceptance.STORED if first == number else Acceptance.CONFLICT
    return Kept(acceptance, ReceivedId(number), arrival.digest)


def _claim(connection: Connection, arrival: Arrival, kept: Kept, counts: Counts) -> bool:
    is_duplicate = kept.acceptance is Acceptance.DUPLICATE
    if is_duplicate:
        counts.update((project, DUPLICATES) for project in arrival.projects or (work.NO_PROJECT,))
    projects = arrival.projects if is_duplicate else arrival.projects or (work.NO_PROJECT,)
    is_claimed = False
    for project in projects:
        row = _custody(arrival, kept.received, project)
        if _ADD_CUSTODY.run(connection, row).scalar() is not None:
            counts[project, RECEIVED] += 1
            is_claimed = True
    return is_claimed


def _custody(arrival: Arrival, number: ReceivedId, project: ProjectName) -> Mapping[str, str | int]:
    has_project = project != work.NO_PROJECT
    return {
        "received_id": number,
        "project": project,
        "stage": Stage.RECEIVED.value,
        "disposition": (Disposition.PENDING if has_project else Disposition.HELD).value,
        "reason": "" if has_project else HoldReason.NO_PROJECT.value,
        "updated_at": micros(arrival.received_at),
    }


def _line(arrival: Arrival, kept: Kept, origin_id: int) -> Line:
    return Line(
        actor=_ACTORS[arrival.origin.kind],
        action=_ACTIONS[kept.acceptance],
        subject=f"received:{kept.received}",
        detail={"digest": short(arrival.digest), "origin": origin_id, "projects": list(arrival.projects)},
    )


def _plain(text: str) -> str:
    # PostgreSQL takes no NUL in text, and an application entity title may be any bytes.
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
