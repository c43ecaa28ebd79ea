"""What people say of a sample before its release, and what that makes of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tirage.model.identifiers import PolicyDigest, ProjectName
from tirage.model.pixels import Box


class Mark(StrEnum):
    """Why an output is looked at by a person whatever chance says."""

    SCREEN = "device screen blanked"
    LETTERING = "lettering blanked"
    WORDS = "words kept in the picture"
    SECONDARY = "secondary capture"
    ULTRASOUND = "ultrasound"


class Verdict(StrEnum):
    """What one reader says of one object."""

    OK = "ok"
    LEAK = "leak"
    DOUBT = "doubt"


class State(StrEnum):
    """How far the reading of a sample has come."""

    OPEN = "open"
    """It waits for a reader, or for the second of two."""

    DISPUTED = "disputed"
    """Its readers do not agree, or doubt: a third one decides."""

    PASSED = "passed"
    FAILED = "failed"


UNREAD = frozenset({State.OPEN, State.DISPUTED})
"""The states that wait for somebody."""


class Stratum(NamedTuple):
    """What a sample is drawn from evenly: the device, and the kind of object it made."""

    manufacturer: str
    model: str
    sop_class: str
    modality: str


class Drawn(NamedTuple):
    """A rectangle that a reader drew in a frame, counted from 0."""

    frame: int
    box: Box


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """A drawn box for every object of the device it was drawn on; None and '' ask for nothing.

    `policy` is under which the sample's output was made, `made_at` in microseconds.
    """

    number: int
    project: ProjectName
    sample: int
    policy: PolicyDigest
    modality: str
    sop_class: str
    manufacturer: str
    model: str
    rows: int | None
    columns: int | None
    box: Box
    reviewer: str
    made_at: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two readers of the same objects agree, by their first two readings.

    `kappa` is Cohen's; None where chance alone explains everything, as when both said only one thing.
    """

    pairs: int
    alike: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class SampleStanding:
    """How far the review of what waits for release has come; `changed_at` in microseconds.

    `is_planned` when the sample was drawn from exactly what waits now. `returned` counts objects that
    failed and were put back unchanged. `drawn` of the `planned` were chosen by chance; `drawn_failed` of the
    `drawn_read` failed, so that with 95 % confidence no more than `upper_bound` of what waits would.
    """

    is_planned: bool
    objects: int
    planned: int
    read: int
    double_read: int
    open: int
    disputed: int
    passed: int
    failed: int
    returned: int
    drawn: int
    drawn_read: int
    drawn_failed: int
    upper_bound: float
    agreement: Agreement
    changed_at: int

    @property
    def is_complete(self) -> bool:
        """Whether everything that had to be read was, and nothing that failed would be released."""
        return self.is_planned and not (self.open or self.disputed or self.returned)
