"""Which instances of a study a project wants, as an archive lists them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.acquire import filters
from tirage.flow.context import Context
from tirage.model.archives import Archive, InstanceAnswer, Wanted
from tirage.model.identifiers import Uid
from tirage.model.requests import Level
from tirage.policy.fields import Project
from tirage.policy.requests import Descriptions
from tirage.store import descriptions, sightings
from tirage.store.database import reading, repeated
from tirage.store.fetches import Fetch


@dataclass(frozen=True, slots=True)
class Listed:
    """What an archive has of a study and the project wants; `is_all` when the project wants all it has.

    `waits` says that more may be wanted once a person has decided about a description, `is_declined` that
    nothing of what there is is wanted now.
    """

    instances: Sequence[InstanceAnswer] = ()
    is_all: bool = False
    waits: bool = False
    is_declined: bool = False

    def request(self, study: Uid, missing: Sequence[InstanceAnswer]) -> Wanted:
        """How to ask for what is missing: the study or series where all of it is, else the instances."""
        have = Counter(each.series for each in self.instances)
        lacks = Counter(each.series for each in missing)
        whole = frozenset(series for series, count in lacks.items() if count == have[series])
        return Wanted(study, missing, self.is_all and lacks == have, whole)


def listed(context: Context, archive: Archive, study: Fetch) -> Listed:
    """The study's instances of the wanted series; descriptions that nobody decided go on the worklist."""
    project = context.rules_of(study.project).project
    with reading(context.database) as connection:
        only = sightings.only_series(connection, study.project, study.study)
        listings = descriptions.listings(connection, study.project)
    if not only and not _chooses_series(project):
        return Listed(archive.find_instances(study.study), is_all=True)
    series = archive.find_series(study.study)
    choice = filters.wanted_series(series, project, listings, only)
    if choice.unknown:
        _put_on_worklist(context, study, choice.unknown)
    instances = archive.find_instances(study.study, choice.wanted) if choice.wanted else []
    is_all, is_declined = len(choice.wanted) == len(series), bool(series) and not choice.wanted
    return Listed(instances, is_all, bool(choice.unknown), is_declined)


def _chooses_series(project: Project) -> bool:
    is_listed = project.fetch.series_descriptions is Descriptions.LISTED
    return is_listed or bool(project.include.modalities) or bool(project.include.manufacturers)


def _put_on_worklist(context: Context, study: Fetch, unknown: Sequence[str]) -> None:
    def unit(connection: Connection) -> None:
        descriptions.note(connection, study.project, Level.SERIES, unknown, context.micros())

    repeated(context.database, unit)
