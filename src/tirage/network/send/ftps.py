"""A file server that speaks FTP over TLS (RFC 4217), explicit or implicit, in passive mode.

Every data connection goes on with the TLS session of its control connection: that is how a server knows that
both have the same client, and many refuse others.
"""

import ftplib
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tirage.model.delivery import Proof
from tirage.model.identifiers import Digest
from tirage.network.certificates import SAYS, Distrust, Trust, context, distrust_of
from tirage.network.send.files import Closed, Dropped, Fault, FileServer, Pieces

TIMEOUT_S: Final = 30.0
READ_BYTES: Final = 256 * 1024

FAULTS: Final = {
    "421": None,
    "425": None,
    "426": None,
    "450": ("IO_ERROR", True),
    "451": ("IO_ERROR", True),
    "452": ("NO_SPACE", True),
    "522": ("REJECTED", False),
    "530": ("REJECTED", False),
    "532": ("NOT_PERMITTED", False),
    "550": ("NOT_PERMITTED", False),
    "552": ("NO_SPACE", True),
    "553": ("NOT_PERMITTED", False),
}
"""Detail of a reply (RFC 959 4.2) and whether the next try may fare better; None: the connection is gone."""

_HASH: Final = re.compile(r"^213 SHA-256 \S+ ([0-9A-Fa-f]{64})\b", re.IGNORECASE)
_XSHA256: Final = re.compile(r"^2\d\d[ -](?:.*\s)?([0-9A-Fa-f]{64})\b")


@dataclass(frozen=True, slots=True)
class FtpsAccess:
    """Where an FTPS server is, whose certificate it must have, and who this node is there.

    `ca` holds the authorities its certificate is checked against, instead of the system's. `is_implicit`: TLS
    begins with the connection, not with `AUTH TLS`.
    """

    host: str
    port: int
    user: str
    password: str
    ca: Path | None = None
    is_implicit: bool = False
    timeout_s: float = TIMEOUT_S

    def __call__(self) -> FileServer:
        """Connect and log in; raises `Closed`."""
        try:
            client = _Client(context(Trust(self.ca)), self.is_implicit)
        except OSError as error:
            raise Closed("CERTIFICATE_UNREADABLE", False, "`ca` is no file of certificates") from error
        client.encoding = "utf-8"
        try:
            client.connect(self.host, self.port, self.timeout_s)
            client.secure()
            client.login(self.user, self.password)
            client.prot_p()
            client.voidcmd("TYPE I")
            return FtpsServer(client)
        except Closed:
            client.close()
            raise
        except (ftplib.Error, EOFError, OSError) as error:
            client.close()
            raise _closed(error) from error


class FtpsServer:
    """A `FileServer` over one control connection, with a data connection for each file."""

    def __init__(self, client: "_Client") -> None:
        self._client = client
        self._sum = hash_command(_features(client))
        if self._sum == "HASH":
            client.voidcmd("OPTS HASH SHA-256")

    def size(self, path: str) -> int | None:
        """Bytes of a file; None where the server finds none."""
        try:
            with self._answers():
                return self._client.size(path)
        except Fault as fault:
            if fault.detail == "NOT_PERMITTED":
                return None
            raise

    def digest(self, path: str) -> tuple[Digest, Proof]:
        """By the server's own hash where it has one, otherwise by reading the file back."""
        if self._sum:
            with self._answers():
                reply = self._client.sendcmd(f"{self._sum} {path}")
            if digest := hash_in(reply):
                return digest, Proof.CHECKSUM
        hashed = hashlib.sha256()
        with self._answers(), self._data(f"RETR {path}", 0) as data:
            while piece := data.recv(READ_BYTES):
                hashed.update(piece)
        return Digest(hashed.hexdigest()), Proof.READ_BACK

    def write(self, path: str, pieces: Pieces, offset: int) -> None:
        """Write all pieces from `offset` on."""
        with self._answers(), self._data(f"STOR {path}", offset) as data:
            while piece := pieces.read():
                data.sendall(piece)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name; some servers overwrite, so that nobody may ask for one that is taken."""
        with self._answers():
            self._client.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with self._answers():
            self._client.delete(path)

    def is_folder(self, path: str) -> bool:
        """Whether one can go there; every path that is sent is absolute."""
        try:
            with self._answers():
                self._client.cwd(path)
        except Fault as fault:
            if fault.detail == "NOT_PERMITTED":
                return False
            raise
        return True

    def make_folder(self, path: str) -> None:
        """Make a folder; one that is there is as good."""
        try:
            with self._answers():
                self._client.mkd(path)
        except Fault:
            if not self.is_folder(path):
                raise

    def close(self) -> None:
        """End the connection, politely where it is still there."""
        with suppress(ftplib.Error, EOFError, OSError):
            self._client.quit()
        self._client.close()

    @contextmanager
    def _data(self, command: str, offset: int) -> Iterator[ssl.SSLSocket]:
        """A data connection; on its way out the server must say that the transfer is complete."""
        data = self._client.transfercmd(command, offset or None)
        assert isinstance(data, ssl.SSLSocket)
        try:
            with data:
                yield data
                # Tells the server that this was the end, and not a connection that was cut.
                with suppress(ssl.SSLError):
                    data.unwrap()
        except OSError as error:
            # A server that has no more room says so and stops reading.
            raise _said(self._client, error) from error
        except Fault as fault:
            # What it says of an upload that we end must not be taken for its answer to the next command.
            _said(self._client, OSError())
            raise fault
        self._client.voidresp()

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Faults of the library as what a file server says."""
        try:
            yield
        except ftplib.Error as error:
            raise _fault(error) from error
        except (EOFError, OSError) as error:
            raise Dropped from error


