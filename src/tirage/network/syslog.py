"""Messages to an audit repository: RFC 5424 lines, counted as RFC 5425 asks, over TLS."""

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tirage.errors import Transient

_PRIORITY = 10 * 8 + 5
"""Facility 10 (security), severity 5 (notice): what PS3.15 A.6 and RFC 3881 ask of audit messages."""

BOM = b"\xef\xbb\xbf"


class RepositoryAway(Transient):
    """The audit repository does not answer, or is not who the settings say it is."""

    code = "REPOSITORY_AWAY"
    remedy = (
        "Nothing is lost: lines are sent when it answers. Check its address, certificate and the CA file."
    )


@dataclass(frozen=True, slots=True)
class Receiver:
    """An audit repository, and how this node proves who it is to it."""

    host: str
    port: int
    ca: Path
    certificate: Path | None
    key: Path | None
    timeout_s: float


def line(at: str, host: str, app: str, identifier: str, content: bytes) -> bytes:
    """One syslog message with the octets it counts before it. Source: RFC 5424 6, RFC 5425 4.3."""
    head = f"<{_PRIORITY}>1 {at} {host} {app} - {identifier} - ".encode("ascii", "replace")
    message = head + BOM + content
    return b"%d %s" % (len(message), message)


class Sending:
    """A connection to a repository; a context manager. Raises `RepositoryAway`."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def __enter__(self) -> Self:
        receiver = self._receiver
        try:
            context = ssl.create_default_context(cafile=str(receiver.ca))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if receiver.certificate is not None:
                context.load_cert_chain(receiver.certificate, receiver.key)
            address = (receiver.host, receiver.port)
            plain = socket.create_connection(address, receiver.timeout_s)
            try:
                self._socket = context.wrap_socket(plain, server_hostname=receiver.host)
            except OSError:
                plain.close()
                raise
        except OSError as error:
            raise RepositoryAway(f"the audit repository is away ({type(error).__name__})") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, lines: Iterable[bytes]) -> None:
        """Send lines and close this side, so that the other one's close says that it read them all.

        Syslog has no receipts: what TLS gave up before it was read comes back as an error of the closing.
        """
        try:
            for each in lines:
                self._socket.sendall(each)
            self._socket.unwrap().close()
        except (OSError, ValueError) as error:
            raise RepositoryAway(f"the audit repository went away ({type(error).__name__})") from error
