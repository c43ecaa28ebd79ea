"""The ledger of a project, made from the record as it stands."""

from sqlalchemy import select

from tirage.errors import Permanent
from tirage.flow.ledger.entries import Ledger, make_ledger
from tirage.model.identifiers import ProjectName
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import times
from tirage.store.database import reading
from tirage.store.requested import cohort
from tirage.store.standings import requested


class CohortMissing(Permanent):
    """The project has no cohort of that version."""

    code = "COHORT_MISSING"
    exit_code = 66
    remedy = "Leave `--cohort` out to see every version, or load a cohort first."


def ledger(parts: Parts, name: ProjectName, version: int | None = None) -> Ledger:
    """What became of every row of the project's cohorts, or of one version.

    Raises `ProjectUnknown` and `CohortMissing`.
    """
    rules = parts.rules.get(name)
    if rules is None:
        raise ProjectUnknown(f"no project {name} on this node")
    project = rules.project
    with reading(parts.database) as connection:
        if version is not None:
            query = select(cohort.c.id).where(cohort.c.project == name, cohort.c.version == version)
            if connection.execute(query).first() is None:
                raise CohortMissing(f"{name} has no cohort {version}")
        rows = requested(connection, project, version)
        return make_ledger(name, rows, project.include.modalities, times.now(), version)
