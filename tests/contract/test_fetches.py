"""What the record promises of studies on their way, on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, update
from tests.arrivals import arrival

from tirage.acquire.outcome import SERIES_UNKNOWN
from tirage.model.archives import InstanceAnswer
from tirage.model.identifiers import ProjectName, Uid
from tirage.model.requests import FetchState
from tirage.store import fetches, ledger
from tirage.store.database import reading, repeated, writing
from tirage.store.fetches import Fetch
from tirage.store.requested import fetch

LUNGS, HEARTS = ProjectName("lungs"), ProjectName("hearts")
BOTH = [LUNGS, HEARTS]
AT = 1_780_000_000_000_000
SECOND = 1_000_000


def want(
    engine: Engine, *studies: str, project: ProjectName = LUNGS, archive: str = "pacs", priority: int = 5
) -> int:
    with writing(engine) as connection:
        pairs = [(Uid(study), "P1") for study in studies]
        return fetches.want(connection, project, pairs, archive, priority, AT)


def claim(engine: Engine, run: str, now: int = AT) -> Fetch | None:
    return repeated(engine, lambda connection: fetches.claim(connection, "pacs", BOTH, now, run))


def claimed(engine: Engine, run: str) -> Fetch:
    found = claim(engine, run)
    assert found is not None
    return found


def put_down(engine: Engine, one: Fetch, run: str, state: FetchState, **changes: object) -> None:
    with writing(engine) as connection:
        fetches.put_down(connection, one.id, run, AT, state=state.value, **changes)


def standing(engine: Engine, project: ProjectName = LUNGS) -> dict[FetchState, int]:
    with reading(engine) as connection:
        return fetches.standing(connection, project)


def test_a_study_is_wanted_once_however_often_it_is_requested(engine: Engine) -> None:
    assert want(engine, "1.1", "1.2", "1.1") == 2
    assert want(engine, "1.2", "1.3", archive="other", priority=1) == 1
    assert want(engine, "1.1", project=HEARTS) == 1
    assert standing(engine) == {FetchState.WANTED: 3}


def test_the_most_urgent_is_first_and_the_oldest_of_these(engine: Engine) -> None:
    want(engine, "1.1", "1.2")
    want(engine, "1.3", project=HEARTS, priority=1)
    want(engine, "1.4", archive="other", priority=1)
    with reading(engine) as connection:
        due = fetches.due(connection, "pacs", BOTH, AT, 10)
        assert [each.study for each in due] == ["1.3", "1.1", "1.2"]
        assert [each.study for each in fetches.due(connection, "pacs", BOTH, AT, 1)] == ["1.3"]
        assert fetches.due(connection, "pacs", BOTH, AT - 1, 10) == []
        assert fetches.due(connection, "pacs", [], AT, 10) == []
    assert [claimed(engine, run).study for run in ("a", "b", "c")] == ["1.3", "1.1", "1.2"]
    assert claim(engine, "d") is None


def test_a_run_finds_its_own_study_again_even_before_more_urgent_ones(engine: Engine) -> None:
    want(engine, "1.1")
    first = claimed(engine, "a")
    want(engine, "1.2", priority=1)
    assert claimed(engine, "a").id == first.id
    assert claimed(engine, "b").study == "1.2"


def test_workers_that_look_at_once_take_different_studies(engine: Engine) -> None:
    want(engine, *(f"1.{number}" for number in range(20)))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: claim(engine, f"run-{number}"), range(20)))
    taken = [each.study for each in found if each is not None]
    assert len(taken) == len(set(taken))
    # A look may pass by rows that others are just taking, never by ones that nobody is at.
    left = 20 - len(taken)
    assert [claim(engine, f"late-{number}") is not None for number in range(left + 1)] == [True] * left + [
        False
    ]


def test_a_study_that_waits_is_not_taken_before_its_time(engine: Engine) -> None:
    want(engine, "1.1")
    one = claimed(engine, "a")
    put_down(engine, one, "a", FetchState.WANTED, due_at=AT + SECOND, attempts=1)
    assert claim(engine, "b") is None
    with reading(engine) as connection:
        assert fetches.is_waiting(connection, "pacs", BOTH, attempts=2)
        assert not fetches.is_waiting(connection, "pacs", BOTH, attempts=1), "tried in vain often enough"
    again = claim(engine, "b", AT + SECOND)
    assert again is not None
    assert (again.id, again.attempts) == (one.id, 1)


def test_only_the_run_that_is_at_a_study_puts_it_down(engine: Engine) -> None:
    want(engine, "1.1")
    one = claimed(engine, "a")
    put_down(engine, one, "b", FetchState.COMPLETE)
    assert standing(engine) == {FetchState.WANTED: 1}
    put_down(engine, one, "a", FetchState.COMPLETE, expected=2, received=2)
    assert standing(engine) == {FetchState.COMPLETE: 1}
    with reading(engine) as connection:
        assert fetches.instances(connection, LUNGS) == (2, 2)
        assert not fetches.is_left(connection, LUNGS)


def test_what_is_cancelled_while_a_run_is_at_it_stays_cancelled(engine: Engine) -> None:
    want(engine, "1.1", "1.2")
    want(engine, "1.1", project=HEARTS)
    one = claimed(engine, "a")
    with writing(engine) as connection:
        assert fetches.cancel(connection, LUNGS, AT) == 2
    put_down(engine, one, "a", FetchState.COMPLETE)
    assert standing(engine) == {FetchState.CANCELLED: 2}
    assert standing(engine, HEARTS) == {FetchState.WANTED: 1}
    assert claimed(engine, "b").project == HEARTS


def test_a_run_that_is_over_leaves_no_claim_whatever_became_of_its_study(engine: Engine) -> None:
    want(engine, "1.1", "1.2")
    claimed(engine, "a")
    other = claimed(engine, "b")
    with writing(engine) as connection:
        fetches.cancel(connection, LUNGS, AT)
        fetches.let_go(connection, "a")
        assert fetches.retry(connection, LUNGS, "pacs", AT) == 2
    assert claimed(engine, "c").study == "1.1"
    assert claimed(engine, "b").id == other.id


@pytest.mark.parametrize(
    "state", [FetchState.PARTIAL, FetchState.ABSENT, FetchState.REFUSED, FetchState.CANCELLED]
)
def test_what_was_given_up_can_be_wanted_again_from_the_first_archive_on(
    engine: Engine, state: FetchState
) -> None:
    want(engine, "1.1", "1.2")
    put_down(engine, claimed(engine, "a"), "a", state, archive="last", attempts=5, detail="0xA702")
    put_down(engine, claimed(engine, "a"), "a", FetchState.COMPLETE)
    with writing(engine) as connection:
        assert fetches.retry(connection, LUNGS, "pacs", AT) == 1
        assert fetches.retry(connection, HEARTS, "pacs", AT) == 0
    again = claimed(engine, "b")
    assert (again.study, again.archive, again.attempts) == ("1.1", "pacs", 0)


def test_a_decision_wants_again_what_waited_for_it_and_nothing_else(engine: Engine) -> None:
    want(engine, "1.1", "1.2")
    put_down(engine, claimed(engine, "a"), "a", FetchState.COMPLETE, detail=SERIES_UNKNOWN)
    put_down(engine, claimed(engine, "a"), "a", FetchState.COMPLETE)
    with writing(engine) as connection:
        assert fetches.decided(connection, LUNGS, AT) == 1
    assert claimed(engine, "b").study == "1.1"


def test_a_study_that_is_withdrawn_is_not_taken(engine: Engine) -> None:
    want(engine, "1.1", "1.2")
    with writing(engine) as connection:
        fetches.withdraw(connection, LUNGS, ["1.1"], AT)
    assert claimed(engine, "a").study == "1.2"
    assert claim(engine, "b") is None


def test_an_archive_is_not_asked_more_often_in_a_minute_than_it_allows(engine: Engine) -> None:
    want(engine, "1.1")
    number = claimed(engine, "a").id

    def ask(at: int, archive: str = "pacs") -> int | None:
        return repeated(engine, lambda each: fetches.begin_asking(each, number, archive, 1, 3, at))

    with ThreadPoolExecutor(8) as pool:
        notes = list(pool.map(lambda delay: ask(AT + delay), range(16)))
    assert sum(note is not None for note in notes) == 3
    assert ask(AT, "other") is not None
    assert ask(AT + fetches.MINUTE - 1) is None
    assert ask(AT + fetches.MINUTE + 16) is not None
    with reading(engine) as connection:
        assert fetches.times_asked(connection, number) == 5


def test_what_is_expected_grows_and_what_is_in_keeping_is_not_missing(engine: Engine) -> None:
    want(engine, "1.1")
    number = claimed(engine, "a").id
    listed = [InstanceAnswer(Uid("1.5"), Uid(f"1.2.3.{each}"), Uid("1.9")) for each in (1, 2, 3)]
    with writing(engine) as connection:
        fetches.expect(connection, number, listed[:2])
        fetches.expect(connection, number, listed)
        fetches.expect(connection, number, [])
        assert fetches.missing(connection, number) == listed
    ledger.record(engine, [arrival(2, projects=())])
    with reading(engine) as connection:
        assert fetches.missing(connection, number) == [listed[0], listed[2]]
        assert fetches.expected_count(connection, number) == 3


def test_a_claim_outlives_everything_but_its_run(engine: Engine) -> None:
    want(engine, "1.1")
    one = claimed(engine, "a")
    with writing(engine) as connection:
        connection.execute(update(fetch).values(priority=1))
        fetches.let_go(connection, "another")
        assert connection.execute(select(fetch.c.claim)).scalar_one() == "a"
    assert claimed(engine, "a").id == one.id
