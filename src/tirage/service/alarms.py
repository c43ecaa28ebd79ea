"""What the administrators of a node are told: disk, clock, certificates, the audit's repository."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from sqlalchemy import Connection

from tirage.model.notices import Event, Happening, Value
from tirage.service.checks import check_clock
from tirage.settings import Settings
from tirage.store import cursors, notices, times

WARNING: Final = timedelta(days=30)
AGAIN: Final = 24 * 3600 * 1_000_000
"""Microseconds after which trouble that stays is told again."""

DISKS: Final = 2.0
"""A disk is told of from this many times the watermark on, under which nothing more is received."""

CHECKS: Final = (
    "disk-identified",
    "disk-research",
    "clock",
    "certificate-console",
    "certificate-audit",
    "audit-sink",
)

Trouble = tuple[str, dict[str, Value]]


def look(connection: Connection, settings: Settings, now: datetime) -> None:
    """Note for the administrators what is newly wrong, still wrong after a day, or in order again."""
    if settings.mail is None or not settings.mail.admin:
        return
    at, to = times.micros(now), [f"mail:{each}" for each in settings.mail.admin]
    wrong = dict(troubles(connection, settings, now))
    for check in CHECKS:
        scope = f"node:{check}"
        before = notices.mark(connection, scope)
        was_wrong = before is not None and bool(before[0])
        if check in wrong and (before is None or not was_wrong or at - before[1] >= AGAIN):
            values: dict[str, Value] = {"check": check, **wrong[check]}
            notices.note(connection, Event(f"{scope}:{at}", Happening.NODE_TROUBLE, "", at, values), to)
            notices.remember(connection, scope, True, at)
        elif check not in wrong and was_wrong:
            well = Event(f"{scope}:{at}", Happening.NODE_WELL, "", at, {"check": check})
            notices.note(connection, well, to)
            notices.remember(connection, scope, False, at)


def troubles(connection: Connection, settings: Settings, now: datetime) -> Iterator[Trouble]:
    """Each check that fails, with the numbers that go with it."""
    for name, folder in (("identified", settings.identified), ("research", settings.research)):
        usage = shutil.disk_usage(folder)
        free = 100 * usage.free / usage.total
        if free < DISKS * settings.storage.watermark_percent:
            yield f"disk-{name}", {"percent": int(free)}
    if not check_clock(settings.folder).is_ok:
        yield "clock", {}
    syslog = settings.audit.syslog
    for name, path in (
        ("console", settings.console.certificate),
        ("audit", syslog.certificate if syslog is not None else None),
    ):
        if path is not None and (left := _left(settings.folder / path, now)) <= WARNING:
            yield f"certificate-{name}", {"days": left.days}
    if syslog is not None and cursors.failing(connection, f"{syslog.host}:{syslog.port}"):
        yield "audit-sink", {}


def _left(path: Path, now: datetime) -> timedelta:
    """How long the certificate is still good; nothing when it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError, IndexError):
        return timedelta(0)
    return certificate.not_valid_after_utc - now
