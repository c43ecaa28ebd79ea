"""TLS to a peer: whom to believe, who this node is, and why a peer was not believed.

Source: PS3.15 B.12 (BCP 195 profile): TLS 1.2 at least, the peer's certificate and name always checked.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Trust:
    """The authorities a peer's certificate is checked against, the system's where none are named.

    `certificate` and `key` are what this node shows a peer that asks who it is.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Distrust(StrEnum):
    """Why no TLS connection came to be; the value is what a receipt says."""

    EXPIRED = "CERTIFICATE_EXPIRED"
    EARLY = "CERTIFICATE_NOT_YET_VALID"
    OTHER_HOST = "CERTIFICATE_OTHER_HOST"
    UNTRUSTED = "CERTIFICATE_UNTRUSTED"
    NOT_BELIEVED = "CERTIFICATE_NOT_ACCEPTED"
    NO_TLS = "NO_TLS"


SAYS: Final = {
    Distrust.EXPIRED: "its certificate is expired: have it renewed",
    Distrust.EARLY: "its certificate is not yet valid: compare the clocks of both machines",
    Distrust.OTHER_HOST: "its certificate is for another host: give the name that stands in it as the host",
    Distrust.UNTRUSTED: "its certificate is not from an authority in `ca`: ask which authority issued it",
    Distrust.NOT_BELIEVED: "it does not accept this node's certificate: check `certificate` and `key`",
    Distrust.NO_TLS: "it does not speak TLS 1.2 or newer there: check the port",
}
_OF_VERIFICATION: Final = {
    9: Distrust.EARLY,
    10: Distrust.EXPIRED,
    62: Distrust.OTHER_HOST,
    64: Distrust.OTHER_HOST,
}
"""Verification results of OpenSSL (`X509_V_ERR_…`) with a reason of their own; others are `UNTRUSTED`."""

_OURS: Final = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED")
"""Alerts by which a peer turns this node's certificate down (RFC 8446 6.2)."""


def context(trust: Trust) -> ssl.SSLContext:
    """A client's context that believes nobody else; raises `OSError` where a file cannot be read."""
    made = ssl.create_default_context(cafile=None if trust.ca is None else str(trust.ca))
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.certificate is not None:
        made.load_cert_chain(trust.certificate, trust.key)
    return made


def server_context(trust: Trust) -> ssl.SSLContext:
    """A context for peers that connect to us, who must show a certificate, too (PS3.15 B.12).

    Raises `OSError` where a file cannot be read or `trust` names no certificate of ours.
    """
    if trust.certificate is None:
        raise FileNotFoundError("no certificate")
    made = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=None if trust.ca is None else str(trust.ca)
    )
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(trust.certificate, trust.key)
    return made


def distrust_of(error: BaseException) -> Distrust | None:
    """What an exception says about TLS, itself or one that it came from; None where it says nothing."""
    for each in _chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return _OF_VERIFICATION.get(each.verify_code, Distrust.UNTRUSTED)
        if isinstance(each, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return None
        if isinstance(each, ssl.SSLError):
            reason = each.reason or ""
            is_alert = "ALERT" in reason and any(word in reason for word in _OURS)
            return Distrust.NOT_BELIEVED if is_alert else Distrust.NO_TLS
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__
