"""Rows of requests and of what came of them, written straight into the tables."""

from typing import Any

from sqlalchemy import Connection, insert

from tirage.model.identifiers import Digest
from tirage.store.requested import cohort, expected, fetch, request, sighting
from tirage.store.schema import (
    custody,
    delivery,
    instance,
    origin,
    patient,
    received,
    release,
    release_member,
    series,
    study,
)

DAY = 86_400_000_000
LOADED = 1_780_000_000_000_000
"""When the first cohort was loaded: 2026-05-28, in microseconds."""


def digest(number: int) -> Digest:
    """A digest of its own for each number."""
    return Digest(f"{number:064x}")


def _insert(connection: Connection, table: Any, **values: Any) -> int:
    statement = insert(table).values(**values).returning(table.c.id)
    return int(connection.execute(statement).scalar_one())


def add_cohort(connection: Connection, project: str = "lungs", version: int = 1, at: int = LOADED) -> int:
    """A loaded cohort without rows."""
    return _insert(
        connection,
        cohort,
        project=project,
        version=version,
        kind="table",
        digest=digest(version),
        requests=0,
        loaded_at=at,
        loaded_by="manager",
    )


def add_request(connection: Connection, cohort_id: int, row: int, **fields: Any) -> int:
    """A row of a cohort, its asking ended as found unless said otherwise."""
    texts = "patient_id issuer national_id accession study series study_date first_date last_date"
    values: dict[str, Any] = dict.fromkeys(f"{texts} participant index_date".split(), "")
    values |= {"is_deceased": False, "resolution": "found", "resolved_at": LOADED}
    return _insert(connection, request, cohort_id=cohort_id, row=row, **{**values, **fields})


def add_sighting(connection: Connection, request_id: int, uid: str, **fields: Any) -> int:
    """A study that was seen for a row, as asked and wanted unless said otherwise."""
    values: dict[str, Any] = {
        "archive": "pacs",
        "patient_id": "PAT-1",
        "accession": "ACC-1",
        "study_date": "20260314",
        "description": "CT Thorax",
        "modalities": "CT",
        "manufacturers": "",
        "series_count": None,
        "instances": None,
        "match": "as-asked",
        "verdict": "wanted",
        "seen_at": LOADED,
    }
    return _insert(connection, sighting, request_id=request_id, study=uid, **{**values, **fields})


def add_fetch(
    connection: Connection, uid: str, wanted: int, arrived: int, state: str = "complete", **fields: Any
) -> int:
    """A fetch of a study with the instances it expects, `UID.1`, `UID.2` …"""
    values: dict[str, Any] = {
        "project": "lungs",
        "patient_id": "PAT-1",
        "archive": "pacs",
        "priority": 5,
        "attempts": 0,
        "due_at": LOADED,
        "claim": "",
        "detail": "",
        "wanted_at": LOADED,
        "updated_at": LOADED + DAY,
    }
    number = _insert(
        connection,
        fetch,
        **{**values, "study": uid, "state": state, "expected": wanted, "received": arrived, **fields},
    )
    rows = [
        {"fetch_id": number, "sop_instance": f"{uid}.{each}", "series": f"{uid}.0", "sop_class": ""}
        for each in range(1, wanted + 1)
    ]
    if rows:
        connection.execute(insert(expected), rows)
    return number


def add_origin(connection: Connection) -> int:
    """Where objects came from."""
    values = {"kind": "archive", "calling_ae": "", "called_ae": "", "address": "", "batch": "pacs"}
    return _insert(connection, origin, **values)


def add_study(connection: Connection, uid: str) -> int:
    """A study of the catalogue."""
    who = {"patient_id": uid, "issuer": "", "name": "", "folded": "", "birth_date": "", "sex": ""}
    counts = {"series_count": 1, "instances": 1, "size_bytes": 1, "first_arrival": 1, "last_arrival": 1}
    texts: dict[str, str] = dict.fromkeys(
        ("study_date", "study_time", "accession", "description", "modalities", "manufacturers"), ""
    )
    number = _insert(connection, patient, **who)
    return _insert(connection, study, uid=uid, patient_id=number, **counts, **texts, conflict="")


def add_object(
    connection: Connection,
    number: int,
    origin_id: int,
    sop_instance: str,
    study_id: int | None,
    disposition: str = "released",
    reason: str = "",
    release_id: int | None = None,
    project: str = "lungs",
) -> None:
    """A received object and where it stands; without a study it was not catalogued."""
    kept = _insert(
        connection,
        received,
        digest=digest(number),
        object_digest=digest(number),
        size_bytes=1,
        transfer_syntax="1.2.840.10008.1.2.1",
        stated_sop_class="1.2.840.10008.5.1.4.1.1.2",
        stated_sop_instance=sop_instance,
        origin_id=origin_id,
        received_at=LOADED + DAY,
    )
    connection.execute(
        insert(custody).values(
            received_id=kept,
            project=project,
            stage="released" if disposition == "released" else "received",
            disposition=disposition,
            reason=reason,
            study_id=study_id,
            output_digest=digest(number) if release_id else None,
            release_id=release_id,
            updated_at=LOADED + 2 * DAY,
        )
    )
    if release_id is not None:
        member = {"release_id": release_id, "received_id": kept, "output_digest": digest(number)}
        connection.execute(insert(release_member).values(**member, name=f"object-{number}"))


def add_instance(connection: Connection, received_id: int, study_id: int, sop_instance: str) -> None:
    """The catalogue's entry of an object."""
    texts = dict.fromkeys(["modality", "number", "description", "body_part", "protocol", "manufacturer"], "")
    more = {"model": "", "station": "", "instances": 1, "size_bytes": 1, "last_arrival": 1}
    line = _insert(connection, series, uid=f"{sop_instance}.0", study_id=study_id, **texts, **more)
    who = connection.execute(study.select().where(study.c.id == study_id)).one().patient_id
    connection.execute(
        insert(instance).values(
            received_id=received_id,
            sop_instance=sop_instance,
            sop_class="",
            study_id=study_id,
            series_id=line,
            patient_id=who,
            number="",
            catalogued_at=1,
        )
    )


def add_release(connection: Connection, version: int, members: int, at: int = LOADED + 2 * DAY) -> int:
    """A complete release of the project; its members come with `add_object`."""
    return _insert(
        connection,
        release,
        project="lungs",
        version=version,
        state="complete",
        policy=digest(1),
        members=members,
        size_bytes=members,
        manifest_digest=digest(2),
        frozen_at=at,
        completed_at=at,
    )


def add_receipts(
    connection: Connection, release_id: int, numbers: list[int], status: str = "delivered"
) -> None:
    """What the destination `share` answered for objects, by their number."""
    rows = [
        {
            "release_id": release_id,
            "destination": "share",
            "output_digest": digest(number),
            "status": status,
            "detail": "",
            "attempts": 1,
            "updated_at": LOADED + 3 * DAY,
        }
        for number in numbers
    ]
    connection.execute(insert(delivery), rows)
