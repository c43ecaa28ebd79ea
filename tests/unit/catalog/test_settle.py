"""A study is complete when everything announced came, or nothing came for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from tirage.catalog.settle import Arrivals, Completeness, Completion, completeness, expected_instances

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
RULE = Completion(quiet=timedelta(seconds=60))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_a_study_still_arriving_waits() -> None:
    assert completeness(Arrivals(3, ago(59)), RULE, NOW) is Completeness.ARRIVING


def test_a_quiet_study_is_complete() -> None:
    assert completeness(Arrivals(3, ago(60)), RULE, NOW) is Completeness.COMPLETE


def test_a_study_with_all_it_expects_waits_only_briefly() -> None:
    assert completeness(Arrivals(3, ago(3), expected=3), RULE, NOW) is Completeness.COMPLETE
    assert completeness(Arrivals(3, ago(1), expected=3), RULE, NOW) is Completeness.ARRIVING


def test_a_study_short_of_what_it_expects_is_complete_after_the_quiet_time() -> None:
    assert completeness(Arrivals(2, ago(30), expected=3), RULE, NOW) is Completeness.ARRIVING
    assert completeness(Arrivals(2, ago(60), expected=3), RULE, NOW) is Completeness.COMPLETE


def test_a_settled_study_stays_settled() -> None:
    assert completeness(Arrivals(3, ago(90), settled_at=ago(20)), RULE, NOW) is Completeness.SETTLED


def test_an_instance_after_settling_amends_the_study_once_it_is_quiet_again() -> None:
    late = Arrivals(4, ago(10), settled_at=ago(600))
    assert completeness(late, RULE, NOW) is Completeness.ARRIVING
    assert completeness(late, RULE, NOW + timedelta(seconds=50)) is Completeness.AMENDED


def test_a_clock_that_went_back_never_begins_early() -> None:
    assert completeness(Arrivals(3, NOW + timedelta(hours=1)), RULE, NOW) is Completeness.ARRIVING


@pytest.mark.parametrize(
    ("announced", "expected"),
    [([], None), (["3"], 3), ([" 12 ", "7"], 12), (["", "x", "-1", "0", "1.5", "²"], None)],
)
def test_only_positive_whole_numbers_announce_anything(announced: list[str], expected: int | None) -> None:
    assert expected_instances(announced) == expected
