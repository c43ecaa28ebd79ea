"""Every destination keeps the same promises: one suite, a real server of each kind."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from tests.contract.places import PLACES
from tests.contract.places.place import Place, pixels
from tests.make import write_instance
from tests.peers import dcmtk

from tirage.errors import Permanent, Transient
from tirage.model.delivery import Consignment, Delivery, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import DicomDestination


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with PLACES[request.param](tmp_path) as place:
        yield place


def consign(folder: Path, count: int = 3) -> list[Consignment]:
    consignments = []
    for number in range(1, count + 1):
        path = write_instance(folder, 1, 1, 1, number)
        dataset = dcmread(path, stop_before_pixels=True)
        meta = dataset.file_meta
        consignments.append(
            Consignment(
                path,
                Digest(hashlib.sha256(path.read_bytes()).hexdigest()),
                f"lung/v0001/subject-1/study-1/series-1/{number}.dcm",
                Uid(str(meta.MediaStorageSOPClassUID)),
                Uid(str(meta.MediaStorageSOPInstanceUID)),
                Uid(str(meta.TransferSyntaxUID)),
                "subject-1",
                Uid(str(dataset.StudyInstanceUID)),
                Uid(str(dataset.SeriesInstanceUID)),
                str(dataset.Modality),
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
    others = Delivery.FAILED if place.has_whole_studies else Delivery.DELIVERED
    assert [receipt.status for receipt in receipts] == [others, Delivery.FAILED, others]
    assert receipts[1].detail == "SOURCE_CHANGED"
    assert not receipts[1].is_worth_retrying
    assert len(place.arrived(tmp_path)) == (0 if place.has_whole_studies else 2)


def test_a_file_that_is_gone_fails_alone(place: Place, consignments: list[Consignment]) -> None:
    consignments[0].path.unlink()
    receipts = place.destination.deliver(consignments, lambda _: None)
    others = Delivery.FAILED if place.has_whole_studies else Delivery.DELIVERED
    assert [receipt.status for receipt in receipts] == [Delivery.FAILED, others, others]
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
