"""A file server that speaks SFTP (draft-ietf-secsh-filexfer-02), by a host key that is known beforehand."""

import hashlib
import logging
import re
import shlex
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from errno import EACCES, ENOENT
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from tirage.model.delivery import Proof
from tirage.model.identifiers import Digest
from tirage.network.send.ahead import read_ahead
from tirage.network.send.files import Closed, Dropped, Fault, FileServer, Pieces
from tirage.network.send.remote import PIECE_BYTES

if TYPE_CHECKING:
    from paramiko import PKey, Transport

TIMEOUT_S: Final = 30.0
SUMMING_S: Final = 3600.0
"""How long a server may take to read a file for its sum."""

WINDOW_BYTES: Final = 2**21
_CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
_SIGNATURES: Final = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""What a host may prove its key by, where that is called otherwise than the key (RFC 8332)."""

_FAULTS: Final = {EACCES: ("NOT_PERMITTED", False), ENOENT: ("UNREACHABLE", True)}
"""Detail of a status that paramiko gives an `errno`; a folder that was there is gone, like a mount."""

_SUM: Final = re.compile(r"^\\?([0-9a-f]{64}) ")


@dataclass(frozen=True, slots=True)
class SftpAccess:
    """Where an SFTP server is, what it is known by (`ssh-ed25519 AAAA…`), and who this node is there.

    `key` is a private key's file; without one `password` is used. `has_sums`: the account may run
    `sha256sum`, so that nothing is read back.
    """

    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    password: str = ""
    key: Path | None = None
    has_sums: bool = False
    timeout_s: float = TIMEOUT_S

    def __call__(self) -> FileServer:
        """Connect and log in; raises `Closed`."""
        with ExitStack() as undone:
            transport = _transport(self)
            undone.callback(transport.close)
            server = SftpServer(transport, self.has_sums, self.timeout_s)
            undone.pop_all()
            return server


class SftpServer:
    """A `FileServer` over one SSH connection."""

    def __init__(self, transport: "Transport", has_sums: bool, timeout_s: float) -> None:
        from paramiko import SFTPClient, SSHException

        self._transport = transport
        self._has_sums = has_sums
        self._timeout_s = timeout_s
        self._client: SFTPClient
        try:
            client = SFTPClient.from_transport(transport, WINDOW_BYTES)
        except (SSHException, EOFError, OSError) as error:
            raise Closed("REJECTED", False, "the account may log in but not use SFTP") from error
        channel = None if client is None else client.get_channel()
        if client is None or channel is None:
            raise Closed("REJECTED", False, "the account may log in but not use SFTP")
        self._client, self._channel = client, channel
        channel.settimeout(timeout_s)

    def size(self, path: str) -> int | None:
        """Bytes of a file; None where nothing is."""
        with self._answers():
            try:
                found = self._client.stat(path)
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(found.st_mode or 0):
                raise Fault("BAD_NAME", False)
            return found.st_size or 0

    def digest(self, path: str) -> tuple[Digest, Proof]:
        """By `sha256sum` where the account may run it, otherwise by reading the file back."""
        if self._has_sums and (digest := self._summed(path)):
            return digest, Proof.CHECKSUM
        hashed = hashlib.sha256()
        with self._answers():
            for piece in read_ahead(self._client, path):
                hashed.update(piece)
        return Digest(hashed.hexdigest()), Proof.READ_BACK

    def write(self, path: str, pieces: Pieces, offset: int) -> None:
        """Write all pieces from `offset` on."""
        try:
            with self._answers(), self._client.open(path, "r+b" if offset else "wb") as file:
                file.seek(offset)
                while piece := pieces.read():
                    file.set_pipelined(True)
                    file.write(piece[:-1])
                    # Only what waits for its answer is told of a write that failed before it.
                    file.set_pipelined(False)
                    file.write(piece[-1:])
        except Fault as fault:
            if fault.detail == "IO_ERROR" and self._is_full(path):
                raise Fault("NO_SPACE", True) from fault
            raise

    def rename(self, old: str, new: str) -> None:
        """Give a file another name; OpenSSH says no where the name is taken."""
        with self._answers():
            self._client.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with self._answers():
            self._client.remove(path)

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder of this name."""
        with self._answers():
            try:
                return stat.S_ISDIR(self._client.stat(path).st_mode or 0)
            except FileNotFoundError:
                return False

    def make_folder(self, path: str) -> None:
        """Make a folder; one that is there is as good."""
        try:
            with self._answers():
                self._client.mkdir(path)
        except Fault:
            if not self.is_folder(path):
                raise

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def _summed(self, path: str) -> Digest | None:
        from paramiko import SSHException

        try:
            channel = self._transport.open_session(timeout=self._timeout_s)
            with channel:
                # A disk sums some hundred megabytes a second: the answer may take its time.
                channel.settimeout(SUMMING_S)
                channel.exec_command(f"sha256sum -b -- {shlex.quote(path)}")
                said = channel.makefile("r").read(4096)
        except (SSHException, EOFError, OSError) as error:
            if not self._transport.is_active():
                raise Dropped from error
            said = b""
        found = _SUM.match(said.decode("ascii", "replace") if isinstance(said, bytes) else said)
        return Digest(found[1]) if found else None

    def _is_full(self, path: str) -> bool:
        """Whether the disk is full: SFTP has no word for it, OpenSSH says what is free (PROTOCOL 3.4)."""
        from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY

        client: Any = self._client
        with suppress(Fault), self._answers():
            kind, answer = client._request(
                CMD_EXTENDED, "statvfs@openssh.com", str(PurePosixPath(path).parent)
            )
            if kind == CMD_EXTENDED_REPLY:
                _block, fragment, _blocks, _free, available = (answer.get_int64() for _ in range(5))
                return bool(available * fragment < PIECE_BYTES)
        return False

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Faults of the library as what a file server says."""
        from paramiko import SSHException

        try:
            yield
        except (SSHException, EOFError, TimeoutError, ConnectionError) as error:
            raise Dropped from error
        except OSError as error:
            if self._channel.closed or not self._transport.is_active():
                raise Dropped from error
            raise Fault(*_FAULTS.get(error.errno or 0, ("IO_ERROR", True))) from error


def _transport(access: SftpAccess) -> "Transport":
    from paramiko import AuthenticationException, SSHException, Transport
    from paramiko.ssh_exception import IncompatiblePeer

    key = None if access.key is None else _private_key(access.key)
    # It would log the server's own words.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    try:
        plug = socket.create_connection((access.host, access.port), access.timeout_s)
    except OSError as error:
        raise Closed("UNREACHABLE", True, "nobody answers at host and port") from error
    # Requests are small and answered one by one: none may wait for the acknowledgement of the one before.
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = Transport(plug, WINDOW_BYTES)
    transport.banner_timeout = transport.auth_timeout = access.timeout_s
    try:
        options = transport.get_security_options()
        options.ciphers = _CIPHERS
        options.key_types = _signatures(access.host_keys)
        transport.start_client(timeout=access.timeout_s)
        shown = transport.get_remote_server_key()
        if f"{shown.get_name()} {shown.get_base64()}" not in access.host_keys:
            raise Closed("HOST_KEY_UNKNOWN", False, "the server shows a key that is not in `host_keys`")
        if key is None:
            transport.auth_password(access.user, access.password)
        else:
            transport.auth_publickey(access.user, key)
    except AuthenticationException as error:
        transport.close()
        raise Closed(
            "REJECTED", False, "the server does not let this user in: check user and secret"
        ) from error
    except IncompatiblePeer as error:
        transport.close()
        raise Closed("HOST_KEY_UNKNOWN", False, "the server has no key of a kind in `host_keys`") from error
    except (SSHException, EOFError, OSError) as error:
        transport.close()
        raise Closed("UNREACHABLE", True, "the connection ended before the login") from error
    except Closed:
        transport.close()
        raise
    return transport


def _private_key(path: Path) -> "PKey":
    from paramiko import PKey, SSHException

    try:
        return PKey.from_path(path)
    except (SSHException, ValueError, TypeError, OSError) as error:
        raise Closed("KEY_UNREADABLE", False, "`key` is no private key, or one with a passphrase") from error


def _signatures(host_keys: tuple[str, ...]) -> tuple[str, ...]:
    """What a host may prove the pinned keys by, so that it shows one of them where it has several."""
    kinds = dict.fromkeys(each.split()[0] for each in host_keys)
    return tuple(signature for kind in kinds for signature in _SIGNATURES.get(kind, (kind,)))
