"""What the record promises of answers, pauses, schedules and patients, on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from tests.arrivals import arrival, summary
from tests.requesting import add_cohort, add_fetch, add_request, add_sighting

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.requests import Match, Resolution, Sighting, Verdict
from tirage.store import catalog, ledger, occasions, patients, pauses, sightings
from tirage.store.database import reading, repeated, writing

LUNGS = ProjectName("lungs")
AT = 1_780_000_000_000_000


def sighted(study: str, match: Match = Match.AS_ASKED, verdict: Verdict = Verdict.WANTED) -> Sighting:
    return Sighting(
        archive="pacs",
        study=study,
        patient_id="P1",
        accession="",
        study_date="",
        description="",
        modalities=("CT",),
        manufacturers=(),
        series=None,
        instances=None,
        match=match,
        verdict=verdict,
    )


# --- answers ----------------------------------------------------------------------------------------------


def test_rows_wait_in_windows_until_they_are_answered(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        numbers = [add_request(connection, loaded, row, resolution="") for row in range(2, 7)]
        add_request(connection, add_cohort(connection, "hearts"), 2, resolution="")
    with reading(engine) as connection:
        windows = sightings.windows(connection, LUNGS, 2)
        found = [
            number for window in windows for number, _ in sightings.open_rows(connection, LUNGS, window, 2)
        ]
        assert found == numbers
        assert sightings.counts(connection, LUNGS) == (5, 5)
    for number in numbers:
        with writing(engine) as connection:
            assert sightings.is_open(connection, LUNGS)
            sightings.record(connection, number, Resolution.ABSENT, [], AT)
    with reading(engine) as connection:
        assert not sightings.is_open(connection, LUNGS)
        assert sightings.windows(connection, LUNGS, 2) == []


def test_a_new_answer_takes_the_place_of_the_last(engine: Engine) -> None:
    with writing(engine) as connection:
        number = add_request(connection, add_cohort(connection), 2, resolution="")
        sightings.record(connection, number, Resolution.FOUND, [sighted("1.1"), sighted("1.2")], AT)
        sightings.record(connection, number, Resolution.FOUND, [sighted("1.2"), sighted("1.3")], AT)
        assert [study for study, _, _ in sightings.wanted(connection, LUNGS)] == ["1.2", "1.3"]


def test_wanted_is_what_is_as_asked_passes_the_filters_and_is_not_on_its_way(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        first, second = (add_request(connection, loaded, row, patient_id="P9") for row in (2, 3))
        add_sighting(connection, first, "1.1", patient_id="")
        add_sighting(connection, first, "1.2", match="other-patient")
        add_sighting(connection, first, "1.3", verdict="opted-out")
        add_sighting(connection, second, "1.4")
        add_sighting(connection, second, "1.5")
        add_fetch(connection, "1.5", 1, 0, state="wanted")
        add_fetch(connection, "1.4", 1, 0, state="wanted", project="hearts")
        assert sightings.wanted(connection, LUNGS) == [("1.1", "P9", "pacs"), ("1.4", "PAT-1", "pacs")]
        assert sightings.wanted(connection, LUNGS, [second]) == [("1.4", "PAT-1", "pacs")]
        assert sightings.wanted(connection, LUNGS, []) == []


def test_rows_without_a_wanted_study_are_asked_for_again(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        numbers = [add_request(connection, loaded, row) for row in range(2, 5)]
        add_sighting(connection, numbers[0], "1.1")
        add_sighting(connection, numbers[1], "1.2", match="other-date")
        assert sightings.reopen(connection, LUNGS) == 2
        assert sightings.counts(connection, LUNGS) == (3, 2)


def test_a_study_is_wanted_whole_when_one_row_asks_for_all_of_it(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        for row, series in ((2, "1.1.1"), (3, "1.1.2")):
            add_sighting(connection, add_request(connection, loaded, row, series=series), "1.1")
        assert sightings.only_series(connection, LUNGS, "1.1") == {"1.1.1", "1.1.2"}
        add_sighting(connection, add_request(connection, loaded, 4), "1.1")
        assert sightings.only_series(connection, LUNGS, "1.1") == frozenset()


# --- pauses -----------------------------------------------------------------------------------------------


def test_a_scope_is_paused_once_and_goes_on_once(engine: Engine) -> None:
    scopes = [pauses.of_archive("pacs"), pauses.of_project(LUNGS)]
    assert len(set(scopes)) == 2

    def begin(account: str) -> bool:
        return repeated(engine, lambda connection: pauses.begin(connection, scopes[0], account, AT))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, "abcd")) == [False] * 3 + [True]
    with writing(engine) as connection:
        assert pauses.standing(connection) == {scopes[0]}
        assert not pauses.end(connection, scopes[1])
        assert pauses.end(connection, scopes[0])
        assert pauses.standing(connection) == set()


# --- schedules --------------------------------------------------------------------------------------------


def test_of_workers_that_see_an_occasion_come_due_one_has_it(engine: Engine) -> None:
    def record(due_at: int) -> bool:
        return repeated(engine, lambda each: occasions.record(each, LUNGS, due_at, "CODE"))

    with reading(engine) as connection:
        assert occasions.last(connection, LUNGS) is None
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(record, [AT] * 4)) == [False] * 3 + [True]
    assert record(AT + 1)
    with reading(engine) as connection:
        assert occasions.last(connection, LUNGS) == AT + 1
        assert occasions.last(connection, ProjectName("hearts")) is None


# --- patients ---------------------------------------------------------------------------------------------


def test_a_patient_is_known_by_what_the_projects_cohorts_say_too(engine: Engine) -> None:
    ledger.record(engine, [arrival(1), arrival(2)])
    with writing(engine) as connection:
        catalog.record(connection, [(ReceivedId(1), summary(1)), (ReceivedId(2), summary(2, patient=2))], AT)
        loaded, elsewhere = add_cohort(connection), add_cohort(connection, "hearts")
        add_request(connection, loaded, 2, patient_id="P1", national_id="9434765919")
        add_request(connection, loaded, 3, patient_id="P2")
        add_request(connection, elsewhere, 2, patient_id="P2", national_id="4010232137")
        assert patients.identifiers(connection, LUNGS, [ReceivedId(1), ReceivedId(2)]) == {
            1: {"P1", "9434765919"},
            2: {"P2"},
        }
