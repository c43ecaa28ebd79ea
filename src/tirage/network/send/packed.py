"""Before a destination that takes files: one ZIP for each study, and checksums in files beside them.

A ZIP stands in the outbox only while it is sent.
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from tirage.model.delivery import Consignment, Delivery, Destination, Progress, Receipt
from tirage.model.identifiers import Digest, ResearchPath
from tirage.network.send.files import Fault
from tirage.network.send.pack import outbox_fault, pack

PIECE_BYTES: Final = 1024 * 1024
_ARRIVED: Final = (Delivery.DELIVERED, Delivery.ALREADY)

Parcel = tuple[list[int], Consignment]
"""A file that is handed over, and the numbers of the consignments that are in it."""


@dataclass(frozen=True, slots=True)
class PackedDestination:
    """A `Destination`: hands files to `inner` as they are or a ZIP a study, with their checksums.

    `side_files` are hash functions that `hashlib` knows by these names; `NAME.md5` is what `md5sum --check`
    reads. `at_once` is how many studies stand in the outbox together.
    """

    inner: Destination
    outbox: Path
    has_zips: bool = False
    side_files: tuple[str, ...] = ()
    at_once: int = 1

    @property
    def name(self) -> str:
        """The destination's name in the project file."""
        return self.inner.name

    def check(self) -> None:
        """Try what is behind; raises `DestinationUnreachable` or `DestinationRefused`."""
        self.inner.check()

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Send objects or their studies, each before its checksums; then the lists, each after its own."""
        receipts: dict[int, Receipt] = {}

        def report(indexes: list[int], receipt: Receipt) -> None:
            for index in indexes:
                receipts[index] = replace(receipt, digest=consignments[index].digest)
                progress(receipts[index])

        parcels = [(indexes, consignments[indexes[0]]) for indexes in self._grouped(consignments)]
        step = self.at_once if self.has_zips else max(1, len(parcels))
        for begin in range(0, len(parcels), step):
            batch = parcels[begin : begin + step]
            with self._desk(batch[0][1]) as desk:
                ready = []
                for indexes, first in batch:
                    try:
                        packed = (
                            pack([consignments[index] for index in indexes], desk) if self.has_zips else first
                        )
                        ready.append((indexes, packed))
                    except Fault as fault:
                        report(indexes, _failed(fault))
                for indexes, receipt in self._handed_over(ready, desk):
                    report(indexes, receipt)
        for index, each in enumerate(consignments):
            if not each.sop_class:
                with self._desk(each) as desk:
                    report([index], self._listed(each, desk))
        return [receipts[index] for index in range(len(consignments))]

    def _grouped(self, consignments: Sequence[Consignment]) -> list[list[int]]:
        """The numbers of all objects, those of a study together where it is packed."""
        groups: dict[object, list[int]] = {}
        for index, each in enumerate(consignments):
            if each.sop_class:
                groups.setdefault((each.subject, each.study) if self.has_zips else index, []).append(index)
        return list(groups.values())

    def _handed_over(self, parcels: list[Parcel], desk: Path) -> Iterator[tuple[list[int], Receipt]]:
        sent = self.inner.deliver([parcel for _, parcel in parcels], lambda _: None)
        arrived = [place for place, receipt in enumerate(sent) if receipt.status in _ARRIVED]
        sides: list[Consignment] = []
        owners: list[int] = []
        answers = dict(enumerate(sent))
        for place in arrived:
            try:
                made = self._sides(parcels[place][1], desk)
            except Fault as fault:
                answers[place] = _failed(fault)
                continue
            sides += made
            owners += [place] * len(made)
        receipts = self.inner.deliver(sides, lambda _: None) if sides else []
        answers |= {
            owner: receipt
            for owner, receipt in zip(owners, receipts, strict=True)
            if receipt.status not in _ARRIVED
        }
        for place, (indexes, _) in enumerate(parcels):
            yield indexes, answers[place]

    def _listed(self, consignment: Consignment, desk: Path) -> Receipt:
        """A list goes after its checksums: the last file of a release is its last list."""
        try:
            sides = self._sides(consignment, desk)
        except Fault as fault:
            return _failed(fault)
        for receipt in self.inner.deliver(sides, lambda _: None) if sides else []:
            if receipt.status not in _ARRIVED:
                return receipt
        (receipt,) = self.inner.deliver([consignment], lambda _: None)
        return receipt

    def _sides(self, consignment: Consignment, desk: Path) -> list[Consignment]:
        """A file for each checksum of a file: a line of digest, two blanks and name."""
        if not self.side_files:
            return []
        sides = []
        name = PurePosixPath(consignment.name).name
        sums = _sums(consignment, self.side_files)
        for kind, digest in sums.items():
            line = f"{digest}  {name}\n".encode()
            path = desk / f"{hashlib.sha256(consignment.name.encode()).hexdigest()}.{kind}"
            try:
                path.write_bytes(line)
            except OSError as error:
                raise outbox_fault(error) from error
            sides.append(
                replace(
                    consignment,
                    path=ResearchPath(path),
                    digest=Digest(hashlib.sha256(line).hexdigest()),
                    name=f"{consignment.name}.{kind}",
                )
            )
        return sides

    @contextmanager
    def _desk(self, first: Consignment) -> Iterator[Path]:
        """A folder of the outbox for one batch: the same one when it is sent again after a crash."""
        key = hashlib.sha256(f"{self.name}\0{first.name}".encode()).hexdigest()
        desk = self.outbox / key
        shutil.rmtree(desk, ignore_errors=True)
        # Where this fails so does every file that is to stand there, each with its own receipt.
        with suppress(OSError):
            desk.mkdir(parents=True, mode=0o700)
        try:
            yield desk
        finally:
            shutil.rmtree(desk, ignore_errors=True)


def _sums(consignment: Consignment, kinds: tuple[str, ...]) -> dict[str, str]:
    """The digests of a file that is still the one that was released."""
    hashes = {kind: hashlib.new(kind, usedforsecurity=False) for kind in {*kinds, "sha256"}}
    try:
        with consignment.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                for each in hashes.values():
                    each.update(piece)
    except OSError as error:
        raise Fault("SOURCE_UNREADABLE", False) from error
    if hashes["sha256"].hexdigest() != consignment.digest:
        raise Fault("SOURCE_CHANGED", False)
    return {kind: hashes[kind].hexdigest() for kind in kinds}


def _failed(fault: Fault) -> Receipt:
    return Receipt(Digest(""), Delivery.FAILED, fault.detail, fault.is_worth_retrying)
