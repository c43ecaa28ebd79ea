"""One project: one approved use, one YAML file; every field is explained in `docs/project.md`."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from tirage.model.identifiers import ProjectName
from tirage.model.reasons import RejectReason
from tirage.policy.departures import Deidentify
from tirage.policy.destinations import NAME, AeTitle, Destination
from tirage.policy.notify import Notify
from tirage.policy.part import Modality, Part, SopClass, Text, occurs
from tirage.policy.redcap import Redcap
from tirage.policy.regions import Pixels
from tirage.policy.requests import ArchiveName, Fetch, Schedule


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

    modalities: tuple[Modality, ...] = ()
    sop_classes: tuple[SopClass, ...] = ()
    manufacturers: tuple[Text, ...] = ()

    def refuses(self, modality: str, sop_class: str, manufacturer: str) -> RejectReason | None:
        """Why the project does not want such an object, or None when it does.

        Manufacturers match when a listed name occurs in the value, whatever the case.
        """
        if self.modalities and modality not in self.modalities:
            return RejectReason.MODALITY_EXCLUDED
        if self.sop_classes and sop_class not in self.sop_classes:
            return RejectReason.SOP_CLASS_EXCLUDED
        if not occurs(self.manufacturers, manufacturer):
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


class OnConflict(StrEnum):
    """What happens to an identity that may be another person's."""

    HOLD = "hold"
    NEW_PATIENT = "new-patient"


class OnMissing(StrEnum):
    """What happens to an identity without a name or a birth date."""

    ACCEPT = "accept"
    HOLD = "hold"


class Identity(Part):
    """How a patient is called in the output, and when two identities are one patient."""

    scheme: Scheme = Scheme.RANDOM
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,16}$")] = ""
    on_conflict: OnConflict = OnConflict.HOLD
    missing: OnMissing = OnMissing.ACCEPT


class Dates(Part):
    """How far dates may move."""

    max_shift_days: Annotated[int, Field(ge=1, le=36_500)] = 3_650


class Unjudged(StrEnum):
    """What happens to text whose script or encoding nobody here can judge."""

    EMPTY = "empty"
    HOLD = "hold"


class Wording(Part):
    """How kept text is met."""

    unjudged: Unjudged = Unjudged.EMPTY


class Pdf(StrEnum):
    """What happens to an encapsulated PDF."""

    HOLD = "hold"
    REDACT = "redact"


class Documents(Part):
    """How encapsulated documents are met."""

    pdf: Pdf = Pdf.HOLD


class Sampling(Part):
    """Which outputs people look at before a release."""

    per_stratum: Annotated[int, Field(ge=1, le=1_000)] = 5
    percent: Annotated[int, Field(ge=0, le=100)] = 2
    double_percent: Annotated[int, Field(ge=0, le=100)] = 20


class Review(Part):
    """How many people sign each release before it is made, and what people look at before."""

    signatures: Annotated[int, Field(ge=0, le=2)] = 1
    sampling: Sampling | None = None


class Release(Part):
    """Whether a release is made, or proposed for signing, without anyone asking for it.

    Counts of fewer patients than `small_cell` are shown to nobody as numbers.
    """

    automatic: bool = True
    small_cell: Annotated[int, Field(ge=0, le=1_000)] = 5


class Project(Part):
    """A project file as a value; `load_project` reads one."""

    about: About = Field(alias="project")
    sources: tuple[Source, ...] = ()
    archives: tuple[ArchiveName, ...] = ()
    fetch: Fetch = Fetch()
    redcap: Redcap | None = None
    schedule: Schedule | None = None
    include: Include = Include()
    complete: Complete = Complete()
    identity: Identity = Identity()
    deidentify: Deidentify = Deidentify()
    pixels: Pixels = Pixels()
    text: Wording = Wording()
    documents: Documents = Documents()
    dates: Dates = Dates()
    review: Review = Review()
    destinations: tuple[Destination, ...] = ()
    release: Release = Release()
    notify: Notify = Notify()

    @model_validator(mode="after")
    def _names_destinations_once(self) -> Self:
        names = [each.name for each in self.destinations]
        if len(names) != len(set(names)):
            raise ValueError("two destinations have the same name")
        return self

    @model_validator(mode="after")
    def _reaches_whom_it_notifies(self) -> Self:
        for each in self.notify.to:
            if "@" not in each and each not in set(Role):
                raise ValueError(f"`notify.to` names {each}: write an e-mail address or a role of the people")
            if not self.addresses(each):
                raise ValueError(f"`notify.to` names {each}, but nobody of that role has an `email`")
        return self

    @model_validator(mode="after")
    def _has_a_list_when_scheduled(self) -> Self:
        if self.schedule is not None and self.schedule.cohort is None and self.redcap is None:
            raise ValueError("`schedule` needs `cohort`, a list to load, or a `redcap` section")
        return self

    @property
    def name(self) -> ProjectName:
        """The project's short name."""
        return ProjectName(self.about.name)

    def addresses(self, recipient: str) -> tuple[str, ...]:
        """The e-mail addresses that an entry of `notify.to` stands for."""
        if "@" in recipient:
            return (recipient,)
        found = (each.email for each in self.about.people if each.role == recipient)
        return tuple(email for email in found if email is not None)

    def routes(self, calling_ae: str, called_ae: str) -> bool:
        """Whether an object sent by `calling_ae` to `called_ae` belongs to this project."""
        return any(
            source.called_ae in (None, called_ae) and source.calling_ae in (None, calling_ae)
            for source in self.sources
        )

    def is_expired(self, today: date) -> bool:
        """Whether the approval ran out before `today`; the day named is still covered."""
        return self.about.expires is not None and today > self.about.expires
