"""What becomes of the dates, years, times of day and ages in a text.

Moved dates keep their form. A date that can be read in two ways goes, unless another of the same text tells
which part is the day: a wrong date is worse than none.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache

from tirage.deidentify.dates import CAPPED_AGE_YEARS, FIRST_IMPLAUSIBLE_YEAR, OLDEST_YEAR
from tirage.deidentify.text.fold import fold
from tirage.deidentify.text.months import month_in, months
from tirage.deidentify.text.patterns import Edit, Start
from tirage.policy.words import context

PIVOT = 50
"""Two digits of a year from here on are of the last century."""

_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,6})?)?(?: ?[ap]\.?m\b\.?)?"
_ZONE = r"(?: ?(?:z\b|utc|gmt|[+-](?:0\d|1[0-4]):?[0-5]\d))?"
_END = r"(?![^\W_])"
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_PART = re.compile(r"\d+|[^\W\d_]+")
_CLOCK = re.compile(_TIME + _ZONE + _END)
_PARTIAL = ("day", "month")
"""Forms that are dates behind a preposition alone: `on 4/3`, `in May`."""
_ORDINALS = ("st", "nd", "rd", "th")


class Days(Enum):
    """What a profile does to dates."""

    KEPT = "kept"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text: its form, where it starts, where it and the time behind it end."""

    form: str
    start: int
    date_start: int
    date_end: int
    end: int
    is_birth: bool


def date_edits(
    folded: str, plain: str, starts: Sequence[Start], kind: Days, offset_days: int
) -> Iterator[Edit]:
    """What to do with each date of a text; edits in order, none overlapping another."""
    dates = list(_dates(folded, starts))
    day_first = _order(folded, dates)
    for found in dates:
        if found.form == "time":
            is_kept = kind is not Days.REMOVED
        else:
            is_kept = kind is Days.KEPT and not found.is_birth
        if is_kept:
            yield found.start, found.end, plain[found.start : found.end]
        elif kind is not Days.MOVED or found.is_birth:
            yield found.start, found.end, ""
        else:
            moved = _moved(found, plain, offset_days, day_first)
            behind = plain[found.date_end : found.end]
            # A weekday in front of a moved date would tell the number of days modulo seven.
            yield found.start, found.end, moved + behind if moved else ""


def _dates(folded: str, starts: Sequence[Start]) -> Iterator[Found]:
    triggers, pattern = _triggers(), _pattern()
    end = 0
    for place, (start, word) in enumerate(starts):
        # `AUG1951` begins with a month, too.
        if start < end or not (word[0].isdigit() or word.rstrip("0123456789") in triggers):
            continue
        match = pattern.match(folded, start)
        if match:
            form = next(form for form in _forms() if match[form] is not None)
            if form == "short" and not _is_short_date(match[form]):
                continue
            if form in _PARTIAL and not match["on"]:
                continue
            end = match.end()
            yield Found(form, start, *match.span(form), end, match["born"] is not None)
        elif len(word) > 3 and _YEAR.match(word) and not word[4:].isdigit():
            if len(word) == 4 and _is_year(folded, start, starts[place - 1] if place else (0, "")):
                end = start + 4
                yield Found("year", start, start, end, end, False)
        elif clock := _CLOCK.match(folded, start):
            end = clock.end()
            yield Found("time", start, start, end, end, False)


def _is_year(folded: str, start: int, before: Start) -> bool:
    """Whether four digits are a year, by the word in front and what is behind."""
    behind = folded[start + 4 : start + 6]
    if behind[:1] in ("-", "/", ".") and behind[1:].isdigit():
        return False
    gap = folded[before[0] + len(before[1]) : start]
    if behind.strip()[:1] not in ("", ",", ".", ";", ")", ":", "-", "?", "\n") and _unit_behind().match(
        folded, start + 4
    ):
        return False
    return (before[1] in context("before year") and 0 < len(gap) < 3) or folded[start - 1 : start] == "("


@cache
def _unit_behind() -> re.Pattern[str]:
    return re.compile(rf" ?(?:{'|'.join(sorted(context('unit'), key=len, reverse=True))})\b")


@cache
def _triggers() -> frozenset[str]:
    """Words other than numbers that a date may begin with."""
    names = frozenset(name for name, number in months().items() if number)
    days = context("weekday") | context("short weekday")
    return (
        names
        | days
        | context("born")
        | {"on", "am", "vom", "dated", "le", "op", "del", "d"}
        | {"in", "im", "en"}
    )


