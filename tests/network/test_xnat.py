"""Delivery into XNAT: named so that people find it, whole or not at all, and nothing overwritten."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import xnat
from pydicom import dcmread
from tests.make import write_instance
from tests.peers import xnat_double
from tests.peers.xnat_double import OWNER, PASSWORD, Double

from tirage.model.delivery import Consignment, Delivery, Proof, Receipt
from tirage.model.identifiers import Digest, ResearchPath, Uid
from tirage.network.https import Service
from tirage.network.send.xnat.destination import XnatDestination
from tirage.network.send.xnat.names import session_label

LABELS = r"[A-Za-z0-9_-]+"


@pytest.fixture
def double(tmp_path: Path) -> Iterator[Double]:
    with xnat_double.running(tmp_path / "xnat") as running:
        yield running


def destination(double: Double, tmp_path: Path) -> XnatDestination:
    return XnatDestination(
        "xnat", Service(double.url), OWNER, PASSWORD, "LUNG", tmp_path / "outbox", sleep=lambda seconds: None
    )


def sent(target: XnatDestination, consignments: list[Consignment]) -> list[Receipt]:
    return target.deliver(consignments, lambda receipt: None)


def objects(
    folder: Path, study: int = 1, series: tuple[int, ...] = (1,), count: int = 2, patient: int = 1
) -> list[Consignment]:
    folder.mkdir(exist_ok=True)
    consignments = []
    for number in series:
        for instance in range(1, count + 1):
            path = write_instance(folder, patient, study, number, instance)
            dataset = dcmread(path, stop_before_pixels=True)
            consignments.append(
                Consignment(
                    ResearchPath(path),
                    digest(path),
                    f"lung/v0001/subject-{patient}/study-{study}/series-{number}/{instance}.dcm",
                    Uid(str(dataset.SOPClassUID)),
                    Uid(str(dataset.SOPInstanceUID)),
                    Uid(str(dataset.file_meta.TransferSyntaxUID)),
                    f"subject-{patient}",
                    Uid(str(dataset.StudyInstanceUID)),
                    Uid(str(dataset.SeriesInstanceUID)),
                    str(dataset.Modality),
                )
            )
    return consignments


def digest(path: Path) -> Digest:
    return Digest(hashlib.sha256(path.read_bytes()).hexdigest())


def lists(folder: Path) -> list[Consignment]:
    folder.mkdir(exist_ok=True)
    found = []
    for name in ("tables/0001/people.parquet", "manifest.json", "SHA256SUMS"):
        path = folder / name.replace("/", "-")
        path.write_text(f"what {name} says")
        found.append(Consignment(ResearchPath(path), digest(path), f"lung/v0001/{name}"))
    return found


def statuses(receipts: list[Receipt]) -> set[tuple[Delivery, str]]:
    return {(receipt.status, receipt.detail) for receipt in receipts}


def test_the_public_client_finds_what_was_delivered_and_downloads_the_same_bytes(
    double: Double, tmp_path: Path
) -> None:
    consignments = objects(tmp_path / "release", series=(1, 2))
    receipts = sent(destination(double, tmp_path), consignments + lists(tmp_path / "lists"))
    assert {receipt.proof for receipt in receipts} == {Proof.CHECKSUM}
    with xnat.connect(double.url, user=OWNER, password=PASSWORD, loglevel="ERROR") as connection:
        project = connection.projects["LUNG"]
        subject = project.subjects["subject-1"]
        session = subject.experiments[session_label("subject-1", consignments[0].study)]
        assert session.label in project.experiments
        assert len(session.scans) == 2
        arrived = {}
        for scan in session.scans.values():
            for file in scan.files.values():
                copy = tmp_path / "downloaded"
                file.download(str(copy), verbose=False)
                arrived[file.name] = digest(copy)
        named = {f"{each.sop_instance}.dcm": each.digest for each in consignments}
        assert arrived == named
        resource = project.resources["TIRAGE_lung_v0001"]
        assert sorted(file.name for file in resource.files.values()) == [
            "SHA256SUMS",
            "manifest.json",
            "people.parquet",
        ]


def test_the_session_is_closed_when_all_is_sent(double: Double, tmp_path: Path) -> None:
    sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert double.uploads == 1
    assert not double.open_sessions
    assert ("DELETE", "/data/JSESSION") in double.asked
