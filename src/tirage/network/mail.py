"""E-mails to one recipient each, by a server whose certificate is verified (RFC 3207, RFC 8314)."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from pathlib import Path

from tirage.model.notices import Message
from tirage.network.certificates import Trust, context, distrust_of
from tirage.network.notices import NoticeUndelivered
from tirage.settings.mail import Security


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how this node signs in to it; `password` is the secret itself."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    sender: str
    ca_file: Path | None
    timeout_s: float


def send(server: MailServer, recipient: str, message: Message) -> None:
    """Hand the message to the server; raises `NoticeUndelivered` with a code, never the server's words."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = server.sender, recipient, message.subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{message.id}@{server.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="8bit" if message.text.isascii() else "quoted-printable")
    with _open(server) as connection:
        connection.send_message(mail, server.sender, [recipient])


@contextmanager
def _open(server: MailServer) -> Iterator[smtplib.SMTP]:
    try:
        verified = context(Trust(server.ca_file))
    except OSError:
        raise NoticeUndelivered("CA_UNREADABLE") from None
    try:
        if server.security is Security.TLS:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=verified
            )
        else:
            opened = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        with opened as connection:
            if server.security is Security.STARTTLS:
                connection.starttls(context=verified)
            if server.user:
                connection.login(server.user, server.password)
            yield connection
    except smtplib.SMTPAuthenticationError:
        raise NoticeUndelivered("LOGIN_REFUSED") from None
    except smtplib.SMTPRecipientsRefused:
        raise NoticeUndelivered("RECIPIENT_REFUSED") from None
    except smtplib.SMTPNotSupportedError:
        raise NoticeUndelivered("NOT_OFFERED") from None
    except smtplib.SMTPResponseException as error:
        raise NoticeUndelivered(f"SMTP_{error.smtp_code}" if error.smtp_code > 0 else "UNREACHABLE") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NoticeUndelivered(distrust_of(error) or "UNREACHABLE") from None
