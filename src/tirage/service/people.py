"""The first administrator's code, for whoever starts a node."""

from sqlalchemy import Engine

from tirage.flow.steps import people
from tirage.store import times
from tirage.store.database import repeated


def start_token(database: Engine, clock: times.Clock = times.now) -> str | None:
    """A code that opens `/start` once within a day, to be shown to whoever started the node; None once there
    are accounts. The code of an earlier start ends.
    """
    return repeated(database, lambda connection: people.start_code(connection, times.micros(clock())))
