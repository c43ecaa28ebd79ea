"""Answers `tirage.web.api.overview`."""

from sqlalchemy import Engine

from tirage.model.people import Permission, Who
from tirage.service.console.fresh import Fresh
from tirage.store import dispositions, numbers, times
from tirage.store.database import reading
from tirage.store.numbers import HOUR
from tirage.web.api.overview import Blocked, Counts, Hour, Summary

_HOURS = 24


class NodeOverview:
    """Where everything stands at this node."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._counted = Fresh(self._count)

    def summary(self, who: Who) -> Summary:
        """What `who` may see of it."""
        found = self._counted.get()
        return found.model_copy(
            update={
                "projects": [each for each in found.projects if who.may(Permission.SEE_NODE, each.project)],
                "blocked": [each for each in found.blocked if who.may(Permission.SEE_NODE, each.project)],
                "hours": found.hours if who.everywhere(Permission.SEE_NODE) else [],
            }
        )

    def _count(self) -> Summary:
        at = times.micros(times.now())
        first = at - at % HOUR - (_HOURS - 1) * HOUR
        with reading(self._database) as connection:
            tallies = dispositions.tallies(connection)
            waiting = numbers.waiting(connection)
            delivered = numbers.delivered(connection)
            blocked = numbers.blocked(connection)
            hours = numbers.hours(connection, first)
        return Summary(
            at=at,
            projects=[
                Counts(
                    project=name,
                    received=tally.received,
                    released=tally.released,
                    held=tally.held,
                    rejected=tally.rejected,
                    quarantined=tally.quarantined,
                    pending=tally.pending,
                    delivered=delivered.get(name, 0),
                    waiting=waiting.get(name, {}),
                    reasons=tally.reasons,
                    is_conserved=tally.is_conserved,
                )
                for name, tally in tallies.items()
            ],
            blocked=[
                Blocked(project=each.project, why=each.reason, objects=each.objects, since=each.since)
                for each in blocked
            ],
            hours=[_hour(hour, hours.get(hour, {})) for hour in range(first, at, HOUR)],
        )


def _hour(at: int, done: dict[str, int]) -> Hour:
    return Hour(
        at=at,
        catalogued=done.get("catalogue", 0),
        deidentified=done.get("prepare", 0),
        released=done.get("release", 0),
        delivered=done.get("deliver", 0),
    )
