"""What is asked of an archive, what it answers, and the faults it may have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from tirage.errors import Permanent, Transient
from tirage.model.identifiers import Uid
from tirage.model.records import Confidential


class DateRange(NamedTuple):
    """Days from `first` to `last`, both included; None leaves that side open."""

    first: date | None = None
    last: date | None = None


ALWAYS = DateRange()
"""Every day there is."""


@dataclass(frozen=True, slots=True, repr=False)
class StudyQuery(Confidential):
    """What a study must match. Empty fields ask for nothing; every value is literal, never a pattern."""

    study: str = ""
    patient_id: str = ""
    issuer: str = ""
    accession: str = ""
    dates: DateRange | None = None


@dataclass(frozen=True, slots=True, repr=False)
class StudyAnswer(Confidential):
    """A study as an archive describes it; empty where the archive said nothing, None for counts.

    `study_date` and `birth_date` are DICOM dates (YYYYMMDD) as answered, not checked. `availability` is
    Instance Availability (0008,0056), `status` the retired Study Status ID (0032,000A), which archives that
    are fed by an order system still use for orders without images.
    """

    study: Uid
    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""
    accession: str = ""
    study_date: str = ""
    study_time: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    series: int | None = None
    instances: int | None = None
    availability: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class SeriesAnswer(Confidential):
    """A series as an archive describes it; empty where it said nothing, None for the count."""

    series: Uid
    modality: str = ""
    number: str = ""
    description: str = ""
    body_part: str = ""
    manufacturer: str = ""
    instances: int | None = None


class InstanceAnswer(NamedTuple):
    """An instance an archive has; the SOP class is empty where the archive leaves it out."""

    series: Uid
    sop_instance: Uid
    sop_class: Uid = Uid("")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be retrieved of one study.

    `whole` says that `instances` are everything the archive has of it, so that the study may be asked for as
    such; otherwise whole series are asked for where `whole_series` lists them, and single instances else.
    """

    study: Uid
    instances: Sequence[InstanceAnswer]
    whole: bool = False
    whole_series: frozenset[Uid] = frozenset()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """How an archive says a retrieval went: counts of sub-operations and the last status.

    Nothing but a hint: what arrived is counted by who receives it. `status` is the DIMSE status (PS3.4
    C.4.2.1.5) or the HTTP status of the last request; `requests` is how many were made.
    """

    completed: int = 0
    failed: int = 0
    warned: int = 0
    status: int | None = None
    requests: int = 0


class ArchiveUnreachable(Transient):
    """The archive does not answer, or went away in the middle."""

    code = "ARCHIVE_UNREACHABLE"
    remedy = "Check host, port and firewall of the archive with `tirage doctor`; it is asked again by itself."


class ArchiveBusy(Transient):
    """The archive says that it cannot now."""

    code = "ARCHIVE_BUSY"
    remedy = "Nothing to do: the archive is asked again later. Lower `at_a_time` if this happens often."

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """How long the archive asks to be left alone, in seconds; None when it does not say."""


class ArchiveRefused(Permanent):
    """The archive answers and says no."""

    code = "ARCHIVE_REFUSED"
    remedy = "Check the AE titles on both sides, and that the archive knows this node as a move destination."


class MoveDestinationUnknown(ArchiveRefused):
    """The archive does not know, or cannot reach, the move destination that it was told."""

    code = "MOVE_DESTINATION_UNKNOWN"
    remedy = (
        "Have this node's AE title, host and port entered at the archive as a move destination, spelt "
        "exactly as here, and check that the archive can connect to the listener."
    )


class QueryUnaskable(Permanent):
    """The query names nothing that can be asked for literally, so that it would ask for everything."""

    code = "QUERY_UNASKABLE"
    remedy = "Give a Study Instance UID, a patient ID or an accession number without `*`, `?` and backslash."


class ArchiveContradicts(Permanent):
    """The archive's answer cannot be understood or contradicts what was asked."""

    code = "ARCHIVE_CONTRADICTS"
    remedy = "Show the vendor the archive's answer to the same query by `findscu`; then try the next archive."


class Archive(Protocol):
    """A place that holds studies: asked by C-FIND and C-MOVE or C-GET, or by QIDO-RS and WADO-RS.

    One caller at a time; connections are kept between calls until `close`. Every method may raise
    `ArchiveUnreachable`, `ArchiveBusy`, `ArchiveRefused` and `ArchiveContradicts`, a query that must not be
    sent `QueryUnaskable`, and `retrieve` the transient faults of an intake (`model.custody`). Answers are
    what the archive said: whether they fit the question is for `acquire.answers` to say. A value that cannot
    be asked for literally is left out of a query, so that more may be answered than was meant.
    """

    @property
    def name(self) -> str:
        """The archive's name in the node's settings."""

    def check(self) -> None:
        """Return when the archive answers (C-ECHO, or an empty QIDO-RS query)."""

    def find_studies(self, query: StudyQuery) -> list[StudyAnswer]:
        """The studies the archive answers with; those without a usable Study Instance UID are left out."""

    def find_series(self, study: Uid) -> list[SeriesAnswer]:
        """The series of a study."""

    def find_instances(self, study: Uid, series: Sequence[Uid] = ()) -> list[InstanceAnswer]:
        """The instances of a study, of the given series only where some are given.

        Archives that refuse an IMAGE query without a Series Instance UID are asked series by series.
        """

    def retrieve(self, wanted: Wanted, is_cancelled: Callable[[], bool]) -> Retrieved:
        """Have the archive hand over what is wanted to this node's intake; returns when it says it is done.

        With C-MOVE objects reach the node's listener and may still be on their way. Stops early, with
        C-CANCEL where there is one, once `is_cancelled`.
        """

    def close(self) -> None:
        """Give up connections that are open."""
