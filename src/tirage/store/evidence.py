"""What the record says about a release before it is made: how objects fell away, what the gate found."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, distinct, func, select

from tirage.model.identifiers import ProjectName
from tirage.store.prepared import pages
from tirage.store.schema import custody, finding, output, release, release_member


@dataclass(frozen=True, slots=True)
class Found:
    """In how many objects the gate found something of a kind, in one view of them."""

    kind: str
    view: str
    objects: int


def standing(connection: Connection, project: ProjectName) -> dict[str, dict[str, int]]:
    """How many of the project's objects stand how, by disposition and reason ('' where there is none)."""
    query = (
        select(custody.c.disposition, custody.c.reason, func.count().label("objects"))
        .where(custody.c.project == project)
        .group_by(custody.c.disposition, custody.c.reason)
    )
    counts: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        counts.setdefault(row.disposition, {})[row.reason] = row.objects
    return counts


def findings(connection: Connection, project: ProjectName) -> list[Found]:
    """What the gate found in the project's objects, the most first."""
    objects = func.count(distinct(finding.c.received_id)).label("objects")
    query = (
        select(finding.c.kind, finding.c.view, objects)
        .where(finding.c.project == project)
        .group_by(finding.c.kind, finding.c.view)
        .order_by(objects.desc(), finding.c.kind, finding.c.view)
    )
    return [Found(row.kind, row.view, row.objects) for row in connection.execute(query)]


def released(
    connection: Connection, project: ProjectName, patients: Iterable[str], studies: Iterable[str]
) -> tuple[int, int]:
    """How many of these patients and studies a release of the project holds already."""
    return (
        _released(connection, project, output.c.pseudonym, patients),
        _released(connection, project, output.c.study, studies),
    )


def _released(
    connection: Connection, project: ProjectName, column: "Column[str]", wanted: Iterable[str]
) -> int:
    found = 0
    for page in pages(sorted(wanted)):
        query = (
            select(func.count(distinct(column)))
            .select_from(output)
            .join(release_member, release_member.c.received_id == output.c.received_id)
            .join(release, release.c.id == release_member.c.release_id)
            .where(
                release.c.project == project,
                output.c.project == project,
                output.c.policy == release.c.policy,
                column.in_(page),
            )
        )
        found += connection.execute(query).scalar_one()
    return found
