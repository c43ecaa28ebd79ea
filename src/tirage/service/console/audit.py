"""Answers `tirage.web.api.audit`. The audit is the node's, so it is shown to auditors of every project."""

from collections.abc import Iterator

from sqlalchemy import Engine

from tirage.model.people import Permission, Who
from tirage.service.console.viewing import viewed
from tirage.service.heads import verify
from tirage.service.messages import message
from tirage.settings import Settings
from tirage.store import audit, cursors, times, trail
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.trail import Sought
from tirage.web.api.audit import AuditLine, AuditSought, AuditVerdict
from tirage.web.api.paging import Page, cursor
from tirage.web.api.problems import forbidden


class NodeTrail:
    """The audit of a node."""

    def __init__(self, settings: Settings, database: Engine) -> None:
        self._settings, self._database = settings, database

    def listed(self, who: Who, sought: AuditSought, before: int | None, most: int) -> Page[AuditLine]:
        """Lines that fit, the newest first."""
        _everywhere(who)
        if before is None:
            viewed(self._database, who, "audit")
        with reading(self._database) as connection:
            wanted = Sought(sought.actor, sought.action, sought.subject, sought.since, sought.until)
            found = trail.page(connection, wanted, before, most + 1)
        shown = found[:most]
        lines = [
            AuditLine(
                seq=each.seq,
                at=each.at,
                actor=each.actor,
                action=each.action,
                subject=each.subject,
                detail=each.detail,
                hash=each.hash,
            )
            for each in shown
        ]
        return Page(items=lines, next=cursor([shown[-1].seq]) if len(found) > most else None)

    def verdict(self, who: Who) -> AuditVerdict:
        """A look at the whole chain, and whether it is sent on."""
        _everywhere(who)
        found, named = verify(self._settings, self._database), self._settings.audit.syslog
        failing = ""
        if named is not None:
            with reading(self._database) as connection:
                failing = cursors.failing(connection, f"{named.host}:{named.port}")
        return AuditVerdict(
            lines=found.lines,
            heads=found.heads,
            last_head=found.last_head,
            bad=found.bad,
            why=found.why,
            failing=failing,
        )

    def exported(self, who: Who, after: int, form: str) -> Iterator[bytes]:
        """Lines in order; that they were handed out is the last of them."""
        _everywhere(who)
        line = Line(who.account, "audit-export", "audit", {"form": form, "after": after})
        at = times.micros(times.now())
        repeated(self._database, lambda connection: audit.append(connection, [line], at))
        return self._lines(after, form)

    def _lines(self, after: int, form: str) -> Iterator[bytes]:
        source = self._settings.audit.source
        with reading(self._database) as connection:
            for entry in trail.following(connection, after):
                yield entry.as_json() if form == "json" else message(entry, source) + b"\n"


def _everywhere(who: Who) -> None:
    if not who.everywhere(Permission.SEE_AUDIT):
        raise forbidden(Permission.SEE_AUDIT)
