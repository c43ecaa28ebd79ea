"""What becomes of the dates, years, times of day and ages in a text.

Moved dates keep their form. A date that can be read in two ways goes, unless another of the same text tells
which part is the day: a wrong date is worse than none.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from functools import cache

from tirage.deidentify.dates import CAPPED_AGE_YEARS, FIRST_IMPLAUSIBLE_YEAR, OLDEST_YEAR
from tirage.deidentify.text.fold import fold
from tirage.deidentify.text.months import month_in, months

Edit = tuple[int, int, str]
"""Start and end in the text, and what stands there then."""


class Days(Enum):
    """What a profile does to dates."""

    KEPT = "kept"
    MOVED = "moved"
    REMOVED = "removed"


_NO_WORD = r"(?<![^\W_])"
_END = r"(?![^\W_])"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,6})?)?(?: ?[ap]\.?m\b\.?)?"
_ZONE = r"(?: ?(?:z|utc|gmt|[+-](?:0\d|1[0-4]):?[0-5]\d))?"
_WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
    "|lunes|martes|miercoles|jueves|viernes|sabado|domingo|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica"
)
_BORN = r"(?:born|birth|dob|d\.o\.b\.?|birthdate|birthday|geb|geboren|nee?|naissance|nacid[oa]|nacimiento|nat[oa]|nascita)"
_BEFORE_YEAR = (
    r"in|since|from|of|year|dated|until|til|till|to|before|after|early|late|mid|post|around|circa|summer|winter|autumn|fall|spring"
    r"|im|seit|jahr|jahre|en|depuis|vanaf|sinds|jaar|desde|ano|nel|dal|anno|status|prior|previous|hx|history|and|scan|ct|mri|xr|pet"
)


@cache
def _pattern() -> re.Pattern[str]:
    """All forms, the most telling first; each group's name says which one."""
    names = "|".join(sorted((name for name, number in months().items() if number), key=len, reverse=True))
    forms = {
        "stamp": r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])(?:[0-5]\d){1,2}(?:\.\d{1,6})?"
        r"(?:[+-](?:0\d|1[0-4])[0-5]\d)?",
        "whole": r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
        "year_first": r"(?:18|19|20)\d{2}(?P<s1>[-/. ])\d{1,2}(?P=s1)\d{1,2}",
        "year_last": r"\d{1,2}(?P<s2>[-/. ]|\. )\d{1,2}(?P=s2)(?:18|19|20)\d{2}",
        "worded": rf"\d{{1,2}}(?:st|nd|rd|th|er|\.|º|o)?(?:[ \-/.,]| ?de |\. | of )?(?:{names})\.?(?:[ \-/.,]+| de |\. |, )?'?(?:(?:18|19|20)\d{{2}}|\d{{2}})",
        "month_first": rf"(?:{names})\.?[ \-/.]*\d{{1,2}}(?:st|nd|rd|th)?(?:, ?| |-|/)+(?:(?:18|19|20)\d{{2}}|'\d{{2}})",
        "year_word": rf"(?:18|19|20)\d{{2}}[ \-/.,]*(?:{names})[ \-/.,]*\d{{1,2}}",
        "month_year": rf"(?:{names})\.?(?:[ \-/.,]*|[ ]de[ ]|[ ]of[ ])'?(?:(?:18|19|20)\d{{2}})",
        "day_month": rf"\d{{1,2}}(?:st|nd|rd|th|er|\.)?[ \-/]?(?:of )?(?:{names})|(?:{names})\.? ?\d{{1,2}}(?:st|nd|rd|th)?",
        "number_year": r"(?:0?[1-9]|1[0-2])[/-](?:19|20)\d{2}|(?:19|20)\d{2}[/-](?:0[1-9]|1[0-2])",
        "short": r"\d{1,2}(?P<s3>[-/.])\d{1,2}(?P=s3)\d{2}",
        "in_month": rf"(?<=\bin )(?:{names})|(?<=\bim )(?:{names})|(?<=\bsince )(?:{names})|(?<=\ben )(?:{names})|(?<=\blast )(?:{names})",
        "year": rf"(?:(?:{_BEFORE_YEAR})[ .:/'-]{{1,2}}|\()(?P<y>(?:18|19|20)\d{{2}})(?![-/.]?\d| ?(?:ms|msec|hu|mm|hz|sec|s|images|slices|ml|mg|cgy|gy|mbq|um|cm|mcg|iu|x)\b)",
        "weekday": _WEEKDAYS,
        "day": r"(?:on|am|vom|dated|le|op|del|seit)[ ](?:the )?\d{1,2}[/.-]\d{1,2}\.?",
    }
    tail = rf"(?:(?:,? (?:at |um |a las |kl |om )?|t|_){_TIME}{_ZONE})?"
    dated = "|".join(
        f"(?P<{name}>{form})" + (tail if name not in ("stamp", "year", "weekday", "day", "in_month") else "")
        for name, form in forms.items()
    )
    return re.compile(
        rf"{_NO_WORD}(?:(?P<born>{_BORN})[ .:=-]{{0,3}}(?:on |am |le |the |el |il )?)?(?:(?:{_WEEKDAYS}|mon|tues?|wed|thurs?|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[.,]* (?:the |den )?)?(?:{dated}){_END}"
        rf"|{_NO_WORD}(?P<time>{_TIME}){_ZONE}{_END}"
    )


