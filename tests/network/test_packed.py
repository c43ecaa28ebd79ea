"""A ZIP a study and checksums beside files, before a folder: what a receiver finds, and in which order."""

import hashlib
import os
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tirage.model.delivery import Consignment, Delivery, Progress, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.send.folder import FolderDestination
from tirage.network.send.packed import PackedDestination

VERSION = "lung/v0001"


@dataclass
class Noting:
    """A folder that remembers in which order it got what."""

    folder: FolderDestination
    names: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.name

    def check(self) -> None:
        self.folder.check()

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        self.names += [each.name for each in consignments]
        return self.folder.deliver(consignments, progress)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "research"
    root.mkdir()
    return root


def consigned(folder: Path, name: str, study: str = "") -> Consignment:
    path = folder / hashlib.sha256(name.encode()).hexdigest()
    path.write_bytes(name.encode() * 100)
    digest = Digest(hashlib.sha256(path.read_bytes()).hexdigest())
    sop_class = "1.2.840.10008.5.1.4.1.1.2" if study else ""
    return Consignment(
        path, digest, f"{VERSION}/{name}", Uid(sop_class), study=Uid(study), subject="P1" if study else ""
    )


def release(folder: Path) -> list[Consignment]:
    objects = [
        consigned(folder, f"P1/{study}/{series}/{instance}.dcm", study)
        for study in ("1.1", "1.2")
        for series in ("1.1.1", "1.1.2")
        for instance in (1, 2)
    ]
    return [*objects, consigned(folder, "manifest.json"), consigned(folder, "SHA256SUMS")]


def packed(root: Path, **options: object) -> PackedDestination:
    return PackedDestination(FolderDestination("haven", root), root.parent / "outbox", **options)  # type: ignore[arg-type]


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_study_is_one_zip_and_the_lists_are_files(root: Path, tmp_path: Path) -> None:
    receipts = packed(root, has_zips=True).deliver(release(tmp_path), lambda _: None)
    assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}
    assert files(root) == [
        f"{VERSION}/P1/1.1.zip",
        f"{VERSION}/P1/1.2.zip",
        f"{VERSION}/SHA256SUMS",
        f"{VERSION}/manifest.json",
    ]
    with zipfile.ZipFile(root / VERSION / "P1/1.1.zip") as study:
        assert study.namelist() == [f"1.1/{series}/{n}.dcm" for series in ("1.1.1", "1.1.2") for n in (1, 2)]
        assert study.read("1.1/1.1.2/2.dcm") == b"P1/1.1/1.1.2/2.dcm" * 100


def test_a_zip_has_the_same_bytes_whenever_it_is_made(root: Path, tmp_path: Path) -> None:
    consignments = release(tmp_path)
    packed(root, has_zips=True).deliver(consignments, lambda _: None)
    for each in consignments:
        os.utime(each.path, (1_000_000_000, 1_000_000_000))
    again = packed(root, has_zips=True).deliver(consignments, lambda _: None)
    assert {receipt.status for receipt in again} == {Delivery.ALREADY}


@pytest.mark.parametrize("has_zips", [True, False])
def test_checksums_are_what_the_usual_programs_read(root: Path, tmp_path: Path, has_zips: bool) -> None:
    target = packed(root, has_zips=has_zips, side_files=("md5", "sha256"))
    receipts = target.deliver(release(tmp_path), lambda _: None)
    assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}
    for kind, program in (("md5", "md5sum"), ("sha256", "sha256sum")):
        sides = list(root.rglob(f"*.{kind}"))
        assert len(sides) == (4 if has_zips else 10)
        for side in sides:
            subprocess.run([program, "--strict", "--check", side.name], cwd=side.parent, check=True)


def test_objects_come_before_their_checksums_and_the_last_list_is_last(root: Path, tmp_path: Path) -> None:
    noting = Noting(FolderDestination("haven", root))
    target = PackedDestination(noting, tmp_path / "outbox", has_zips=True, side_files=("md5",))
    target.deliver(release(tmp_path), lambda _: None)
    assert [name.removeprefix(f"{VERSION}/") for name in noting.names] == [
        "P1/1.1.zip",
        "P1/1.1.zip.md5",
        "P1/1.2.zip",
        "P1/1.2.zip.md5",
        "manifest.json.md5",
        "manifest.json",
        "SHA256SUMS.md5",
        "SHA256SUMS",
    ]


def test_a_conflict_is_that_of_the_whole_study_and_of_no_other(root: Path, tmp_path: Path) -> None:
    (root / VERSION / "P1").mkdir(parents=True)
    (root / VERSION / "P1/1.1.zip").write_bytes(b"someone else's")
    target = packed(root, has_zips=True, side_files=("md5",), at_once=2)
    receipts = target.deliver(release(tmp_path), lambda _: None)
    assert [receipt.status for receipt in receipts] == [Delivery.CONFLICT] * 4 + [Delivery.DELIVERED] * 6
    assert (root / VERSION / "P1/1.1.zip").read_bytes() == b"someone else's"
    assert not (root / VERSION / "P1/1.1.zip.md5").exists()


def test_a_checksum_that_does_not_arrive_is_a_fault_of_its_study(root: Path, tmp_path: Path) -> None:
    (root / VERSION / "P1").mkdir(parents=True)
    (root / VERSION / "P1/1.2.zip.md5").write_bytes(b"someone else's")
    receipts = packed(root, has_zips=True, side_files=("md5",)).deliver(release(tmp_path), lambda _: None)
    assert [receipt.status for receipt in receipts[:8]] == [Delivery.DELIVERED] * 4 + [Delivery.CONFLICT] * 4


def test_the_outbox_is_empty_afterwards_and_after_a_crash(root: Path, tmp_path: Path) -> None:
    target = packed(root, has_zips=True, side_files=("md5",))
    consignments = release(tmp_path)

    class Crash(Exception):
        pass

    def crash(_: Receipt) -> None:
        raise Crash

    with pytest.raises(Crash):
        target.deliver(consignments, crash)
    target.deliver(consignments, lambda _: None)
    assert list((tmp_path / "outbox").iterdir()) == []


def test_an_outbox_that_cannot_be_written_is_worth_another_try(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in its place")
    receipts = packed(root, has_zips=True).deliver(release(tmp_path)[:4], lambda _: None)
    assert {(each.status, each.is_worth_retrying) for each in receipts} == {(Delivery.FAILED, True)}
    assert files(root) == []
