"""When notices may go out: gathered into digests, and never in quiet hours."""

from datetime import datetime, time, timedelta

from tirage.acquire.hours import ALWAYS, Hours
from tirage.policy.notify import Notify


def goes_out_at(notify: Notify, happened: datetime, now: datetime) -> datetime:
    """When something that happened is told; both times local, and the answer may be past.

    A digest that falls into quiet hours goes out when they end.
    """
    due = _digest_at(notify.digest, happened)
    wait = awake(notify).opens_in(max(due, now))
    return due if wait == timedelta(0) else max(due, now) + wait


def awake(notify: Notify) -> Hours:
    """The part of each day that is not quiet."""
    if notify.quiet_hours is None:
        return ALWAYS
    first, last = notify.quiet_hours.split("-")
    return Hours(time.fromisoformat(last), time.fromisoformat(first))


def _digest_at(digest: str, happened: datetime) -> datetime:
    """The first time at or after it happened at which a digest is made."""
    if digest == "at-once":
        return happened
    if digest == "hourly":
        whole = happened.replace(minute=0, second=0, microsecond=0)
        return whole if whole == happened else whole + timedelta(hours=1)
    at = time.fromisoformat(digest.removeprefix("daily at "))
    today = happened.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today >= happened else today + timedelta(days=1)
