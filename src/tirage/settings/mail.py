"""The mail server by which a node tells people what happened, and who looks after the node."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from tirage.settings.console import is_loopback
from tirage.settings.forms import Port, SecretReference, Section

MailAddress = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=254)]


class Security(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Mail(Section):
    """The mail server that takes notices; leave out for no e-mail."""

    host: str = Field(description="Name or address of the mail server.")
    port: Port = Field(default=587, description="Its TCP port: 587 for `starttls`, 465 for `tls`.")
    security: Security = Field(
        default=Security.STARTTLS, description="`starttls`, `tls`, or `none` for a server on this host."
    )
    user: str = Field(default="", description="Account at the server; empty signs in nowhere.")
    password: SecretReference | None = Field(default=None, description="Reference to its password.")
    sender: MailAddress = Field(description="Address that notices come from.")
    ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) of who signed its certificate; default those of the system.",
    )
    timeout_s: float = Field(default=15, gt=0, le=60, description="Seconds to wait for the server.")
    admin: tuple[MailAddress, ...] = Field(
        default=(), description="Who is told when the node itself needs attention."
    )

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if bool(self.user) != (self.password is not None):
            raise ValueError("`user` and `password` go together")
        if self.security is Security.NONE and not is_loopback(self.host):
            raise ValueError(f"{self.host} is another host: write `starttls` or `tls`")
        return self
