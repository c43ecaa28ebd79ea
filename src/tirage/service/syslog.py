"""Sends the audit on to the hospital's repository; the chain is the spool of what was not taken."""

import threading

import structlog
from sqlalchemy import Engine

from tirage.errors import Transient
from tirage.network.syslog import Receiver, RepositoryAway, Sending, line
from tirage.service.messages import message
from tirage.settings import Settings
from tirage.store import cursors, times, trail
from tirage.store.database import reading, repeated
from tirage.store.trail import Entry

BATCH = 500
WAIT_S, LONGEST_WAIT_S = 2.0, 300.0


def receiver(settings: Settings) -> Receiver | None:
    """The repository of the settings."""
    named = settings.audit.syslog
    if named is None:
        return None
    folder = settings.folder
    certificate = folder / named.certificate if named.certificate else None
    key = folder / named.key if named.key else None
    return Receiver(named.host, named.port, folder / named.ca, certificate, key, named.timeout_s)


def forward(database: Engine, to: Receiver, source: str, clock: times.Clock = times.now) -> int:
    """Send what the receiver has not taken, at most 500 lines; how many. Raises `RepositoryAway`."""
    name = f"{to.host}:{to.port}"
    with reading(database) as connection:
        after = cursors.place(connection, name)
        waiting = list(trail.following(connection, after, BATCH))
    if not waiting:
        return 0
    try:
        with Sending(to) as sending:
            sending.send(_line(entry, source) for entry in waiting)
    except RepositoryAway as error:
        code, at = error.code, times.micros(clock())
        repeated(database, lambda c: cursors.keep(c, name, after, at, code))
        raise
    repeated(database, lambda c: cursors.keep(c, name, waiting[-1].seq, times.micros(clock())))
    return len(waiting)


def forwarding(settings: Settings, database: Engine, stop: threading.Event) -> None:
    """Send lines on until stopped; a repository that is away is asked less and less often."""
    to = receiver(settings)
    wait_s = WAIT_S
    while to is not None and not stop.wait(wait_s):
        try:
            sent = forward(database, to, settings.audit.source)
            wait_s = 0.0 if sent == BATCH else WAIT_S
        except Transient as error:
            structlog.get_logger("tirage.audit").warning("audit waits", code=error.code)
            wait_s = min(max(wait_s, WAIT_S) * 2, LONGEST_WAIT_S)


def _line(entry: Entry, source: str) -> bytes:
    at = times.moment(entry.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # The message id that IHE ATNA gives DICOM audit messages (ITI TF-2: 3.20).
    return line(
        at,
        source,
        "tirage",
        "IHE+RFC-3881",
        b'<?xml version="1.0" encoding="UTF-8"?>' + message(entry, source),
    )
