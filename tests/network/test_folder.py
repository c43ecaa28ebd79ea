"""Delivery into a folder: nothing half-written, nothing overwritten, nothing outside."""

import errno
import hashlib
import resource
import signal
from pathlib import Path

import pytest

from tirage.errors import Permanent
from tirage.model.delivery import Consignment, Delivery, Receipt
from tirage.model.identifiers import Digest
from tirage.network.send.folder import DETAIL_OF_ERROR, FolderDestination

CONTENT = b"a released object"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    root.mkdir()
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.dcm"
    path.write_bytes(CONTENT)
    return path


def consigned(path: Path, name: str) -> Consignment:
    return Consignment(path, Digest(hashlib.sha256(path.read_bytes()).hexdigest()), name)


def deliver(root: Path, *consignments: Consignment) -> list[Receipt]:
    return FolderDestination("share", root).deliver(consignments, lambda _: None)


def test_names_with_slashes_make_folders(root: Path, source: Path) -> None:
    (receipt,) = deliver(root, consigned(source, "release-1/subject/series/1.dcm"))
    assert receipt.status is Delivery.DELIVERED
    assert (root / "release-1/subject/series/1.dcm").read_bytes() == CONTENT
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["1.dcm"], "no partial file is left"


def test_an_equal_file_is_there_already(root: Path, source: Path) -> None:
    (root / "1.dcm").write_bytes(CONTENT)
    before = (root / "1.dcm").stat().st_ino
    (receipt,) = deliver(root, consigned(source, "1.dcm"))
    assert receipt.status is Delivery.ALREADY
    assert (root / "1.dcm").stat().st_ino == before


def test_another_file_of_that_name_is_a_conflict_and_stays_as_it_is(root: Path, source: Path) -> None:
    (root / "1.dcm").write_bytes(b"someone else's")
    (receipt,) = deliver(root, consigned(source, "1.dcm"))
    assert receipt.status is Delivery.CONFLICT
    assert (root / "1.dcm").read_bytes() == b"someone else's"
    assert sorted(path.name for path in root.iterdir()) == ["1.dcm"]


def test_what_an_interrupted_delivery_left_is_replaced(root: Path, source: Path) -> None:
    (root / "1.dcm.part").write_bytes(b"half of an old attempt, and longer than what comes now")
    (receipt,) = deliver(root, consigned(source, "1.dcm"))
    assert receipt.status is Delivery.DELIVERED
    assert (root / "1.dcm").read_bytes() == CONTENT
    assert sorted(path.name for path in root.iterdir()) == ["1.dcm"]


@pytest.mark.parametrize(
    "name", ["../out.dcm", "a/../../out.dcm", "/etc/out.dcm", "", "a\0b", "1.dcm.part", "link/out.dcm"]
)
def test_nothing_is_written_outside(root: Path, source: Path, name: str) -> None:
    (root / "link").symlink_to(root.parent)
    before = sorted(root.parent.rglob("*"))
    (receipt,) = deliver(root, consigned(source, name))
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == (
        Delivery.FAILED,
        "BAD_NAME",
        False,
    )
    assert sorted(root.parent.rglob("*")) == before


def test_a_name_no_file_system_takes_fails_alone(root: Path, source: Path) -> None:
    first, second = deliver(root, consigned(source, "x" * 300), consigned(source, "2.dcm"))
    assert (first.status, first.detail) == (Delivery.FAILED, "BAD_NAME")
    assert second.status is Delivery.DELIVERED


def test_a_folder_in_the_place_of_a_file_is_never_overwritten(root: Path, source: Path) -> None:
    (root / "1.dcm").mkdir()
    (receipt,) = deliver(root, consigned(source, "1.dcm"))
    assert receipt.status is Delivery.FAILED
    assert (root / "1.dcm").is_dir()


def test_a_share_that_is_not_mounted_is_not_made(tmp_path: Path, source: Path) -> None:
    (receipt,) = deliver(tmp_path / "unmounted", consigned(source, "1.dcm"))
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == (
        Delivery.FAILED,
        "UNREACHABLE",
        True,
    )
    assert not (tmp_path / "unmounted").exists()


def test_a_full_disk_is_worth_another_try_and_a_forbidden_one_is_not() -> None:
    assert DETAIL_OF_ERROR[errno.ENOSPC] == ("NO_SPACE", True)
    assert DETAIL_OF_ERROR[errno.EROFS] == ("NOT_PERMITTED", False)


def test_a_write_that_fails_midway_leaves_no_partial_file(root: Path, source: Path) -> None:
    source.write_bytes(bytes(100_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
        (receipt,) = deliver(root, consigned(source, "1.dcm"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (receipt.status, receipt.is_worth_retrying) == (Delivery.FAILED, True)
    assert list(root.iterdir()) == []


def test_a_check_leaves_nothing_behind(root: Path) -> None:
    FolderDestination("share", root).check()
    assert list(root.iterdir()) == []


def test_a_check_of_a_folder_that_takes_no_files_is_a_refusal() -> None:
    with pytest.raises(Permanent):
        FolderDestination("share", Path("/proc/self")).check()
