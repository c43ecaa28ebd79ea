"""Times as the database keeps them: whole microseconds since 1970, UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Tells the time; aware, in any zone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The wall clock's time in UTC."""
    return datetime.now(UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware `moment`."""
    return (moment - _EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """The time that `micros` stands for, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
