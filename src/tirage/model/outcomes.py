"""What a stage can answer: passed with a value, held for a person, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from tirage.model.reasons import HoldReason, QuarantineReason, Reason, RejectReason
from tirage.model.records import Finding

T_co = TypeVar("T_co", covariant=True)


class Disposition(StrEnum):
    """Where an object stands in a project; every received object is in exactly one."""

    PENDING = "pending"
    RELEASED = "released"
    HELD = "held"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Passed(Generic[T_co]):
    """The stage is content; `value` goes to the next one."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Held:
    """A person must decide; `findings` say where to look, never what was seen."""

    reason: HoldReason
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The object goes no further: quarantined when it cannot be trusted, rejected when it is not wanted."""

    reason: QuarantineReason | RejectReason
    findings: Sequence[Finding] = ()


Outcome = Passed[T_co] | Held | Refused


def disposition_of(reason: Reason) -> Disposition:
    """The disposition a reason puts an object into."""
    match reason:
        case QuarantineReason():
            return Disposition.QUARANTINED
        case HoldReason():
            return Disposition.HELD
        case RejectReason():
            return Disposition.REJECTED
