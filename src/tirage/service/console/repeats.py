"""Answers `tirage.web.api.repeats`: keys in the database, answers sealed."""

from sqlalchemy import Engine

from tirage.store import repeats, times
from tirage.store.database import repeated
from tirage.store.sealing import Sealer
from tirage.web.api.repeats import Answer


class NodeRepeats:
    """Remembers what was asked for under which key."""

    def __init__(self, database: Engine, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer

    def begin(self, account: str, key: str, fingerprint: bytes) -> Answer | None:
        """Take the key; None when it is new, otherwise what is known of its first request."""
        at = times.micros(times.now())
        known = repeated(self._database, lambda c: repeats.begin(c, account, key, fingerprint, at))
        if known is None:
            return None
        body = self._sealer.open(known.sealed, place(account, key)) if known.sealed else b""
        return Answer(known.fingerprint, known.status, body, known.media_type)

    def end(self, account: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None lets the key go."""
        if answer is None or answer.status is None:
            repeated(self._database, lambda c: repeats.release(c, account, key))
            return
        status, sealed = answer.status, self._sealer.seal(answer.body, place(account, key))
        repeated(self._database, lambda c: repeats.end(c, account, key, status, answer.media_type, sealed))


def place(account: str, key: str) -> bytes:
    """What the answer under a key is bound to by its seal."""
    return b"\0".join((b"repeat", account.encode(), key.encode()))
