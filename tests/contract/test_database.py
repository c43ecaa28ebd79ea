"""What the store promises, on SQLite and on PostgreSQL alike."""

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from tests.arrivals import CT, PROJECT, START, arrival, digest_of, summary

from tirage import store
from tirage.model.custody import Acceptance, Stage
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import Arrival, Tally
from tirage.store import (
    audit,
    catalog,
    conflicts,
    dispositions,
    headers,
    ledger,
    names,
    search,
    timeline,
    work,
)
from tirage.store.audit import Line
from tirage.store.database import DatabaseNewer, check, open_database, reading, upgrade, writing
from tirage.store.ledger import Kept
from tirage.store.schema import custody, instance, metadata, received, series, study
from tirage.store.search import Filter
from tirage.store.times import micros

AT = micros(START)


def record(engine: Engine, *arrivals: Arrival) -> list[Kept]:
    return ledger.record(engine, arrivals)


def catalogue(engine: Engine, *entries: tuple[int, object]) -> set[int]:
    with writing(engine) as connection:
        return catalog.record(connection, entries, AT)  # type: ignore[arg-type]


def rows(engine: Engine, table: str) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()


# --- tables -----------------------------------------------------------------------------------------------


def test_the_migrations_build_exactly_the_tables_of_the_schema(engine: Engine) -> None:
    def is_ours(name: str | None, kind: str, parents: object) -> bool:
        return not (name or "").startswith("patient_name")

    with reading(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": is_ours, "target_metadata": metadata}
        )
        for module in pkgutil.iter_modules(store.__path__):
            import_module(f"{store.__name__}.{module.name}")
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    record(engine, arrival(1))
    upgrade(engine)
    assert rows(engine, "received") == 1


def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    def run(number: int) -> None:
        engine = open_database(database_url)
        upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [None] * 4


def test_an_interrupted_upgrade_leaves_nothing_and_is_run_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    engine = open_database(database_url)
    original = op.create_index

    def stop_half_way(name: str, *arguments: object, **options: object) -> None:
        if name == "ix_series_manufacturer_study_id":
            raise KeyboardInterrupt
        original(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(op, "create_index", stop_half_way)
    with pytest.raises(KeyboardInterrupt):
        upgrade(engine)
    monkeypatch.undo()
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    record(engine, arrival(1))
    engine.dispose()


def test_a_database_of_a_later_version_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer):
        upgrade(engine)


def test_the_database_says_what_it_is(engine: Engine) -> None:
    assert check(engine).split()[0] in {"SQLite", "PostgreSQL"}


def test_a_disposition_that_is_none_is_refused_by_the_database(engine: Engine) -> None:
    record(engine, arrival(1))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(custody).values(disposition="lost"))


def test_a_custody_row_of_no_object_is_refused_by_the_database(engine: Engine) -> None:
    row = {
        "received_id": 99,
        "project": "x",
        "stage": Stage.RECEIVED.value,
        "disposition": Disposition.PENDING.value,
        "reason": "",
        "updated_at": AT,
    }
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(custody), row)


# --- receiving --------------------------------------------------------------------------------------------


def test_a_new_object_is_stored_in_custody_queued_and_audited(engine: Engine) -> None:
    kept = record(engine, arrival(1))[0]
    assert kept.acceptance is Acceptance.STORED
    with reading(engine) as connection:
        row = connection.execute(select(custody)).one()
        items = connection.execute(text("SELECT kind, received_id FROM work")).all()
        assert (row.received_id, row.project, row.stage) == (kept.received, PROJECT, "received")
        assert [tuple(item) for item in items] == [("catalogue", kept.received)]
        assert audit.length(connection) == 1
        assert dispositions.tally(connection, PROJECT) == Tally(1, 0, 0, 0, 0, 1)


def test_an_object_that_no_project_claims_is_held(engine: Engine) -> None:
    record(engine, arrival(1, projects=()))
    with reading(engine) as connection:
        tally = dispositions.tally(connection, ProjectName(""))
    assert (tally.received, tally.held, tally.reasons) == (1, 1, {"NO_PROJECT": 1})


def test_an_object_of_two_projects_is_in_the_custody_of_both(engine: Engine) -> None:
    record(engine, arrival(1, projects=(PROJECT, ProjectName("other"))))
    with reading(engine) as connection:
        assert {project: tally.received for project, tally in dispositions.tallies(connection).items()} == {
            "other": 1,
            PROJECT: 1,
        }


