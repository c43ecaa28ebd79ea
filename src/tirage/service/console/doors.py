"""Who a cookie or a token stands for."""

from sqlalchemy import Engine

from tirage.model.people import Who
from tirage.store import people, sessions, times
from tirage.store.database import reading, repeated
from tirage.web.api.access import Session


class NodeDoors:
    """The doors of a node's console."""

    def __init__(self, database: Engine, clock: times.Clock = times.now) -> None:
        self._database, self._clock = database, clock

    def session(self, secret: str) -> Session | None:
        """The session that a cookie's value opens."""
        at = times.micros(self._clock())
        with reading(self._database) as connection:
            opened = sessions.find_session(connection, secret, at)
            if opened is None:
                return None
            who = people.who(connection, opened.account)
        if opened.is_due:
            repeated(self._database, lambda connection: sessions.saw(connection, opened.id, at))
        return Session(who, opened.csrf)

    def token(self, secret: str) -> Who | None:
        """Who a script's token stands for."""
        at = times.micros(self._clock())
        with reading(self._database) as connection:
            opened = sessions.find_token(connection, secret, at)
            if opened is None:
                return None
            who = people.who(connection, opened.account)
        if opened.is_due:
            repeated(self._database, lambda connection: sessions.used_token(connection, opened.id, at))
        return who
