"""The values that travel between stages.

Types that carry identifiers have no readable `repr`: a stray log line or traceback cannot show them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, Pseudonym, Uid
from tirage.model.reviews import Mark


class Confidential:
    """Hides every field from `repr`, so that identifiers cannot reach a log through one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, hidden>"


class OriginKind(StrEnum):
    """How an object came in."""

    DICOM = "dicom"
    IMPORT = "import"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sent an object: entities and address for C-STORE, else the batch of an import or the archive
    it was fetched from by C-GET or WADO-RS.
    """

    kind: OriginKind
    calling_ae: str = ""
    called_ae: str = ""
    address: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object whose bytes are durable under `digest` but which is not yet recorded.

    `stated_*` is what the DIMSE command set said, or for imported files the file meta; empty where neither
    did. `object_digest` is the digest the object has with our own file meta in front of its data set: equal
    for two objects exactly when SOP class, SOP instance, transfer syntax and data set are equal. What came by
    C-STORE is kept in that form, so there it equals `digest`; an imported file is kept as it is.
    """

    digest: Digest
    object_digest: Digest
    size_bytes: int
    transfer_syntax: Uid
    stated_sop_class: Uid
    stated_sop_instance: Uid
    origin: Origin
    received_at: datetime
    projects: tuple[ProjectName, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PatientIdentity(Confidential):
    """Identifier, issuer and demographics as received; empty strings where absent."""

    patient_id: str
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""
    other_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Identifiers(Confidential):
    """Everything about one patient and study that must not be found in an output.

    `words` are names of people (as in PN, or free), `places` addresses of people and their organisations,
    `institutions` names and addresses of where the object was made, `codes` identifiers, accession numbers
    and telephone numbers, `dates` DICOM dates (YYYYMMDD), `uids` original UIDs.
    """

    words: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()

    def joined(self, other: "Identifiers") -> "Identifiers":
        """Both sets together."""
        return Identifiers(
            self.words | other.words,
            self.codes | other.codes,
            self.dates | other.dates,
            self.uids | other.uids,
            self.places | other.places,
            self.institutions | other.institutions,
        )


@dataclass(frozen=True, slots=True, repr=False)
class InstanceSummary(Confidential):
    """One catalogued instance: what the study, series and instance index keep as columns.

    `attributes` holds promoted attributes by DICOM keyword (StudyDate, Modality, Manufacturer …), multiple
    values joined by a backslash. `header` is the whole non-pixel header as DICOM JSON (PS3.18 F), UTF-8.
    """

    sop_class: Uid
    sop_instance: Uid
    series: Uid
    study: Uid
    transfer_syntax: Uid
    patient: PatientIdentity
    attributes: dict[str, str]
    header: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Link(Confidential):
    """A patient's replacement in one project.

    `uid_key` derives the project's UIDs; `date_offset_days` is added to every date of this patient.
    """

    project: ProjectName
    pseudonym: Pseudonym
    date_offset_days: int
    uid_key: bytes


class View(StrEnum):
    """Through which reading of the output bytes the gate saw something."""

    RAW = "raw"
    TEXT = "text"
    UTF16 = "utf16"
    INFLATED = "inflated"
    BASE64 = "base64"
    ESCAPED = "escaped"
    REORDERED = "reordered"
    OCR = "ocr"
    FILE_NAME = "file name"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something was seen and of which kind; never the value.

    `where` is an attribute path by keyword or tag (`RequestAttributesSequence[0].ScheduledProcedureStepID`)
    or a region of the file; `kind` says what it looks like ("patient name").
    """

    where: str
    kind: str
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A de-identified, verified object, safe for the research zone."""

    source: Digest
    digest: Digest
    size_bytes: int
    project: ProjectName
    policy: PolicyDigest
    pseudonym: Pseudonym
    sop_class: Uid
    sop_instance: Uid
    series: Uid
    study: Uid
    modality: str
    transfer_syntax: Uid
    marks: tuple[Mark, ...] = ()
    """What in its picture asks for a person's eyes, as known when it was made."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many objects of a project stand where; `reasons` counts held, rejected and quarantined ones.

    The conservation law: `received` equals the sum of the five others.
    """

    received: int
    released: int
    held: int
    rejected: int
    quarantined: int
    pending: int
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def is_conserved(self) -> bool:
        """Whether every received object is accounted for exactly once."""
        return self.received == (self.released + self.held + self.rejected + self.quarantined + self.pending)
