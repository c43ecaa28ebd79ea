"""Delivery by C-STORE to a research PACS, one status per instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tirage.model.delivery import Consignment, Delivery, Progress, Receipt
from tirage.network.scu.association import Peer
from tirage.network.scu.echo import echo
from tirage.network.scu.store import Problem, Sendable, Sent, store
from tirage.network.send.checksum import file_digest
from tirage.network.status import SUCCESS, is_worth_retrying

DUPLICATE_INSTANCE: Final = 0x0111
"""The peer has an object of this UID and does not say whether it is the same (PS3.7 C.5.2)."""

_PASSING: Final = frozenset({Problem.UNREACHABLE, Problem.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class DicomDestination:
    """A `Destination`: sends a release's DICOM objects to `peer`; other files are skipped."""

    name: str
    peer: Peer

    def check(self) -> None:
        """C-ECHO; raises `DestinationUnreachable` or `DestinationRefused`."""
        echo(self.peer)

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Send each object; storing the same object twice changes nothing at a conforming PACS."""
        receipts: dict[int, Receipt] = {}
        sending: list[int] = []

        def report(index: int, receipt: Receipt) -> None:
            receipts[index] = receipt
            progress(receipt)

        for index, consignment in enumerate(consignments):
            if not consignment.sop_class:
                report(index, Receipt(consignment.digest, Delivery.SKIPPED))
            elif detail := _fault_of_file(consignment):
                report(index, Receipt(consignment.digest, Delivery.FAILED, detail))
            else:
                sending.append(index)

        def on_sent(sent: Sent) -> None:
            index = sending[sent.index]
            report(index, _receipt(consignments[index], sent))

        files = [
            Sendable(
                consignments[index].path, consignments[index].sop_class, consignments[index].transfer_syntax
            )
            for index in sending
        ]
        store(files, self.peer, on_sent)
        return [receipts[index] for index in range(len(consignments))]


def _fault_of_file(consignment: Consignment) -> str:
    try:
        return "" if file_digest(consignment.path) == consignment.digest else "SOURCE_CHANGED"
    except OSError:
        return "SOURCE_UNREADABLE"


def _receipt(consignment: Consignment, sent: Sent) -> Receipt:
    if sent.status is None:
        return Receipt(consignment.digest, Delivery.FAILED, sent.problem.value, sent.problem in _PASSING)
    detail = "" if sent.status == SUCCESS else f"0x{sent.status:04X}"
    if sent.is_stored:
        return Receipt(consignment.digest, Delivery.DELIVERED, detail)
    if sent.status == DUPLICATE_INSTANCE:
        return Receipt(consignment.digest, Delivery.CONFLICT, detail)
    return Receipt(consignment.digest, Delivery.FAILED, detail, is_worth_retrying(sent.status))
