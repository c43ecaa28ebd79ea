"""Forgetting patients of whom nothing is left, and what was written about what is gone."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, or_, select, text, update

from tirage.link.match import search_keys
from tirage.model.records import PatientIdentity
from tirage.store.database import is_postgres
from tirage.store.prepared import pages
from tirage.store.reconciled import (
    identity_change,
    identity_conflict,
    identity_decision,
    identity_key,
    member,
    person,
)
from tirage.store.resolved import correction, note, note_version
from tirage.store.schema import instance, patient, study


def people(connection: Connection, numbers: Collection[int]) -> list[str]:
    """Forget those of the patients of whom no object is left; their handles.

    Who was taken for whom stays known by number, without a name: a release may hold what was made of them.
    """
    gone = []
    for number in sorted(numbers):
        has_objects = exists().where(instance.c.patient_id == number)
        has_study = exists().where(study.c.patient_id == number)
        row = connection.execute(
            select(patient).where(patient.c.id == number, ~has_objects, ~has_study)
        ).first()
        if row is not None:
            _forget(connection, row)
            gone.append(f"patient:{number}")
    return gone


def writings(connection: Connection, subjects: Sequence[str]) -> None:
    """Delete notes and corrections of patients and studies that are gone."""
    for page in pages(subjects):
        notes = select(note.c.id).where(note.c.subject.in_(page))
        connection.execute(delete(note_version).where(note_version.c.note_id.in_(notes)))
        for table in (note, correction):
            connection.execute(delete(table).where(table.c.subject.in_(page)))


def _forget(connection: Connection, row: Any) -> None:
    identity = PatientIdentity(row.patient_id, row.issuer, row.name, row.birth_date, row.sex)
    keys = sorted(search_keys(identity))
    mine = identity_key.c.patient_id == row.id
    connection.execute(delete(identity_key).where(identity_key.c.key.in_(keys), mine))
    connection.execute(delete(identity_conflict).where(identity_conflict.c.patient_id == row.id))
    is_rival = identity_conflict.c.rival_id == row.id
    connection.execute(update(identity_conflict).where(is_rival).values(rival_id=None))
    if not connection.scalar(select(_is_known(row.id))):
        connection.execute(delete(patient).where(patient.c.id == row.id))
        return
    if not is_postgres(connection):
        old = {"number": row.id, "folded": row.folded}
        unlisted = "INSERT INTO patient_name(patient_name, rowid, folded) VALUES ('delete', :number, :folded)"
        connection.execute(text(unlisted), old)
    blank = {"patient_id": f"erased:{row.id}", "issuer": "", "name": "", "folded": ""}
    blank |= {"birth_date": "", "sex": ""}
    connection.execute(update(patient).where(patient.c.id == row.id).values(blank))


def _is_known(number: int) -> Any:
    return or_(
        exists().where(person.c.anchor == number),
        exists().where(member.c.patient_id == number),
        exists().where(identity_decision.c.patient_id == number),
        exists().where(identity_change.c.patient_id == number),
    )
