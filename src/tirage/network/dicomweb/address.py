"""Where a DICOMweb service is, and how this node shows who it is."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tirage.errors import Permanent


class WebAddressUnsafe(Permanent):
    """The address of a DICOMweb service is none, holds secrets, or would send patients' data in the clear."""

    code = "WEB_ADDRESS_UNSAFE"
    exit_code = 78
    remedy = (
        "Give an https:// address without user, password, query and fragment; http:// is for this machine, "
        "or set `allow_plain` where the network itself is protected."
    )


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a bearer token is had for, at the address of whoever issues it (RFC 6749 4.4)."""

    token_url: str
    client: str
    secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class WebPeer:
    """A DICOMweb service; `url` is what `/studies` is appended to. Timeouts in seconds.

    `ca_file` holds the authorities its certificate is checked against, instead of the system's. Either
    `token` (bearer) or `user` and `password` (basic) are sent, or a token that `credentials` are good for, or
    nothing.
    """

    url: str
    ca_file: Path | None = None
    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    credentials: ClientCredentials | None = None
    allow_plain: bool = False
    connect_timeout_s: float = 10.0
    answer_timeout_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse an address that must not be used; raises `WebAddressUnsafe`."""
        self._judge(self.url)
        if self.credentials is not None:
            self._judge(self.credentials.token_url)

    def _judge(self, address: str) -> None:
        try:
            url = httpx2.URL(address)
        except httpx2.InvalidURL:
            raise WebAddressUnsafe("the address is no URL") from None
        if url.scheme not in ("https", "http") or not url.host:
            raise WebAddressUnsafe("the address is neither https:// nor http://")
        if url.userinfo or url.query or url.fragment:
            raise WebAddressUnsafe("the address holds more than host, port and path")
        if url.scheme == "http" and not self.allow_plain and not _is_loopback(url.host):
            raise WebAddressUnsafe("plain http:// to another machine")

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
