"""Studies that contradict themselves are held whole: two patients in one, or two objects of one name."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, update

from tirage.flow.steps import verdicts
from tirage.link.conflict import single_patient
from tirage.link.normalise import is_placeholder
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity
from tirage.store import corrections, studies
from tirage.store.schema import custody, instance, series, study
from tirage.store.studies import PENDING


def hold(connection: Connection, touched: Iterable[int], at: int) -> None:
    """Hold what is pending in the studies `touched`, and in those they share a UID with, that conflict."""
    numbers = set(touched)
    for number in sorted(numbers | _relatives(connection, numbers)):
        reason = studies.conflict(connection, number) or _two_patients(connection, number)
        if reason is not None:
            connection.execute(update(study).where(study.c.id == number).values(conflict=reason.value))
            _hold_pending(connection, number, reason, at)


def patient_of(connection: Connection, number: int) -> Outcome[PatientIdentity]:
    """The one patient the study's objects name; those that name none do not count."""
    named = [each for each in corrections.overlaid(connection, number) if not is_placeholder(each.patient_id)]
    return single_patient(named)


def reconsider(connection: Connection, number: int) -> None:
    """Take the mark `IDENTITY_CONFLICT` off a study whose objects name one patient by now.

    It stays where a UID stands in two places: no correction of a patient mends that.
    """
    is_marked = studies.conflict(connection, number) is HoldReason.IDENTITY_CONFLICT
    if is_marked and isinstance(patient_of(connection, number), Passed):
        twice = select(instance.c.sop_instance).where(instance.c.study_id == number)
        twice = twice.group_by(instance.c.sop_instance).having(func.count() > 1).limit(1)
        if connection.execute(twice).first() is None and not _relatives(connection, {number}):
            connection.execute(update(study).where(study.c.id == number).values(conflict=""))


def _two_patients(connection: Connection, number: int) -> HoldReason | None:
    outcome = patient_of(connection, number)
    is_conflict = isinstance(outcome, Held) and outcome.reason is HoldReason.IDENTITY_CONFLICT
    return HoldReason.IDENTITY_CONFLICT if is_conflict else None


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


def _hold_pending(connection: Connection, number: int, reason: HoldReason, at: int) -> None:
    rows = connection.execute(
        select(custody.c.project, custody.c.received_id).where(
            custody.c.study_id == number, custody.c.release_id.is_(None), PENDING
        )
    ).all()
    for row in rows:
        verdict = (ReceivedId(row.received_id), Held(reason))
        verdicts.record(connection, ProjectName(row.project), [verdict], at)
