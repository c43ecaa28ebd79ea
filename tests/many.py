"""A catalogue of very many objects, made by the database itself."""

from sqlalchemy import Engine, text

from tests.arrivals import PROJECT, arrival
from tirage.store import ledger
from tirage.store.database import is_postgres, writing

AT = 1_780_000_000_000_000
PER_STUDY = 100
REASONS = ("PIXELS_UNCHECKED", "IDENTITY_CONFLICT", "MODALITY_EXCLUDED", "TRUNCATED")
_NUMBERS = "WITH RECURSIVE s(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM s WHERE n < :most) "
_STUDIES = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :most) "


def fill(engine: Engine, objects: int, stopped_of_ten: int = 1) -> None:
    """Custody of `objects` in the project, 100 in a study; of every ten so many did not go on."""
    ledger.record(engine, [arrival(1)])
    blob = "decode(md5(n::text) || md5((n + 1)::text), 'hex')" if is_postgres(engine) else "randomblob(32)"
    reason = "CASE (n / 10) % 4 " + " ".join(
        f"WHEN {number} THEN '{name}'" for number, name in enumerate(REASONS)
    )
    where = "CASE (n / 10) % 4 WHEN 2 THEN 'rejected' WHEN 3 THEN 'quarantined' ELSE 'held' END"
    is_stopped = f"n % 10 < {stopped_of_ten}"
    with writing(engine) as connection:

        def run(statement: str, most: int) -> None:
            connection.execute(text(statement), {"most": most})

        run(
            _STUDIES + "INSERT INTO patient (id, patient_id, issuer, name, folded, birth_date, sex) "
            "SELECT n, 'P' || n, '', 'Doe' || n, 'doe' || n, '', '' FROM s",
            objects // PER_STUDY + 1,
        )
        run(
            _STUDIES + "INSERT INTO study (id, uid, patient_id, study_date, study_time, accession, "
            "description, modalities, manufacturers, series_count, instances, size_bytes, first_arrival, "
            "last_arrival, "
            "conflict) SELECT n, '1.2.' || n, n, '20200101', '', 'A' || n, '', 'CT', '', 1, 1, 1, "
            f"{AT}, {AT}, '' FROM s",
            objects // PER_STUDY + 1,
        )
        run(
            _NUMBERS + "INSERT INTO received (id, digest, object_digest, size_bytes, transfer_syntax, "
            "stated_sop_class, stated_sop_instance, origin_id, received_at) "
            f"SELECT n, {blob}, {blob}, 1, '', '', '', 1, {AT} FROM s",
            objects,
        )
        run(
            _NUMBERS + "INSERT INTO custody (received_id, project, stage, disposition, reason, study_id, "
            f"updated_at) SELECT n, '{PROJECT}', 'catalogued', "
            f"CASE WHEN {is_stopped} THEN {where} ELSE 'pending' END, "
            f"CASE WHEN {is_stopped} THEN {reason} END ELSE '' END, n / {PER_STUDY} + 1, {AT} + n FROM s",
            objects,
        )
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
