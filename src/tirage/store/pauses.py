"""What is stopped for now: fetching from an archive or for a project, sending to a destination."""

from sqlalchemy import Connection, delete, select

from tirage.model.identifiers import ProjectName
from tirage.store.prepared import upsert
from tirage.store.requested import pause

_ARCHIVE, _PROJECT, _DESTINATION = "archive:", "project:", "destination:"


def of_archive(name: str) -> str:
    """The scope of an archive."""
    return _ARCHIVE + name


def of_project(name: ProjectName) -> str:
    """The scope of a project."""
    return _PROJECT + name


def of_destination(project: ProjectName, name: str) -> str:
    """The scope of a project's destination."""
    return f"{_DESTINATION}{project}/{name}"


def begin(connection: Connection, scope: str, account: str, at: int) -> bool:
    """Pause a scope; False when it was paused."""
    row = {"scope": scope, "paused_by": account, "paused_at": at}
    adding = upsert(pause).on_conflict_do_nothing().returning(pause.c.scope)
    return connection.execute(adding, row).first() is not None


def end(connection: Connection, scope: str) -> bool:
    """Let a scope go on; False when it was not paused."""
    return bool(connection.execute(delete(pause).where(pause.c.scope == scope)).rowcount)


def made_by(connection: Connection) -> dict[str, str]:
    """Who paused each scope that is paused."""
    return {row.scope: row.paused_by for row in connection.execute(select(pause))}


def standing(connection: Connection) -> set[str]:
    """The scopes that are paused."""
    return set(connection.execute(select(pause.c.scope)).scalars())
