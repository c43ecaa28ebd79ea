"""The console of `tirage serve`: where people reach it, and by what it proves who it is."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from tirage.settings.forms import Port, Section
from tirage.settings.oidc import Oidc


class Console(Section):
    """The console for people of the identified zone."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Port = Field(default=8791, description="TCP port; 0 takes any free one.")
    certificate: Path | None = Field(
        default=None, description="Certificate chain (PEM) of the console, relative to the node folder."
    )
    key: Path | None = Field(default=None, description="Its private key (PEM), the owner's alone to read.")
    second_factor: bool = Field(
        default=True, description="Everybody with a password here also shows a code of their phone."
    )
    behind_proxy: bool = Field(
        default=False, description="A proxy on this host speaks TLS for it, and alone reaches its port."
    )
    address: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="Where people open it, `https://…`: notices link there; empty for no links.",
    )

    oidc: Oidc | None = Field(
        default=None, description="Sign in at the hospital's provider; leave out for accounts of this node."
    )

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("`certificate` and `key` go together")
        if not (self.certificate or self.behind_proxy or is_loopback(self.host)):
            raise ValueError(f"{self.host} is reached by others: give `certificate` and `key`")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it over TLS."""
        return self.certificate is not None or self.behind_proxy


class Syslog(Section):
    """Where the audit is sent on, as DICOM audit messages over TLS (RFC 5425)."""

    host: str = Field(description="Name or address of the audit repository.")
    port: Port = Field(default=6514, description="Its TCP port.")
    ca: Path = Field(description="Certificates (PEM) of who signed its certificate, in the node folder.")
    certificate: Path | None = Field(
        default=None, description="Certificate by which this node proves itself."
    )
    key: Path | None = Field(default=None, description="Its private key (PEM).")
    timeout_s: float = Field(default=10, gt=0, le=300, description="Seconds to wait for the repository.")


class Audit(Section):
    """The proof of who did what."""

    heads_file: Path = Field(
        default=Path("audit-heads.jsonl"),
        description="File of the signed ends of the audit; on another disk it proves more.",
    )
    heads_every_s: float = Field(default=3600, ge=60, description="Seconds between signed ends, at most.")
    source: str = Field(
        default="tirage", pattern=r"^[!-~]{1,48}$", description="Name of this node in audit messages."
    )
    syslog: Syslog | None = Field(default=None, description="Send every line on; leave out for nowhere.")


def is_loopback(host: str) -> bool:
    """Whether a host is this one, by its loopback address or name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
