"""Conflicts of identities as people see them, what was decided about them, and what a decision touches."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from tirage.link.decide import Changes, Kind
from tirage.model.custody import Stage
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.store.persons import State
from tirage.store.prepared import pages, upsert
from tirage.store.reconciled import (
    identity_change,
    identity_conflict,
    identity_decision,
    member,
    output_before,
)
from tirage.store.releases import ReleaseState
from tirage.store.schema import custody, instance, output, release

MOST_OF_A_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Conflict:
    """An identity that was not settled by rule; `opened_at` in microseconds, `rival` None without any."""

    number: int
    project: ProjectName
    patient: int
    rival: int | None
    reason: str
    state: State
    opened_at: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; `changes` by identity: the person before and after, `undone_by` a decision."""

    number: int
    project: ProjectName
    kind: Kind
    patient: int
    why: str
    made_by: str
    made_at: int
    undone_by: int | None
    changes: Changes


@dataclass(frozen=True, slots=True)
class Touched:
    """Objects that a decision touches, of one disposition; `version` is of the release that holds them."""

    disposition: Disposition
    reason: str
    version: int | None
    is_under_way: bool
    objects: int


def conflicts(
    connection: Connection,
    state: State,
    reason: str,
    projects: Collection[str] | None,
    after: int,
    most: int,
) -> list[Conflict]:
    """Conflicts in this state after the number `after`, the oldest first; `reason` '' stands for any."""
    query = select(identity_conflict).where(
        identity_conflict.c.state == state.value, identity_conflict.c.id > after
    )
    if reason:
        query = query.where(identity_conflict.c.reason == reason)
    if projects is not None:
        query = query.where(identity_conflict.c.project.in_(sorted(projects)))
    return [_conflict(row) for row in connection.execute(query.order_by(identity_conflict.c.id).limit(most))]


def counts(connection: Connection, projects: Collection[str] | None) -> dict[tuple[str, str], int]:
    """How many conflicts there are by state and reason; closed ones are not counted."""
    query = select(identity_conflict.c.state, identity_conflict.c.reason, func.count()).where(
        identity_conflict.c.state.in_([State.OPEN.value, State.FLAGGED.value])
    )
    if projects is not None:
        query = query.where(identity_conflict.c.project.in_(sorted(projects)))
    grouped = query.group_by(identity_conflict.c.state, identity_conflict.c.reason)
    return {(row[0], row[1]): row[2] for row in connection.execute(grouped)}


def conflict(connection: Connection, number: int) -> Conflict | None:
    """The conflict of this number."""
    row = connection.execute(select(identity_conflict).where(identity_conflict.c.id == number)).first()
    return None if row is None else _conflict(row)


def disputed_with(connection: Connection, project: ProjectName, patients: Collection[int]) -> list[int]:
    """The identities that wait to be told from any of these, or from another of the same person."""
    anchors = select(member.c.anchor).where(
        member.c.project == project, member.c.patient_id.in_(sorted(patients))
    )
    rivals = select(member.c.patient_id).where(member.c.project == project, member.c.anchor.in_(anchors))
    query = select(identity_conflict.c.patient_id).where(
        identity_conflict.c.project == project,
        identity_conflict.c.state == State.OPEN.value,
        identity_conflict.c.rival_id.in_(rivals),
    )
    return sorted(connection.execute(query).scalars())


def studies(connection: Connection, patients: Collection[int]) -> list[int]:
    """The studies with an object of any of these identities."""
    found: set[int] = set()
    for page in pages(sorted(patients)):
        query = select(instance.c.study_id).distinct().where(instance.c.patient_id.in_(page))
        found.update(connection.execute(query).scalars())
    return sorted(found)


def waiting(connection: Connection, project: ProjectName, numbers: Collection[int]) -> list[Touched]:
    """What of these studies no release holds and is judged anew."""
    found: dict[tuple[str, str], int] = {}
    for page in pages(sorted(numbers)):
        query = (
            select(custody.c.disposition, custody.c.reason, func.count())
            .where(
                custody.c.project == project,
                custody.c.study_id.in_(page),
                custody.c.release_id.is_(None),
                custody.c.disposition.in_([Disposition.PENDING.value, Disposition.HELD.value]),
            )
            .group_by(custody.c.disposition, custody.c.reason)
        )
        for row in connection.execute(query):
            found[row[0], row[1]] = found.get((row[0], row[1]), 0) + row[2]
    return [Touched(Disposition(key[0]), key[1], None, False, count) for key, count in sorted(found.items())]


def released(connection: Connection, project: ProjectName, patients: Collection[int]) -> list[Touched]:
    """What releases hold of these identities, by version."""
    found: dict[tuple[int, bool], int] = {}
    for page in pages(sorted(patients)):
        query = (
            select(release.c.version, release.c.state, func.count())
            .select_from(instance)
            .join(custody, custody.c.received_id == instance.c.received_id)
            .join(release, release.c.id == custody.c.release_id)
            .where(custody.c.project == project, instance.c.patient_id.in_(page))
            .group_by(release.c.version, release.c.state)
        )
        for row in connection.execute(query):
            key = (row[0], row[1] != ReleaseState.COMPLETE.value)
            found[key] = found.get(key, 0) + row[2]
    return [
        Touched(Disposition.RELEASED, "", version, is_under_way, count)
        for (version, is_under_way), count in sorted(found.items())
    ]


