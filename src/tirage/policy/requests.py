"""How a project acquires by request: from which archives, what of it, and when again."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field

from tirage.policy.part import Part

# As in `settings.archives`, where the archives are.
ArchiveName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
_ANY_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - to try an expression with
PLACEHOLDERS = (date(1900, 1, 1), date(2099, 1, 1))


def _beside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must lie in the node's projects folder: a relative path without `..`")
    return path


def _cron(text: str) -> str:
    try:
        CronSim(text, _ANY_TIME)
    except CronSimError as error:
        raise ValueError("must be five cron fields: minute hour day month weekday") from error
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone such as Europe/London") from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]
ListPath = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_beside)]


class Descriptions(StrEnum):
    """What a description must be for its study or series to be fetched."""

    ANY = "any"
    LISTED = "listed"


class Fetch(Part):
    """What is fetched of the studies that archives have for a request, and what is not."""

    study_descriptions: Descriptions = Descriptions.ANY
    series_descriptions: Descriptions = Descriptions.ANY
    minimum_instances: Annotated[int, Field(ge=1, le=100_000)] = 1
    placeholder_dates: tuple[date, ...] = PLACEHOLDERS
    exclude_deceased: bool = True
    opt_out: tuple[ListPath, ...] = ()
    priority: Annotated[int, Field(ge=0, le=9)] = 5


class Schedule(Part):
    """When the cohort is loaded anew, and what from: a file, or without one the requests in REDCap."""

    cron: Annotated[str, AfterValidator(_cron)]
    zone: Zone = "UTC"
    cohort: ListPath | None = None
    links: ListPath | None = None