@cache
def _forms() -> Mapping[str, str]:
    """The forms of dates, the most telling first."""
    name = "|".join(sorted((name for name, number in months().items() if number), key=len, reverse=True))
    year = r"(?:18|19|20)\d\d"
    return {
        "stamp": r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])(?:[0-5]\d){1,2}"
        r"(?:\.\d{1,6})?(?:[+-](?:0\d|1[0-4])[0-5]\d)?",
        "whole": rf"{year}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
        "year_first": rf"{year}(?P<s1>[-/. ])\d{{1,2}}(?P=s1)\d{{1,2}}",
        "year_last": rf"\d{{1,2}}(?P<s2>[-/. ]|\. )\d{{1,2}}(?P=s2){year}",
        "worded": rf"\d{{1,2}}(?:st|nd|rd|th|er|º|o)?\.?(?:[ /-]| de | of )?(?:{name})\b\.?"
        rf"(?:[ /.,-]{{1,2}}| de )'?(?:{year}|\d\d)"
        rf"|\d{{1,2}}(?:{name})(?:{year}|\d\d)",
        "month_first": rf"(?:{name})\.?[ /.-]?\d{{1,2}}(?:st|nd|rd|th)?(?:, ?| |-|/)(?:{year}|'\d\d)",
        "roman": rf"\d{{1,2}}(?P<s4>[-/. ]|\. ?)(?:i{{1,3}}|i[vx]|vi{{0,3}}|xi{{0,2}})(?P=s4)(?:{year}|\d\d)",
        "ideographic": rf"(?:{year}|\d\d)[年년] ?\d{{1,2}}[月월](?: ?\d{{1,2}}[日일])?[^\W\d_]*",
        "year_word": rf"{year}[ /.,-]?(?:{name})[ /.,-]{{0,2}}\d{{1,2}}",
        "month_year": rf"(?:{name})\.?(?:[ /.,-]{{0,2}}| de | of )'?{year}",
        "day_month": rf"\d{{1,2}}(?:st|nd|rd|th|er)?\.?[ /-]?(?:of )?(?:{name})"
        rf"|(?:{name})\.? ?\d{{1,2}}(?:st|nd|rd|th)?",
        "number_year": r"(?:0?[1-9]|1[0-2])[/-](?:19|20)\d\d|(?:19|20)\d\d[/-](?:0[1-9]|1[0-2])",
        "short": r"\d{1,2}(?P<s3>[-/.])\d{1,2}(?P=s3)\d\d",
        "day": r"\d{1,2}[/.-]\d{1,2}\.?",
        "month": rf"(?:{name})",
        "weekday": "|".join(sorted(context("weekday"))),
    }


@cache
def _pattern() -> re.Pattern[str]:
    born, days = (
        "|".join(sorted(context("born"))),
        "|".join(sorted(context("weekday"), key=len, reverse=True)),
    )
    short = "|".join(sorted(context("short weekday"), key=len, reverse=True))
    before = rf"(?:(?P<born>{born}|d\.o\.b\.?)[ .:=-]{{1,3}}(?:date )?(?:of birth)?[ .:=-]{{0,3}})?"
    on = "on|am|vom|dated|le|op|del|in|im|en|el|il|the"
    day = rf"(?:(?:{days}|{short})\b[.,]* (?:the |den )?)?(?P<on>(?:{on}) )?"
    tail = rf"(?:(?:,? (?:at |um |kl )?|t|_){_TIME}{_ZONE})?"
    plain = {"stamp", "day", "month", "weekday"}
    dated = "|".join(
        f"(?P<{form}>{text})" + (tail if form not in plain else "") for form, text in _forms().items()
    )
    return re.compile(rf"{before}{day}(?:{dated}){_END}")


def _is_short_date(text: str) -> bool:
    """Whether three numbers can be a day, a month and two digits of a year, in any usual order."""
    first, second, third = (int(part) for part in _PART.findall(text))
    return any(
        0 < day < 32 and 0 < month < 13 for day, month in ((first, second), (second, first), (third, second))
    )


def _order(folded: str, dates: Sequence[Found]) -> dict[str, bool]:
    """By separator whether the day comes before the month, where a date of the text tells."""
    told: dict[str, set[bool]] = {}
    for found in dates:
        if found.form == "year_last":
            text = folded[found.date_start : found.date_end]
            first, second, _ = (int(part) for part in _PART.findall(text))
            if first > 12 or second > 12:
                told.setdefault(text.lstrip("0123456789")[0], set()).add(first > 12)
    return {separator: answers.pop() for separator, answers in told.items() if len(answers) == 1}


