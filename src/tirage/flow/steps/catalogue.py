"""Catalogue a chunk of received objects: read and judge each header, record all in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, exists, select

from tirage.acquire.accept import accept, refuse
from tirage.catalog.reader import HeaderReader
from tirage.catalog.summarise import summarise
from tirage.dicom.elements import FileSource, Malformed
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps import claiming, conflicts, erasing, verdicts
from tirage.flow.steps.guard import guarded
from tirage.link.identify import unidentified
from tirage.link.normalise import is_placeholder
from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, ProjectName, ReceivedId
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason
from tirage.model.records import InstanceSummary
from tirage.policy.fields import Project
from tirage.store import audit, catalog, corrections, schema, work
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.schema import custody, received
from tirage.store.studies import PENDING

# Locked, so that two workers on PostgreSQL name their claims after different objects.
_FIRST_FREE = (
    select(schema.work.c.id)
    .where(schema.work.c.kind == bindparam("kind"), schema.work.c.claim == work.FREE)
    .order_by(schema.work.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A received object and what was stated about it."""

    item: int
    received: ReceivedId
    digest: Digest
    sop_class: str
    sop_instance: str


@dataclass(frozen=True, slots=True)
class Read:
    """What reading an object gave: its summary when it can be catalogued, a verdict when it may not go on."""

    received: ReceivedId
    summary: InstanceSummary | None
    verdict: Held | Refused | None


def take(connection: Connection, most: int) -> str | None:
    """Claim up to `most` objects for one run, named after the first; None when none waits."""
    kind = work.WorkKind.CATALOGUE
    first = connection.execute(_FIRST_FREE, {"kind": kind.value}).scalar()
    if first is None:
        return None
    claim = f"catalogue:{first}"
    work.claim(connection, kind, most, claim)
    return claim


def requeue(context: Context) -> int:
    """Ask again for received objects that wait and that nothing would come for; how many there were.

    Record and work item are written in one transaction, so there are none unless a database was restored.
    """
    is_asked = exists().where(schema.work.c.received_id == custody.c.received_id)
    left = (
        select(custody.c.received_id)
        .distinct()
        .where(PENDING, custody.c.stage == Stage.RECEIVED.value, ~is_asked)
        .order_by(custody.c.received_id)
    )

    def unit(connection: Connection) -> int:
        numbers = [ReceivedId(number) for number in connection.execute(left).scalars()]
        work.enqueue(connection, work.WorkKind.CATALOGUE, context.micros(), received=numbers)
        return len(numbers)

    return repeated(context.database, unit)


def catalogue(context: Context, claim: str) -> None:
    """Read, judge and record what `claim` took."""
    with reading(context.database) as connection:
        arrived = _arrived(connection, claim)
    reader = HeaderReader()
    read = [_read(context, reader, each) for each in arrived]

    def unit(connection: Connection) -> None:
        at = context.micros()
        found = erasing.without_erased(connection, read, at)
        summaries = [(each.received, each.summary) for each in found if each.summary is not None]
        touched = catalog.record(connection, summaries, at)
        claiming.claim(connection, context, [each.received for each in found], at)
        named = identified(connection, [each.received for each in found])
        for project in _projects(connection, [each.received for each in found]):
            rules = context.rules.get(project)
            judged = [
                (each.received, verdict)
                for each in found
                if (verdict := _verdict(each, rules.project if rules else None, named)) is not None
            ]
            verdicts.record(connection, project, judged, at)
        lines = conflicts.hold(connection, touched, context.rules, at)
        work.finish(connection, [each.item for each in arrived])
        if arrived:
            detail = {"objects": len(arrived), "catalogued": len(summaries)}
            audit.append(connection, [*lines, Line("worker", "catalogue", claim, detail)], at)
        reach("catalogue:before-commit")

    repeated(context.database, unit)
    reach("catalogue:after-commit")


def _arrived(connection: Connection, claim: str) -> list[Arrived]:
    items = {item.received: item.id for item in work.claimed(connection, claim) if item.received is not None}
    numbers = sorted(items)
    query = select(
        received.c.id, received.c.digest, received.c.stated_sop_class, received.c.stated_sop_instance
    ).where(received.c.id.in_(numbers))
    return [
        Arrived(items[row.id], ReceivedId(row.id), row.digest, row.stated_sop_class, row.stated_sop_instance)
        for row in connection.execute(query.order_by(received.c.id))
    ]


def _read(context: Context, reader: HeaderReader, each: Arrived) -> Read:
    outcome = guarded(lambda: _judge(context, reader, each))
    return outcome.value if isinstance(outcome, Passed) else Read(each.received, None, outcome)


def _judge(context: Context, reader: HeaderReader, each: Arrived) -> Outcome[Read]:
    with FileSource.open(context.originals.path(each.digest)) as source:
        try:
            facts = reader.read(source)
        except Malformed as malformed:
            return refuse(malformed)
        accepted = accept(facts, each.sop_class, each.sop_instance)
        if isinstance(accepted, Refused):
            return accepted
        verdict = accepted if isinstance(accepted, Held) else unidentified(facts)
        return Passed(Read(each.received, summarise(facts), verdict))


def _verdict(each: Read, project: Project | None, named: Collection[ReceivedId]) -> Held | Refused | None:
    """Why the object does not go on in a project: for what it is, or because the project does not want it.

    `named` are objects of which a person has said whose they are.
    """
    is_nameless = each.verdict is not None and each.verdict.reason is HoldReason.MISSING_IDENTITY
    if is_nameless and each.received in named:
        return _verdict(replace(each, verdict=None), project, ())
    if each.verdict is not None or each.summary is None or project is None:
        return each.verdict
    found = each.summary.attributes
    reason = project.include.refuses(
        found.get("Modality", ""), each.summary.sop_class, found.get("Manufacturer", "")
    )
    return Refused(reason) if reason is not None else None


def identified(connection: Connection, numbers: Sequence[ReceivedId]) -> set[ReceivedId]:
    """Those of `numbers` that a correction gives an identifier."""
    corrected = corrections.identities(connection, numbers)
    return {number for number, each in corrected.items() if not is_placeholder(each.patient_id)}


def _projects(connection: Connection, numbers: Sequence[ReceivedId]) -> list[ProjectName]:
    claimed = select(custody.c.project).distinct().where(custody.c.received_id.in_(numbers))
    return [ProjectName(name) for name in connection.execute(claimed.order_by(custody.c.project)).scalars()]
