"""An erased study leaves its numbers and nothing else; on SQLite and PostgreSQL."""

import time

from sqlalchemy import Engine, func, insert, select, text, update
from tests.arrivals import PROJECT, arrival, summary

from tirage.model.identifiers import ReceivedId, Uid
from tirage.model.records import Tally
from tirage.store import catalog, discards, dispositions, erasures, ledger, names, work
from tirage.store.database import is_postgres, reading, writing
from tirage.store.erasures import Tombstone
from tirage.store.resolved import discarded
from tirage.store.schema import custody, header, instance, patient, release, release_member, series, study

AT = 1_780_000_000_000_000


def received(engine: Engine, *numbers: int, study: int = 1, patient: int = 1) -> list[ReceivedId]:
    """Catalogued objects of a study."""
    kept = [each.received for each in ledger.record(engine, [arrival(n) for n in numbers])]
    with writing(engine) as connection:
        entries = [
            (each, summary(n, study=study, series=study, patient=patient))
            for each, n in zip(kept, numbers, strict=True)
        ]
        catalog.record(connection, entries, AT)
        items = work.claim(connection, work.WorkKind.CATALOGUE, 10_000, "test")
        work.finish(connection, [each.id for each in items])
    return kept


def erase(engine: Engine, number: int = 1) -> Tombstone:
    with writing(engine) as connection:
        made = erasures.erase(connection, number, "asked by the patient", "ada", AT + 1)
    assert made is not None
    return made


def rows(engine: Engine, *tables: object) -> list[int]:
    with reading(engine) as connection:
        return [connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables]  # type: ignore[arg-type]


def tally(engine: Engine) -> Tally:
    with reading(engine) as connection:
        tallies = dispositions.tallies(connection)
    assert all(each.is_conserved for each in tallies.values())
    return tallies[PROJECT]


def test_everything_that_names_the_study_is_gone_and_the_sum_is_true(engine: Engine) -> None:
    received(engine, 1, 2)
    made = erase(engine)
    assert (made.objects, made.released, made.size_bytes) == (2, 0, 2003)
    assert rows(engine, study, series, instance, header, patient) == [0] * 5
    assert tally(engine).reasons == {"ERASED": 2}
    with reading(engine) as connection:
        assert names.alike(connection, "Doe1 Jo") == []
        if not is_postgres(connection):
            connection.execute(text("INSERT INTO patient_name(patient_name) VALUES ('integrity-check')"))


def test_a_patient_with_another_study_stays(engine: Engine) -> None:
    received(engine, 1)
    received(engine, 2, study=2)
    erase(engine)
    assert rows(engine, study, patient) == [1, 1]
    assert tally(engine).pending == 1


def test_the_same_bytes_again_are_listed_for_deletion_again(engine: Engine) -> None:
    received(engine, 1)
    erase(engine)
    with writing(engine) as connection:
        discards.strike(connection, [each.id for each in discards.due(connection, 10)])
    ledger.record(engine, [arrival(1)])
    with writing(engine) as connection:
        (again,) = discards.due(connection, 10)
    assert not again.is_needed
    assert tally(engine).reasons == {"ERASED": 1}


def test_under_a_lifted_tombstone_the_same_bytes_are_judged_anew(engine: Engine) -> None:
    (number,) = received(engine, 1)
    made = erase(engine)
    with writing(engine) as connection:
        erasures.lift(connection, made.id, "ada", AT + 2)
        assert erasures.studies(connection, {Uid("1.2.5.1")}) == {}
    ledger.record(engine, [arrival(1)])
    assert tally(engine).pending == 1
    with writing(engine) as connection:
        assert [each.received for each in work.claim(connection, "catalogue", 9, "t")] == [number]
        assert all(each.is_needed for each in discards.due(connection, 10))


def test_what_a_release_holds_stays_released_and_is_named_for_recall(engine: Engine) -> None:
    one, two = received(engine, 1, 2)
    policy, made_of = "ab" * 32, "cd" * 32
    with writing(engine) as connection:
        row = {"project": PROJECT, "version": 1, "state": "complete", "policy": policy, "members": 1}
        row |= {"size_bytes": 1, "frozen_at": AT}
        number = connection.execute(insert(release).returning(release.c.id), row).scalar_one()
        member = {"release_id": number, "received_id": one, "output_digest": made_of, "name": "a.dcm"}
        connection.execute(insert(release_member), member)
        changes = {"release_id": number, "disposition": "released", "stage": "released"}
        connection.execute(update(custody).where(custody.c.received_id == one).values(changes))
    made = erase(engine)
    assert (made.objects, made.released) == (2, 1)
    assert (tally(engine).released, tally(engine).reasons) == (1, {"ERASED": 1})
    with reading(engine) as connection:
        (copy,) = erasures.recalls(connection, made.id)
        assert erasures.among(connection, [one, two]) == {one: made.id, two: made.id}
    assert (copy.project, copy.version, copy.destination, copy.objects) == (PROJECT, 1, "", 1)


def test_five_thousand_objects_are_erased_within_a_second(engine: Engine) -> None:
    for start in range(0, 5_000, 1_000):
        received(engine, *range(start + 1, start + 1_001))
    began = time.perf_counter()
    made = erase(engine)
    taken = time.perf_counter() - began
    assert made.objects == 5_000
    assert rows(engine, discarded) == [5_000]
    assert taken < 2, "seconds on a busy machine; 0.2 on a free one"
