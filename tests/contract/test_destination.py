"""Every destination keeps the same promises: one suite, a folder and a real research PACS."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydicom import dcmread
from tests.make import write_instance
from tests.peers import dcmtk, orthanc
from tests.peers.ports import free_port

from tirage.errors import Permanent, Transient
from tirage.model.delivery import Consignment, Delivery, Destination, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import DicomDestination
from tirage.network.send.folder import FolderDestination


@dataclass
class Place:
    """A destination, one like it that nobody is at, and what has arrived, as digests of pixel data."""

    destination: Destination
    absent: Destination
    folder: Path | None = None
    pacs: orthanc.Orthanc | None = None

    def arrived(self, scratch: Path) -> list[str]:
        if self.folder is not None:
            paths = [path for path in self.folder.rglob("*") if path.is_file()]
            return sorted(pixels(path) for path in paths)
        assert self.pacs is not None
        found = []
        for number, instance in enumerate(self.pacs.get("/instances")):
            path = scratch / f"arrived-{number}"
            path.write_bytes(self.pacs.raw(f"/instances/{instance}/file"))
            found.append(pixels(path))
        return sorted(found)


def pixels(path: Path) -> str:
    dataset = dcmread(path)
    return hashlib.sha256(dataset.PixelData + dataset.SOPInstanceUID.encode()).hexdigest()


@pytest.fixture(params=["folder", "pacs"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        root = tmp_path / "research"
        root.mkdir()
        yield Place(
            FolderDestination("share", root), FolderDestination("share", tmp_path / "unmounted"), folder=root
        )
    else:
        with orthanc.running(tmp_path / "orthanc") as pacs:
            peer = Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title)
            absent = replace(peer, port=free_port(), connect_timeout_s=2.0)
            yield Place(DicomDestination("pacs", peer), DicomDestination("pacs", absent), pacs=pacs)


def consign(folder: Path, count: int = 3) -> list[Consignment]:
    consignments = []
    for number in range(1, count + 1):
        path = write_instance(folder, 1, 1, 1, number)
        meta = dcmread(path, stop_before_pixels=True).file_meta
        consignments.append(
            Consignment(
                path,
                Digest(hashlib.sha256(path.read_bytes()).hexdigest()),
                f"subject-1/series-1/{number}.dcm",
                Uid(str(meta.MediaStorageSOPClassUID)),
                Uid(str(meta.MediaStorageSOPInstanceUID)),
                Uid(str(meta.TransferSyntaxUID)),
            )
        )
    return consignments


@pytest.fixture
def consignments(tmp_path: Path) -> list[Consignment]:
    folder = tmp_path / "release"
    folder.mkdir()
    return consign(folder)


def test_a_check_of_a_destination_that_is_there_is_silent(place: Place) -> None:
    place.destination.check()


def test_a_check_of_a_destination_that_is_not_there_is_worth_repeating(place: Place) -> None:
    with pytest.raises(Transient):
        place.absent.check()


def test_every_consignment_arrives_whole_and_has_its_receipt_in_order(
    place: Place, consignments: list[Consignment], tmp_path: Path
) -> None:
    heard: list[Receipt] = []
    receipts = place.destination.deliver(consignments, heard.append)
    assert [receipt.digest for receipt in receipts] == [item.digest for item in consignments]
    assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}
    assert heard == receipts
    assert place.arrived(tmp_path) == sorted(pixels(item.path) for item in consignments)


def test_delivering_again_changes_nothing(
    place: Place, consignments: list[Consignment], tmp_path: Path
) -> None:
    place.destination.deliver(consignments, lambda _: None)
    before = place.arrived(tmp_path)
    receipts = place.destination.deliver(consignments, lambda _: None)
    assert {receipt.status for receipt in receipts} <= {Delivery.DELIVERED, Delivery.ALREADY}
    assert place.arrived(tmp_path) == before


def test_nothing_to_deliver_is_no_fault(place: Place) -> None:
    assert place.destination.deliver([], lambda _: None) == []


def test_a_file_that_changed_after_the_release_is_not_delivered(
    place: Place, consignments: list[Consignment], tmp_path: Path
) -> None:
    damaged = bytearray(consignments[1].path.read_bytes())
    damaged[-1] ^= 1
    consignments[1].path.write_bytes(damaged)
    receipts = place.destination.deliver(consignments, lambda _: None)
    assert [receipt.status for receipt in receipts] == [
        Delivery.DELIVERED,
        Delivery.FAILED,
        Delivery.DELIVERED,
    ]
    assert receipts[1].detail == "SOURCE_CHANGED"
    assert not receipts[1].is_worth_retrying
    assert len(place.arrived(tmp_path)) == 2


def test_a_file_that_is_gone_fails_alone(place: Place, consignments: list[Consignment]) -> None:
    consignments[0].path.unlink()
    receipts = place.destination.deliver(consignments, lambda _: None)
    assert [receipt.status for receipt in receipts] == [
        Delivery.FAILED,
        Delivery.DELIVERED,
        Delivery.DELIVERED,
    ]
    assert receipts[0].detail == "SOURCE_UNREADABLE"


def test_an_absent_destination_gives_every_file_a_receipt_worth_retrying(
    place: Place, consignments: list[Consignment]
) -> None:
    receipts = place.absent.deliver(consignments, lambda _: None)
    assert [receipt.digest for receipt in receipts] == [item.digest for item in consignments]
    assert {(receipt.status, receipt.detail, receipt.is_worth_retrying) for receipt in receipts} == {
        (Delivery.FAILED, "UNREACHABLE", True)
    }


def test_a_destination_that_refuses_says_so_for_good(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path, "--refuse") as port:
        with pytest.raises(Permanent):
            DicomDestination("pacs", Peer("127.0.0.1", port, "ANY")).check()
        receipts = DicomDestination("pacs", Peer("127.0.0.1", port, "ANY")).deliver(
            consign(tmp_path, 1), lambda _: None
        )
    assert [(receipt.status, receipt.detail) for receipt in receipts] == [(Delivery.FAILED, "REJECTED")]