def date_edits(folded: str, plain: str, kind: Days, offset_days: int) -> Iterator[Edit]:
    """What to do with each date of a text; edits in order, none overlapping another."""
    matches = list(_pattern().finditer(folded))
    day_first = _order(matches)
    for match in matches:
        start, end = match.span()
        if match["time"]:
            if kind is Days.REMOVED:
                yield start, end, ""
            else:
                yield start, end, plain[start:end]
            continue
        if match["year"]:
            start, end = match.span("y")
        if kind is Days.KEPT and not match["born"]:
            yield start, end, plain[start:end]
        elif kind is Days.REMOVED or match["born"]:
            yield start, end, ""
        else:
            yield start, end, _moved(match, plain, offset_days, day_first)


def _order(matches: list[re.Match[str]]) -> dict[str, bool]:
    """By separator whether the day comes before the month, where a date of the text tells."""
    told: dict[str, set[bool]] = {}
    for match in matches:
        if match["year_last"]:
            first, second = (int(part) for part in re.findall(r"\d+", match["year_last"])[:2])
            if first > 12 or second > 12:
                told.setdefault(match["s2"], set()).add(first > 12)
    return {separator: answers.pop() for separator, answers in told.items() if len(answers) == 1}


def _moved(match: re.Match[str], plain: str, days: int, day_first: dict[str, bool]) -> str:
    """The text of a date after moving it; empty when it cannot be read for sure."""
    name = match.lastgroup if match.lastgroup not in ("s1", "s2", "s3", "y", "born") else None
    form = next(
        (key for key in ("stamp", "whole", "year_first", "year_last", "worded", "month_first", "year_word",
                         "month_year", "number_year", "year") if match[key]),
        name,
    )  # fmt: skip
    if form is None or match[form] is None:
        return ""
    if form == "year":
        year, _ = _shift(int(match["y"]), 7, 1, days) or (0, None)
        return f"{year:04d}" if year else ""
    start, end = match.span(form)
    before = plain[start:end]
    rest = plain[end : match.end()]
    parts = re.findall(r"\d+|[^\W\d_]+", before)
    places = _read(form, parts, day_first.get(match["s2"] or ""), match["s2"])
    if places is None:
        return ""
    y, m, d = places
    year = int(parts[y][:4])
    if len(parts[y]) == 2:
        year += 1900 if year >= 50 else 2000
    month_text = parts[m] if form not in ("stamp", "whole") else parts[0][4:6]
    month = int(month_text) if month_text.isdigit() else months()[fold(month_text)]
    if form in ("stamp", "whole"):
        day = int(parts[0][6:8])
    else:
        day = 15 if d is None else int(re.match(r"\d+", parts[d])[0])  # type: ignore[index]
    shifted = _shift(year, month, day, days)
    if shifted is None:
        return ""
    new_year, moved = shifted
    assert moved is not None
    if form in ("stamp", "whole"):
        return f"{moved:%Y%m%d}" + before[8:] + rest
    changes = {y: f"{new_year:04d}"[-len(parts[y]) :], m: _month(month_text, moved.month)}
    if d is not None:
        changes[d] = (
            f"{moved.day:02d}" if len(parts[d]) == 2 and (day > 9 or parts[d][0] == "0") else f"{moved.day}"
        )
        if len(parts[d]) == 2 and day > 9:
            changes[d] = f"{moved.day:02d}" if parts[m].isdigit() else f"{moved.day}"
    return _written(before, changes, moved.day if d is not None else 0) + rest


