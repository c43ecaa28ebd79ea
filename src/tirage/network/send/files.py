"""What a file server must be able to do to be delivered to, and how it says that it cannot.

Paths are absolute, with forward slashes. Every call may raise `Fault`, where the server answered, or
`Dropped`, where it did not.
"""

from collections.abc import Callable
from typing import Protocol

from tirage.model.delivery import Proof
from tirage.model.identifiers import Digest


class Fault(Exception):
    """A file is not delivered; `detail` is the code of a receipt, never a server's own words."""

    def __init__(self, detail: str, is_worth_retrying: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_worth_retrying = is_worth_retrying


class Dropped(Exception):
    """The connection is gone, and nobody knows what became of what was asked last."""


class Closed(Exception):
    """Nobody lets us in; `detail` is the code of a receipt, the message is for who sets this up."""

    def __init__(self, detail: str, is_worth_retrying: bool, message: str) -> None:
        super().__init__(message)
        self.detail = detail
        self.is_worth_retrying = is_worth_retrying


class Pieces(Protocol):
    """A file that is read from its beginning to its end once."""

    def read(self) -> bytes:
        """The next bytes; none at the end."""


class FileServer(Protocol):
    """One connection to a file server, used by one thread at a time."""

    def size(self, path: str) -> int | None:
        """Bytes of a file; None where no file is."""

    def digest(self, path: str) -> tuple[Digest, Proof]:
        """SHA-256 of a file as the server has it, and how it was found out."""

    def write(self, path: str, pieces: Pieces, offset: int) -> None:
        """Write all pieces from `offset` on, which is where the file ends; 0 begins the file anew."""

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which no file has."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder of this name."""

    def make_folder(self, path: str) -> None:
        """Make a folder inside one that is there; no fault where it is there."""

    def close(self) -> None:
        """End the connection; never raises."""


Connect = Callable[[], FileServer]
"""Opens a connection and logs in; raises `Closed`."""
