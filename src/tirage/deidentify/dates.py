"""What a date, time or age becomes: moved by whole days, kept, capped or blanked; never guessed.

Source: value formats of PS3.5 Table 6.2-1. All functions take and return value bytes without padding; `b""`
means that the value was blanked because it could not be read or could identify.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

OLDEST_YEAR = 1850
"""No imaging, and no patient of it, is older: an earlier year is a placeholder (18000101, 00010101)."""

FIRST_IMPLAUSIBLE_YEAR = 2099
"""Placeholders such as 20991231 and 99991231; moved back by some years they would look like real dates."""

CAPPED_AGE_YEARS = 90
"""Ages above 89 are one category, "90 or older" (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C))."""

_PLACEHOLDERS = frozenset({date(1858, 11, 17), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1)})
"""Zero dates of VMS, Excel and archives; moved, they would be taken for birth dates."""

_DATE = re.compile(rb"(\d{4})(\.?)(\d{2})\2(\d{2})", re.ASCII)
_TIME = re.compile(rb"([01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?", re.ASCII)
_DATETIME = re.compile(
    rb"(\d{4})(?:(\d{2})(?:(\d{2})((?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?)?)?)?"
    rb"([+-](?:0\d|1[0-4])[0-5]\d)?",
    re.ASCII,
)
_AGE = re.compile(rb"(\d{3})([DWMY])", re.ASCII)
_DAYS_A_UNIT = {b"D": 1.0, b"W": 7.0, b"M": 30.436875, b"Y": 365.2425}


def parse_date(value: bytes) -> date | None:
    """The calendar date of one DA value; `None` when it is no date or stands for "unknown".

    The form with points (YYYY.MM.DD) of ACR-NEMA is read as PS3.5 asks of readers.
    """
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    return _plausible(int(match[1]), int(match[3]), int(match[4]))


def shift_date(value: bytes, days: int) -> bytes:
    """One DA value moved by `days`; `b""` for what is no date or a placeholder."""
    found = parse_date(value)
    return b"" if found is None else _moved(found, days)


def shift_datetime(value: bytes, days: int) -> bytes:
    """One DT value moved by `days`, its time, fraction and zone as they were.

    A value without a day keeps its precision: the middle of its month or year is moved and cut again, so it
    may be off by one of its own units.
    """
    match = _DATETIME.fullmatch(value)
    if match is None:
        return b""
    year, month, day, time, zone = match.groups(b"")
    if day:
        found = _plausible(int(year), int(month), int(day))
    elif month:
        found = _plausible(int(year), int(month), 15)
    else:
        found = _plausible(int(year), 7, 1)
    if found is None:
        return b""
    moved = _moved(found, days)
    return moved[: len(year) + len(month) + len(day)] + time + zone if moved else b""


def keep_time(value: bytes) -> bytes:
    """One TM value as it is, since dates move by whole days; `b""` for what is no time."""
    return value if _TIME.fullmatch(value) else b""


def cap_age(value: bytes) -> bytes:
    """One AS value, `090Y` for every age above 89 years; `b""` for what is no age."""
    match = _AGE.fullmatch(value)
    if match is None:
        return b""
    years = int(match[1]) * _DAYS_A_UNIT[match[2]] / _DAYS_A_UNIT[b"Y"]
    return b"%03dY" % CAPPED_AGE_YEARS if years >= CAPPED_AGE_YEARS else value


def is_over_89(birth: date, day: date) -> bool:
    """Whether a person born on `birth` was 90 or older on `day`."""
    return (day.year - birth.year) - ((day.month, day.day) < (birth.month, birth.day)) >= CAPPED_AGE_YEARS


def _plausible(year: int, month: int, day: int) -> date | None:
    if not (OLDEST_YEAR <= year < FIRST_IMPLAUSIBLE_YEAR and 1 <= month <= 12):
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    found = date(year, month, day)
    return None if found in _PLACEHOLDERS else found


def _moved(found: date, days: int) -> bytes:
    moved = found + timedelta(days=days)
    return b"%04d%02d%02d" % (moved.year, moved.month, moved.day)
