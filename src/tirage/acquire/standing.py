"""What is recorded about a requested row, in the numbers and words that its outcome is decided from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tirage.model.requests import FetchState, Match, RequestOutcome, Resolution, Verdict


class Step(StrEnum):
    """How far a row came, in the order of the way."""

    REQUESTED = "requested"
    FOUND = "found"
    WANTED = "wanted"
    FETCHED = "fetched"
    RECEIVED = "received"
    RELEASED = "released"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Objects:
    """Where a study's objects stand in the project: numbers, by reason where there is one.

    `delivered` and `conflicting` (the destination holds others under their names) are among the `released`.
    """

    pending: int = 0
    released: int = 0
    delivered: int = 0
    conflicting: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many there are."""
        by_reason = (self.held, self.rejected, self.quarantined)
        return self.pending + self.released + sum(sum(each.values()) for each in by_reason)

    @property
    def are_delivered(self) -> bool:
        """Whether there is something, and everything that is wanted of it was delivered."""
        return 0 < self.released == self.delivered == self.total - sum(self.rejected.values())


@dataclass(frozen=True, slots=True)
class StudyStanding:
    """A study that was seen for a row. `release` names the newest that holds some of it, `v0003 2026-11-28`;
    `is_from_before` says that it was made before the row was loaded.
    """

    match: Match = Match.AS_ASKED
    verdict: Verdict = Verdict.WANTED
    fetch: FetchState | None = None
    fetch_detail: str = ""
    expected: int = 0
    received: int = 0
    objects: Objects = Objects()
    release: str = ""
    is_from_before: bool = False


@dataclass(frozen=True, slots=True)
class RequestStanding:
    """What is recorded about a row; `has_placeholder` says that its own date stands for no date."""

    resolution: Resolution
    studies: Sequence[StudyStanding] = ()
    has_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, codes and counts that explain it (never an identifier), and how far the row came."""

    outcome: RequestOutcome
    detail: str
    step: Step
