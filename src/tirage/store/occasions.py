"""When a project's schedule came due, and what was made of it."""

from sqlalchemy import Connection, func, select, update

from tirage.model.identifiers import ProjectName
from tirage.store.prepared import upsert
from tirage.store.requested import occasion

BEGINNING = "BEGINNING"
"""The detail of the time from which on a schedule is kept: what came due before is not made up for."""


def last(connection: Connection, project: ProjectName) -> int | None:
    """When the schedule was last looked after (microseconds); None when it never was."""
    newest = select(func.max(occasion.c.due_at)).where(occasion.c.project == project)
    return connection.execute(newest).scalar()


def record(connection: Connection, project: ProjectName, due_at: int, detail: str = "") -> bool:
    """Note what was made of an occasion; False when another worker has."""
    row = {"project": project, "due_at": due_at, "cohort_id": None, "detail": detail}
    adding = upsert(occasion).on_conflict_do_nothing().returning(occasion.c.due_at)
    return connection.execute(adding, row).first() is not None


def serve(connection: Connection, project: ProjectName, due_at: int, cohort: int | None) -> None:
    """Note which version of the cohort a recorded occasion was served by."""
    this = (occasion.c.project == project) & (occasion.c.due_at == due_at)
    connection.execute(update(occasion).where(this).values(cohort_id=cohort))


def listed(connection: Connection, project: ProjectName) -> list[tuple[int, int | None, str]]:
    """Every occasion in order: when it came due (microseconds), the cohort it was served by, the detail."""
    query = select(occasion.c.due_at, occasion.c.cohort_id, occasion.c.detail)
    return [
        (row.due_at, row.cohort_id, row.detail)
        for row in connection.execute(query.where(occasion.c.project == project).order_by(occasion.c.due_at))
    ]
