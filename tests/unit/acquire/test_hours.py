"""An archive's window of hours."""

from datetime import UTC, datetime, timedelta

import pytest

from tirage.acquire.hours import hours_of


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "hour", "is_open"),
    [
        ("", 3, True),
        ("00:00-00:00", 23, True),
        ("08:00-18:00", 8, True),
        ("08:00-18:00", 18, False),
        ("08:00-18:00", 7, False),
        ("19:00-07:00", 23, True),
        ("19:00-07:00", 2, True),
        ("19:00-07:00", 7, False),
        ("19:00-07:00", 12, False),
    ],
)
def test_a_window_is_open_from_its_first_minute_until_its_last_past_midnight_too(
    window: str, hour: int, is_open: bool
) -> None:
    assert hours_of(window).is_open(at(hour)) is is_open


def test_a_shut_window_says_when_it_opens() -> None:
    assert hours_of("19:00-07:00").opens_in(at(12, 30)) == timedelta(hours=6, minutes=30)
    assert hours_of("08:00-18:00").opens_in(at(20)) == timedelta(hours=12)
    assert hours_of("08:00-18:00").opens_in(at(9)) == timedelta(0)
