"""How far a project's review has come, and the rules its readers proposed; for the command line."""

from tirage.flow.steps import review
from tirage.model.identifiers import PolicyDigest, ProjectName
from tirage.model.reviews import ProposedRule, SampleStanding
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import readings, samples
from tirage.store.database import reading
from tirage.store.samples import StratumCount


def standing(parts: Parts, name: ProjectName) -> tuple[SampleStanding, list[StratumCount]]:
    """How far the review of what waits has come, and by device; raises `ProjectUnknown`."""
    policy = _known(parts, name)
    with reading(parts.database) as connection:
        return review.standing(connection, name, policy), samples.by_stratum(connection, name, policy)


def rules(parts: Parts, name: ProjectName) -> list[ProposedRule]:
    """The rules proposed for the project's devices; raises `ProjectUnknown`."""
    _known(parts, name)
    with reading(parts.database) as connection:
        return readings.rules(connection, name)


def _known(parts: Parts, name: ProjectName) -> PolicyDigest:
    if name not in parts.rules:
        raise ProjectUnknown(f"no project {name} on this node")
    return parts.rules[name].profile.digest
