"""Studies that contradict themselves are held whole: two patients in one, or two objects of one name."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select, update

from tirage.flow.context import Rules
from tirage.flow.steps import verdicts
from tirage.flow.steps.reconcile import reconcile
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Held
from tirage.model.reasons import TO_RECONCILE, HoldReason
from tirage.store import studies
from tirage.store.audit import Line
from tirage.store.schema import custody, instance, series, study
from tirage.store.studies import PENDING


def hold(
    connection: Connection, touched: Iterable[int], rules: Mapping[ProjectName, Rules], at: int
) -> list[Line]:
    """Hold what is pending in the studies `touched`, and in those they share a UID with, that conflict.

    Two patients in one study are each project's own affair: what a person decided in one says nothing in
    another. The lines are for the audit, at the transaction's end.
    """
    numbers, lines = set(touched), list[Line]()
    for number in sorted(numbers | _relatives(connection, numbers)):
        reason = studies.conflict(connection, number)
        if reason is not None:
            _hold_pending(connection, number, reason, at)
            continue
        if len(studies.identities(connection, number)) < 2:
            continue
        for project in _projects(connection, number):
            if project in rules:
                identity = rules[project].project.identity
                outcome, more = reconcile(connection, project, number, identity, at)
                lines += more
                if isinstance(outcome, Held) and outcome.reason in TO_RECONCILE:
                    _hold_pending(connection, number, outcome.reason, at, project)
    return lines


def reconsider(connection: Connection, number: int) -> None:
    """Take the mark `IDENTITY_CONFLICT` off a study that has no UID in two places by now."""
    if studies.conflict(connection, number) is HoldReason.IDENTITY_CONFLICT:
        twice = select(instance.c.sop_instance).where(instance.c.study_id == number)
        twice = twice.group_by(instance.c.sop_instance).having(func.count() > 1).limit(1)
        if connection.execute(twice).first() is None and not _relatives(connection, {number}):
            connection.execute(update(study).where(study.c.id == number).values(conflict=""))


def _relatives(connection: Connection, numbers: set[int]) -> set[int]:
    """Studies with an instance or series of the same UID as one in `numbers`: the conflict is theirs too."""
    found: set[int] = set()
    for table, uid in ((instance, instance.c.sop_instance), (series, series.c.uid)):
        same = table.alias("same")
        pairs = (
            select(same.c.study_id)
            .distinct()
            .join(table, (uid == same.c[uid.name]) & (table.c.study_id != same.c.study_id))
            .where(table.c.study_id.in_(numbers))
        )
        found.update(connection.execute(pairs).scalars())
    return found


def _projects(connection: Connection, number: int) -> list[ProjectName]:
    query = select(custody.c.project).distinct().where(custody.c.study_id == number, PENDING)
    return [ProjectName(name) for name in connection.execute(query.order_by(custody.c.project)).scalars()]


def _hold_pending(
    connection: Connection, number: int, reason: HoldReason, at: int, project: ProjectName | None = None
) -> None:
    query = select(custody.c.project, custody.c.received_id).where(
        custody.c.study_id == number, custody.c.release_id.is_(None), PENDING
    )
    if project is not None:
        query = query.where(custody.c.project == project)
    rows = connection.execute(query).all()
    for row in rows:
        verdict = (ReceivedId(row.received_id), Held(reason))
        verdicts.record(connection, ProjectName(row.project), [verdict], at)
