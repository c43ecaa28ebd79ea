"""C-ECHO as a requestor: whether a destination is there and knows us."""

from tirage.model.delivery import DestinationRefused, DestinationUnreachable
from tirage.network.certificates import SAYS, Distrust
from tirage.network.scu.association import VERIFICATION, Peer
from tirage.network.scu.wire import Gone, Problem, Wire
from tirage.network.status import SUCCESS
from tirage.network.upper_layer.commands import NO_DATA_SET, CommandField, Element

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
"""The default transfer syntax, which every peer takes (PS3.5 10.1)."""


def echo(peer: Peer) -> None:
    """Return when the peer answers a C-ECHO; raise `DestinationUnreachable` or `DestinationRefused`."""
    try:
        status = _status(peer)
    except Gone as gone:
        raise fault_of(gone.problem) from None
    if status != SUCCESS:
        raise DestinationRefused("C-ECHO was not answered with success")


def fault_of(problem: Problem | Distrust) -> DestinationUnreachable | DestinationRefused:
    """What it means for a destination that no association came to be, or that one ended."""
    if isinstance(problem, Distrust):
        return DestinationRefused(SAYS[problem])
    if problem is Problem.REJECTED:
        return DestinationRefused("the association was rejected: check the AE titles")
    if problem is Problem.BUSY:
        return DestinationUnreachable("the association was rejected for now")
    return DestinationUnreachable("no connection")


def _status(peer: Peer) -> int | None:
    pair = (VERIFICATION, IMPLICIT_LITTLE)
    wire = Wire(peer, [pair])
    try:
        if pair not in wire.accepted:
            return None
        values: dict[Element, int | str] = {
            Element.SOP_CLASS: VERIFICATION,
            Element.FIELD: CommandField.C_ECHO_RQ,
            Element.MESSAGE_ID: wire.next_id(),
            Element.DATA_SET_TYPE: NO_DATA_SET,
        }
        wire.send(wire.accepted[pair], values)
        return wire.receive().number(Element.STATUS)
    finally:
        wire.close()
