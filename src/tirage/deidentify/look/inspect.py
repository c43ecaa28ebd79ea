"""Looks at every frame of an object, and says which boxes to blank, or that a person must look."""

from typing import Protocol

from tirage.deidentify.look.seen import Seen
from tirage.dicom.header import Header
from tirage.model.outcomes import Held, Outcome
from tirage.model.reasons import HoldReason
from tirage.model.records import Finding, Identifiers
from tirage.policy.profile import Profile

__all__ = ["Judge", "Seen", "inspect"]


class Judge(Protocol):
    """Says of a text whether every word of it may stay; `deidentify.text` has it."""

    def accepts(self, text: str) -> bool: ...


def inspect(header: Header, profile: Profile, cleaner: Judge, identifiers: Identifiers) -> Outcome[Seen]:
    """The boxes to blank in an object whose pixels may carry text."""
    return Held(HoldReason.PIXELS_UNCHECKED, (Finding("PixelData", "not looked at"),))
