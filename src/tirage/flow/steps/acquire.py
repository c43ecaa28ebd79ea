"""Strike off what was asked for and is done: querying and fetching for whole projects."""

from sqlalchemy import Connection

from tirage.flow.context import Context
from tirage.store import fetches, sightings, work
from tirage.store.database import reading, repeated
from tirage.store.work import WorkKind


def strike_off(context: Context) -> None:
    """Forget requests of which nothing is left: every row answered, every study fetched or given up."""
    with reading(context.database) as connection:
        querying = set(work.requested(connection, WorkKind.QUERY)) & context.rules.keys()
        fetching = set(work.requested(connection, WorkKind.FETCH)) & context.rules.keys()
        answered = {name for name in querying if not sightings.is_open(connection, name)}
        fetched = {name for name in fetching - (querying - answered) if not fetches.is_left(connection, name)}
    if not answered and not fetched:
        return

    def unit(connection: Connection) -> None:
        # Looked at again: rows may have been opened, and studies wanted, since.
        for name in answered:
            if not sightings.is_open(connection, name):
                work.fulfil(connection, WorkKind.QUERY, name)
        querying = work.requested(connection, WorkKind.QUERY)
        for name in fetched:
            if name not in querying and not fetches.is_left(connection, name):
                work.fulfil(connection, WorkKind.FETCH, name)

    repeated(context.database, unit)