def test_the_same_object_again_adds_an_audit_line_and_a_count_only(engine: Engine) -> None:
    first = record(engine, arrival(1))[0]
    again = record(engine, arrival(1), arrival(1))
    assert [kept.acceptance for kept in again] == [Acceptance.DUPLICATE] * 2
    assert {kept.received for kept in again} == {first.received}
    assert [rows(engine, table) for table in ("received", "custody", "work", "audit")] == [1, 1, 1, 3]
    with reading(engine) as connection:
        assert dispositions.duplicates(connection) == {PROJECT: 2}
        assert dispositions.tally(connection, PROJECT).is_conserved


def test_the_same_object_twice_in_one_group_is_kept_once(engine: Engine) -> None:
    kept = record(engine, arrival(1), arrival(2), arrival(1))
    assert [each.acceptance for each in kept] == [
        Acceptance.STORED,
        Acceptance.STORED,
        Acceptance.DUPLICATE,
    ]
    assert kept[0].received == kept[2].received


def test_a_file_with_another_file_meta_is_the_same_object(engine: Engine) -> None:
    first = record(engine, arrival(1))[0]
    again = record(engine, arrival(1, digest="another file"))[0]
    assert again == Kept(Acceptance.DUPLICATE, first.received, first.digest)


def test_another_object_under_the_same_uid_is_kept_and_said_to_conflict(engine: Engine) -> None:
    kept = record(engine, arrival(1), arrival(2, sop_instance="1.2.3.1", content="other bytes"))
    assert [each.acceptance for each in kept] == [Acceptance.STORED, Acceptance.CONFLICT]
    assert rows(engine, "received") == 2


def test_a_late_project_claims_an_object_that_is_here_already(engine: Engine) -> None:
    kept = record(engine, arrival(1))[0]
    with writing(engine) as connection:
        work.finish(connection, [item.id for item in work.claim(connection, "catalogue", 10, "a")])
    late = ProjectName("late")
    again = record(engine, arrival(1, projects=(late,)))[0]
    assert again.acceptance is Acceptance.DUPLICATE
    with writing(engine) as connection:
        assert [item.received for item in work.claim(connection, "catalogue", 10, "b")] == [kept.received]
        assert dispositions.tally(connection, late).pending == 1


def test_what_cannot_be_a_uid_is_recorded_as_something_that_equals_none(engine: Engine) -> None:
    spiteful = replace(arrival(1), stated_sop_instance="../../etc/\0passwd", stated_sop_class="9" * 80)
    record(engine, spiteful)  # type: ignore[arg-type]
    with reading(engine) as connection:
        row = connection.execute(select(received)).one()
    assert row.stated_sop_instance == "..?..?????????????"[: len(row.stated_sop_instance)]
    assert (len(row.stated_sop_class), row.stated_sop_class[-1]) == (64, "?")


def test_a_reader_sees_one_state_while_others_write(engine: Engine) -> None:
    record(engine, arrival(1))
    with reading(engine) as connection:
        before = dispositions.tally(connection, PROJECT)
        record(engine, arrival(2))
        assert dispositions.tally(connection, PROJECT) == before
    with reading(engine) as connection:
        assert dispositions.tally(connection, PROJECT).received == 2


