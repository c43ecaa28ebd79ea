"""What looking at an object's pixels gives."""

from dataclasses import dataclass

from tirage.model.pixels import NO_MASK, Box, Mask
from tirage.model.records import Finding
from tirage.model.reviews import Mark


@dataclass(frozen=True, slots=True)
class Seen:
    """The boxes to blank; with these blank, nothing more was found in any frame.

    `regions` are the ultrasound regions outside of which everything is blanked, empty when there are none.
    `findings` say what was found where, never what it says; `marks` why a person should look too.
    """

    mask: Mask = NO_MASK
    regions: tuple[Box, ...] = ()
    findings: tuple[Finding, ...] = ()
    marks: tuple[Mark, ...] = ()