class _Client(ftplib.FTP_TLS):
    """ftplib's client, with TLS from the first byte where asked, and one TLS session."""

    def __init__(self, trust: ssl.SSLContext, is_implicit: bool) -> None:
        super().__init__(context=trust)
        self._is_implicit = is_implicit

    def connect(
        self,
        host: str = "",
        port: int = 0,
        timeout: float = -999,
        source_address: tuple[str, int] | None = None,
    ) -> str:
        if not self._is_implicit:
            return super().connect(host, port, timeout, source_address)
        self.host, self.port, self.timeout = host, port, timeout
        plain = socket.create_connection((host, port), timeout)
        self.af = plain.family
        try:
            self.sock = self.context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def secure(self) -> None:
        """Begin TLS where it has not begun; raises `Closed` where the server does not speak it."""
        if self._is_implicit:
            return
        try:
            self.auth()
        except ftplib.Error as error:
            raise Closed(Distrust.NO_TLS.value, False, SAYS[Distrust.NO_TLS]) from error

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        assert isinstance(self.sock, ssl.SSLSocket)
        # Past FTP_TLS, which would begin a session of its own.
        plain, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return self.context.wrap_socket(plain, server_hostname=self.host, session=self.sock.session), size
        except OSError:
            plain.close()
            raise


def _said(client: _Client, error: OSError) -> Exception:
    """What the server says of a data connection that ended, or the end itself where it says nothing."""
    try:
        client.voidresp()
    except ftplib.Error as reply:
        return reply
    except (EOFError, OSError):
        pass
    return error


def _fault(error: ftplib.Error) -> Exception:
    code = str(error)[:3]
    known = FAULTS.get(code, ("IO_ERROR", code.startswith("4")))
    return Dropped() if known is None else Fault(*known)


def _closed(error: Exception) -> Closed:
    if distrust := distrust_of(error):
        return Closed(distrust.value, False, SAYS[distrust])
    code = str(error)[:3] if isinstance(error, ftplib.Error) else ""
    if code in ("530", "532"):
        return Closed("REJECTED", False, "the server does not let this user in: check user and password")
    if code.startswith("5"):
        return Closed("REJECTED", False, "the server does not do FTP over TLS with encrypted transfers")
    return Closed("UNREACHABLE", True, "nobody answers at host and port, or not now")


def _features(client: _Client) -> tuple[str, ...]:
    """What the server says it can do (RFC 2389)."""
    try:
        return tuple(line.strip().upper() for line in client.sendcmd("FEAT").splitlines()[1:-1])
    except ftplib.error_perm:
        return ()


def hash_command(features: tuple[str, ...]) -> str:
    """The command by which a server hashes: HASH (draft-ietf-ftpext2-hash), XSHA256, or none."""
    for line in features:
        algorithms = line.removeprefix("HASH ").replace("*", "").split(";")
        if line.startswith("HASH ") and "SHA-256" in algorithms:
            return "HASH"
    return "XSHA256" if any(line.split()[:1] == ["XSHA256"] for line in features) else ""


def hash_in(reply: str) -> Digest | None:
    """The SHA-256 in a server's reply; None where there is none."""
    found = _HASH.match(reply) or _XSHA256.match(reply)
    return Digest(found[1].lower()) if found else None
