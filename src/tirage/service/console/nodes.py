"""Answers `tirage.web.api.node`."""

from sqlalchemy import Connection

from tirage.flow.engine import ACTIVE, CANCELLED, FAILED, Onlooker, Run
from tirage.flow.pipeline import queue_of
from tirage.model.people import Who
from tirage.service import acquiring, checks
from tirage.service.build import Parts
from tirage.service.checks import Check
from tirage.service.connections import check_archive
from tirage.service.console.certificate import check_certificate
from tirage.settings import Settings
from tirage.store import audit, database, fetches, pauses, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.ownership import WORKER, holder
from tirage.web.api.node import ArchiveCard, Job, Tile


class NodeParts:
    """What this node is made of, and what it is doing."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings, self._parts = settings, parts

    def tiles(self) -> list[Tile]:
        """Disk, database, keys, clock, worker, certificate."""
        found = [
            Check("database", True, database.check(self._parts.database)),
            self._worker(),
            *checks.check_disk(self._settings),
            checks.check_clock(self._settings.folder),
            checks.check_key(self._settings),
            checks.check_signing_key(self._settings),
            check_certificate(self._settings, times.now()),
        ]
        rotation = checks.check_crosswalk(self._settings, self._parts.crosswalk.old_key_id)
        # Told while a rotation is half done alone: otherwise the tile of the key says all.
        found += [rotation] if not rotation.is_ok else []
        return [tile(each) for each in found]

    def archives(self) -> list[ArchiveCard]:
        """Every archive of the settings."""
        with reading(self._parts.database) as connection:
            return [self._card(connection, spec.name) for spec in self._settings.archives]

    def test_archive(self, who: Who, name: str) -> Tile | None:
        """Connect to an archive and ask whether it answers."""
        access = self._parts.archives.get(name)
        if access is None:
            return None
        return self._tested(who, f"archive:{name}", check_archive(access))

    def pause(self, who: Who, name: str, is_paused: bool) -> ArchiveCard | None:
        """Ask an archive for nothing more, or again."""
        if name not in self._parts.archives:
            return None
        act = acquiring.pause if is_paused else acquiring.resume
        act(self._parts, pauses.of_archive(name), who.account)
        with reading(self._parts.database) as connection:
            return self._card(connection, name)

    def jobs(self) -> list[Job]:
        """Runs that are on their way, failed or were cancelled; the oldest first."""
        with Onlooker(self._settings.flow_url) as onlooker:
            return [_job(run) for run in onlooker.runs(*ACTIVE, *FAILED, CANCELLED)]

    def retry(self, who: Who, run: str) -> Job | None:
        """Set a run going again; as it stood, when there is nothing to set going."""
        with Onlooker(self._settings.flow_url) as onlooker:
            found = onlooker.find(run)
            if found is None:
                return None
            if found.status in (*FAILED, CANCELLED):
                self._note(who, "retry-job", f"run:{run}")
                onlooker.redrive(found, queue_of(found))
            return _job(onlooker.find(run) or found)

    def cancel(self, who: Who, run: str) -> Job | None:
        """Stop a run before its next step; as it stood, when it is over."""
        with Onlooker(self._settings.flow_url) as onlooker:
            found = onlooker.find(run)
            if found is None:
                return None
            if not found.is_over:
                self._note(who, "cancel-job", f"run:{run}")
                onlooker.cancel(found)
            return _job(onlooker.find(run) or found)

    def _card(self, connection: Connection, name: str) -> ArchiveCard:
        spec = next(each for each in self._settings.archives if each.name == name)
        hours = self._parts.archives[name].hours
        return ArchiveCard(
            name=name,
            address=spec.url or f"{spec.called_ae} at {spec.host}:{spec.port}",
            is_paused=pauses.of_archive(name) in pauses.standing(connection),
            is_open=hours.is_open(times.now().astimezone()),
            waiting=fetches.waiting_at(connection, name),
            obstacles=fetches.obstacles_at(connection, name),
        )

    def _worker(self) -> Check:
        """On embedded databases one process works; on PostgreSQL each has a lease of its own."""
        remedy = "Start the node: tirage serve."
        if not self._settings.flow_url.startswith("sqlite:"):
            return Check("worker", True, "workers keep leases in PostgreSQL")
        is_working = holder(self._settings.identified, WORKER) is not None
        return Check("worker", is_working, "at work" if is_working else "nobody works", remedy)

    def _tested(self, who: Who, subject: str, check: Check) -> Tile:
        self._note(who, "test", subject, is_ok=check.is_ok)
        return tile(check)

    def _note(self, who: Who, action: str, subject: str, **detail: int) -> None:
        line = Line(who.account, action, subject, dict(detail))
        at = times.micros(times.now())
        repeated(self._parts.database, lambda connection: audit.append(connection, [line], at))


def tile(check: Check) -> Tile:
    """A check as a page shows it."""
    remedy = "" if check.is_ok else check.remedy
    return Tile(name=check.name, is_ok=check.is_ok, detail=check.found, remedy=remedy)


def _job(run: Run) -> Job:
    return Job(id=run.id, kind=run.name, status=run.status, error=run.error, began_at=run.began_ms * 1000)
