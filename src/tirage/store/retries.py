"""Putting objects that did not go on back to where they are judged anew, without fetching them again.

The durable engine runs nothing twice under one name. So each time something of a study is put back, the
study's count goes up; the run that prepares it is named after the count, and a run that began under an
earlier one finds that it has and records nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, delete, or_, select, update

from tirage.model.custody import Stage
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason, RejectReason
from tirage.store import discards, work
from tirage.store.discards import Place
from tirage.store.prepared import pages, upsert
from tirage.store.resolved import retry
from tirage.store.schema import custody, finding, output, study

STOPPED = tuple(each.value for each in (Disposition.HELD, Disposition.QUARANTINED, Disposition.REJECTED))
AFTER_CATALOGUE = frozenset(
    {
        HoldReason.PROJECT_EXPIRED,
        HoldReason.CONFLICTING_COPY,
        HoldReason.IDENTITY_CONFLICT,
        HoldReason.ONE_FIELD_DIFFERS,
        HoldReason.IDENTIFIER_REUSED,
        HoldReason.POSSIBLE_DUPLICATE,
        HoldReason.MISSING_DEMOGRAPHICS,
        HoldReason.MISSING_PSEUDONYM,
        HoldReason.UNKNOWN_SOP_CLASS,
        HoldReason.PIXELS_UNCHECKED,
        HoldReason.TEXT_UNCHECKED,
        HoldReason.RULE_FAILED,
        HoldReason.IDENTIFIER_FOUND,
        HoldReason.DECODE_CRASH,
        HoldReason.UID_COLLISION,
        HoldReason.REMOTE_CONFLICT,
        HoldReason.REVIEW_FAILED,
        RejectReason.OPTED_OUT,
    }
)
"""Reasons found after an object was catalogued. Whatever else stopped it is judged by the catalogue again."""


def again(connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId], at: int) -> int:
    """Put those of `numbers` that are held, quarantined or rejected back to pending; how many there were.

    What a release holds stays as it is, and what belongs to no project: nobody would judge it. Outputs made
    of them before are forgotten, and findings are kept as superseded.
    """
    if project == work.NO_PROJECT:
        return 0
    is_stopped = and_(
        custody.c.project == project, custody.c.disposition.in_(STOPPED), custody.c.release_id.is_(None)
    )
    return _put_back(connection, project, numbers, is_stopped, at)


def anew(connection: Connection, project: ProjectName, study_id: int, at: int) -> int:
    """Put everything of a study that no release holds back to pending, outputs that wait included; how many.

    For a decision that changes what a patient is replaced by. Objects that the project does not want stay
    rejected, and those in which a reviewer saw a leak held: it is still there.
    """
    changes = and_(
        custody.c.project == project,
        custody.c.study_id == study_id,
        custody.c.release_id.is_(None),
        custody.c.reason != HoldReason.REVIEW_FAILED.value,
        or_(
            custody.c.disposition == Disposition.HELD.value,
            and_(custody.c.disposition == Disposition.PENDING.value, custody.c.stage != Stage.RECEIVED.value),
        ),
    )
    numbers = connection.execute(select(custody.c.received_id).where(changes)).scalars().all()
    return _put_back(connection, project, [ReceivedId(each) for each in numbers], changes, at)


def count(connection: Connection, project: ProjectName, study_id: int) -> int:
    """How often something of the study was put back."""
    counted = select(retry.c.count).where(retry.c.project == project, retry.c.study_id == study_id)
    return connection.execute(counted).scalar() or 0


def is_count(connection: Connection, project: ProjectName, study_id: int, number: int) -> bool:
    """Whether the study is there and `number` its count, and stays so until this transaction ends."""
    locked = select(study.c.id).where(study.c.id == study_id).with_for_update(read=True)
    return connection.execute(locked).first() is not None and count(connection, project, study_id) == number


def _put_back(
    connection: Connection, project: ProjectName, numbers: Iterable[ReceivedId], which: Any, at: int
) -> int:
    put_back, unread, studies = 0, list[ReceivedId](), Counter[int]()
    columns = (custody.c.received_id, custody.c.study_id, custody.c.reason)
    for page in pages(sorted(set(numbers))):
        wanted = select(*columns).where(which, custody.c.received_id.in_(page))
        # Studies first: whoever records results of one holds its row too.
        touched = {row.study_id for row in connection.execute(wanted) if row.study_id is not None}
        locked = select(study.c.id).where(study.c.id.in_(touched)).order_by(study.c.id).with_for_update()
        connection.execute(locked).all()
        rows = connection.execute(wanted.order_by(custody.c.received_id).with_for_update()).all()
        found = [row.received_id for row in rows]
        studies.update(row.study_id for row in rows if row.study_id is not None)
        unread += [ReceivedId(row.received_id) for row in rows if not _is_read(row.study_id, row.reason)]
        _reset(connection, project, found, at)
        put_back += len(found)
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=unread)
    _bump(connection, project, studies)
    return put_back


def _is_read(study_id: int | None, reason: str) -> bool:
    return study_id is not None and (not reason or reason in AFTER_CATALOGUE)


def _reset(connection: Connection, project: ProjectName, numbers: Collection[int], at: int) -> None:
    is_of_these = and_(custody.c.project == project, custody.c.received_id.in_(numbers))
    is_read = and_(custody.c.study_id.is_not(None), custody.c.reason.in_(["", *sorted(AFTER_CATALOGUE)]))
    connection.execute(
        update(custody)
        .where(is_of_these)
        .values(
            stage=case((is_read, Stage.CATALOGUED.value), else_=Stage.RECEIVED.value),
            disposition=Disposition.PENDING.value,
            reason="",
            policy=None,
            output_digest=None,
            updated_at=at,
        )
    )
    made = and_(output.c.project == project, output.c.received_id.in_(numbers))
    files = connection.execute(select(output.c.received_id, output.c.digest).where(made)).all()
    discards.add(connection, Place.OBJECTS, [(ReceivedId(row.received_id), row.digest) for row in files], at)
    connection.execute(delete(output).where(made))
    connection.execute(
        update(finding)
        .where(
            finding.c.project == project,
            finding.c.received_id.in_(numbers),
            finding.c.superseded_at.is_(None),
        )
        .values(superseded_at=at)
    )


def _bump(connection: Connection, project: ProjectName, studies: Iterable[int]) -> None:
    rows = [{"project": project, "study_id": number, "count": 1} for number in sorted(set(studies))]
    if rows:
        more = upsert(retry).on_conflict_do_update(
            index_elements=["project", "study_id"], set_={"count": retry.c.count + 1}
        )
        connection.execute(more, rows)
