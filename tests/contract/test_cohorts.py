"""What the record promises of loaded lists, on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tirage.model.archives import DateRange
from tirage.model.custody import StoreUnavailable
from tirage.model.identifiers import Digest, ProjectName
from tirage.model.requests import CohortKind, Request, Resolution
from tirage.store import cohorts
from tirage.store.cohorts import Cohort, CohortFile
from tirage.store.database import reading, writing
from tirage.store.spool import Spool
from tirage.store.times import micros

PROJECT, OTHER = ProjectName("lung-ct"), ProjectName("other")
DIGEST = Digest("ab" * 32)
LOADED = micros(datetime(2026, 3, 10, 12, tzinfo=UTC))
FULL = Request(
    2,
    "0012",
    "HOSP",
    "9434765919",
    "A1",
    "1.2.3",
    "1.2.3.4",
    date(2019, 4, 3),
    DateRange(date(2019, 1, 1), date(2019, 12, 31)),
    "P1",
    date(2019, 4, 1),
    True,
)


def load(engine: Engine, *requests: Request, project: ProjectName = PROJECT, at: int = LOADED) -> Cohort:
    with writing(engine) as connection:
        added = cohorts.add(connection, project, CohortKind.TABLE, DIGEST, len(requests), at, "account:x")
        cohorts.add_requests(connection, added.id, requests)
    return added


def test_versions_count_up_within_a_project(engine: Engine) -> None:
    loaded = [load(engine, FULL), load(engine), load(engine, project=OTHER)]
    assert [each.version for each in loaded] == [1, 2, 1]
    with reading(engine) as connection:
        assert cohorts.versions(connection, PROJECT) == loaded[:2]
        assert cohorts.newest(connection, PROJECT) == loaded[1]
        assert cohorts.find(connection, PROJECT, 1) == loaded[0]
        assert cohorts.find(connection, PROJECT, 3) is None
        assert cohorts.newest(connection, ProjectName("none")) is None


def test_writers_at_once_get_versions_of_their_own(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        versions = pool.map(lambda _: load(engine).version, range(8))
    assert sorted(versions) == list(range(1, 9))


def test_a_request_is_read_back_as_it_was(engine: Engine) -> None:
    bare = Request(3, "0013")
    number = load(engine, FULL, bare).id
    with reading(engine) as connection:
        kept = list(cohorts.requests(connection, number))
        assert [each.request for each in kept] == [FULL, bare]
        assert {each.resolution for each in kept} == {Resolution.OPEN}
        assert cohorts.resolutions(connection, number) == {"": 2}


def test_many_requests_are_read_page_by_page_in_order_of_row(engine: Engine) -> None:
    number = load(engine, *(Request(row, f"{row}") for row in range(5000, 1, -1))).id
    with reading(engine) as connection:
        assert [each.request.row for each in cohorts.requests(connection, number)] == list(range(2, 5001))


def test_spooled_requests_are_the_same_as_those_added_directly(engine: Engine, tmp_path: Path) -> None:
    listed = [FULL, *(Request(row, f"{row:08}") for row in range(3, 4100))]
    with Spool(tmp_path) as spool:
        for each in listed:
            spool.add(each)
        for _ in range(2):
            with writing(engine) as connection:
                added = cohorts.add(connection, PROJECT, CohortKind.TABLE, DIGEST, 1, LOADED, "x")
                cohorts.add_rows(connection, added.id, spool.pages())
                assert [each.request for each in cohorts.requests(connection, added.id)] == listed


def test_a_load_that_fails_half_way_leaves_nothing(engine: Engine) -> None:
    def load_half() -> None:
        with writing(engine) as connection:
            added = cohorts.add(connection, PROJECT, CohortKind.TABLE, DIGEST, 5000, LOADED, "x")
            cohorts.add_requests(connection, added.id, (Request(row, f"{row}") for row in range(2, 3000)))
            raise StoreUnavailable("in the middle")

    with pytest.raises(StoreUnavailable):
        load_half()
    with reading(engine) as connection:
        assert cohorts.versions(connection, PROJECT) == []
        assert list(cohorts.requests(connection, 1)) == []


def test_files_are_kept_with_their_version(engine: Engine) -> None:
    number = load(engine).id
    files = [CohortFile("a/PERSON.parquet", DIGEST, 5_000_000_000), CohortFile("b.parquet", DIGEST, 1)]
    with writing(engine) as connection:
        cohorts.add_files(connection, number, files)
        assert cohorts.files(connection, number) == files


def test_a_patient_is_known_to_the_day_its_studies_were_last_asked_for(engine: Engine) -> None:
    day = micros(datetime(2026, 1, 5, tzinfo=UTC))
    load(engine, Request(2, "early"), Request(3, "both"), at=day)
    load(
        engine,
        Request(2, "both"),
        Request(3, "closed", dates=DateRange(None, date(2025, 6, 30))),
        Request(4, "ahead", dates=DateRange(None, date(2030, 1, 1))),
        Request(5, "one study", accession="A1"),
        Request(
            6, "one day", study_date=date(2020, 1, 1), dates=DateRange(date(2020, 1, 1), date(2020, 1, 1))
        ),
        Request(7, "issued", "HOSP"),
    )
    load(engine, Request(2, "elsewhere"), project=OTHER)
    with reading(engine) as connection:
        assert cohorts.known(connection, PROJECT) == {
            ("", "early"): date(2026, 1, 5),
            ("", "both"): date(2026, 3, 10),
            ("", "closed"): date(2025, 6, 30),
            ("", "ahead"): date(2026, 3, 10),
            ("HOSP", "issued"): date(2026, 3, 10),
        }


def test_versions_differ_by_what_was_added_is_gone_and_changed(engine: Engine) -> None:
    old = load(
        engine,
        Request(2, "1", accession="A1", participant="P1"),
        Request(3, "2", accession="A2"),
        Request(4, "3", accession="A3"),
    )
    new = load(
        engine,
        Request(2, "3", accession="A3"),
        Request(3, "1", accession="A1", participant="P9"),
        Request(4, "4", accession="A4"),
    )
    with reading(engine) as connection:
        found = cohorts.difference(connection, old.id, new.id)
    assert (found.added, found.gone, found.changed, found.same) == ((4,), (3,), ((2, 3),), 1)


def test_a_patient_is_called_what_the_rows_that_count_say(engine: Engine) -> None:
    load(engine, Request(2, patient_id="0012", participant="OLD"))
    load(
        engine,
        Request(2, patient_id="0012", participant="P1"),
        Request(3, study="1.2.3", participant="P2"),
        Request(4, accession="A4", participant="P4"),
        Request(5, patient_id="0099", study="1.2.9", participant="P9"),
        Request(6, patient_id="0012"),
    )
    with reading(engine) as connection:

        def called(patient: str, study: str = "", accession: str = "") -> frozenset[str]:
            return cohorts.participants(connection, PROJECT, patient, study, accession)

        assert called("0012") == {"P1"}
        assert called("0012", "1.2.3") == {"P1", "P2"}
        assert called("0777", "", "A4") == {"P4"}
        assert called("0777", "1.2.9") == frozenset(), "the row is about another patient"
        assert called("", "", "") == frozenset()
        assert cohorts.participants(connection, OTHER, "0012", "", "") == frozenset()
