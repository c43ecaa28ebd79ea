"""What a node tells the command line: plain values without identifiers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from tirage.model.identifiers import Digest, ProjectName, ReceivedId


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a serving node is reached, (host, port)."""

    dicom: tuple[str, int]
    http: tuple[str, int]
    console: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One file of an import by its number, and where its object stands."""

    input: int
    disposition: str
    reason: str
    received: ReceivedId | None = None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every file of an import, in order."""

    project: ProjectName | None
    lines: tuple[ImportLine, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """A release of `objects` in `files` files; `deliveries` counts files by destination and status."""

    project: ProjectName
    version: str
    folder: Path
    objects: int
    files: int
    patients: int
    deliveries: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def is_delivered(self) -> bool:
        """Whether every destination has answered for every file."""
        return all(sum(counts.values()) >= self.files for counts in self.deliveries.values())


@dataclass(frozen=True, slots=True)
class Proposal:
    """A release that waits for signatures: `given` of `needed` there are. `statement` is what is signed."""

    project: ProjectName
    version: str
    number: int
    objects: int
    statement: Digest
    given: int
    needed: int
    requester: str


class Asked(StrEnum):
    """What came of asking for a release."""

    NOTHING = "nothing to release"
    ASKED = "asked for"
    ALREADY = "under way"


@dataclass(frozen=True, slots=True)
class Failure:
    """How many runs of a kind failed with an error code and wait to be tried again."""

    kind: str
    error: str
    runs: int


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """Something that happened to an object."""

    at: datetime
    stage: str
    what: str
    detail: str
