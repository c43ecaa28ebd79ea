"""When a project's cohort is loaded and fetched again."""

from collections import deque
from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim


def latest_due(cron: str, zone: str, since: datetime, now: datetime) -> datetime | None:
    """The last time after `since` and until `now` at which the schedule came due; None when it did not.

    Times that were missed while nothing ran are one: what they would have asked for is asked for now.
    """
    occasions = CronSim(cron, since.astimezone(ZoneInfo(zone)))
    missed = deque(takewhile(lambda each: each <= now, occasions), maxlen=1)
    return missed[0] if missed else None


def next_due(cron: str, zone: str, now: datetime) -> datetime:
    """When the schedule comes due next."""
    return next(CronSim(cron, now.astimezone(ZoneInfo(zone))))
