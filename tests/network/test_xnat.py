"""Delivery into XNAT: named so that people find it, whole or not at all, and nothing overwritten."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import xnat
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian
from tests.make import write_instance
from tests.peers import xnat_double
from tests.peers.xnat_double import OWNER, PASSWORD, Double

from tirage.model.delivery import Consignment, Delivery, DestinationRefused, Proof, Receipt
from tirage.model.identifiers import Digest, ResearchPath, Uid
from tirage.network.https import Service
from tirage.network.send.xnat.destination import XnatDestination
from tirage.network.send.xnat.names import session_label, subject_label
from tirage.network.send.xnat.sources import packed, read_source

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
    for name in ("tables/0001/people.parquet", "tables/0002/people.parquet", "manifest.json", "SHA256SUMS"):
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
            "people.parquet",
        ]


def test_the_session_is_closed_when_all_is_sent(double: Double, tmp_path: Path) -> None:
    sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert double.uploads == 1
    assert not double.open_sessions
    assert ("DELETE", "/data/JSESSION") in double.asked


def test_a_study_that_is_there_is_not_sent_again(double: Double, tmp_path: Path) -> None:
    consignments = objects(tmp_path / "release") + lists(tmp_path / "lists")
    sent(destination(double, tmp_path), consignments)
    again = sent(destination(double, tmp_path), consignments)
    assert {receipt.status for receipt in again} == {Delivery.ALREADY}
    assert {receipt.proof for receipt in again} == {Proof.CHECKSUM}
    assert double.uploads == 1


def test_what_is_there_with_another_content_is_left_as_it_is(double: Double, tmp_path: Path) -> None:
    consignments = objects(tmp_path / "release")
    sent(destination(double, tmp_path), consignments)
    (kept,) = double.store.archive.values()
    _, path = kept.files()[0]
    path.write_bytes(path.read_bytes()[:-2] + b"XX")
    before = path.read_bytes()
    receipts = sent(destination(double, tmp_path), consignments)
    assert {receipt.status for receipt in receipts} == {Delivery.CONFLICT}
    assert path.read_bytes() == before
    assert double.uploads == 1


def test_a_late_object_joins_the_session_of_its_study(double: Double, tmp_path: Path) -> None:
    consignments = objects(tmp_path / "release", count=3)
    sent(destination(double, tmp_path), consignments[:2])
    receipts = sent(destination(double, tmp_path), consignments)
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    (kept,) = double.store.archive.values()
    assert len(kept.files()) == 3


@pytest.mark.parametrize("percent", [0, 1, 50, 99, 100])
def test_nothing_half_is_in_the_archive_after_a_drop_and_the_next_try_makes_it_whole(
    double: Double, tmp_path: Path, percent: int
) -> None:
    consignments = objects(tmp_path / "release", count=4)
    sources = [read_source(each) for each in consignments]
    with packed(sources, tmp_path / "outbox") as archive:
        size = len(archive.read())
    double.cut_after = size * percent // 100
    receipts = sent(destination(double, tmp_path), consignments)
    if percent == 100:
        assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}, "the answer alone was lost"
    else:
        assert statuses(receipts) == {(Delivery.FAILED, "UNREACHABLE")}
        assert all(receipt.is_worth_retrying for receipt in receipts)
        assert not double.store.archive
    receipts = sent(destination(double, tmp_path), consignments)
    assert {receipt.status for receipt in receipts} <= {Delivery.DELIVERED, Delivery.ALREADY}
    (kept,) = double.store.archive.values()
    assert sorted(digest(path) for _, path in kept.files()) == sorted(each.digest for each in consignments)
    assert not double.store.prearchive
    assert not list((tmp_path / "outbox").iterdir()), "nothing is left of what was packed"


def test_a_lost_answer_is_not_taken_for_a_loss(double: Double, tmp_path: Path) -> None:
    double.is_mute = True
    receipts = sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    assert double.uploads == 1


def test_one_flipped_byte_is_sent_again_once(double: Double, tmp_path: Path) -> None:
    double.store.flips = 1
    receipts = sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    assert double.uploads == 2


def test_bytes_that_flip_every_time_are_no_delivery(double: Double, tmp_path: Path) -> None:
    double.store.flips = 100
    receipts = sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert statuses(receipts) == {(Delivery.FAILED, "READ_BACK")}
    assert not any(receipt.is_worth_retrying for receipt in receipts)
    assert double.uploads == 2


def test_a_site_without_checksums_is_read_back(double: Double, tmp_path: Path) -> None:
    double.store.keeps_checksums = False
    consignments = objects(tmp_path / "release") + lists(tmp_path / "lists")
    receipts = sent(destination(double, tmp_path), consignments)
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    assert {receipt.proof for receipt in receipts} == {Proof.READ_BACK}


def test_a_header_that_was_written_anew_with_the_same_values_is_the_same_object(
    double: Double, tmp_path: Path
) -> None:
    double.store.rewrites = True
    consignments = objects(tmp_path / "release")
    receipts = sent(destination(double, tmp_path), consignments)
    (kept,) = double.store.archive.values()
    assert {digest(path) for _, path in kept.files()}.isdisjoint(each.digest for each in consignments)
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    assert {receipt.proof for receipt in receipts} == {Proof.READ_BACK}


def deflated(folder: Path, pixel: int = 0) -> Consignment:
    """An object whose data set is deflated, with one pixel changed."""
    (plain,) = objects(folder, count=1)
    dataset = dcmread(plain.path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.PixelData = bytes([dataset.PixelData[0] ^ pixel]) + dataset.PixelData[1:]
    dataset.save_as(plain.path)
    return replace(plain, digest=digest(plain.path), transfer_syntax=DeflatedExplicitVRLittleEndian)


def test_a_deflated_object_is_compared_to_its_last_pixel(double: Double, tmp_path: Path) -> None:
    double.store.rewrites = True
    first, other = deflated(tmp_path / "one"), deflated(tmp_path / "two", pixel=1)
    assert statuses(sent(destination(double, tmp_path), [first])) == {(Delivery.DELIVERED, "")}
    assert {each.status for each in sent(destination(double, tmp_path), [other])} == {Delivery.CONFLICT}


def test_a_header_with_another_value_is_another_object(double: Double, tmp_path: Path) -> None:
    consignments = objects(tmp_path / "release")
    sent(destination(double, tmp_path), consignments)
    (kept,) = double.store.archive.values()
    _, path = kept.files()[0]
    changed = dcmread(path)
    changed.PatientName = "Somebody^Else"
    changed.save_as(path)
    receipts = sent(destination(double, tmp_path), consignments)
    assert {receipt.status for receipt in receipts} == {Delivery.CONFLICT}


def test_the_prearchive_has_it_ready_and_the_archive_nothing(double: Double, tmp_path: Path) -> None:
    target = replace(destination(double, tmp_path), is_prearchive=True)
    consignments = objects(tmp_path / "release")
    receipts = sent(target, consignments)
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    (waiting,) = double.store.prearchive
    assert (waiting.status, waiting.subject) == ("READY", "subject-1")
    assert not double.store.archive
    assert {receipt.status for receipt in sent(target, consignments)} == {Delivery.ALREADY}
    double.store.move(waiting)
    assert {receipt.status for receipt in sent(target, consignments)} == {Delivery.ALREADY}
    assert double.uploads == 1


def test_a_study_that_is_stuck_in_the_prearchive_waits_for_a_person(double: Double, tmp_path: Path) -> None:
    target = replace(destination(double, tmp_path), is_prearchive=True)
    consignments = objects(tmp_path / "release")
    sent(target, consignments)
    double.store.prearchive[0].status = "CONFLICT"
    for each in (target, destination(double, tmp_path)):
        receipts = sent(each, consignments)
        assert statuses(receipts) == {(Delivery.FAILED, "PREARCHIVE_CONFLICT")}
        assert not any(receipt.is_worth_retrying for receipt in receipts)


@pytest.mark.parametrize(
    ("status", "detail", "is_worth_retrying"),
    [
        (403, "NOT_PERMITTED", False),
        (401, "SESSION_ENDED", True),
        (413, "REMOTE_413", False),
        (429, "REMOTE_429", True),
        (500, "REMOTE_500", True),
        (503, "REMOTE_503", True),
        (507, "NO_SPACE", True),
    ],
)
def test_what_the_import_service_says_is_named(
    double: Double, tmp_path: Path, status: int, detail: str, is_worth_retrying: bool
) -> None:
    double.refuse = lambda method, path: status if path == "/data/services/import" else None
    receipts = sent(destination(double, tmp_path), objects(tmp_path / "release"))
    assert statuses(receipts) == {(Delivery.FAILED, detail)}
    assert {receipt.is_worth_retrying for receipt in receipts} == {is_worth_retrying}
    assert not double.store.archive


def test_a_full_disk_in_the_middle_leaves_nothing_in_the_archive(double: Double, tmp_path: Path) -> None:
    consignments = objects(tmp_path / "release", count=4)
    double.store.room_bytes = consignments[0].path.stat().st_size * 2
    receipts = sent(destination(double, tmp_path), consignments)
    assert statuses(receipts) == {(Delivery.FAILED, "NO_SPACE")}
    assert not double.store.archive
    double.store.room_bytes = None
    assert statuses(sent(destination(double, tmp_path), consignments)) == {(Delivery.DELIVERED, "")}


def test_one_study_that_fails_keeps_no_other_back(double: Double, tmp_path: Path) -> None:
    bad, good = objects(tmp_path / "one", study=1), objects(tmp_path / "two", study=2)
    bad[0].path.unlink()
    receipts = sent(destination(double, tmp_path), bad + good)
    assert [receipt.status for receipt in receipts] == [Delivery.FAILED] * 2 + [Delivery.DELIVERED] * 2


def test_a_wrong_password_and_an_unknown_project_are_refused_for_good(double: Double, tmp_path: Path) -> None:
    wrong = replace(destination(double, tmp_path), password="not it")
    unknown = replace(destination(double, tmp_path), project="HEART")
    for target, words in ((wrong, "user or password"), (unknown, "no such project")):
        with pytest.raises(DestinationRefused, match=words) as refused:
            target.check()
        assert "not it" not in str(refused.value)
    receipts = sent(wrong, objects(tmp_path / "release"))
    assert statuses(receipts) == {(Delivery.FAILED, "NOT_PERMITTED")}
    assert not any(receipt.is_worth_retrying for receipt in receipts)


def test_lists_are_never_overwritten(double: Double, tmp_path: Path) -> None:
    first = lists(tmp_path / "lists")
    sent(destination(double, tmp_path), first)
    other = lists(tmp_path / "other")
    other[2].path.write_text("another manifest")
    other[2] = replace(other[2], digest=digest(other[2].path))
    receipts = sent(destination(double, tmp_path), other)
    there = Delivery.ALREADY
    assert [receipt.status for receipt in receipts] == [there, there, Delivery.CONFLICT, there]


def test_the_same_study_makes_the_same_zip_whenever_it_is_packed(tmp_path: Path) -> None:
    sources = [read_source(each) for each in objects(tmp_path / "release")]
    made = []
    for order in (sources, sources[::-1]):
        with packed(order, tmp_path / "outbox") as archive:
            made.append(archive.read())
    assert made[0] == made[1]
    assert zipfile.ZipFile(io.BytesIO(made[0])).namelist() == sorted(each.name for each in sources)


@pytest.mark.parametrize("pseudonym", ["LUNG-001", "LUNG.001", "LUNG_001", "a" * 64])
def test_names_are_such_that_xnat_takes_them(pseudonym: str) -> None:
    assert re.fullmatch(LABELS, subject_label(pseudonym))
    assert re.fullmatch(LABELS, session_label(pseudonym, Uid("2.25.1")))


def test_pseudonyms_that_differ_have_subjects_that_differ() -> None:
    names = ["LUNG.001", "LUNG_001", "LUNG-001", "LUNG 001"]
    assert len({subject_label(name) for name in names}) == len(names)
    assert len({session_label(name, Uid("2.25.1")) for name in names}) == len(names)


def test_several_subjects_at_once_arrive_as_one_after_the_other(double: Double, tmp_path: Path) -> None:
    consignments = [
        each
        for patient in (1, 2, 3)
        for study in (1, 2)
        for each in objects(tmp_path / f"{patient}-{study}", study, patient=patient)
    ]
    target = replace(destination(double, tmp_path), connections=4)
    heard: list[Receipt] = []
    receipts = target.deliver(consignments, heard.append)
    assert statuses(receipts) == {(Delivery.DELIVERED, "")}
    assert heard == receipts
    assert [receipt.digest for receipt in receipts] == [each.digest for each in consignments]
    assert len(double.store.archive) == 6
