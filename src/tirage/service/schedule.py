"""Keep the projects' schedules: when one comes due, load its list anew and have the archives asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection

from tirage.acquire.cohort.window import Window
from tirage.acquire.schedule import latest_due
from tirage.errors import Permanent, Transient
from tirage.model.identifiers import ProjectName
from tirage.model.tables import Table
from tirage.policy.requests import Schedule
from tirage.service import acquiring, redcap
from tirage.service.build import Parts
from tirage.service.cohorts import Loading, ready
from tirage.service.lists import Order
from tirage.settings import Settings
from tirage.store import occasions, optouts, times
from tirage.store.database import reading, repeated

ACCOUNT = "schedule"
EVERY = timedelta(seconds=20)
ROWS_REFUSED = "ROWS_REFUSED"


@dataclass(slots=True)
class Schedules:
    """The schedules of a node's projects, kept by whoever looks; several workers may.

    An occasion is recorded in the transaction that loads its list and asks for it, so that it is served once,
    and served later by whoever looks next when a worker died over it.
    """

    settings: Settings
    parts: Parts
    clock: times.Clock = times.now
    _looks_at: datetime | None = None

    def look(self) -> None:
        """Serve what came due; nothing within 20 seconds of the last look.

        What is wrong with one project is recorded with its occasion, and is no concern of the others.
        """
        now = self.clock()
        if self._looks_at is not None and now < self._looks_at:
            return
        self._looks_at = now + EVERY
        for name, rules in self.parts.rules.items():
            schedule = rules.project.schedule
            if schedule is None or rules.project.is_expired(now.date()):
                continue
            due = self._due(name, schedule, now)
            if due is not None:
                self._attend(name, schedule, times.micros(due))

    def _due(self, name: ProjectName, schedule: Schedule, now: datetime) -> datetime | None:
        with reading(self.parts.database) as connection:
            last = occasions.last(connection, name)
        if last is not None:
            return latest_due(schedule.cron, schedule.zone, times.moment(last), now)
        self._note(name, times.micros(now), occasions.BEGINNING)
        return None

    def _attend(self, name: ProjectName, schedule: Schedule, due_at: int) -> None:
        try:
            detail = self._serve(name, schedule, due_at)
        except Permanent as error:
            detail = error.code
        except Transient as error:
            _log().warning("schedule waits", project=name, code=error.code)
            return
        if detail:
            self._note(name, due_at, detail)
            _log().error("schedule failed", project=name, code=detail)

    def _serve(self, name: ProjectName, schedule: Schedule, due_at: int) -> str:
        """Load and ask, unless another worker has; '' or why not."""
        acquiring.check_archives(self.parts, name)
        lists = self.settings.projects
        links = lists / schedule.links if schedule.links is not None else None
        project = self.parts.rules[name].project
        if schedule.cohort is not None:
            listed_in: Path | Table = lists / schedule.cohort
        else:
            listed_in = redcap.requests(self.parts, self.settings, name)
        order = Order(listed_in, links, window=Window(since_last=True))
        opted_out = optouts.read(lists, project)
        with ready(self.parts, self.settings, name, order) as listed:
            if not listed.checked.is_sound:
                return ROWS_REFUSED

            def unit(connection: Connection) -> Loading | None:
                if not occasions.record(connection, name, due_at):
                    return None
                loaded = listed.keep(connection, ACCOUNT)
                occasions.serve(connection, name, due_at, loaded.cohort.id if loaded.cohort else None)
                at = times.micros(self.clock())
                acquiring.request_query(connection, name, ACCOUNT, at, again=True)
                acquiring.request_fetch(connection, project, opted_out, ACCOUNT, at)
                return loaded.loading

            loading = repeated(self.parts.database, unit)
        if loading is not None:
            requests = listed.checked.requests
            _log().info("schedule served", project=name, list=loading.value, requests=requests)
        return ""

    def _note(self, name: ProjectName, due_at: int, detail: str) -> None:
        repeated(self.parts.database, lambda connection: occasions.record(connection, name, due_at, detail))


def _log() -> structlog.typing.FilteringBoundLogger:
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger("tirage.schedule")
    return log
