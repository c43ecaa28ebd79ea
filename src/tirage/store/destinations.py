"""How sending to each destination goes: failed tries in a row, and since when it may be sent to again."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from tirage.model.identifiers import ProjectName
from tirage.store.prepared import upsert
from tirage.store.schema import destination


@dataclass(frozen=True, slots=True)
class Standing:
    """How it goes; `resumed_at` in microseconds, 0 when nobody ever had to let it go on."""

    failures: int = 0
    resumed_at: int = 0


def standing(connection: Connection) -> dict[tuple[ProjectName, str], Standing]:
    """How sending goes, by project and destination; those never failed nor resumed are not there."""
    return {
        (ProjectName(row.project), row.name): Standing(row.failures, row.resumed_at)
        for row in connection.execute(select(destination))
    }


def failed(connection: Connection, project: ProjectName, name: str) -> int:
    """Count one more failed try; how many there were in a row."""
    adding = upsert(destination).on_conflict_do_update(
        index_elements=["project", "name"], set_={"failures": destination.c.failures + 1}
    )
    row = {"project": project, "name": name, "failures": 1, "resumed_at": 0}
    return int(connection.execute(adding.returning(destination.c.failures), row).scalar_one())


def worked(connection: Connection, project: ProjectName, name: str) -> None:
    """Forget the failed tries: one went well."""
    mine = (destination.c.project == project) & (destination.c.name == name)
    connection.execute(destination.update().where(mine, destination.c.failures > 0).values(failures=0))


def resumed(connection: Connection, project: ProjectName, name: str, at: int) -> None:
    """Somebody let it go on: it has as many tries as in the beginning."""
    row = {"project": project, "name": name, "failures": 0, "resumed_at": at}
    adding = upsert(destination).on_conflict_do_update(
        index_elements=["project", "name"], set_={"failures": 0, "resumed_at": at}
    )
    connection.execute(adding, row)
