"""Answers `tirage.web.api.refusals`: a line of the audit each."""

from sqlalchemy import Engine

from tirage.store import audit, times
from tirage.store.audit import Line
from tirage.store.database import repeated


class NodeRefusals:
    """Writes refusals into the audit of a node."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def refused(self, account: str, what: str, status: int) -> None:
        """One refusal."""
        line = Line(account, "refused", "request", {"what": what, "status": status})
        repeated(
            self._database, lambda connection: audit.append(connection, [line], times.micros(times.now()))
        )
