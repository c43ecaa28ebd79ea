"""When notices go out, by a clock that the test tells."""

from datetime import UTC, datetime, timedelta

import pytest

from tirage.policy.notify import Notify
from tirage.service.timing import goes_out_at

DAY = datetime(2027, 3, 2, tzinfo=UTC)


def _at(text: str, days: int = 0) -> datetime:
    hour, minute = map(int, text.split(":"))
    return DAY + timedelta(days=days, hours=hour, minutes=minute)


def _goes_out(notify: Notify, happened: datetime) -> datetime:
    """The first minute at which somebody who looks every minute sends it."""
    now = happened
    while goes_out_at(notify, happened, now) > now:
        now += timedelta(minutes=1)
    return now


@pytest.mark.parametrize(
    ("digest", "quiet", "happened", "expected"),
    [
        ("at-once", None, _at("10:20"), _at("10:20")),
        ("at-once", "22:00-06:00", _at("21:59"), _at("21:59")),
        ("at-once", "22:00-06:00", _at("22:00"), _at("06:00", 1)),
        ("at-once", "22:00-06:00", _at("03:10"), _at("06:00")),
        ("at-once", "12:00-13:00", _at("12:30"), _at("13:00")),
        ("hourly", None, _at("10:20"), _at("11:00")),
        ("hourly", None, _at("10:00"), _at("10:00")),
        ("hourly", "22:00-06:30", _at("21:20"), _at("06:30", 1)),
        ("daily at 08:00", None, _at("07:59"), _at("08:00")),
        ("daily at 08:00", None, _at("08:01"), _at("08:00", 1)),
        ("daily at 23:00", "22:00-06:00", _at("15:00"), _at("06:00", 1)),
    ],
)
def test_a_notice_goes_out_with_its_digest_and_never_in_quiet_hours(
    digest: str, quiet: str | None, happened: datetime, expected: datetime
) -> None:
    assert _goes_out(Notify(digest=digest, quiet_hours=quiet), happened) == expected
