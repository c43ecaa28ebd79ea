"""A mail server that keeps what it is handed: plain, with STARTTLS, or with TLS from the start."""

import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.peers.ports import free_port

USER, PASSWORD = "notices", "kept-in-a-file"


@dataclass
class Mailbox:
    """Listens until left; `mails` are what came. `refused` are addresses it takes nothing for."""

    certificate: tuple[Path, Path] | None = None
    tls: bool = False
    signs_in: bool = False
    refused: frozenset[str] = frozenset()
    port: int = field(default_factory=free_port)
    mails: list[EmailMessage] = field(default_factory=list)

    def __enter__(self) -> Self:
        context: ssl.SSLContext | None = None
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=context if self.tls else None,
            tls_context=None if self.tls else context,
            require_starttls=context is not None and not self.tls,
            authenticator=_is_known if self.signs_in else None,
            auth_required=self.signs_in,
            auth_require_tls=context is not None and not self.tls,
        )
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = cast(bytes, envelope.content)
        self.mails.append(cast(EmailMessage, message_from_bytes(content, policy=default)))
        return "250 OK"


def _is_known(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_known = isinstance(data, LoginPassword) and data.login == USER.encode()
    return AuthResult(success=is_known and data.password == PASSWORD.encode(), handled=False)