def _read(
    form: str, parts: list[str], is_day_first: bool | None, separator: str | None
) -> tuple[int, int, int | None] | None:
    """Places of year, month and day among the parts of a date; None when they cannot be told."""
    words = [place for place, part in enumerate(parts) if fold(part) in months() and not part.isdigit()]
    numbers = [place for place, part in enumerate(parts) if part.isdigit()]
    match form:
        case "stamp" | "whole":
            return 0, 0, 0
        case "year_first":
            return (numbers[0], numbers[1], numbers[2]) if int(parts[numbers[1]]) <= 12 else None
        case "year_last":
            first, second = int(parts[0]), int(parts[1])
            if first == second or first > 12 or (separator or "")[:1] == "." or is_day_first:
                return 2, 1, 0
            if second > 12 or is_day_first is False:
                return 2, 0, 1
            return None
        case "worded":
            return numbers[-1], words[0], numbers[0]
        case "month_first":
            return numbers[-1], words[0], numbers[0]
        case "year_word":
            return numbers[0], words[0], numbers[-1]
        case "month_year":
            return numbers[0], words[0], None
        case "number_year":
            year = 0 if len(parts[0]) == 4 else 1
            return year, 1 - year, None
    return None


def _shift(year: int, month: int, day: int, days: int) -> tuple[int, date] | None:
    if not (OLDEST_YEAR <= year < FIRST_IMPLAUSIBLE_YEAR and 1 <= month <= 12):
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    moved = date(year, month, day) + timedelta(days=days)
    return moved.year, moved


def _month(before: str, number: int) -> str:
    if before.isdigit():
        return f"{number:02d}" if len(before) == 2 else f"{number}"
    name = month_in(fold(before), number)
    return name.upper() if before.isupper() else name.capitalize() if before[0].isupper() else name


def _written(before: str, changes: dict[int, str], day: int) -> str:
    """The date with some of its parts changed, and the English ending of its day with it."""
    place = -1

    def changed(match: re.Match[str]) -> str:
        nonlocal place
        place += 1
        if place not in changes and day and fold(match[0]) in ("st", "nd", "rd", "th"):
            ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
            return ending.upper() if match[0].isupper() else ending
        return changes.get(place, match[0])

    return re.sub(r"\d+|[^\W\d_]+", changed, before)


_YEARS = r"y(?:ea)?rs?|years?[ -]old|yo|y/o|y\.o\.?|y|jahren?|jahre|jahrig(?:er|e|es|en)?|j|ans|annees|jaar|jarige?|anos|anni|ar"
_AGE = re.compile(
    rf"(?<![\w.,/-])0?(?P<a>9\d|1[0-4]\d)(?=[ -]{{0,2}}(?:{_YEARS})\b)"
    rf"|\b(?:aged?(?: of)?|alter|edad|eta|leeftijd|yo|y/o)[ :=]{{1,2}}0?(?P<b>9\d|1[0-4]\d)\b(?![.,]\d|%)"
    rf"|(?<![\w.,/-])(?P<c>9\d|1[0-4]\d)(?=[ ]?(?:[mf]|male|female|man|woman|mann|frau|gentleman|lady)\b)"
)


def age_edits(folded: str) -> Iterator[Edit]:
    """Ages above 89 years as "90", their one category (45 CFR 164.514(b)(2)(i)(C))."""
    for match in _AGE.finditer(folded):
        group = match.lastgroup or "a"
        yield (*match.span(group), str(CAPPED_AGE_YEARS))
