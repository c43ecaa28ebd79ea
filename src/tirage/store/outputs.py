"""De-identified objects by what made them (project, policy, original): a repeated step finds its own here."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from tirage.deliver.release import Candidate, Waiting
from tirage.model.custody import Stage
from tirage.model.identifiers import PolicyDigest, ProjectName, Pseudonym, ReceivedId, Uid
from tirage.model.records import Output
from tirage.store import marks
from tirage.store.prepared import upsert
from tirage.store.schema import custody, output, received
from tirage.store.studies import PENDING
from tirage.store.times import moment


def record(connection: Connection, made: Sequence[tuple[ReceivedId, Output]], at: int) -> None:
    """Keep outputs whose bytes are durable and move their objects on to `DEIDENTIFIED`.

    An output that is here already stays as it is: the first one counted.
    """
    if not made:
        return
    rows = [
        {
            "project": each.project,
            "policy": each.policy,
            "received_id": number,
            "digest": each.digest,
            "size_bytes": each.size_bytes,
            "pseudonym": each.pseudonym,
            "sop_class": each.sop_class,
            "sop_instance": each.sop_instance,
            "series": each.series,
            "study": each.study,
            "modality": each.modality,
            "transfer_syntax": each.transfer_syntax,
            "made_at": at,
        }
        for number, each in made
    ]
    connection.execute(upsert(output).on_conflict_do_nothing(), rows)
    marks.record(connection, made)
    for number, each in made:
        kept = select(output.c.digest).where(
            output.c.project == each.project, output.c.policy == each.policy, output.c.received_id == number
        )
        connection.execute(
            update(custody)
            .where(custody.c.project == each.project, custody.c.received_id == number, PENDING)
            .values(
                stage=Stage.DEIDENTIFIED.value,
                policy=each.policy,
                output_digest=kept.scalar_subquery(),
                updated_at=at,
            )
        )


def unreleased(connection: Connection, project: ProjectName, policy: PolicyDigest) -> Waiting | None:
    """What a release made now would hold; None when nothing."""
    made = (func.count(), func.min(custody.c.updated_at), func.max(custody.c.updated_at))
    row = connection.execute(select(*made).where(waits(project, policy))).one()
    return Waiting(row[0], moment(row[1]), moment(row[2])) if row[0] else None


def candidates(connection: Connection, project: ProjectName, policy: PolicyDigest) -> list[Candidate]:
    """Every output of the project under this policy that no release holds, in order of arrival."""
    query = (
        select(output, received.c.digest.label("source"))
        .join(
            custody, (custody.c.received_id == output.c.received_id) & (custody.c.project == output.c.project)
        )
        .join(received, received.c.id == output.c.received_id)
        .where(output.c.policy == policy, waits(project, policy))
        .order_by(output.c.received_id)
    )
    return [Candidate(ReceivedId(row.received_id), output_of(row)) for row in connection.execute(query)]


def output_of(row: Row[*tuple[object, ...]]) -> Output:
    """An output from a row of `output` with its original's digest as `source`."""
    return Output(
        source=row.source,
        digest=row.digest,
        size_bytes=row.size_bytes,
        project=ProjectName(row.project),
        policy=PolicyDigest(row.policy),
        pseudonym=Pseudonym(row.pseudonym),
        sop_class=Uid(row.sop_class),
        sop_instance=Uid(row.sop_instance),
        series=Uid(row.series),
        study=Uid(row.study),
        modality=row.modality,
        transfer_syntax=Uid(row.transfer_syntax),
    )


def waits(project: ProjectName, policy: PolicyDigest) -> ColumnElement[bool]:
    """Which rows of custody have an output under this policy that no release holds."""
    return and_(
        custody.c.project == project,
        PENDING,
        custody.c.stage == Stage.DEIDENTIFIED.value,
        custody.c.policy == policy,
        custody.c.release_id.is_(None),
    )
