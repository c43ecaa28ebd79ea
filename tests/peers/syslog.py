"""An audit repository: takes RFC 5425 messages over TLS, with certificates made for the test."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def make_certificate(folder: Path, name: str = "repository") -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


class Repository:
    """Listens until left; `messages` are what came, without their counts. `hangs` reads nothing."""

    def __init__(self, certificate: Path, key: Path, port: int = 0, *, hangs: bool = False) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self.messages: list[bytes] = []
        self._hangs, self._stop = hangs, threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                plain, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if self._hangs:
                self._stop.wait(10)
                plain.close()
                continue
            try:
                with self._context.wrap_socket(plain, server_side=True) as opened:
                    opened.settimeout(5)
                    self._take(opened)
            except OSError:
                plain.close()

    def _take(self, opened: ssl.SSLSocket) -> None:
        content = bytearray()
        while part := opened.recv(65536):
            content += part
        while content:
            count, _, rest = bytes(content).partition(b" ")
            size = int(count)
            assert len(rest) >= size
            self.messages.append(rest[:size])
            content = bytearray(rest[size:])
        opened.unwrap()
