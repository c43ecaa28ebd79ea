"""Delivery by STOW-RS to a DICOMweb server, proved by what the server lists afterwards."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tirage.errors import TirageError, Transient
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
from tirage.network.archives.attributes import Tag
from tirage.network.archives.keys import uid_key
from tirage.network.dicomweb import qido
from tirage.network.dicomweb.address import WebPeer
from tirage.network.dicomweb.client import Client
from tirage.network.dicomweb.compare import has_same
from tirage.network.dicomweb.stow import Body, stow
from tirage.network.send.batches import (
    DETAIL_OF_STATUS,
    TAKEN,
    THERE_ALREADY,
    Batches,
    Fate,
    Objects,
    fate_of,
)
from tirage.network.send.pace import Pace
from tirage.network.send.patience import FILING_WAITS_S
from tirage.network.send.source import before_sending

MEGABYTE: Final = 1_000_000
NOT_LISTED: Final = Fate("NOT_LISTED", True)
UNPROVED: Final = Fate("UNPROVED", True)
OTHER: Final = Fate("READ_BACK")
"""What is there is not what was sent."""

_SAYS_NO: Final = ("NOT_PERMITTED", "NO_STOW")


@dataclass(frozen=True, slots=True)
class StowDestination:
    """A `Destination`: sends a release's DICOM objects to `peer`; other files are skipped.

    A body holds at most `batch_bytes` of files, or one file. What the server lists already is had back and
    compared, never sent over it; with `reads_back` so is what was sent. `scratch` is a folder for what is had
    back, by default the system's.
    """

    name: str
    peer: WebPeer
    batch_bytes: int = 64 * MEGABYTE
    connections: int = 1
    bytes_per_s: int = 0
    scratch: Path | None = None
    reads_back: bool = False
    filing_waits_s: tuple[float, ...] = FILING_WAITS_S

    def check(self) -> None:
        """Query and send a body without files; raises `DestinationUnreachable`, `DestinationRefused`."""
        with _opened(self.peer) as client:
            try:
                client.ask("/studies", [("limit", "1")])
                status = stow(client, Body([])).status
            except Transient as fault:
                raise DestinationUnreachable(str(fault)) from None
            except TirageError as fault:
                raise DestinationRefused(str(fault)) from None
        if DETAIL_OF_STATUS.get(status) in _SAYS_NO:
            raise DestinationRefused(
                f"it answers {status} to STOW-RS: check the address, and what may be stored"
            )

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Send what the server does not list, look for it in its list, send once more what is not there."""
        receipts = [before_sending(each) for each in consignments]
        wanted = {index: each for index, each in enumerate(consignments) if receipts[index] is None}
        found: dict[int, Receipt] = {}
        if wanted:
            with _opened(self.peer) as client:
                found = self._delivered(client, wanted)
        answers = []
        for index, receipt in enumerate(receipts):
            answers.append(receipt or found[index])
            progress(answers[-1])
        return answers

    def _delivered(self, client: Client, objects: Objects) -> dict[int, Receipt]:
        try:
            before = _listed(client, objects)
        except TirageError as fault:
            return {index: _failed(each, fate_of(fault)) for index, each in objects.items()}
        batches = Batches(client, self.batch_bytes, self.connections, Pace(self.bytes_per_s).take)
        fates = batches.send(_some(objects, objects.keys() - before))
        proofs = self._proofs(client, objects, [index for index, fate in fates.items() if fate == TAKEN])
        if missing := [index for index, fate in proofs.items() if fate in (NOT_LISTED, OTHER)]:
            fates |= batches.send(_some(objects, missing))
            proofs |= self._proofs(client, objects, [index for index in missing if fates[index] == TAKEN])
        answers = {index: self._compared(client, objects[index]) for index in before}
        for index, fate in fates.items():
            answers[index] = self._receipt(client, objects[index], fate, proofs.get(index, TAKEN))
        return answers

    def _proofs(self, client: Client, objects: Objects, indices: Sequence[int]) -> dict[int, Fate]:
        """`TAKEN` for each object that is listed, else why it is not proved to be there."""
        missing = set(indices)
        try:
            missing -= _listed(client, _some(objects, missing))
            # A server may need a moment to file what it took.
            for wait_s in self.filing_waits_s:
                if not missing:
                    break
                time.sleep(wait_s)
                missing -= _listed(client, _some(objects, missing))
        except TirageError:
            return dict.fromkeys(indices, UNPROVED)
        there = self._is_same if self.reads_back else lambda client, each: TAKEN
        return {index: NOT_LISTED if index in missing else there(client, objects[index]) for index in indices}

    def _receipt(self, client: Client, each: Consignment, fate: Fate, proved: Fate) -> Receipt:
        if fate == THERE_ALREADY:
            return self._compared(client, each)
        if (failed := fate if fate != TAKEN else proved) != TAKEN:
            return _failed(each, failed)
        proof = Proof.READ_BACK if self.reads_back else Proof.LISTED
        return Receipt(each.digest, Delivery.DELIVERED, proof=proof)

    def _compared(self, client: Client, each: Consignment) -> Receipt:
        """What the server has under the object's UID already: the same, or another."""
        fate = self._is_same(client, each)
        if fate == TAKEN:
            return Receipt(each.digest, Delivery.ALREADY, proof=Proof.READ_BACK)
        return Receipt(each.digest, Delivery.CONFLICT) if fate == OTHER else _failed(each, fate)

    def _is_same(self, client: Client, each: Consignment) -> Fate:
        """`TAKEN` for the same object, `OTHER` for another."""
        try:
            is_same = has_same(client, each.path, each.study, each.series, each.sop_instance, self.scratch)
        except (TirageError, OSError) as fault:
            return Fate("UNPROVED", isinstance(fault, Transient))
        return TAKEN if is_same else OTHER


@contextmanager
def _opened(peer: WebPeer) -> Iterator[Client]:
    client = Client(peer)
    try:
        yield client
    finally:
        client.close()


def _some(objects: Objects, indices: Collection[int]) -> Objects:
    return {index: each for index, each in objects.items() if index in indices}


def _listed(client: Client, objects: Objects) -> set[int]:
    """Those of the objects that the server lists in the series they belong to; raises what a query does."""
    by_series: dict[tuple[Uid, Uid], list[int]] = {}
    for index, each in objects.items():
        by_series.setdefault((each.study, each.series), []).append(index)
    there: set[int] = set()
    for (study, series), indices in by_series.items():
        path = f"/studies/{uid_key(study)}/series/{uid_key(series)}/instances"
        answers = qido.search(client, path, {Tag.SOP_INSTANCE: ""})
        known = {answer.get(Tag.SOP_INSTANCE, "") for answer in answers}
        there |= {index for index in indices if objects[index].sop_instance in known}
    return there


def _failed(each: Consignment, fate: Fate) -> Receipt:
    return Receipt(each.digest, Delivery.FAILED, fate.detail, fate.is_worth_retrying)
