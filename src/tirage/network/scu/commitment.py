"""Storage commitment as a requestor: a peer is asked to promise that it keeps objects, and its word awaited.

Source: PS3.4 Annex J, Storage Commitment Push Model. The answer comes over the same association or over one
that the peer opens to us, at the port that it knows this node by.
"""

import queue
import struct
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from tirage.model.identifiers import Uid
from tirage.network.certificates import server_context
from tirage.network.scu.association import Peer, entity
from tirage.network.scu.wire import Gone, Message, Wire
from tirage.network.status import PROCESSING_FAILURE, SUCCESS
from tirage.network.upper_layer.commands import (
    DATA_SET_FOLLOWS,
    NO_DATA_SET,
    RESPONSE_BIT,
    CommandField,
    Element,
)

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PUSH_MODEL: Final = "1.2.840.10008.1.20.1"
PUSH_MODEL_INSTANCE: Final = "1.2.840.10008.1.20.1.1"
IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
NOT_SAID: Final = PROCESSING_FAILURE
"""The reason of an object that was not kept and has none."""

_REQUEST: Final = 1
_CONTEXT: Final = (PUSH_MODEL, IMPLICIT_LITTLE)
_LOOK_S: Final = 0.1
_HELD_S: Final = 5.0
"""How long the association is held for an answer; some peers answer only once it is over."""


class PortTaken(Exception):
    """Something else listens at the port where the peer would answer."""


class NotOffered(Exception):
    """The peer does not offer storage commitment, or said no to the request; `status` is 0 without one."""

    def __init__(self, status: int = 0) -> None:
        super().__init__(f"0x{status:04X}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Word:
    """What the peer promised: to keep some objects, not to keep others, and the reason of each."""

    kept: frozenset[Uid] = frozenset()
    failed: dict[Uid, int] = field(default_factory=dict)


UNREADABLE: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    struct.error,
)
"""What pydicom raises for a data set that is none."""

_Heard = tuple[str, Word]
Objects = Sequence[tuple[Uid, Uid]]
"""SOP class and SOP instance of each."""


