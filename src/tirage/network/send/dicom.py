"""Delivery by C-STORE to a research PACS, proved by what the PACS lists or promises afterwards."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tirage.errors import Permanent, TirageError, Transient
from tirage.model.archives import ArchiveRefused
from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Progress,
    Proof,
    Receipt,
)
from tirage.model.identifiers import Uid
from tirage.network.scu.association import Peer
from tirage.network.scu.commitment import NotOffered, PortTaken, Word, check_commitment, commitment
from tirage.network.scu.echo import echo, fault_of
from tirage.network.scu.store import Sendable, Sent, store
from tirage.network.scu.wire import Gone, Problem
from tirage.network.send.listing import can_list, listed
from tirage.network.send.pace import Pace
from tirage.network.send.patience import FILING_WAITS_S
from tirage.network.send.source import before_sending
from tirage.network.status import SUCCESS, is_worth_retrying

DUPLICATE_INSTANCE: Final = 0x0111
"""The peer has an object of this UID and does not say whether it is the same (PS3.7 C.5.2)."""

NO_SUCH_INSTANCE: Final = 0x0112

_PASSING: Final = frozenset({Problem.UNREACHABLE, Problem.NO_ANSWER, Problem.BUSY})


class Asking(StrEnum):
    """What a PACS is asked for after it took objects: a list, a promise, or nothing."""

    LIST = "find"
    PROMISE = "commitment"
    NOTHING = "status"


PROOFS: Final = {Asking.LIST: Proof.LISTED, Asking.PROMISE: Proof.COMMITMENT, Asking.NOTHING: Proof.STATUS}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nothing shows that the PACS has an object; `is_missing` says that it would be there by now."""

    detail: str
    is_worth_retrying: bool = True
    is_missing: bool = False


NOT_LISTED: Final = Doubt("NOT_LISTED", is_missing=True)
NOT_PROMISED: Final = Doubt("NOT_COMMITTED")
Doubts = dict[int, Doubt | None]
"""By the number of a consignment; None where there is no doubt."""


