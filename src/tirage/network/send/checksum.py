"""SHA-256 of a file, read in pieces."""

import hashlib
from pathlib import Path

from tirage.model.identifiers import Digest


def file_digest(path: Path) -> Digest:
    """The digest of a file's bytes; raises `OSError`."""
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