def test_an_origin_is_kept_once_and_without_control_characters(engine: Engine) -> None:
    origin = replace(arrival(1).origin, calling_ae="BAD\0\x1b[31m")
    record(engine, arrival(1, origin=origin), arrival(2, origin=origin))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT calling_ae FROM origin")).scalars().all() == ["BAD??[31m"]


def test_ten_writers_of_one_object_keep_one(engine: Engine) -> None:
    with ThreadPoolExecutor(10) as pool:
        kept = pool.map(lambda _: record(engine, arrival(1))[0], range(10))
        acceptances = [each.acceptance for each in kept]
    assert sorted(acceptances) == [Acceptance.DUPLICATE] * 9 + [Acceptance.STORED]
    with reading(engine) as connection:
        assert audit.verify_chain(connection) is None
        assert audit.length(connection) == 10


# --- work -------------------------------------------------------------------------------------------------


def test_work_is_claimed_once_oldest_first_and_finished(engine: Engine) -> None:
    record(engine, *(arrival(number) for number in range(5)))
    with writing(engine) as connection:
        first = work.claim(connection, "catalogue", 3, "first")
        second = work.claim(connection, "catalogue", 3, "second")
    assert [item.received for item in first + second] == [1, 2, 3, 4, 5]
    with writing(engine) as connection:
        work.finish(connection, [item.id for item in first])
        work.release(connection, "second")
        assert work.claims(connection, "catalogue") == []
        assert work.claim(connection, "catalogue", 9, "third") == [replace(item) for item in second]
        assert not work.has_free(connection, "catalogue")


def test_what_is_asked_for_a_project_is_kept_once_until_it_is_struck_off(engine: Engine) -> None:
    other = ProjectName("other")
    with writing(engine) as connection:
        asked = [work.request(connection, "release", name, AT) for name in (PROJECT, other, PROJECT)]
        work.request(connection, "release", PROJECT, AT + 1)
        assert asked == [True, True, False]
    with writing(engine) as connection:
        assert work.requested(connection, "release") == {PROJECT: AT, other: AT}
        work.fulfil(connection, "release", PROJECT)
        assert work.requested(connection, "release") == {other: AT}
        assert work.requested(connection, "catalogue") == {}


# --- the audit chain --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit SET detail = '{}' WHERE seq = 3",
        "UPDATE audit SET at = at + 1 WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET actor = 'someone' WHERE seq = 3",
    ],
)
def test_a_changed_audit_line_is_found(engine: Engine, damage: str) -> None:
    with writing(engine) as connection:
        lines = [Line("test", "try", f"thing:{number}", {"n": number}) for number in range(6)]
        end = audit.append(connection, lines, AT)
        assert (end, audit.verify_chain(connection)) == (audit.head(connection), None)
        connection.execute(text(damage))
        assert audit.verify_chain(connection) == 3


def test_a_chain_cut_off_at_its_end_has_another_head(engine: Engine) -> None:
    with writing(engine) as connection:
        end = audit.append(connection, [Line("test", "try", "thing:1"), Line("test", "try", "thing:2")], AT)
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        assert audit.verify_chain(connection) is None
        assert audit.head(connection) != end


# --- the catalogue ----------------------------------------------------------------------------------------


def test_the_catalogue_keeps_the_sums_of_studies_and_series(engine: Engine) -> None:
    record(engine, *(arrival(number) for number in range(1, 6)))
    catalogue(engine, (1, summary(1)), (2, summary(2, series=2, Modality="SEG")))
    catalogue(engine, (3, summary(3, series=2, Modality="SEG")), (4, summary(4, study=2, series=9)))
    with reading(engine) as connection:
        one, two = connection.execute(select(study).order_by(study.c.id)).all()
        sizes = connection.execute(select(series.c.instances).order_by(series.c.id)).scalars().all()
    assert (one.instances, one.series_count, one.modalities) == (3, 2, "CT\\SEG")
    assert one.size_bytes == 1001 + 1002 + 1003
    assert (one.first_arrival, one.last_arrival) == (AT + 1_000_000, AT + 3_000_000)
    assert (two.instances, two.series_count) == (1, 1)
    assert sizes == [1, 2, 1]


def test_cataloguing_moves_custody_on_and_repeating_it_changes_nothing(engine: Engine) -> None:
    record(engine, arrival(1), arrival(2, projects=()))
    entries = ((1, summary(1)), (2, summary(2)))
    studies = catalogue(engine, *entries)
    assert catalogue(engine, *entries) == studies
    with reading(engine) as connection:
        stands = connection.execute(select(custody.c.stage, custody.c.disposition, custody.c.study_id)).all()
        assert connection.execute(select(study.c.instances)).scalars().all() == [2]
    assert {(row.stage, row.study_id) for row in stands} == {("catalogued", next(iter(studies)))}
    assert sorted(row.disposition for row in stands) == ["held", "pending"]


def test_a_late_project_is_catalogued_with_what_was_known(engine: Engine) -> None:
    record(engine, arrival(1))
    studies = catalogue(engine, (1, summary(1)))
    record(engine, arrival(1, projects=(ProjectName("late"),)))
    catalogue(engine, (1, summary(1)))
    with reading(engine) as connection:
        late = connection.execute(select(custody).where(custody.c.project == "late")).one()
    assert (late.stage, late.study_id) == ("catalogued", next(iter(studies)))


