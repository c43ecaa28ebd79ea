"""When an archive may be asked to hand studies over, or a destination be sent to."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of each day in local time, `first` included, `last` not; one that ends before it begins passes
    midnight, and one that ends as it begins is the whole day."""

    first: time
    last: time

    def is_open(self, now: datetime) -> bool:
        """Whether `now`, in local time, lies in the window."""
        return self.opens_in(now) == timedelta(0)

    def opens_in(self, now: datetime) -> timedelta:
        """How long until the window opens next; zero while it is open."""
        clock = now.time().replace(tzinfo=None)
        if self.first <= self.last:
            is_open = self.first <= clock < self.last or self.first == self.last
        else:
            is_open = clock >= self.first or clock < self.last
        if is_open:
            return timedelta(0)
        opening = now.replace(hour=self.first.hour, minute=self.first.minute, second=0, microsecond=0)
        return opening - now if opening > now else opening + timedelta(days=1) - now

    def opened(self, now: datetime) -> datetime | None:
        """When the window opened that `now` lies in; None outside of it, and where it is never shut."""
        if self.first == self.last or not self.is_open(now):
            return None
        opening = now.replace(hour=self.first.hour, minute=self.first.minute, second=0, microsecond=0)
        return opening if opening <= now else opening - timedelta(days=1)


ALWAYS = Hours(time(0), time(0))
"""A window that is never shut."""


def hours_of(text: str) -> Hours:
    """The window written as `19:00-07:00`; always when empty."""
    if not text:
        return ALWAYS
    first, last = text.split("-")
    return Hours(time.fromisoformat(first), time.fromisoformat(last))
