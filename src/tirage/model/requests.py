"""What a cohort asks for, and the one way in which each of its rows ends."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tirage.model.archives import ALWAYS, DateRange
from tirage.model.identifiers import Uid
from tirage.model.records import Confidential


@dataclass(frozen=True, slots=True, repr=False)
class Request(Confidential):
    """One row of a cohort: what is asked for. At least one of patient, accession and study is given.

    `row` is the line of the file a person sees (the heading is line 1). `national_id` is a number that names
    the patient beyond the hospital, such as the NHS number. `participant` is the project's own name for the
    patient, `index_date` the day its time axis starts on. A row without a study or an accession asks for all
    studies of the patient in `dates`.
    """

    row: int
    patient_id: str = ""
    issuer: str = ""
    national_id: str = ""
    accession: str = ""
    study: str = ""
    series: str = ""
    study_date: date | None = None
    dates: DateRange = ALWAYS
    participant: str = ""
    index_date: date | None = None
    is_deceased: bool = False


class CohortKind(StrEnum):
    """What the rows of a cohort came from."""

    TABLE = "table"
    OMOP = "omop"
    PATIENTS = "patients"


class Match(StrEnum):
    """How an archive's answer fits a request."""

    AS_ASKED = "as-asked"
    OTHER_ACCESSION = "other-accession"
    OTHER_PATIENT = "other-patient"
    OTHER_STUDY = "other-study"
    OTHER_DATE = "other-date"


class Resolution(StrEnum):
    """How asking the archives for a request ended; empty until it did."""

    OPEN = ""
    FOUND = "found"
    ELSEWHERE = "elsewhere"
    ABSENT = "absent"


class Verdict(StrEnum):
    """What the project's filters say of a study before it is fetched."""

    WANTED = "wanted"
    MODALITY = "modality"
    MANUFACTURER = "manufacturer"
    DESCRIPTION_EXCLUDED = "description-excluded"
    DESCRIPTION_UNKNOWN = "description-unknown"
    PLACEHOLDER_DATE = "placeholder-date"
    TOO_FEW_INSTANCES = "too-few-instances"
    NO_IMAGES = "no-images"
    DECEASED = "deceased"
    OPTED_OUT = "opted-out"


class FetchState(StrEnum):
    """Where fetching a study for a project stands."""

    WANTED = "wanted"
    """To be asked for, now or after a wait."""

    COMPLETE = "complete"
    """Every instance the archive listed and the project wants is in keeping."""

    PARTIAL = "partial"
    """No archive hands over the rest; it is asked again only when a person says so."""

    ABSENT = "absent"
    """The archives list no instance of it any more."""

    REFUSED = "refused"
    """Every archive refuses to hand it over."""

    CANCELLED = "cancelled"
    """A person said it is not wanted any more."""


class RequestOutcome(StrEnum):
    """The one way in which a requested row ends, in words that a ledger shows."""

    DELIVERED = "delivered"
    ALREADY_DELIVERED = "already delivered"
    PARTIALLY_RECEIVED = "partially received"
    NOT_IN_ARCHIVE = "not in archive"
    NO_IMAGES = "no images"
    PLACEHOLDER_DATE = "placeholder date"
    FOUND_ELSEWHERE = "found under another accession or patient"
    OPTED_OUT = "opted out"
    DECEASED = "deceased"
    REJECTED = "rejected by rule"
    DESCRIPTION_UNKNOWN = "description unknown"
    IDENTITY_CONFLICT = "identity conflict"
    HELD = "held"
    DEIDENTIFICATION_FAILED = "de-identification failed"
    CANCELLED = "cancelled"
    PENDING = "still pending"


class Level(StrEnum):
    """Of what a description is."""

    STUDY = "study"
    SERIES = "series"


class Listing(StrEnum):
    """What a person decided about a description."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class Sighting(Confidential):
    """A study that an archive answered to a request, and what was made of it."""

    archive: str
    study: Uid
    patient_id: str
    accession: str
    study_date: str
    description: str
    modalities: tuple[str, ...]
    manufacturers: tuple[str, ...]
    series: int | None
    instances: int | None
    match: Match
    verdict: Verdict
