"""Whom an archive may be asked for just now."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from tirage.flow.context import Access
from tirage.model.identifiers import ProjectName
from tirage.store import pauses, work
from tirage.store.work import WorkKind


def projects(
    connection: Connection, known: Collection[ProjectName], access: Access, now: datetime
) -> list[ProjectName]:
    """The known projects that fetch from an archive; none while it is paused or its hours are over."""
    if not access.hours.is_open(now.astimezone()):
        return []
    paused = pauses.standing(connection)
    if pauses.of_archive(access.name) in paused:
        return []
    asked_for = work.requested(connection, WorkKind.FETCH)
    return [name for name in known if name in asked_for and pauses.of_project(name) not in paused]
