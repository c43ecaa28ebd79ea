"""Days as people and spreadsheets write them; one that could be two is none."""

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from tirage.acquire.cohort.identifiers import says_nothing, trimmed
from tirage.model.cohorts import Fault, Hint
from tirage.model.tables import Cell, CellKind

_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})", re.ASCII)
_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_ORDERED = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})", re.ASCII)
_NAMED = re.compile(r"([0-9]{1,2})[- ]([A-Za-z]{3,9})\.?[- ,]{1,2}([0-9]{4})", re.ASCII)
_TIME = re.compile(
    r"[T ]\s*([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)(?:\s?[AaPp][Mm])?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Order(StrEnum):
    """What comes first in 03/04/2019."""

    DAY = "day"
    MONTH = "month"


class Day(NamedTuple):
    """What a cell says: no value when it says nothing, or when `fault` says why it cannot be taken."""

    value: date | None = None
    fault: Fault | None = None
    hints: tuple[Hint, ...] = ()

    def __repr__(self) -> str:
        return "<Day, hidden>"


NO_DAY = Day()
_BAD = Day(fault=Fault.BAD_DATE)


def read_date(cell: Cell, order: Order | None) -> Day:
    """The day of a cell; `order` is that of its column, none when no row of it tells."""
    text = trimmed(cell.text)
    if not text:
        return NO_DAY
    if cell.kind in (CellKind.FLAG, CellKind.OTHER):
        return _BAD
    found = _DIGITS.fullmatch(text)
    if found:
        return _day(found[1], found[2], found[3])
    if cell.kind in (CellKind.NUMBER, CellKind.INTEGER):
        return _BAD
    if says_nothing(text):
        return Day(hints=(Hint.READ_AS_EMPTY,))
    text, hints = _without_time(text)
    return _written(text, order)._replace(hints=hints)


def tells_order(cell: Cell) -> Order | None:
    """The order that 13/04/2019 or 04/13/2019 tells of its whole column; none when it tells none."""
    if cell.kind is not CellKind.TEXT or not ("/" in cell.text or "-" in cell.text):
        return None
    found = _ORDERED.fullmatch(_without_time(trimmed(cell.text))[0])
    if found is None or found[2] == ".":
        return None
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return Order.DAY
    return Order.MONTH if second > 12 >= first else None


def _without_time(text: str) -> tuple[str, tuple[Hint, ...]]:
    place = text.find(":")
    if place < 0:
        return text, ()
    start = max(text.rfind("T", 0, place), text.rfind(" ", 0, place))
    time = _TIME.fullmatch(text, start) if start > 0 else None
    if time is None:
        return text, ()
    return text[:start].rstrip(), (Hint.TIME_DROPPED,) if time[1].strip("0:.,") else ()


def _written(text: str, order: Order | None) -> Day:
    found = _ISO.fullmatch(text)
    if found:
        return _day(found[1], found[3], found[4])
    found = _ORDERED.fullmatch(text)
    if found:
        return _ordered(int(found[1]), int(found[3]), found[4], Order.DAY if found[2] == "." else order)
    found = _NAMED.fullmatch(text)
    if found and found[2][:3].lower() in _MONTHS:
        return _day(found[3], _MONTHS.index(found[2][:3].lower()) + 1, found[1])
    return _BAD


def _ordered(first: int, second: int, year: str, order: Order | None) -> Day:
    if first > 12 or second > 12 or first == second:
        is_month_first = second > 12
    elif order is None:
        return Day(fault=Fault.AMBIGUOUS_DATE)
    else:
        is_month_first = order is Order.MONTH
    return _day(year, first, second) if is_month_first else _day(year, second, first)


def _day(year: str, month: str | int, day: str | int) -> Day:
    try:
        return Day(date(int(year), int(month), int(day)))
    except ValueError:
        return _BAD