def test_a_header_is_read_back_as_it_was_with_and_without_a_dictionary(engine: Engine) -> None:
    record(engine, *(arrival(number) for number in range(1, 41)))
    summaries = {number: summary(number) for number in range(1, 41)}
    catalogue(engine, *((number, summaries[number]) for number in range(1, 31)))
    assert not headers.train_when_due(engine, AT, samples=31)
    assert headers.train_when_due(engine, AT, samples=30)
    assert not headers.train_when_due(engine, AT, samples=30)
    catalogue(engine, *((number, summaries[number]) for number in range(31, 41)))
    with reading(engine) as connection:
        found = headers.read_many(connection, [ReceivedId(number) for number in range(1, 42)])
        used = connection.execute(text("SELECT count(*) FROM header WHERE dictionary_id = 1")).scalar_one()
    assert found == {number: summaries[number].header for number in summaries}
    assert used == 10


def test_the_expected_count_is_the_largest_that_was_announced(engine: Engine) -> None:
    record(engine, arrival(1), arrival(2))
    catalogue(engine, (1, summary(1, NumberOfStudyRelatedInstances="12")))
    catalogue(engine, (2, summary(2, NumberOfStudyRelatedInstances="7")))
    with reading(engine) as connection:
        assert connection.execute(select(study.c.expected_instances)).scalar_one() == 12


def test_other_bytes_under_one_uid_mark_the_study(engine: Engine) -> None:
    record(engine, arrival(1), arrival(2, content="other"))
    catalogue(engine, (1, summary(1)))
    catalogue(engine, (2, summary(1)))
    assert conflict(engine) == [HoldReason.CONFLICTING_COPY]


@pytest.mark.parametrize("elsewhere", [{"series": 2}, {"patient": 2}, {"study": 2}])
def test_one_uid_in_two_places_marks_every_study_concerned(engine: Engine, elsewhere: dict[str, int]) -> None:
    record(engine, arrival(1), arrival(2))
    catalogue(engine, (1, summary(1)))
    catalogue(engine, (2, summary(1, **elsewhere)))  # type: ignore[arg-type]
    assert set(conflict(engine)) == {HoldReason.IDENTITY_CONFLICT}


def test_one_series_in_two_studies_marks_both(engine: Engine) -> None:
    record(engine, arrival(1), arrival(2))
    catalogue(engine, (1, summary(1)), (2, summary(2, study=2)))
    assert conflict(engine) == [HoldReason.IDENTITY_CONFLICT] * 2


def test_a_weaker_conflict_does_not_replace_a_stronger_one(engine: Engine) -> None:
    record(engine, *(arrival(number) for number in range(1, 5)))
    catalogue(engine, (1, summary(1)), (2, summary(1, series=2)))
    catalogue(engine, (3, summary(3)), (4, summary(3)))
    assert conflict(engine) == [HoldReason.IDENTITY_CONFLICT]


def test_objects_that_agree_are_not_marked(engine: Engine) -> None:
    record(engine, *(arrival(number) for number in range(1, 5)))
    catalogue(engine, *((number, summary(number)) for number in range(1, 5)))
    assert conflict(engine) == [""]
    with writing(engine) as connection:
        conflicts.mark(connection, [summary(1)])
    assert conflict(engine) == [""]


def conflict(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(study.c.conflict).order_by(study.c.id)).scalars())


# --- searching --------------------------------------------------------------------------------------------


@pytest.fixture
def hospital(engine: Engine) -> Engine:
    people = {1: "Müller^Anna", 2: "Mueller^Anne", 3: "Okonkwo^Chidi", 4: "O'Brien^Máire"}
    record(engine, *(arrival(number) for number in range(1, 9)))
    catalogue(
        engine,
        *(
            (
                number,
                summary(
                    number,
                    study=number,
                    series=number,
                    patient=(number - 1) % 4 + 1,
                    name=people[(number - 1) % 4 + 1],
                    Modality="CT" if number < 6 else "MR",
                    Manufacturer="ACME" if number % 2 else "Zenith",
                    StudyDate=f"20{10 + number}0101",
                ),
            )
            for number in range(1, 9)
        ),
    )
    return engine


