"""Two kinds of file on disk, as two types: an identified one cannot be handed to delivery by mistake."""

from dataclasses import dataclass
from pathlib import Path

from tirage.model.identifiers import Digest


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """A file of the identified zone; `path` may lie in a folder whose name identifies a person."""

    path: Path
    digest: Digest


@dataclass(frozen=True, slots=True)
class ResearchFile:
    """A de-identified file that the gate has passed."""

    path: Path
    digest: Digest
