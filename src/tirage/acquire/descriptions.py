"""What a person decided about a description, found whatever its case, white space and form of letters."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from tirage.model.records import Confidential
from tirage.model.requests import Level, Listing


def fold(description: str) -> str:
    """The description as it is compared: two that a person would call the same have the same.

    Source: Unicode 3.13, D146 (compatibility caseless match); control and format characters are white space.
    """
    spaced = "".join(" " if unicodedata.category(each) in ("Cc", "Cf") else each for each in description)
    folded = unicodedata.normalize("NFD", spaced).casefold()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded).split())


@dataclass(frozen=True, slots=True, repr=False)
class Listings(Confidential):
    """A project's decisions as they stand: of each level the folded descriptions that were decided."""

    version: int = 0
    study: Mapping[str, Listing] = field(default_factory=dict)
    series: Mapping[str, Listing] = field(default_factory=dict)

    def of(self, level: Level, description: str) -> Listing:
        """What was decided about a description; unknown when nobody did, or took it back."""
        listed = self.study if level is Level.STUDY else self.series
        return listed.get(fold(description), Listing.UNKNOWN)
