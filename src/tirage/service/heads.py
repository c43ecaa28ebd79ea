"""Signs the audit's end: every hour that something was written, and soon after each release."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine

from tirage.errors import Permanent
from tirage.settings import Settings
from tirage.store import heads, times, trail
from tirage.store.database import reading, repeated
from tirage.store.heads import SignedHead, Verdict
from tirage.store.signing import SigningKeyMissing, earlier, load_signing_key

EVERY = timedelta(seconds=20)
RELEASE = "release"
UNWRITABLE = "HEADS_UNWRITABLE"


@dataclass(slots=True)
class Heads:
    """Looks now and then whether the audit's end is to be signed; several workers may."""

    settings: Settings
    database: Engine
    clock: times.Clock = times.now
    _looks_at: datetime | None = None
    _warned: str = ""

    def look(self) -> None:
        """Sign when it is due; nothing within 20 seconds of the last look."""
        now = self.clock()
        if self._looks_at is not None and now < self._looks_at:
            return
        self._looks_at = now + EVERY
        try:
            self._sign_if_due(now)
        except Permanent as error:
            self._warn(error.code)
        except OSError:
            self._warn(UNWRITABLE)
        else:
            self._warned = ""

    def _warn(self, code: str) -> None:
        """Say once what keeps heads from being signed: everything else goes on, and lines are chained."""
        if code != self._warned:
            structlog.get_logger("tirage.audit").warning("audit not signed", code=code)
        self._warned = code

    def _sign_if_due(self, now: datetime) -> None:
        with reading(self.database) as connection:
            last = heads.last(connection)
            is_released = trail.has_action_since(connection, RELEASE, last.seq if last else 0)
        every = self.settings.audit.heads_every_s * 1_000_000
        if last is None or is_released or times.micros(now) - last.at >= every:
            self._sign(times.micros(now))

    def _sign(self, at: int) -> None:
        """A key or a file that is missing is no reason to stop working: the chain goes on, and says so."""
        log = structlog.get_logger("tirage.audit")
        try:
            sign_now(self.settings, self.database, at)
        except Permanent as error:
            log.error("end of the audit is not signed", code=error.code)
        except OSError as error:
            log.error("file of signed ends is not written", code=type(error).__name__)


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
    keys = earlier(settings.signing_key) | (more_keys or {})
    # Without a key of its own a node still has a chain to look at, and heads that others can vouch for.
    with suppress(SigningKeyMissing):
        key = load_signing_key(settings.signing_key)
        keys[key.id] = key.public
    kept = list(heads.read(settings.heads_file))
    with reading(database) as connection:
        return heads.judge(connection, kept, keys)
