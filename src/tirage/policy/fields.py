"""One project: one approved use, one YAML file; every field is explained in `docs/project.md`."""

import re
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from tirage.model.identifiers import ProjectName
from tirage.model.reasons import RejectReason
from tirage.policy.options import DEFAULT, UNAVAILABLE, Option

NAME = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
AE_TITLE = r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$"
Text = Annotated[str, Field(min_length=1, max_length=300)]
AeTitle = Annotated[str, Field(pattern=AE_TITLE)]


class Part(BaseModel):
    """A section of the file: fixed once read, strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Role(StrEnum):
    """What a person may do in the project."""

    LEAD = "lead"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    RESEARCHER = "researcher"


class Person(Part):
    """Someone with a part in the project."""

    name: Text
    role: Role
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class About(Part):
    """What the project is and who approved it, until when."""

    name: Annotated[str, Field(pattern=NAME)]
    title: Text
    approval: Text | None = None
    expires: date | None = None
    people: tuple[Person, ...] = ()


class Source(Part):
    """A route into the project: objects sent to `called_ae`, or by `calling_ae`, or both."""

    called_ae: AeTitle | None = None
    calling_ae: AeTitle | None = None

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if self.called_ae is None and self.calling_ae is None:
            raise ValueError("needs `called_ae`, `calling_ae` or both")
        return self


class Include(Part):
    """Which objects the project wants; an empty list wants all."""

    modalities: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,16}$")], ...] = ()
    sop_classes: tuple[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$", max_length=64)], ...] = ()
    manufacturers: tuple[Text, ...] = ()

    def refuses(self, modality: str, sop_class: str, manufacturer: str) -> RejectReason | None:
        """Why the project does not want such an object, or None when it does.

        Manufacturers match when a listed name occurs in the value, whatever the case.
        """
        if self.modalities and modality not in self.modalities:
            return RejectReason.MODALITY_EXCLUDED
        if self.sop_classes and sop_class not in self.sop_classes:
            return RejectReason.SOP_CLASS_EXCLUDED
        folded = manufacturer.casefold()
        if self.manufacturers and not any(name.casefold() in folded for name in self.manufacturers):
            return RejectReason.MANUFACTURER_EXCLUDED
        return None


class Complete(Part):
    """When a study is taken to be complete."""

    quiet_s: Annotated[int, Field(ge=0, le=604_800)] = 300


class Scheme(StrEnum):
    """Where pseudonyms come from."""

    RANDOM = "random"
    KEYED = "keyed"
    SUPPLIED = "supplied"


class Identity(Part):
    """How a patient is called in the output."""

    scheme: Scheme = Scheme.RANDOM
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,16}$")] = ""


def _as_element(value: object) -> object:
    return (
        int(value, 16) if isinstance(value, str) and re.fullmatch(r"(0x)?[0-9A-Fa-f]{1,4}", value) else value
    )


Hexadecimal = Annotated[int, BeforeValidator(_as_element)]


class Departure(Part):
    """A departure from the profile for one attribute: keyword or tag, and why."""

    attribute: Text
    because: Text | None = None


class Kept(Departure):
    """An attribute to keep; with `values`, only when it says one of them."""

    values: tuple[Text, ...] = ()


class PrivateElement(Part):
    """A private element to keep: odd group, creator, element 0x00 to 0xFF within the creator's block."""

    group: Annotated[Hexadecimal, Field(ge=9, le=0xFFFF)]
    creator: Annotated[str, Field(min_length=1, max_length=64)]
    element: Annotated[Hexadecimal, Field(ge=0, le=0xFF)]
    because: Text

    @field_validator("group")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("is even: private groups are odd")
        return value


class Deidentify(Part):
    """Which profile and options are applied, and the project's departures from them."""

    profile: Literal["basic"] = "basic"
    options: tuple[Option, ...] = DEFAULT
    keep: tuple[Kept, ...] = ()
    remove: tuple[Departure, ...] = ()
    empty: tuple[Departure, ...] = ()
    dummy: tuple[Departure, ...] = ()
    private: tuple[PrivateElement, ...] = ()

    @field_validator("options")
    @classmethod
    def _is_available(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        for option in options:
            if option in UNAVAILABLE:
                raise ValueError(
                    f"`{option}` comes with text and pixel cleaning; not available in this version"
                )
        if Option.FULL_DATES in options and Option.MODIFIED_DATES in options:
            raise ValueError("`full-dates` and `modified-dates` exclude each other")
        return tuple(sorted(set(options)))


class Dates(Part):
    """How far dates may move."""

    max_shift_days: Annotated[int, Field(ge=1, le=36_500)] = 365


class Review(Part):
    """How many people sign before a release."""

    signatures: Annotated[int, Field(ge=0, le=1)] = 0


class FolderDestination(Part):
    """A release is copied into a folder of its own below `path`."""

    kind: Literal["folder"]
    name: Annotated[str, Field(pattern=NAME)]
    path: Text

    @field_validator("path")
    @classmethod
    def _is_absolute(cls, path: str) -> str:
        if not PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError("must be an absolute path without `..`")
        return path


class DicomDestination(Part):
    """A release is sent to a peer by C-STORE."""

    kind: Literal["dicom"]
    name: Annotated[str, Field(pattern=NAME)]
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,255}$")]
    port: Annotated[int, Field(ge=1, le=65_535)]
    called_ae: AeTitle
    calling_ae: AeTitle = "TIRAGE"


Destination = Annotated[FolderDestination | DicomDestination, Field(discriminator="kind")]


class Release(Part):
    """Whether a release is made without anyone asking for it."""

    automatic: bool = True


class Project(Part):
    """A project file as a value; `load_project` reads one."""

    about: About = Field(alias="project")
    sources: tuple[Source, ...] = ()
    include: Include = Include()
    complete: Complete = Complete()
    identity: Identity = Identity()
    deidentify: Deidentify = Deidentify()
    dates: Dates = Dates()
    review: Review = Review()
    destinations: tuple[Destination, ...] = ()
    release: Release = Release()

    @property
    def name(self) -> ProjectName:
        """The project's short name."""
        return ProjectName(self.about.name)

    def routes(self, calling_ae: str, called_ae: str) -> bool:
        """Whether an object sent by `calling_ae` to `called_ae` belongs to this project."""
        return any(
            source.called_ae in (None, called_ae) and source.calling_ae in (None, calling_ae)
            for source in self.sources
        )

    def is_expired(self, today: date) -> bool:
        """Whether the approval ran out before `today`; the day named is still covered."""
        return self.about.expires is not None and today > self.about.expires
