"""Whether a peer may associate: allow-lists as a value, answers from PS3.8 Table 9-21."""

import string
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from tirage.network.upper_layer.associate import AssociateRequest

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
"""The one DICOM application context (PS3.7 Annex A.2.1)."""

_TITLE_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation + " ") - {"\\"}


class Rejection(Enum):
    """Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

    CONTEXT_NOT_SUPPORTED = (1, 1, 2)
    CALLING_AE_NOT_RECOGNISED = (1, 1, 3)
    CALLED_AE_NOT_RECOGNISED = (1, 1, 7)
    PROTOCOL_VERSION = (1, 2, 2)
    TEMPORARY_CONGESTION = (2, 3, 1)
    LOCAL_LIMIT = (2, 3, 2)


@dataclass(frozen=True, slots=True)
class AllowedPeer:
    """A system that may send: its AE title (empty: any) from one of its networks (empty: any)."""

    calling_ae: str
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def matches(self, calling_ae: str, address: IPv4Address | IPv6Address) -> bool:
        """Whether a caller is this peer."""
        if self.calling_ae and self.calling_ae != calling_ae:
            return False
        return not self.networks or any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may associate under which called AE title.

    `called_aes` are the node's own titles. Nobody is admitted who is not in `peers`, but for callers on the
    loopback address, where `is_loopback_open`.
    """

    called_aes: frozenset[str]
    peers: tuple[AllowedPeer, ...] = ()
    is_loopback_open: bool = True

    def refusal(self, request: AssociateRequest, address: str) -> Rejection | None:
        """Why the request must be rejected; none when it may be accepted."""
        if not request.protocol_version & 1:
            return Rejection.PROTOCOL_VERSION
        if request.application_context != APPLICATION_CONTEXT:
            return Rejection.CONTEXT_NOT_SUPPORTED
        if not is_title(request.called_ae) or request.called_ae not in self.called_aes:
            return Rejection.CALLED_AE_NOT_RECOGNISED
        if not is_title(request.calling_ae) or not self._admits(request.calling_ae, address):
            return Rejection.CALLING_AE_NOT_RECOGNISED
        return None

    def _admits(self, calling_ae: str, address: str) -> bool:
        caller = ip_address(address)
        if isinstance(caller, IPv6Address) and caller.ipv4_mapped:
            caller = caller.ipv4_mapped
        if self.is_loopback_open and caller.is_loopback:
            return True
        return any(peer.matches(calling_ae, caller) for peer in self.peers)


def is_title(text: str) -> bool:
    """Whether a text is an AE title: 1 to 16 characters, no control character, no backslash.

    Source: PS3.5 Table 6.2-1.
    """
    return 1 <= len(text) <= 16 and _TITLE_CHARACTERS.issuperset(text)
