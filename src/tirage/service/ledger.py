"""The ledger of a project, made from the record as it stands."""

from tirage.flow.ledger.entries import Ledger, make_ledger
from tirage.model.identifiers import ProjectName
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.service.cohorts import find_cohort
from tirage.store import times
from tirage.store.database import reading
from tirage.store.standings import requested


def ledger(parts: Parts, name: ProjectName, version: int | None = None) -> Ledger:
    """What became of every row of the project's cohorts, or of one version.

    Raises `ProjectUnknown` and `CohortUnknown`.
    """
    rules = parts.rules.get(name)
    if rules is None:
        raise ProjectUnknown(f"no project {name} on this node")
    project = rules.project
    with reading(parts.database) as connection:
        if version is not None:
            find_cohort(connection, name, version)
        rows = requested(connection, project, version)
        return make_ledger(name, rows, project.include.modalities, times.now(), version)
