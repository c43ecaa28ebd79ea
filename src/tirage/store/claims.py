"""Giving received objects to the projects that asked for them.

Objects that an archive sends name no project: they come in as nobody's, and become a project's own when a
fetch expects them. What is here already is claimed the same way and not asked for again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, null, or_, select, update

from tirage.model.custody import Stage
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import OriginKind
from tirage.store import work
from tirage.store.ledger import RECEIVED, Counts, count_up
from tirage.store.prepared import pages, upsert
from tirage.store.requested import expected, fetch
from tirage.store.schema import custody, instance, origin, patient, received, study

Claim = tuple[ProjectName, ReceivedId]

_IS_NOBODYS = custody.c.project == work.NO_PROJECT
_ADD = upsert(custody).on_conflict_do_nothing().returning(custody.c.received_id)
_UNCLAIMED = (HoldReason.NO_PROJECT.value, HoldReason.UNREQUESTED.value)


def claim(connection: Connection, numbers: Sequence[ReceivedId], at: int) -> list[Claim]:
    """Give each of the objects to every project whose fetch expects it; the claims that are new.

    The objects have been read in this transaction, or cannot be.
    """
    found = []
    for page in pages(numbers):
        found += _take(connection, _read(instance.c.received_id.in_(page)), Stage.CATALOGUED, at)
        found += _take(connection, _unread(received.c.id.in_(page)), Stage.RECEIVED, at)
    return found


def claim_expected(connection: Connection, fetch_id: int, at: int) -> list[Claim]:
    """Give the project of a fetch all it expects that is here already; the claims that are new.

    The objects are judged anew, for this project: they wait to be catalogued again.
    """
    is_of_fetch = fetch.c.id == fetch_id
    found = _take(connection, _read(is_of_fetch), Stage.RECEIVED, at)
    found += _take(connection, _unread(is_of_fetch), Stage.RECEIVED, at)
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=[number for _, number in found])
    return found


def assign(
    connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId], at: int
) -> list[ReceivedId]:
    """Give a project those of `numbers` that nobody claims; they wait to be judged for it."""
    counts: Counts = Counter()
    taken = []
    for page in pages(numbers):
        nobodys = _IS_NOBODYS & custody.c.received_id.in_(page) & custody.c.reason.in_(_UNCLAIMED)
        query = select(custody.c.received_id, custody.c.study_id).where(nobodys)
        for row in connection.execute(query.order_by(custody.c.received_id)).all():
            values = _waiting(project, Stage.RECEIVED, row.study_id, at)
            if _take_one(connection, (project, ReceivedId(row.received_id)), values, counts):
                taken.append(ReceivedId(row.received_id))
    count_up(connection, counts)
    work.enqueue(connection, work.WorkKind.CATALOGUE, at, received=taken)
    return taken


def of_another(connection: Connection, numbers: Sequence[ReceivedId]) -> list[Claim]:
    """Those of the objects that name another patient than the one their study was requested of."""
    differs = (fetch.c.patient_id != "") & (func.trim(patient.c.patient_id) != func.trim(fetch.c.patient_id))
    rows = [
        row
        for page in pages(numbers)
        for row in connection.execute(_read(instance.c.received_id.in_(page)).where(differs))
    ]
    return [(ProjectName(row.project), ReceivedId(row.received_id)) for row in rows]


def mark_unrequested(
    connection: Connection, numbers: Sequence[ReceivedId], senders: Iterable[tuple[str, str]], at: int
) -> int:
    """Name those of the objects that an archive sent without being asked; how many.

    `senders` are the AE titles (calling, called) under which archives send to this node's listener.
    """
    sent = [(origin.c.calling_ae == calling) & (origin.c.called_ae == called) for calling, called in senders]
    by_archive = or_(origin.c.kind == OriginKind.ARCHIVE.value, *sent)
    is_unclaimed = _IS_NOBODYS & (custody.c.reason == HoldReason.NO_PROJECT.value)
    count = 0
    for page in pages(numbers):
        from_archive = (
            select(received.c.id)
            .join(origin, origin.c.id == received.c.origin_id)
            .where(received.c.id.in_(page), by_archive)
        )
        changes = {"reason": HoldReason.UNREQUESTED.value, "updated_at": at}
        marked = update(custody).where(is_unclaimed, custody.c.received_id.in_(from_archive)).values(changes)
        count += connection.execute(marked).rowcount
    return count


def _read(which: ColumnElement[bool]) -> Select[Any]:
    """Expected objects whose headers are in the catalogue, in the study that they were expected in."""
    return (
        select(fetch.c.project, instance.c.received_id, instance.c.study_id)
        .select_from(expected)
        .join(fetch, fetch.c.id == expected.c.fetch_id)
        .join(instance, instance.c.sop_instance == expected.c.sop_instance)
        .join(study, (study.c.id == instance.c.study_id) & (study.c.uid == fetch.c.study))
        .join(patient, patient.c.id == instance.c.patient_id)
        .where(which)
        .order_by(fetch.c.project, instance.c.received_id)
    )


def _unread(which: ColumnElement[bool]) -> Select[Any]:
    """Expected objects that are not in the catalogue, by what was stated of them as they came."""
    is_read = select(instance.c.received_id).where(instance.c.received_id == received.c.id).exists()
    return (
        select(fetch.c.project, received.c.id.label("received_id"), null().label("study_id"))
        .select_from(expected)
        .join(fetch, fetch.c.id == expected.c.fetch_id)
        .join(received, received.c.stated_sop_instance == expected.c.sop_instance)
        .where(which, ~is_read)
        .order_by(fetch.c.project, received.c.id)
    )


def _take(connection: Connection, wanted: Select[Any], stage: Stage, at: int) -> list[Claim]:
    counts: Counts = Counter()
    taken = []
    for row in connection.execute(wanted).all():
        one = ProjectName(row.project), ReceivedId(row.received_id)
        values = _waiting(one[0], stage, row.study_id, at)
        if _take_one(connection, one, values, counts):
            taken.append(one)
    count_up(connection, counts)
    return taken


def _waiting(project: ProjectName, stage: Stage, study_id: int | None, at: int) -> dict[str, Any]:
    return {
        "project": project,
        "stage": stage.value,
        "disposition": Disposition.PENDING.value,
        "reason": "",
        "study_id": study_id,
        "updated_at": at,
    }


def _take_one(connection: Connection, one: Claim, values: dict[str, Any], counts: Counts) -> bool:
    project, number = one
    is_of_object = custody.c.received_id == number
    is_known = select(custody.c.project).where(custody.c.project == project, is_of_object)
    if connection.execute(is_known).first() is not None:
        return False
    nobodys = _IS_NOBODYS & is_of_object & custody.c.reason.in_(_UNCLAIMED)
    if connection.execute(update(custody).where(nobodys).values(values)).rowcount:
        counts[work.NO_PROJECT, RECEIVED] -= 1
    elif connection.execute(_ADD, {"received_id": number, **values}).first() is None:
        return False  # another worker took it for the same project just now
    counts[project, RECEIVED] += 1
    return True
