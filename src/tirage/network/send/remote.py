"""Delivery to a file server, whatever it speaks.

A file is sent under `NAME.part`, proved, and given its name only then. What is there under its name already
is compared and never overwritten. A connection that drops is opened again, and a large file goes on where it
was.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath
from types import TracebackType
from typing import BinaryIO, Final, Self

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Proof,
    Receipt,
)
from tirage.network.send.files import Closed, Connect, Dropped, Fault, FileServer
from tirage.network.send.pace import Pace

PARTIAL: Final = ".part"
PIECE_BYTES: Final = 256 * 1024
RESUMED_BYTES: Final = 1024 * 1024
"""A smaller partial file is sent again from its beginning: asking how much is there costs as much."""

TRIES: Final = 4
"""Connections that one file is tried over before it waits for another run."""

_EMPTY: Final = hashlib.sha256(b"").hexdigest()


class Source:
    """A released file that is read for sending, and hashed from its beginning on."""

    def __init__(self, file: BinaryIO, pace: Pace) -> None:
        self._file = file
        self._pace = pace
        self._hashed = hashlib.sha256()

    def skip(self, size_bytes: int) -> None:
        """Read what need not be sent."""
        while size_bytes:
            piece = self._next(min(size_bytes, PIECE_BYTES))
            size_bytes -= len(piece)
            if not piece:
                return

    def read(self) -> bytes:
        """The next piece, as soon as it may be sent."""
        piece = self._next(PIECE_BYTES)
        self._pace.take(len(piece))
        return piece

    def digest(self) -> str:
        """SHA-256 of all that was read."""
        return self._hashed.hexdigest()

    def _next(self, size_bytes: int) -> bytes:
        try:
            piece = self._file.read(size_bytes)
        except OSError as error:
            raise Fault("SOURCE_UNREADABLE", False) from error
        self._hashed.update(piece)
        return piece


class Courier:
    """Brings files to a server one after another, over a connection that is opened when it is needed.

    `root_of` says below which folder of the server a name goes; that folder must be there.
    """

    def __init__(self, connect: Connect, root_of: Callable[[str], str], pace: Pace) -> None:
        self._connect = connect
        self._root_of = root_of
        self._pace = pace
        self._server: FileServer | None = None
        self._folders: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def bring(self, consignment: Consignment) -> Receipt:
        """Deliver one file; raises `Closed` where nobody lets us in."""
        was_sent = False
        for _ in range(TRIES):
            try:
                status, proof = self._placed(consignment)
            except Dropped:
                self._hang_up()
                was_sent = True
            except Fault as fault:
                self._tidy(consignment)
                return Receipt(consignment.digest, Delivery.FAILED, fault.detail, fault.is_worth_retrying)
            else:
                # Its own try before, whose answer was lost, is what is there now.
                status = Delivery.DELIVERED if was_sent and status is Delivery.ALREADY else status
                return Receipt(consignment.digest, status, proof=proof)
        return Receipt(consignment.digest, Delivery.FAILED, "UNREACHABLE", True)

    def _placed(self, consignment: Consignment) -> tuple[Delivery, Proof]:
        target = _target(self._root_of(consignment.name), consignment.name)
        partial = target + PARTIAL
        server = self._server = self._server or self._connect()
        if server.size(target) is not None:
            return _compared(server, target, consignment)
        self._make_folders(server, target)
        proof = self._sent(server, partial, consignment)
        # Not every server refuses to rename over a file: ask again as late as possible.
        if server.size(target) is not None:
            compared = _compared(server, target, consignment)
            server.remove(partial)
            return compared
        server.rename(partial, target)
        return Delivery.DELIVERED, proof

    def _sent(self, server: FileServer, partial: str, consignment: Consignment) -> Proof:
        """Send a file until the server has the bytes; one wrong copy is sent again, once."""
        offset = _resumed_at(server, partial, consignment)
        for begin in (offset, 0):
            self._send(server, partial, consignment, begin)
            digest, proof = server.digest(partial)
            if digest == consignment.digest:
                return proof
        raise Fault("READ_BACK", False)

    def _send(self, server: FileServer, partial: str, consignment: Consignment, offset: int) -> None:
        try:
            file = consignment.path.open("rb")
        except OSError as error:
            raise Fault("SOURCE_UNREADABLE", False) from error
        with file:
            source = Source(file, self._pace)
            source.skip(offset)
            server.write(partial, source, offset)
            if source.digest() != consignment.digest:
                raise Fault("SOURCE_CHANGED", False)

    def _make_folders(self, server: FileServer, target: str) -> None:
        root = self._root_of(target)
        missing = []
        folder = str(PurePosixPath(target).parent)
        while folder != root and folder not in self._folders:
            missing.append(folder)
            folder = str(PurePosixPath(folder).parent)
        if folder not in self._folders and not server.is_folder(folder):
            # A disk that is not mounted comes back, and must not be filled in its place.
            raise Fault("UNREACHABLE", True)
        self._folders.add(folder)
        for made in reversed(missing):
            server.make_folder(made)
            self._folders.add(made)

    def _tidy(self, consignment: Consignment) -> None:
        """Remove the partial file of a delivery that failed; a fault here changes nothing about that."""
        with suppress(Fault, Dropped, Closed):
            partial = _target(self._root_of(consignment.name), consignment.name) + PARTIAL
            server = self._server = self._server or self._connect()
            if server.size(partial) is not None:
                server.remove(partial)

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None
        self._folders.clear()


def probe(server: FileServer, root: str) -> None:
    """Write, read back, rename and remove a file of one byte below `root`.

    Raises `DestinationUnreachable` or `DestinationRefused`.
    """
    name = str(PurePosixPath(root) / ".tirage-check")
    try:
        if not server.is_folder(root):
            raise DestinationUnreachable("the folder `path` is not there: is the server's storage mounted?")
        for left in (name, name + PARTIAL):
            if server.size(left) is not None:
                server.remove(left)
        server.write(name + PARTIAL, _Nothing(), 0)
        digest, _ = server.digest(name + PARTIAL)
        server.rename(name + PARTIAL, name)
        server.remove(name)
    except Dropped as error:
        raise DestinationUnreachable("the connection was dropped while the folder was tried") from error
    except Fault as fault:
        with suppress(Fault, Dropped):
            server.remove(name + PARTIAL)
        raise DestinationRefused(
            f"the folder must let files be written, read, renamed and removed: {fault.detail}"
        ) from fault
    if digest != _EMPTY:
        raise DestinationRefused("a file that was written reads back differently")


class _Nothing:
    def read(self) -> bytes:
        return b""


def _target(root: str, name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or name.endswith(PARTIAL):
        raise Fault("BAD_NAME", False)
    if any(ord(letter) < 0x20 or letter == "\x7f" for letter in name):
        raise Fault("BAD_NAME", False)
    return str(PurePosixPath(root).joinpath(*parts))


def _compared(server: FileServer, target: str, consignment: Consignment) -> tuple[Delivery, Proof]:
    digest, proof = server.digest(target)
    if digest == consignment.digest:
        return Delivery.ALREADY, proof
    return Delivery.CONFLICT, Proof.NONE


def _resumed_at(server: FileServer, partial: str, consignment: Consignment) -> int:
    """How much of a file is there from a try before; what it is, is proved with the whole."""
    try:
        size = consignment.path.stat().st_size
    except OSError as error:
        raise Fault("SOURCE_UNREADABLE", False) from error
    if size < RESUMED_BYTES:
        return 0
    there = server.size(partial) or 0
    return there if RESUMED_BYTES <= there <= size else 0
