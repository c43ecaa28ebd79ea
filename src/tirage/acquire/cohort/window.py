"""From which days a patient's studies are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tirage.errors import Permanent
from tirage.model.archives import ALWAYS, DateRange

PatientKey = tuple[str, str]
"""Issuer and patient identifier."""

OVERLAP_DAYS = 1


class WindowUnclear(Permanent):
    """The days asked for contradict each other."""

    code = "WINDOW_UNCLEAR"
    exit_code = 2
    remedy = "Give `--since last` or `--since DATE`, or else `--from` and `--to`, the earlier day first."


@dataclass(frozen=True, slots=True)
class Window:
    """The days in which studies are wanted of rows that name a patient alone.

    `dates` holds for every patient. `since_last` and `since` leave new patients all their studies, and give
    known ones those since their last run less `overlap_days`, or since that day.
    """

    dates: DateRange = ALWAYS
    since_last: bool = False
    since: date | None = None
    overlap_days: int = OVERLAP_DAYS

    def __post_init__(self) -> None:
        first, last = self.dates
        is_twice = (self.since_last or self.since is not None) and self.dates != ALWAYS
        if is_twice or (self.since_last and self.since is not None):
            raise WindowUnclear("the first day is given twice")
        if first is not None and last is not None and last < first:
            raise WindowUnclear("the last day comes before the first")
        if self.overlap_days < 0:
            raise WindowUnclear("an overlap is no fewer than 0 days")

    @property
    def asks_known(self) -> bool:
        """Whether it must be told which patients are known."""
        return self.since_last or self.since is not None


def dates_for(window: Window, patient: PatientKey, known: Mapping[PatientKey, date]) -> DateRange:
    """The days asked for; `known` holds the day to which each known patient's studies were asked for."""
    until = known.get(patient)
    if not window.asks_known or until is None:
        return window.dates
    if window.since is not None:
        return DateRange(window.since, None)
    return DateRange(until - timedelta(days=window.overlap_days), None)
