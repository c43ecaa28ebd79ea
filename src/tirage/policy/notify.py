"""Who is told what happens in a project, by e-mail or webhook, how often, and when not."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tirage.model.notices import OF_THE_NODE, Happening
from tirage.policy.destinations import HOURS, Secret, Url
from tirage.policy.part import Part
from tirage.policy.requests import ListPath

ADDRESS: Final = r"^[^@\s,;<>]+@[^@\s,;<>]+$"
ROLE: Final = r"^[a-z]{2,20}$"
DIGEST: Final = r"^(at-once|hourly|daily at ([01][0-9]|2[0-3]):[0-5][0-9])$"

OF_PROJECTS: Final = tuple(each for each in Happening if each not in OF_THE_NODE)


def _part_of_a_day(hours: str) -> str:
    first, last = hours.split("-")
    if first == last:
        raise ValueError("is the whole day: nothing would ever be sent")
    return hours


def _of_projects(events: tuple[Happening, ...]) -> tuple[Happening, ...]:
    if OF_THE_NODE.intersection(events):
        raise ValueError(f"must be some of {', '.join(OF_PROJECTS)}")
    return events


Recipient = Annotated[str, Field(pattern=rf"{ADDRESS}|{ROLE}", max_length=254)]
QuietHours = Annotated[str, Field(pattern=HOURS), AfterValidator(_part_of_a_day)]


class Webhook(Part):
    """A web service that takes notices; `secret` signs each so that it knows who sent it."""

    url: Url
    secret: Secret
    ca: ListPath | None = None


class Notify(Part):
    """Who is told, of what, and when; times are the node's local time."""

    to: tuple[Recipient, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    events: Annotated[tuple[Happening, ...], Field(min_length=1), AfterValidator(_of_projects)] = OF_PROJECTS
    digest: Annotated[str, Field(pattern=DIGEST)] = "at-once"
    quiet_hours: QuietHours | None = None
