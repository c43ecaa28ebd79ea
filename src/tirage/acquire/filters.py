"""Which studies and series that archives have for a project are fetched, before any of it is asked for.

An archive that says nothing about a thing is no reason against a study: what arrives is judged again by the
project's `include`. The exception are descriptions that a project wants listed: an unknown one waits.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tirage.acquire.answers import day_of
from tirage.acquire.descriptions import Listings
from tirage.acquire.optout import OptOuts
from tirage.model.archives import SeriesAnswer, StudyAnswer
from tirage.model.identifiers import Uid
from tirage.model.records import Confidential
from tirage.model.requests import Level, Listing, Request, Verdict
from tirage.policy.fields import Include, Project
from tirage.policy.part import occurs
from tirage.policy.requests import Descriptions

# Study Status ID (0032,000A) of orders that have no images yet, or never will.
_WITHOUT_IMAGES = frozenset({"SCHEDULED", "CANCELLED", "CANCELED"})


@dataclass(frozen=True, slots=True, repr=False)
class StudyFacts(Confidential):
    """What an archive says of a study, of itself and through its series; empty where it says nothing."""

    patient_id: str = ""
    study_date: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    manufacturers: tuple[str, ...] = ()
    instances: int | None = None
    availability: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class SeriesChoice(Confidential):
    """The series to fetch, and the descriptions (as answered) for which others wait."""

    wanted: tuple[Uid, ...]
    unknown: tuple[str, ...]


def facts(answer: StudyAnswer, series: Sequence[SeriesAnswer] = ()) -> StudyFacts:
    """What is known of a study; `series` where the archive was asked for them."""
    return StudyFacts(
        patient_id=answer.patient_id,
        study_date=answer.study_date,
        description=answer.description,
        modalities=_told(*answer.modalities, *(each.modality for each in series)),
        manufacturers=_told(*(each.manufacturer for each in series)),
        instances=answer.instances,
        availability=answer.availability,
        status=answer.status,
    )


def judge(
    study: StudyFacts, request: Request, project: Project, listings: Listings, opted_out: OptOuts
) -> Verdict:
    """Whether a study that is as asked is wanted; the first reason against it, in the order of the lines."""
    rules, include = project.fetch, project.include
    if opted_out.has((request.patient_id, request.national_id, study.patient_id)):
        return Verdict.OPTED_OUT
    if rules.exclude_deceased and request.is_deceased:
        return Verdict.DECEASED
    if (day_of(study.study_date) or request.study_date) in rules.placeholder_dates:
        return Verdict.PLACEHOLDER_DATE
    if _has_no_images(study):
        return Verdict.NO_IMAGES
    if not _is_of(include, study.modalities):
        return Verdict.MODALITY
    if study.manufacturers and not _is_made_by(include, study.manufacturers):
        return Verdict.MANUFACTURER
    listing = _listing(rules.study_descriptions, listings, Level.STUDY, study.description)
    if listing is Listing.EXCLUDE:
        return Verdict.DESCRIPTION_EXCLUDED
    if listing is Listing.UNKNOWN:
        return Verdict.DESCRIPTION_UNKNOWN
    if study.instances is not None and study.instances < rules.minimum_instances:
        return Verdict.TOO_FEW_INSTANCES
    return Verdict.WANTED


def wanted_series(
    series: Sequence[SeriesAnswer], project: Project, listings: Listings, only: Collection[str] = ()
) -> SeriesChoice:
    """Which series of a wanted study to fetch; `only` these where rows ask for single series."""
    wanted: list[Uid] = []
    unknown: dict[str, None] = {}
    for each in series:
        if only and each.series not in only:
            continue
        if not _is_of(project.include, _told(each.modality)):
            continue
        if each.manufacturer.strip() and not _is_made_by(project.include, (each.manufacturer,)):
            continue
        listing = _listing(project.fetch.series_descriptions, listings, Level.SERIES, each.description)
        if listing is Listing.INCLUDE:
            wanted.append(each.series)
        elif listing is Listing.UNKNOWN:
            unknown[each.description] = None
    return SeriesChoice(tuple(wanted), tuple(unknown))


def _has_no_images(study: StudyFacts) -> bool:
    # A status comes from the order system and lags behind: instances that are counted are there.
    is_order = study.status.strip().upper() in _WITHOUT_IMAGES and not study.instances
    return study.instances == 0 or study.availability.strip().upper() == "UNAVAILABLE" or is_order


def _is_of(include: Include, modalities: Iterable[str]) -> bool:
    found = {each.strip().upper() for each in modalities} - {""}
    return not include.modalities or not found or not found.isdisjoint(include.modalities)


def _is_made_by(include: Include, manufacturers: Iterable[str]) -> bool:
    return any(occurs(include.manufacturers, each) for each in manufacturers)


def _listing(rule: Descriptions, listings: Listings, level: Level, description: str) -> Listing:
    """What the lists say; where the project wants any description, one that nobody decided is included."""
    listing = listings.of(level, description)
    is_any = rule is Descriptions.ANY and listing is Listing.UNKNOWN
    return Listing.INCLUDE if is_any else listing


def _told(*values: str) -> tuple[str, ...]:
    return tuple(sorted({value.strip() for value in values} - {""}))
