"""Who is asked next for a study, and when."""

from datetime import timedelta

from tirage.acquire.turn import Answer, Patience, Turn, next_turn
from tirage.model.requests import FetchState

ARCHIVES = ("vna", "pacs")
PATIENCE = Patience(attempts=3)


def turn(answer: Answer, archive: str = "vna", attempts: int = 0) -> Turn:
    return next_turn(answer, archive, attempts, ARCHIVES, PATIENCE)


def test_a_study_is_complete_when_nothing_is_missing_whatever_the_archive_said() -> None:
    assert turn(Answer(expected=5, missing=0, arrived=0, is_final=True)).state is FetchState.COMPLETE


def test_what_arrived_in_part_is_topped_up_at_once_and_the_count_begins_anew() -> None:
    assert turn(Answer(expected=5, missing=2, arrived=3), attempts=2) == Turn(FetchState.WANTED, "vna")


def test_success_with_nothing_sent_is_asked_again_after_ever_longer_waits() -> None:
    first = turn(Answer(expected=5, missing=5, arrived=0))
    second = turn(Answer(expected=5, missing=5, arrived=0), attempts=first.attempts)
    assert (first.state, first.archive, first.wait) == (FetchState.WANTED, "vna", timedelta(seconds=5))
    assert second.wait == timedelta(seconds=10)


def test_the_second_archive_is_asked_when_the_first_was_asked_often_enough() -> None:
    assert turn(Answer(expected=5, missing=5, arrived=0), attempts=2) == Turn(FetchState.WANTED, "pacs")


def test_the_second_archive_is_asked_at_once_when_the_first_refuses_or_has_nothing() -> None:
    assert turn(Answer(expected=0, missing=0, arrived=0, is_final=True)) == Turn(FetchState.WANTED, "pacs")


def test_after_the_last_archive_a_study_is_absent_refused_or_partial() -> None:
    last = {"archive": "pacs", "attempts": 2}
    assert turn(Answer(0, 0, 0, is_final=True), **last).state is FetchState.ABSENT
    assert turn(Answer(5, 5, 0), **last).state is FetchState.REFUSED
    assert turn(Answer(5, 2, 0), **last).state is FetchState.PARTIAL


def test_an_archive_that_is_no_longer_named_gives_its_turn_to_the_first() -> None:
    assert turn(Answer(5, 5, 0, is_final=True), archive="gone") == Turn(FetchState.WANTED, "vna")


def test_no_wait_is_longer_than_the_longest() -> None:
    assert Patience(attempts=10_000).wait(9_999) == Patience().longest_wait


def test_an_archive_that_cannot_be_asked_says_nothing_about_the_study() -> None:
    answer = Answer(expected=0, missing=0, arrived=0, is_unasked=True)
    assert turn(answer, attempts=1_000) == Turn(FetchState.WANTED, "vna", 1_001, Patience().longest_wait)
