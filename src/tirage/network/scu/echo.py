"""C-ECHO as a requestor: whether a destination is there and knows us."""

from tirage.model.delivery import DestinationRefused, DestinationUnreachable
from tirage.network.scu.association import VERIFICATION, Peer, associate, end, entity
from tirage.network.status import SUCCESS


def echo(peer: Peer) -> None:
    """Return when the peer answers a C-ECHO; raise `DestinationUnreachable` or `DestinationRefused`."""
    ours = entity(peer)
    ours.add_requested_context(VERIFICATION)
    association = associate(ours, peer)
    if association is None:
        raise DestinationUnreachable("no connection")
    try:
        if not association.is_established:
            if association.is_rejected:
                raise DestinationRefused("the association was rejected: check the AE titles")
            raise DestinationUnreachable("no association")
        status = association.send_c_echo()
        if "Status" not in status or status.Status != SUCCESS:
            raise DestinationRefused("C-ECHO was not answered with success")
    finally:
        end(association)
