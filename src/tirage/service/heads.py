"""Signs the audit's end: every hour that something was written, and soon after each release."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from tirage.settings import Settings
from tirage.store import heads, times, trail
from tirage.store.database import reading, repeated
from tirage.store.heads import SignedHead, Verdict
from tirage.store.signing import load_signing_key

EVERY = timedelta(seconds=20)
RELEASE = "release"


@dataclass(slots=True)
class Heads:
    """Looks now and then whether the audit's end is to be signed; several workers may."""

    settings: Settings
    database: Engine
    clock: times.Clock = times.now
    _looks_at: datetime | None = None

    def look(self) -> None:
        """Sign when it is due; nothing within 20 seconds of the last look."""
        now = self.clock()
        if self._looks_at is not None and now < self._looks_at:
            return
        self._looks_at = now + EVERY
        with reading(self.database) as connection:
            last = heads.last(connection)
            is_released = trail.has_action_since(connection, RELEASE, last.seq if last else 0)
        every = self.settings.audit.heads_every_s * 1_000_000
        if last is None or is_released or times.micros(now) - last.at >= every:
            sign_now(self.settings, self.database, times.micros(now))


def sign_now(settings: Settings, database: Engine, at: int) -> SignedHead | None:
    """Sign the end now and write the file; None when there is nothing new."""
    key = load_signing_key(settings.signing_key)

    def unit(connection: Connection) -> tuple[SignedHead | None, list[SignedHead]]:
        return heads.sign(connection, key, at), heads.heads(connection)

    head, found = repeated(database, unit)
    heads.write(settings.heads_file, found)
    return head


def verify(settings: Settings, database: Engine, more_keys: dict[str, bytes] | None = None) -> Verdict:
    """Look at the whole audit, with the heads of the database and of the file beside it."""
    key = load_signing_key(settings.signing_key)
    kept = list(heads.read(settings.heads_file))
    with reading(database) as connection:
        return heads.judge(connection, kept, {key.id: key.public} | (more_keys or {}))