def commitment(peer: Peer, objects: Objects, port: int, patience_s: float) -> Word | None:
    """What the peer answers for the objects; None when it has not answered after so many seconds.

    `port` is where it can reach this node. Raises `Gone`, `NotOffered`, `PortTaken`.
    """
    transaction = f"2.25.{uuid.uuid4().int}"
    until = time.monotonic() + patience_s
    with _listening(peer, port, until) as heard:
        _ask(peer, transaction, objects, heard, until)
        while (left_s := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                about, word = heard.get(timeout=left_s)
                if about == transaction:
                    return word
    return None


def check_commitment(peer: Peer, port: int) -> None:
    """Return when the peer offers storage commitment and the port is free; raises as `commitment` does."""
    with _listening(peer, port, time.monotonic()):
        wire = Wire(peer, [_CONTEXT])
        wire.close()
        if _CONTEXT not in wire.accepted:
            raise NotOffered


def _ask(peer: Peer, transaction: str, objects: Objects, heard: "queue.Queue[_Heard]", until: float) -> None:
    """Ask for a promise, and put the answer into the queue if it comes over the same association."""
    wire = Wire(peer, [_CONTEXT])
    try:
        if _CONTEXT not in wire.accepted:
            raise NotOffered
        values: dict[Element, int | str] = {
            Element.REQUESTED_SOP_CLASS: PUSH_MODEL,
            Element.FIELD: CommandField.N_ACTION_RQ,
            Element.MESSAGE_ID: wire.next_id(),
            Element.DATA_SET_TYPE: DATA_SET_FOLLOWS,
            Element.REQUESTED_SOP_INSTANCE: PUSH_MODEL_INSTANCE,
            Element.ACTION_TYPE: _REQUEST,
        }
        wire.send(wire.accepted[_CONTEXT], values, _encoded(transaction, objects))
        message = wire.receive()
        if message.number(Element.FIELD) == CommandField.N_EVENT_REPORT_RQ:
            # Some peers answer before they say that they will.
            heard.put(_report(wire, message))
            message = wire.receive()
        if (status := message.number(Element.STATUS)) != SUCCESS:
            raise NotOffered(status)
        held_until = min(until, time.monotonic() + _HELD_S)
        # From here on the answer may come either way, so that the end of this association is no fault.
        with suppress(Gone):
            while heard.empty() and time.monotonic() < held_until:
                if wire.is_talking(_LOOK_S):
                    heard.put(_report(wire, wire.receive()))
    finally:
        wire.close()


def _report(wire: Wire, message: Message) -> "_Heard":
    """Acknowledge an N-EVENT-REPORT (PS3.7 10.3.1) and say what it holds."""
    values: dict[Element, int | str] = {
        Element.SOP_CLASS: PUSH_MODEL,
        Element.FIELD: CommandField.N_EVENT_REPORT_RQ | RESPONSE_BIT,
        Element.RESPONDED_MESSAGE_ID: message.number(Element.MESSAGE_ID),
        Element.DATA_SET_TYPE: NO_DATA_SET,
        Element.STATUS: SUCCESS,
        Element.SOP_INSTANCE: PUSH_MODEL_INSTANCE,
    }
    wire.send(message.context_id, values)
    try:
        return _read(_decoded(message.data))
    except UNREADABLE:
        return "", Word()


@contextmanager
def _listening(peer: Peer, port: int, until: float) -> Iterator["queue.Queue[_Heard]"]:
    """A listener for answers while it is needed; raises `PortTaken` when its port is not free by then."""
    from pynetdicom import evt

    heard: queue.Queue[_Heard] = queue.Queue()

    def on_report(event: Any) -> int:
        heard.put(_read(event.event_information))
        return SUCCESS

    ours = entity(peer)
    # The peer is the requestor of its association, and the provider of the service all the same.
    ours.add_supported_context(PUSH_MODEL, scu_role=True, scp_role=True)
    while True:
        try:
            server = ours.start_server(
                ("", port),
                block=False,
                ssl_context=None if peer.trust is None else server_context(peer.trust),
                evt_handlers=[(evt.EVT_N_EVENT_REPORT, on_report)],
            )
            break
        except OSError:
            # Another delivery may be waiting for its answer there.
            if time.monotonic() >= until:
                raise PortTaken from None
            time.sleep(_LOOK_S)
    assert server is not None
    try:
        yield heard
    finally:
        server.shutdown()


def _encoded(transaction: str, objects: Objects) -> bytes:
    """The action information of a request (PS3.4 Table J.3-1), Implicit VR Little Endian."""
    from pydicom.dataset import Dataset
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    dataset = Dataset()
    dataset.TransactionUID = transaction
    dataset.ReferencedSOPSequence = []
    for sop_class, sop_instance in objects:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_instance
        dataset.ReferencedSOPSequence.append(item)
    written = DicomBytesIO()
    written.is_little_endian, written.is_implicit_VR = True, True
    write_dataset(written, dataset)
    return written.getvalue()


def _decoded(data: bytes) -> "Dataset":
    from pydicom.filereader import read_dataset

    return read_dataset(BytesIO(data), is_implicit_VR=True, is_little_endian=True)


def _read(answer: "Dataset") -> "_Heard":
    """The event information of an answer (PS3.4 Table J.3-2); what is in neither list was not promised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        kept = frozenset(
            Uid(str(item.get("ReferencedSOPInstanceUID", "")))
            for item in answer.get("ReferencedSOPSequence") or ()
        )
        failed = {
            Uid(str(item.get("ReferencedSOPInstanceUID", ""))): int(item.get("FailureReason") or NOT_SAID)
            for item in answer.get("FailedSOPSequence") or ()
        }
        return str(answer.get("TransactionUID", "")), Word(kept - failed.keys(), failed)
