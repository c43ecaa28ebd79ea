"""The sums of a file that an S3 store works out as well."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tirage.model.identifiers import Digest

PART_BYTES: Final = 8 * 1024 * 1024
"""Size of the parts in which larger files are sent."""


class Sums:
    """SHA-256 and ETag of a file that is read in parts of `PART_BYTES`.

    The ETag is the MD5 of the bytes or, sent in parts, the MD5 of the parts' MD5s and their number. Stores
    that encrypt with a key of their own answer with something else.
    Source: Amazon S3 API Reference, data type Object.
    """

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._parts: list[bytes] = []
        self.size_bytes = 0

    def add(self, part: bytes) -> None:
        """Take in the next part."""
        self._sha256.update(part)
        self._parts.append(hashlib.md5(part, usedforsecurity=False).digest())
        self.size_bytes += len(part)

    @property
    def digest(self) -> Digest:
        """SHA-256 of all parts."""
        return Digest(self._sha256.hexdigest())

    @property
    def etag(self) -> str:
        """What the store names the bytes by, without quotation marks."""
        if self.size_bytes <= PART_BYTES:
            return b"".join(self._parts).hex()
        joined = hashlib.md5(b"".join(self._parts), usedforsecurity=False).hexdigest()
        return f"{joined}-{len(self._parts)}"


def parts_of(path: Path) -> Iterator[bytes]:
    """A file in parts, one at least; raises `OSError`."""
    with path.open("rb") as file:
        yield file.read(PART_BYTES)
        while part := file.read(PART_BYTES):
            yield part


def sums_of(path: Path) -> Sums:
    """The sums of a file; raises `OSError`."""
    sums = Sums()
    for part in parts_of(path):
        sums.add(part)
    return sums
