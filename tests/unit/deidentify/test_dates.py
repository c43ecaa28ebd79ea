"""Dates move by whole days, and what is no date is blanked."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.deidentify import dates

PLAUSIBLE = st.dates(date(1901, 1, 1), date(2090, 12, 31))
OFFSETS = st.integers(-3650, 3650)


@given(PLAUSIBLE, PLAUSIBLE, OFFSETS)
def test_intervals_between_dates_are_exact(first: date, second: date, days: int) -> None:
    moved = [dates.shift_date(day.strftime("%Y%m%d").encode(), days) for day in (first, second)]
    parsed = [date(int(m[:4]), int(m[4:6]), int(m[6:])) for m in moved]
    assert parsed[1] - parsed[0] == second - first
    assert parsed[0] - first == timedelta(days=days)


@pytest.mark.parametrize(
    "value", [b"20241399", b"20230229", b"1", b"2024", b"2024-01-01", b"20240101-20240201", b"ABCDEFGH", b""]
)
def test_what_is_no_date_is_blanked(value: bytes) -> None:
    assert dates.shift_date(value, 10) == b""


@pytest.mark.parametrize(
    "value", [b"20990101", b"20991231", b"99991231", b"00010101", b"18000101", b"19000101", b"18581117"]
)
def test_a_placeholder_never_becomes_a_plausible_date(value: bytes) -> None:
    assert dates.shift_date(value, -3650) == b""
    assert dates.shift_datetime(value, -3650) == b""


def test_the_old_form_with_points_is_written_in_the_present_form() -> None:
    assert dates.shift_date(b"1997.04.24", 1) == b"19970425"


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        (b"20240228235959.123456+0100", b"20240301235959.123456+0100"),
        (b"20240228", b"20240301"),
        (b"2024022812", b"2024030112"),
        (b"202402", b"202402"),
        (b"2024", b"2024"),
        (b"20240228120000-0500", b"20240301120000-0500"),
    ],
)
def test_a_datetime_keeps_its_time_fraction_zone_and_precision(value: bytes, moved: bytes) -> None:
    assert dates.shift_datetime(value, 2) == moved


@pytest.mark.parametrize("value", [b"20240228256000", b"2024022812+9900", b"2024022", b"20240228 12", b"now"])
def test_what_is_no_datetime_is_blanked(value: bytes) -> None:
    assert dates.shift_datetime(value, 2) == b""


@pytest.mark.parametrize("value", [b"12", b"1230", b"123059", b"235960", b"123059.1", b"123059.123456"])
def test_a_time_stays(value: bytes) -> None:
    assert dates.keep_time(value) == value


@pytest.mark.parametrize(
    "value", [b"1", b"24", b"12:30:59", b"126000", b"12305", b"SMITH", b"123059.1234567", b""]
)
def test_what_is_no_time_is_blanked(value: bytes) -> None:
    assert dates.keep_time(value) == b""


@pytest.mark.parametrize(
    ("value", "capped"),
    [(b"089Y", b"089Y"), (b"090Y", b"090Y"), (b"101Y", b"090Y"), (b"999M", b"999M"), (b"012W", b"012W")],
)
def test_ages_over_89_are_one_category(value: bytes, capped: bytes) -> None:
    assert dates.cap_age(value) == capped


@pytest.mark.parametrize("value", [b"XYZ", b"45Y", b"045", b"", b"045y"])
def test_what_is_no_age_is_blanked(value: bytes) -> None:
    assert dates.cap_age(value) == b""


def test_the_ninetieth_birthday_makes_a_person_over_89() -> None:
    assert not dates.is_over_89(date(1930, 5, 2), date(2020, 5, 1))
    assert dates.is_over_89(date(1930, 5, 2), date(2020, 5, 2))
