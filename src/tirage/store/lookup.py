"""One text, whatever it is: what in the catalogue it may mean."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, or_, select

from tirage.link.normalise import normalised_id
from tirage.model.records import Confidential
from tirage.store import names, timeline
from tirage.store.schema import instance, output, patient, received, series, study

MOST = 50
"""Of each kind; whoever needs more searches more narrowly."""


class Meaning(StrEnum):
    """As what a text was recognised."""

    ACCESSION = "accession number"
    PATIENT_ID = "patient identifier"
    PATIENT_NAME = "patient name"
    STUDY = "study UID"
    SERIES = "series UID"
    INSTANCE = "instance UID"
    PSEUDONYM = "pseudonym"
    HANDLE = "number or digest"


@dataclass(frozen=True, slots=True, repr=False)
class Found(Confidential):
    """What a text means: exactly one of the three is a number of the catalogue."""

    meaning: Meaning
    study: int | None = None
    patient: int | None = None
    received: int | None = None


def lookup(connection: Connection, text: str) -> list[Found]:
    """Everything the text may mean, the most exact meaning first; each study and patient once."""
    wanted = normalised_id(text)
    if not wanted:
        return []
    found = [
        *(
            Found(Meaning.ACCESSION, study=number)
            for number in _studies(connection, study.c.accession, wanted)
        ),
        *(Found(Meaning.STUDY, study=number) for number in _studies(connection, study.c.uid, wanted)),
        *(Found(Meaning.SERIES, study=number) for number in _parents(connection, series.c.uid, wanted)),
        *(
            Found(Meaning.INSTANCE, study=number)
            for number in _parents(connection, instance.c.sop_instance, wanted)
        ),
        *(Found(Meaning.PSEUDONYM, study=number) for number in _released_as(connection, wanted)),
        *(Found(Meaning.PATIENT_ID, patient=number) for number in _patients(connection, wanted)),
        *(Found(Meaning.HANDLE, received=number) for number in timeline.find(connection, wanted)[:MOST]),
        *(Found(Meaning.INSTANCE, received=number) for number in _uncatalogued(connection, wanted)),
        *(Found(Meaning.PATIENT_NAME, patient=each.patient) for each in names.alike(connection, wanted)),
    ]
    once: dict[tuple[int | None, int | None, int | None], Found] = {}
    for each in found:
        once.setdefault((each.study, each.patient, each.received), each)
    return list(once.values())


def _studies(connection: Connection, column: Column[str], text: str) -> list[int]:
    query = select(study.c.id).where(column == text).order_by(study.c.id.desc()).limit(MOST)
    return list(connection.scalars(query))


def _parents(connection: Connection, column: Column[str], text: str) -> list[int]:
    query = select(column.table.c.study_id).distinct().where(column == text).limit(MOST)
    return list(connection.scalars(query))


def _patients(connection: Connection, text: str) -> list[int]:
    return list(connection.scalars(select(patient.c.id).where(patient.c.patient_id == text).limit(MOST)))


def _released_as(connection: Connection, text: str) -> list[int]:
    """Studies whose outputs carry this pseudonym or research Study Instance UID."""
    query = (
        select(instance.c.study_id)
        .distinct()
        .join(output, output.c.received_id == instance.c.received_id)
        .where(or_(output.c.pseudonym == text, output.c.study == text))
        .limit(MOST)
    )
    return list(connection.scalars(query))


def _uncatalogued(connection: Connection, text: str) -> list[int]:
    """Objects that claim to be this instance and are in no catalogue: what is quarantined is found, too."""
    is_catalogued = select(instance.c.received_id).where(instance.c.received_id == received.c.id).exists()
    query = select(received.c.id).where(received.c.stated_sop_instance == text, ~is_catalogued).limit(MOST)
    return list(connection.scalars(query))