@dataclass(frozen=True, slots=True)
class DicomDestination:
    """A `Destination`: sends a release's DICOM objects to `peer`; other files are skipped.

    `answer_port` is where the PACS answers storage commitment, for which it is given `patience_s` seconds;
    `filing_waits_s` lie between one look into its list and the next.
    """

    name: str
    peer: Peer
    asking: Asking = Asking.LIST
    answer_port: int = 0
    patience_s: float = 60.0
    filing_waits_s: tuple[float, ...] = FILING_WAITS_S
    connections: int = 1
    bytes_per_s: int = 0

    def check(self) -> None:
        """C-ECHO, and whether a proof can be had; raises `DestinationUnreachable`, `DestinationRefused`."""
        echo(self.peer)
        try:
            if self.asking is Asking.LIST:
                can_list(self.peer)
            elif self.asking is Asking.PROMISE:
                check_commitment(self.peer, self.answer_port)
        except Permanent:
            raise DestinationRefused("it answers no C-FIND: choose `proof: commitment` or `status`") from None
        except Transient:
            raise DestinationUnreachable("it does not answer a C-FIND now") from None
        except NotOffered:
            raise DestinationRefused(
                "it offers no storage commitment: choose `proof: find` or `status`"
            ) from None
        except PortTaken:
            raise DestinationUnreachable("`commitment_port` is taken by something else") from None
        except Gone as gone:
            raise fault_of(gone.problem) from None

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Send each object; storing the same object twice changes nothing at a conforming PACS.

        What an association left unanswered when it broke, and what the PACS does not list or promise, is sent
        once more.
        """
        receipts = [before_sending(each) for each in consignments]
        sending = [index for index, receipt in enumerate(receipts) if receipt is None]
        sent = self._sent(consignments, sending)
        if any(each.status is not None for each in sent.values()):
            sent |= self._sent(consignments, [index for index in sending if sent[index].problem in _PASSING])
        doubts = self._doubts(consignments, sent)
        missing = [index for index, doubt in doubts.items() if doubt is not None and doubt.is_missing]
        missing = [index for index in missing if sent[index].is_stored]
        if missing:
            again = self._sent(consignments, missing)
            sent |= again
            doubts |= self._doubts(consignments, again)
        answers = []
        for index, (each, receipt) in enumerate(zip(consignments, receipts, strict=True)):
            answer = receipt or _receipt(each, sent[index], doubts.get(index), PROOFS[self.asking])
            answers.append(answer)
            progress(answer)
        return answers

    def _sent(self, consignments: Sequence[Consignment], indices: Sequence[int]) -> dict[int, Sent]:
        files = [
            Sendable(each.path, each.sop_class, each.transfer_syntax)
            for each in (consignments[index] for index in indices)
        ]
        pace = Pace(self.bytes_per_s)
        sent = store(files, self.peer, lambda _: None, self.connections, pace.take)
        return dict(zip(indices, sent, strict=True))

    def _doubts(self, consignments: Sequence[Consignment], sent: Mapping[int, Sent]) -> Doubts:
        """Whether the PACS has what it says it took, or had already."""
        there = [index for index, each in sent.items() if each.is_stored or each.status == DUPLICATE_INSTANCE]
        if not there:
            return {}
        objects = [consignments[index] for index in there]
        match self.asking:
            case Asking.LIST:
                found = _doubts_by_list(self.peer, objects, self.filing_waits_s)
            case Asking.PROMISE:
                found = _doubts_by_promise(self.peer, objects, self.answer_port, self.patience_s)
            case Asking.NOTHING:
                # A bare status says nothing about an object that was there before.
                found = [None if sent[index].is_stored else NOT_PROMISED for index in there]
        return dict(zip(there, found, strict=True))


def _doubts_by_list(
    peer: Peer, objects: Sequence[Consignment], waits_s: Sequence[float]
) -> list[Doubt | None]:
    doubt = NOT_LISTED
    try:
        there = listed(peer, objects)
        # A PACS may need a moment to file what it took.
        for wait_s in waits_s:
            if len(there) == len({each.sop_instance for each in objects}):
                break
            time.sleep(wait_s)
            there |= listed(peer, [each for each in objects if each.sop_instance not in there])
    except ArchiveRefused:
        return [Doubt("NO_FIND", is_worth_retrying=False)] * len(objects)
    except TirageError:
        return [Doubt("UNPROVED")] * len(objects)
    return [None if each.sop_instance in there else doubt for each in objects]


def _doubts_by_promise(
    peer: Peer, objects: Sequence[Consignment], port: int, patience_s: float
) -> list[Doubt | None]:
    try:
        pairs = [(each.sop_class, each.sop_instance) for each in objects]
        word = commitment(peer, pairs, port, patience_s)
    except NotOffered as refused:
        return [
            Doubt(f"0x{refused.status:04X}", is_worth_retrying(refused.status))
            if refused.status
            else Doubt("NO_COMMITMENT", is_worth_retrying=False)
        ] * len(objects)
    except PortTaken:
        return [Doubt("PORT_TAKEN")] * len(objects)
    except Gone as gone:
        return [Doubt("UNPROVED" if gone.problem in _PASSING else gone.problem.value)] * len(objects)
    if word is None:
        return [NOT_PROMISED] * len(objects)
    return [_doubt_of(each.sop_instance, word) for each in objects]


def _doubt_of(instance: Uid, word: Word) -> Doubt | None:
    if instance in word.kept:
        return None
    if instance not in word.failed:
        return NOT_PROMISED
    reason = word.failed[instance]
    is_missing = reason == NO_SUCH_INSTANCE
    return Doubt(f"0x{reason:04X}", is_missing or is_worth_retrying(reason), is_missing)


def _receipt(consignment: Consignment, sent: Sent, doubt: Doubt | None, proof: Proof) -> Receipt:
    if sent.status is None:
        return Receipt(consignment.digest, Delivery.FAILED, sent.problem.value, sent.problem in _PASSING)
    detail = "" if sent.status == SUCCESS else f"0x{sent.status:04X}"
    if sent.status == DUPLICATE_INSTANCE:
        if doubt is None:
            return Receipt(consignment.digest, Delivery.ALREADY, detail, proof=proof)
        return Receipt(consignment.digest, Delivery.CONFLICT, detail)
    if not sent.is_stored:
        return Receipt(consignment.digest, Delivery.FAILED, detail, is_worth_retrying(sent.status))
    if doubt is not None:
        return Receipt(consignment.digest, Delivery.FAILED, doubt.detail, doubt.is_worth_retrying)
    return Receipt(consignment.digest, Delivery.DELIVERED, detail, proof=proof)
