"""What is looked at before an object is sent: that it is one, and still the one that was released."""

from tirage.model.delivery import Consignment, Delivery, Receipt
from tirage.network.send.checksum import file_digest


def before_sending(consignment: Consignment) -> Receipt | None:
    """The receipt of what is not sent; None for an object that can be."""
    if not consignment.sop_class:
        return Receipt(consignment.digest, Delivery.SKIPPED)
    try:
        if file_digest(consignment.path) == consignment.digest:
            return None
    except OSError:
        return Receipt(consignment.digest, Delivery.FAILED, "SOURCE_UNREADABLE")
    return Receipt(consignment.digest, Delivery.FAILED, "SOURCE_CHANGED")
