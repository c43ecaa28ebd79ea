"""When a schedule comes due."""

from datetime import UTC, datetime

from tirage.acquire.schedule import latest_due, next_due

QUARTERLY = "0 3 1 */3 *"


def at(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_nothing_is_due_before_the_next_occasion() -> None:
    assert latest_due(QUARTERLY, "UTC", at(1, 2), at(3, 31)) is None


def test_an_occasion_is_due_from_its_minute_on() -> None:
    assert latest_due(QUARTERLY, "UTC", at(1, 2), at(4, 1, 3)) == at(4, 1, 3)


def test_an_occasion_that_was_looked_after_is_not_due_again() -> None:
    assert latest_due(QUARTERLY, "UTC", at(4, 1, 3), at(6, 30)) is None


def test_of_several_missed_occasions_the_last_counts() -> None:
    assert latest_due(QUARTERLY, "UTC", at(1, 2), at(11, 5)) == at(10, 1, 3)


def test_the_hour_is_that_of_the_zone_in_summer_too() -> None:
    assert latest_due("0 3 * * *", "Europe/London", at(7, 1), at(7, 1, 2)) == at(7, 1, 2)


def test_the_next_occasion_is_told() -> None:
    assert next_due(QUARTERLY, "UTC", at(11, 5)) == at(1, 1, 3, year=2027)