def _moved(found: Found, plain: str, days: int, day_first: Mapping[str, bool]) -> str:
    """The text of a date after moving it; empty when it cannot be read for sure."""
    text = plain[found.date_start : found.date_end]
    before = plain[found.start : found.date_start]
    lead = (
        before
        if before.strip().lower() in ("in", "on", "am", "im", "vom", "dated", "le", "op", "del", "en", "the")
        else ""
    )
    if found.form in ("stamp", "whole"):
        moved = _shift(int(text[:4]), int(text[4:6]), int(text[6:8]), days)
        return f"{lead}{moved:%Y%m%d}{text[8:]}" if moved else ""
    parts = _PART.findall(text)
    places = _read(found.form, parts, text, day_first)
    if places is None:
        return ""
    y, m, d = places
    year = int(parts[y])
    if len(parts[y]) == 2:
        year += 1900 if year >= PIVOT else 2000
    month = 7 if m is None else int(parts[m]) if parts[m].isdigit() else months()[fold(parts[m])]
    day = int(parts[d]) if d is not None else 1 if m is None else 15
    moved = _shift(year, month, day, days)
    if moved is None:
        return ""
    changes = {y: f"{moved.year:04d}"[-len(parts[y]) :]}
    if m is not None:
        changes[m] = _month(parts[m], moved.month)
    if d is not None:
        is_padded = len(parts[d]) == 2 and (parts[d][0] == "0" or (m is not None and parts[m].isdigit()))
        changes[d] = f"{moved.day:02d}" if is_padded else f"{moved.day}"
    return lead + _written(text, changes, moved.day if d is not None else 0)


def _read(
    form: str, parts: Sequence[str], text: str, day_first: Mapping[str, bool]
) -> tuple[int, int | None, int | None] | None:
    """Places of year, month and day among the parts of a date; None when they cannot be told."""
    words = [place for place, part in enumerate(parts) if fold(part) in months()]
    numbers = [place for place, part in enumerate(parts) if part.isdigit()]
    match form:
        case "year":
            return 0, None, None
        case "year_first":
            return 0, 1, 2
        case "year_last":
            separator = text.lstrip("0123456789")[0]
            first, second = int(parts[0]), int(parts[1])
            if second > 12 or (first <= 12 and first != second and day_first.get(separator) is False):
                return 2, 0, 1
            is_told = first > 12 or first == second or separator == "." or separator in day_first
            return (2, 1, 0) if is_told else None
        case "worded" | "month_first":
            return numbers[-1], words[0], numbers[0]
        case "year_word":
            return numbers[0], words[0], numbers[-1]
        case "month_year":
            return numbers[0], words[0], None
        case "number_year":
            year = 0 if len(parts[0]) == 4 else 1
            return year, 1 - year, None
    return None


def _shift(year: int, month: int, day: int, days: int) -> date | None:
    if not (OLDEST_YEAR <= year < FIRST_IMPLAUSIBLE_YEAR and 1 <= month <= 12):
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return date(year, month, day) + timedelta(days=days)


def _month(before: str, number: int) -> str:
    if before.isdigit():
        return f"{number:02d}" if len(before) == 2 else f"{number}"
    name = month_in(fold(before), number)
    return name.upper() if before.isupper() else name.capitalize() if before[0].isupper() else name


def _written(text: str, changes: Mapping[int, str], day: int) -> str:
    """The date with some of its parts changed, and the English ending of its day with it."""
    parts = iter(range(len(text)))

    def changed(match: re.Match[str]) -> str:
        place = next(parts)
        if day and place not in changes and fold(match[0]) in _ORDINALS:
            ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
            return ending.upper() if match[0].isupper() else ending
        return changes.get(place, match[0])

    return _PART.sub(changed, text)


_OLD = re.compile(r"(?<!\d)0?(?:9\d|1[0-4]\d)(?!\d)")


def age_edits(folded: str) -> Iterator[Edit]:
    """Ages above 89 years as "90", their one category (45 CFR 164.514(b)(2)(i)(C))."""
    if _OLD.search(folded):
        for match in _ages().finditer(folded):
            group = match.lastgroup or "a"
            yield (*match.span(group), str(CAPPED_AGE_YEARS))


@cache
def _ages() -> re.Pattern[str]:
    years, labels, person = (
        "|".join(sorted(context(kind), key=len, reverse=True))
        for kind in ("year unit", "age label", "person")
    )
    number = r"(?:9\d|1[0-4]\d)"
    return re.compile(
        rf"(?<![^\W_])(?<!\d[.,])0?(?P<a>{number})(?=[ -]{{0,2}}(?:{years}|y/o|y\.o)\b)"
        rf"|(?<![^\W_])(?:{labels})(?: of)?[ :=]{{1,2}}0?(?P<b>{number})(?![^\W_]|[.,]\d|%)"
        rf"|(?<![^\W_])(?<!\d[.,])(?<!-)(?P<c>{number})(?= ?(?:{person})\b)"
    )
