"""An association with a peer: how this node introduces itself, asks for it and ends it."""

import logging
import socket
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tirage.network.certificates import Trust, context
from tirage.network.identity import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from tirage.network.reactor import steady

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association

VERIFICATION: Final = "1.2.840.10008.1.1"
MOST_CONTEXTS: Final = 128
"""Presentation context IDs are the odd numbers of one byte (PS3.8 9.3.2.2)."""

NO_LIMIT: Final = 0


@dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM system to talk to, over TLS where there is `trust`; timeouts in seconds."""

    host: str
    port: int
    called_ae: str
    calling_ae: str = "TIRAGE"
    connect_timeout_s: float = 10.0
    answer_timeout_s: float = 60.0
    trust: Trust | None = None


def entity(peer: Peer) -> "AE":
    """This node as the peer will know it, without presentation contexts yet."""
    from pynetdicom import AE, _config

    # pynetdicom keeps these per process. Its log quotes UIDs and data sets, so it is not listened to.
    _config.STORE_SEND_CHUNKED_DATASET = True
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = False
    _config.LOG_RESPONSE_IDENTIFIERS = False
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    made = AE(ae_title=peer.calling_ae)
    made.implementation_class_uid = IMPLEMENTATION_CLASS
    made.implementation_version_name = IMPLEMENTATION_VERSION
    made.connection_timeout = peer.connect_timeout_s
    made.acse_timeout = peer.connect_timeout_s
    made.dimse_timeout = peer.answer_timeout_s
    made.network_timeout = peer.answer_timeout_s
    return made


def associate(
    ours: "AE",
    peer: Peer,
    *,
    most_pdu_bytes: int = NO_LIMIT,
    receives: Sequence[str] = (),
    on_store: Callable[[Any], int] | None = None,
) -> "Association | None":
    """An association, established or not; None when nobody answers at the address.

    `receives` are SOP classes this node also takes objects of over the association (SCP role, PS3.7 D.3.3.4);
    `on_store` answers each such object with a status.
    """
    from pynetdicom import build_role, evt

    roles = [build_role(sop_class, scp_role=True) for sop_class in receives]
    handlers: list[Any] = [(evt.EVT_C_STORE, on_store)] if on_store else []
    with warnings.catch_warnings():
        # pynetdicom leaves a socket that could not connect to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            association = ours.associate(
                peer.host,
                peer.port,
                ae_title=peer.called_ae,
                max_pdu=most_pdu_bytes,
                ext_neg=[*roles],
                evt_handlers=handlers,
                tls_args=None if peer.trust is None else (context(peer.trust), peer.host),
            )
        except OSError:
            return None
    steady(association)
    _send_at_once(association)
    return association


def _send_at_once(association: "Association") -> None:
    # A message is two units, each a write of its own: the second would wait until the peer, which has nothing
    # to answer yet, acknowledges the first, 40 to 200 ms later (Nagle's algorithm, delayed acknowledgement).
    if association.dul.socket is not None and association.dul.socket.socket is not None:
        with suppress(OSError):
            association.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def stands(association: "Association") -> bool:
    """Whether messages can be exchanged; pynetdicom's threads change this at any time."""
    return bool(association.is_established)


def end(association: "Association") -> None:
    """Release or abort, whichever the association's state allows."""
    connection = association.dul.socket.socket if association.dul.socket else None
    if association.is_established:
        association.release()
    elif not (association.is_released or association.is_aborted or association.is_rejected):
        association.abort()
    # pynetdicom does not close a socket whose peer was first to close it.
    if connection is not None:
        connection.close()