def take_back(connection: Connection, project: ProjectName, patients: Collection[int]) -> int:
    """Put released objects of these identities back to pending; how many.

    Releases stay as they are: what they hold is kept aside, and the objects are made anew for a later one.
    """
    taken = 0
    for page in pages(sorted(patients)):
        is_taken = and_(
            custody.c.project == project,
            custody.c.disposition == Disposition.RELEASED.value,
            custody.c.received_id.in_(select(instance.c.received_id).where(instance.c.patient_id.in_(page))),
        )
        for numbers in pages(
            connection.execute(select(custody.c.received_id).where(is_taken)).scalars().all()
        ):
            is_of_these = and_(output.c.project == project, output.c.received_id.in_(numbers))
            names = [column.name for column in output_before.columns]
            kept = select(*(output.c[name] for name in names)).where(is_of_these)
            connection.execute(upsert(output_before).from_select(names, kept))
            connection.execute(delete(output).where(is_of_these))
            connection.execute(
                update(custody)
                .where(custody.c.project == project, custody.c.received_id.in_(numbers))
                .values(
                    disposition=Disposition.PENDING.value,
                    stage=Stage.DEIDENTIFIED.value,
                    release_id=None,
                )
            )
            taken += len(numbers)
    return taken


def record(
    connection: Connection,
    project: ProjectName,
    kind: Kind,
    patient: int,
    changes: Changes,
    why: str,
    by: str,
    at: int,
) -> int:
    """Keep a decision and what it changed; its number."""
    row = {
        "project": project,
        "kind": kind.value,
        "patient_id": patient,
        "why": why,
        "made_by": by,
        "made_at": at,
    }
    number = connection.execute(insert(identity_decision).returning(identity_decision.c.id), row).scalar_one()
    rows = [
        {"decision_id": number, "patient_id": each, "before": before, "after": after}
        for each, (before, after) in sorted(changes.items())
    ]
    if rows:
        connection.execute(insert(identity_change), rows)
    return int(number)


def undo(connection: Connection, number: int, by: int) -> None:
    """Mark a decision as undone by another."""
    connection.execute(update(identity_decision).where(identity_decision.c.id == number).values(undone_by=by))


def reopen(connection: Connection, project: ProjectName, patients: Iterable[int]) -> None:
    """What was in conflict is so again: open where it is nobody, flagged where it is a patient by rule."""
    rows = (identity_conflict.c.project == project) & identity_conflict.c.patient_id.in_(
        sorted(set(patients))
    )
    is_somebody = (
        select(member.c.anchor)
        .where(member.c.project == project, member.c.patient_id == identity_conflict.c.patient_id)
        .exists()
    )
    for condition, state in ((is_somebody, State.FLAGGED), (~is_somebody, State.OPEN)):
        connection.execute(update(identity_conflict).where(rows, condition).values(state=state.value))


def decision(connection: Connection, number: int) -> Decision | None:
    """The decision of this number."""
    row = connection.execute(select(identity_decision).where(identity_decision.c.id == number)).first()
    return None if row is None else _decisions(connection, [row])[0]


def history(connection: Connection, project: ProjectName, patients: Collection[int]) -> list[Decision]:
    """What was decided about any of these identities, the newest first."""
    changed = select(identity_change.c.decision_id).where(identity_change.c.patient_id.in_(sorted(patients)))
    query = select(identity_decision).where(
        identity_decision.c.project == project,
        identity_decision.c.id.in_(changed) | identity_decision.c.patient_id.in_(sorted(patients)),
    )
    rows = connection.execute(query.order_by(identity_decision.c.id.desc()).limit(MOST_OF_A_HISTORY)).all()
    return _decisions(connection, rows)


def _decisions(connection: Connection, rows: Sequence[Row[Any]]) -> list[Decision]:
    changes: dict[int, dict[int, tuple[int | None, int | None]]] = {row.id: {} for row in rows}
    for page in pages(sorted(changes)):
        for each in connection.execute(
            select(identity_change).where(identity_change.c.decision_id.in_(page))
        ):
            changes[each.decision_id][each.patient_id] = (each.before, each.after)
    return [
        Decision(
            row.id,
            ProjectName(row.project),
            Kind(row.kind),
            row.patient_id,
            row.why,
            row.made_by,
            row.made_at,
            row.undone_by,
            changes[row.id],
        )
        for row in rows
    ]


def _conflict(row: Row[Any]) -> Conflict:
    return Conflict(
        row.id,
        ProjectName(row.project),
        row.patient_id,
        row.rival_id,
        row.reason,
        State(row.state),
        row.opened_at,
    )
