"""Recording what people decided about objects that did not go on."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from tirage.model.advice import Way
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason, RejectReason
from tirage.store.prepared import pages, upsert
from tirage.store.resolved import resolution, waiver
from tirage.store.schema import custody, instance, study

_REJECTABLE = (Disposition.HELD.value, Disposition.QUARANTINED.value)


def record(
    connection: Connection, way: Way, project: ProjectName, objects: int, why: str, by: str, at: int
) -> int:
    """Keep a decision; its number."""
    row = {
        "way": way.value,
        "project": project,
        "objects": objects,
        "why": why,
        "made_by": by,
        "made_at": at,
    }
    return int(connection.execute(insert(resolution).returning(resolution.c.id), row).scalar_one())


def decline(connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId], at: int) -> int:
    """Reject those of `numbers` that are held or quarantined; how many."""
    declined = 0
    for page in pages(numbers):
        changed = (
            update(custody)
            .where(
                custody.c.project == project,
                custody.c.received_id.in_(page),
                custody.c.disposition.in_(_REJECTABLE),
                custody.c.release_id.is_(None),
            )
            .values(disposition=Disposition.REJECTED.value, reason=RejectReason.DECLINED.value, updated_at=at)
        )
        declined += connection.execute(changed).rowcount
    return declined


def waive(
    connection: Connection,
    project: ProjectName,
    numbers: Sequence[ReceivedId],
    reason: HoldReason,
    decision: int,
) -> None:
    """Take a check of each of `numbers` for done."""
    shared = {"project": project, "reason": reason.value, "resolution_id": decision}
    adding = upsert(waiver).on_conflict_do_nothing()
    for page in pages(numbers):
        connection.execute(adding, [{"received_id": number, **shared} for number in page])


def waived(
    connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId]
) -> dict[ReceivedId, frozenset[HoldReason]]:
    """Which checks of objects a person has done; those without one are left out."""
    found: dict[ReceivedId, frozenset[HoldReason]] = {}
    for page in pages(numbers):
        query = select(waiver.c.received_id, waiver.c.reason).where(
            waiver.c.project == project, waiver.c.received_id.in_(page)
        )
        for row in connection.execute(query):
            number = ReceivedId(row.received_id)
            found[number] = found.get(number, frozenset()) | {HoldReason(row.reason)}
    return found


def settle_copies(connection: Connection, studies: Sequence[int]) -> None:
    """Take the mark `CONFLICTING_COPY` off studies in which at most one of each object's copies is left.

    A copy is gone when every project that had it declined it.
    """
    marked = study.c.conflict == HoldReason.CONFLICTING_COPY.value
    for page in pages(studies):
        for number in connection.scalars(select(study.c.id).where(study.c.id.in_(page), marked)).all():
            if not _has_copies(connection, number):
                connection.execute(update(study).where(study.c.id == number).values(conflict=""))


def _has_copies(connection: Connection, number: int) -> bool:
    is_left = (
        select(custody.c.received_id)
        .where(
            custody.c.received_id == instance.c.received_id, custody.c.reason != RejectReason.DECLINED.value
        )
        .exists()
    )
    query = select(instance.c.sop_instance).where(instance.c.study_id == number, is_left)
    left = connection.scalars(query).all()
    return len(left) > len(set(left))
