"""Studies that contradict themselves are held whole: two patients in one, or two objects of one name."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, update

from tirage.flow.steps import verdicts
from tirage.link.conflict import single_patient
from tirage.link.normalise import is_placeholder
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Held, Outcome
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity
from tirage.store import studies
from tirage.store.schema import custody, instance, study
from tirage.store.studies import PENDING


def hold(connection: Connection, numbers: Sequence[ReceivedId], at: int) -> None:
    """Hold what is pending in each study that the catalogued objects `numbers` brought into conflict."""
    touched = select(instance.c.study_id).distinct().where(instance.c.received_id.in_(numbers))
    reasons = dict.fromkeys(connection.execute(touched).scalars(), None) | _copies(connection, numbers)
    for number, reason in sorted(reasons.items()):
        found = studies.conflict(connection, number) or reason or _patients(connection, number)
        if found is not None:
            connection.execute(update(study).where(study.c.id == number).values(conflict=found.value))
            _hold_pending(connection, number, found, at)


def patient_of(connection: Connection, number: int) -> Outcome[PatientIdentity]:
    """The one patient the study's objects name; those that name none do not count."""
    named = [each for each in studies.identities(connection, number) if not is_placeholder(each.patient_id)]
    return single_patient(named)


def _patients(connection: Connection, number: int) -> HoldReason | None:
    outcome = patient_of(connection, number)
    is_conflict = isinstance(outcome, Held) and outcome.reason is HoldReason.IDENTITY_CONFLICT
    return HoldReason.IDENTITY_CONFLICT if is_conflict else None


def _copies(connection: Connection, numbers: Sequence[ReceivedId]) -> dict[int, HoldReason]:
    """Studies with an object whose SOP Instance UID another object has too.

    In one study it is a conflicting copy. In two it is one object that claims two patients or studies (as an
    archive that moves instances between studies makes them), and both are held.
    """
    uids = select(instance.c.sop_instance).where(instance.c.received_id.in_(numbers))
    twice = (
        select(instance.c.sop_instance)
        .where(instance.c.sop_instance.in_(uids))
        .group_by(instance.c.sop_instance)
        .having(func.count() > 1)
    )
    rows = connection.execute(
        select(instance.c.sop_instance, instance.c.study_id, instance.c.series_id, instance.c.patient_id)
        .distinct()
        .where(instance.c.sop_instance.in_(twice))
    ).all()
    places: dict[str, set[tuple[int, int, int]]] = {}
    for row in rows:
        places.setdefault(row.sop_instance, set()).add((row.study_id, row.series_id, row.patient_id))
    reasons: dict[int, HoldReason] = {}
    for claimed in places.values():
        reason = HoldReason.CONFLICTING_COPY if len(claimed) == 1 else HoldReason.IDENTITY_CONFLICT
        for study_id, _, _ in claimed:
            if reasons.get(study_id) is not HoldReason.IDENTITY_CONFLICT:
                reasons[study_id] = reason
    return reasons


def _hold_pending(connection: Connection, number: int, reason: HoldReason, at: int) -> None:
    rows = connection.execute(
        select(custody.c.project, custody.c.received_id).where(
            custody.c.study_id == number, custody.c.release_id.is_(None), PENDING
        )
    ).all()
    for row in rows:
        verdicts.record(
            connection, ProjectName(row.project), [(ReceivedId(row.received_id), Held(reason))], at
        )