def test_a_patient_is_found_by_identifier(hospital: Engine) -> None:
    with reading(hospital) as connection:
        assert [row.name for row in search.patients(connection, "P3")] == ["Okonkwo^Chidi"]
        assert search.patients(connection, "P%") == []


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("anna muller", "Müller^Anna"),
        ("MULLER ANNA", "Müller^Anna"),
        ("okonkwo", "Okonkwo^Chidi"),
        ("okonqwo chidi", "Okonkwo^Chidi"),
        ("maire obrien", "O'Brien^Máire"),
    ],
)
def test_a_patient_is_found_by_a_name_spelt_otherwise(hospital: Engine, asked: str, first: str) -> None:
    with reading(hospital) as connection:
        found = names.alike(connection, asked)
        rows = search.patients_by_number(connection, [each.patient for each in found])
    assert rows[found[0].patient].name == first


def test_a_name_like_none_finds_nobody(hospital: Engine) -> None:
    with reading(hospital) as connection:
        assert names.alike(connection, "xyzzy") == []
        assert names.alike(connection, "a") == []
        assert names.alike(connection, '" OR "') == []


def test_pages_of_studies_follow_each_other_without_gap_or_repetition(hospital: Engine) -> None:
    with reading(hospital) as connection:
        whole = search.studies(connection, Filter())
        paged = search.studies(connection, Filter(), most=3)
        while len(paged) < 8:
            paged += search.studies(connection, Filter(), (paged[-1].date, paged[-1].number), 3)
    assert [row.number for row in paged] == [row.number for row in whole] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_studies_are_narrowed_by_each_field(hospital: Engine) -> None:
    with reading(hospital) as connection:

        def found(**wanted: object) -> list[int]:
            return [row.number for row in search.studies(connection, Filter(**wanted))]  # type: ignore[arg-type]

        assert found(modality="MR") == [8, 7, 6]
        assert found(modality="M") == []
        assert found(manufacturer="ACME", modality="MR") == [7]
        assert found(first_date="20130101", last_date="20140101") == [4, 3]
        assert found(patient=3) == [7, 3]
        assert found(accession="none") == []


def test_facets_count_studies_by_modality_manufacturer_and_year(hospital: Engine) -> None:
    with reading(hospital) as connection:
        facets = search.facets(connection, Filter(first_date="20140101"))
    assert (facets.studies, facets.instances) == (5, 5)
    assert (facets.modality, facets.manufacturer) == ({"MR": 3, "CT": 2}, {"Zenith": 3, "ACME": 2})
    assert set(facets.year) == {"2014", "2015", "2016", "2017", "2018"}


def test_rows_of_people_show_nothing_when_printed(hospital: Engine) -> None:
    with reading(hospital) as connection:
        shown = repr(search.patients(connection, "P3")) + repr(search.studies(connection, Filter()))
    assert "Okonkwo" not in shown
    assert "1.2.5" not in shown


def test_the_series_of_a_study_are_listed(hospital: Engine) -> None:
    with reading(hospital) as connection:
        assert [(row.modality, row.instances) for row in search.serieses(connection, 8)] == [("MR", 1)]


# --- tracing ----------------------------------------------------------------------------------------------


def test_an_object_is_found_by_number_and_by_digest_prefix(engine: Engine) -> None:
    kept = record(engine, arrival(1), arrival(2))
    with reading(engine) as connection:
        assert timeline.find(connection, "2") == [2]
        assert timeline.find(connection, "received:1") == [1]
        assert timeline.find(connection, kept[1].digest[:9].upper()) == [2]
        assert timeline.find(connection, "99") == []
        assert timeline.find(connection, "zz; drop") == []


def test_the_timeline_tells_arrival_duplicate_and_standing_in_order(engine: Engine) -> None:
    record(engine, arrival(1, projects=()))
    record(engine, replace(arrival(1, projects=()), received_at=arrival(5).received_at))
    with reading(engine) as connection:
        events = timeline.trace(connection, ReceivedId(1))
    assert sorted(event.what for event in events) == ["held", "received", "received again"]
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert digest_of("object 1")[:12] in next(e.detail for e in events if e.what == "received")


def test_the_instance_index_names_the_class(engine: Engine) -> None:
    record(engine, arrival(1))
    catalogue(engine, (1, summary(1)))
    with reading(engine) as connection:
        assert connection.execute(select(instance.c.sop_class)).scalar_one() == CT
