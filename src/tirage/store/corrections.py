"""Corrections of what objects say of their patient: laid over it where it is read; originals never change.

A correction of a patient holds wherever that identity was received; one of a study goes over it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.records import Confidential, PatientIdentity
from tirage.store.prepared import pages
from tirage.store.resolved import correction
from tirage.store.schema import custody, instance, patient, study

FIELDS = ("patient_id", "issuer", "name", "birth_date", "sex")
MOST = 200

Change = Mapping[str, str | None]
"""The new value by field of `FIELDS`; None leaves a field as it was received."""


@dataclass(frozen=True, slots=True, repr=False)
class Correction(Confidential):
    """One correction; times in microseconds, `undone_at` is none while it stands."""

    id: int
    subject: str
    change: Change
    why: str
    made_by: str
    made_at: int
    undone_by: str
    undone_at: int | None


def overlaid(connection: Connection, study_id: int) -> list[PatientIdentity]:
    """Every distinct identity among the study's catalogued instances, corrected."""
    query = (
        select(patient)
        .distinct()
        .join(instance, instance.c.patient_id == patient.c.id)
        .where(instance.c.study_id == study_id)
    )
    rows = connection.execute(query).all()
    changes = _standing(connection, {f"study:{study_id}", *(f"patient:{row.id}" for row in rows)})
    found = {_laid(row, changes, study_id) for row in rows}
    return [_identity(each) for each in sorted(found)]


def laid(
    connection: Connection, study_id: int, rows: Mapping[int, PatientIdentity]
) -> dict[int, PatientIdentity]:
    """Those of a study's identities, by the numbers of their rows, that a correction is about: corrected."""
    changes = _standing(connection, {f"study:{study_id}", *(f"patient:{number}" for number in rows)})
    found = {}
    for number, identity in rows.items():
        change = changes.get(f"patient:{number}", {}) | changes.get(f"study:{study_id}", {})
        if change:
            values = {name: getattr(identity, name) for name in FIELDS} | change
            found[number] = _identity(tuple(values[name] for name in FIELDS))
    return found


def identities(connection: Connection, numbers: Sequence[ReceivedId]) -> dict[ReceivedId, PatientIdentity]:
    """The corrected identity of each of `numbers` that a correction is about."""
    found: dict[ReceivedId, PatientIdentity] = {}
    for page in pages(numbers):
        query = (
            select(patient, instance.c.received_id, instance.c.study_id)
            .join(instance, instance.c.patient_id == patient.c.id)
            .where(instance.c.received_id.in_(page))
        )
        rows = connection.execute(query).all()
        subjects = {f"study:{row.study_id}" for row in rows} | {f"patient:{row.id}" for row in rows}
        changes = _standing(connection, subjects)
        for row in rows if changes else ():
            if f"study:{row.study_id}" in changes or f"patient:{row.id}" in changes:
                found[ReceivedId(row.received_id)] = _identity(_laid(row, changes, row.study_id))
    return found


def make(connection: Connection, subject: str, change: Change, why: str, by: str, at: int) -> int:
    """Lay a correction over a patient or a study; its number."""
    row = {name: change.get(name) for name in FIELDS}
    row |= {"subject": subject, "why": why, "made_by": by}
    return int(
        connection.execute(insert(correction).returning(correction.c.id), {**row, "made_at": at}).scalar_one()
    )


def undo(connection: Connection, number: int, by: str, at: int) -> bool:
    """Take a correction away again; False when it was undone before."""
    stands = (correction.c.id == number) & correction.c.undone_at.is_(None)
    return bool(
        connection.execute(update(correction).where(stands).values(undone_by=by, undone_at=at)).rowcount
    )


def find(connection: Connection, number: int) -> Correction | None:
    """The correction of this number."""
    row = connection.execute(select(correction).where(correction.c.id == number)).first()
    return None if row is None else _correction(row)


def listed(connection: Connection, subject: str) -> list[Correction]:
    """Every correction of a patient or study, the newest first."""
    query = select(correction).where(correction.c.subject == subject)
    return [
        _correction(row) for row in connection.execute(query.order_by(correction.c.id.desc()).limit(MOST))
    ]


def studies(connection: Connection, subject: str) -> list[int]:
    """The studies that a patient or study is about; empty when there is no such thing."""
    kind, _, number = subject.partition(":")
    if kind == "study":
        query = select(study.c.id).where(study.c.id == int(number))
    else:
        query = select(instance.c.study_id).distinct().where(instance.c.patient_id == int(number))
    return sorted(connection.scalars(query))


def giving(connection: Connection, identity: PatientIdentity) -> list[int]:
    """The studies in which a correction that stands may have led to this identity."""
    says = [correction.c[name].is_(None) | (correction.c[name] == getattr(identity, name)) for name in FIELDS]
    query = select(correction.c.subject).distinct().where(correction.c.undone_at.is_(None), *says)
    subjects = connection.scalars(query).all()
    return sorted({number for subject in subjects for number in studies(connection, subject)})


def received(connection: Connection, numbers: Collection[int]) -> list[int]:
    """The identities that objects of these studies name as received, by the numbers of their rows."""
    found: set[int] = set()
    for page in pages(sorted(numbers)):
        query = select(instance.c.patient_id).distinct().where(instance.c.study_id.in_(page))
        found.update(connection.scalars(query))
    return sorted(found)


def projects(connection: Connection, numbers: Collection[int]) -> list[ProjectName]:
    """The projects that have objects of any of these studies."""
    found: set[str] = set()
    for page in pages(sorted(numbers)):
        found.update(
            connection.scalars(select(custody.c.project).distinct().where(custody.c.study_id.in_(page)))
        )
    return [ProjectName(name) for name in sorted(found)]


def _standing(connection: Connection, subjects: Collection[str]) -> dict[str, dict[str, str]]:
    """What stands corrected, by subject and field; later corrections go over earlier ones."""
    found: dict[str, dict[str, str]] = {}
    for page in pages(sorted(subjects)):
        query = select(correction).where(correction.c.subject.in_(page), correction.c.undone_at.is_(None))
        for row in connection.execute(query.order_by(correction.c.id)):
            values = {name: getattr(row, name) for name in FIELDS if getattr(row, name) is not None}
            found.setdefault(row.subject, {}).update(values)
    return found


def _laid(row: Any, changes: Mapping[str, Mapping[str, str]], study_id: int) -> tuple[str, ...]:
    values = {name: getattr(row, name) for name in FIELDS}
    for subject in (f"patient:{row.id}", f"study:{study_id}"):
        values |= changes.get(subject, {})
    return tuple(values[name] for name in FIELDS)


def _identity(values: tuple[str, ...]) -> PatientIdentity:
    patient_id, issuer, name, birth_date, sex = values
    return PatientIdentity(patient_id, issuer, name, birth_date, sex)


def _correction(row: Any) -> Correction:
    return Correction(
        row.id,
        row.subject,
        {name: getattr(row, name) for name in FIELDS},
        row.why,
        row.made_by,
        row.made_at,
        row.undone_by or "",
        row.undone_at,
    )
