"""A day is taken when it can be one day alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.cohort.dates import Day, Order, read_date, tells_order
from tirage.model.cohorts import Fault, Hint
from tirage.model.tables import Cell, CellKind

DAY = date(2019, 4, 3)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_comes_through_every_form(day: date) -> None:
    forms = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", f"{day:%d.%m.%Y}", f"{day:%d-%b-%Y}"]
    assert {read_date(Cell(form), None).value for form in forms} == {day}
    assert read_date(Cell(f"{day:%d/%m/%Y}"), Order.DAY).value == day
    assert read_date(Cell(f"{day:%m/%d/%Y}"), Order.MONTH).value == day


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_without_an_order_a_day_is_itself_or_ambiguous(day: date) -> None:
    read = read_date(Cell(f"{day:%d/%m/%Y}"), None)
    is_clear = day.day > 12 or day.day == day.month
    assert read == (Day(day) if is_clear else Day(fault=Fault.AMBIGUOUS_DATE))


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2019",
        "03/04/19",
        "2019",
        "20191340",
        "April",
        "2019-04",
        "00/00/2019",
        "43558",
        "2019-04-03T25",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    assert read_date(Cell(text), Order.DAY) == Day(fault=Fault.BAD_DATE)


@pytest.mark.parametrize("text", ["2019-04-03T09:30:00", "2019-04-03 09:30", "03/04/2019 9:30 PM"])
def test_a_time_of_day_is_left_out_and_noted(text: str) -> None:
    assert read_date(Cell(text), Order.DAY) == Day(DAY, None, (Hint.TIME_DROPPED,))


def test_midnight_is_no_time() -> None:
    assert read_date(Cell("2019-04-03 00:00:00.000"), None) == Day(DAY)


def test_cells_that_are_days_or_digits_are_taken_and_serial_numbers_are_not() -> None:
    assert read_date(Cell("2019-04-03", CellKind.DATE), None).value == DAY
    assert read_date(Cell("20190403", CellKind.NUMBER), None).value == DAY
    assert read_date(Cell("43558", CellKind.NUMBER), None).fault is Fault.BAD_DATE
    assert read_date(Cell("True", CellKind.FLAG), None).fault is Fault.BAD_DATE


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("13/04/2019", Order.DAY),
        ("04-13-2019", Order.MONTH),
        ("03/04/2019", None),
        ("13.04.2019", None),
        ("13/14/2019", None),
        ("2019-04-13", None),
        ("13/04/2019 10:00", Order.DAY),
    ],
)
def test_a_day_above_twelve_tells_the_order(text: str, order: Order | None) -> None:
    assert tells_order(Cell(text)) is order
