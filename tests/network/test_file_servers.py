"""Delivery to file servers, SFTP and FTPS alike: whatever happens on the way, no partial file has a name."""

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.peers import proxy, sshd, vsftpd
from tests.peers.certificates import Authority
from tests.peers.ports import free_port
from tests.peers.proxy import Proxy

from tirage.errors import Permanent, Transient
from tirage.model.delivery import Consignment, Delivery, Proof, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.send.ftps import FtpsAccess
from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess

SIZE = 3 * 1024 * 1024
NAME = "lung/v0001/subject-1/study-1/1.dcm"


@dataclass
class Haven:
    """A file server: where its files are, how it is reached, and what stands before it."""

    root: Path
    access: SftpAccess | FtpsAccess
    proxy: Proxy

    def deliver(self, *consignments: Consignment, **options: int) -> list[Receipt]:
        return self.destination(**options).deliver(consignments, lambda _: None)

    def destination(self, **options: int) -> ServerDestination:
        return ServerDestination("haven", self.access, str(self.root), **options)

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())


@contextmanager
def sftp(scratch: Path, root: Path) -> Iterator[Haven]:
    with sshd.running(scratch / "sshd") as server, proxy.running(server.port) as between:
        access = SftpAccess("127.0.0.2", server.port, server.user, (server.host_key,), key=server.key)
        yield Haven(root, replace(access, timeout_s=10), between)


@contextmanager
def ftps(scratch: Path, root: Path) -> Iterator[Haven]:
    authority, passive = Authority(scratch / "authority"), str(free_port())
    certificate = authority.issue("server", "127.0.0.2")
    settings = {"pasv_min_port": passive, "pasv_max_port": passive}
    with (
        vsftpd.running(scratch / "vsftpd", certificate, **settings) as server,
        proxy.running(server.port, int(passive)) as between,
    ):
        access = FtpsAccess("127.0.0.2", server.port, server.user, server.password, authority.ca)
        yield Haven(root, replace(access, timeout_s=10), between)


@pytest.fixture(params=[sftp, ftps], ids=["sftp", "ftps"])
def haven(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Haven]:
    root = tmp_path / "research"
    root.mkdir()
    with request.param(tmp_path, root) as haven:
        yield haven


@pytest.fixture
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "research"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def consign(folder: Path, name: str = NAME, size: int = SIZE, seed: int = 1) -> Consignment:
    path = folder / f"source-{seed}-{size}"
    content = hashlib.shake_128(bytes([seed])).digest(size)
    path.write_bytes(content)
    return Consignment(path, Digest(hashlib.sha256(content).hexdigest()), name, Uid("1.2.3"))


def is_whole(haven: Haven, consignment: Consignment) -> bool:
    there = haven.root / consignment.name
    return hashlib.sha256(there.read_bytes()).hexdigest() == consignment.digest


def cut_at(haven: Haven, share: float, measured: Proxy) -> None:
    if share > 1:
        # All was sent, and what the server says last never comes.
        haven.proxy.cut_down = measured.down - 40
    else:
        haven.proxy.cut_up = int(measured.up * share)


def measured(haven: Haven, folder: Path, size: int = SIZE) -> Proxy:
    """How much goes either way when nothing is cut."""
    (receipt,) = haven.deliver(consign(folder, "measured.dcm", size, seed=9))
    assert receipt.status is Delivery.DELIVERED
    went = Proxy(haven.proxy.up, haven.proxy.down)
    (haven.root / "measured.dcm").unlink()
    haven.proxy.reset()
    return went


def test_a_file_arrives_with_a_proof_and_is_known_again(haven: Haven, tmp_path: Path) -> None:
    consignment = consign(tmp_path)
    (receipt,) = haven.deliver(consignment)
    assert (receipt.status, receipt.proof) == (Delivery.DELIVERED, Proof.READ_BACK)
    assert haven.files() == [NAME]
    assert is_whole(haven, consignment)
    (receipt,) = haven.deliver(consignment)
    assert (receipt.status, receipt.proof) == (Delivery.ALREADY, Proof.READ_BACK)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 1.0, 1.01])
def test_after_a_drop_no_part_has_the_name_and_the_next_delivery_ends_it(
    haven: Haven, tmp_path: Path, share: float
) -> None:
    went = measured(haven, tmp_path)
    consignment = consign(tmp_path)
    cut_at(haven, share, went)
    haven.proxy.stays_down = True
    (receipt,) = haven.deliver(consignment)
    assert haven.files() in ([], [NAME + ".part"], [NAME])
    if NAME in haven.files():
        assert is_whole(haven, consignment)
    if receipt.status is not Delivery.DELIVERED:
        assert (receipt.detail, receipt.is_worth_retrying) == ("UNREACHABLE", True)
    haven.proxy.mend()
    (receipt,) = haven.deliver(consignment)
    assert receipt.status in (Delivery.DELIVERED, Delivery.ALREADY)
    assert haven.files() == [NAME]
    assert is_whole(haven, consignment)


def test_a_name_that_was_given_and_never_confirmed_is_known_again(haven: Haven, tmp_path: Path) -> None:
    """The last replies are cut one after another, until it is the one to the rename."""
    went = measured(haven, tmp_path, 1000)
    lost = []
    for number, back in enumerate(range(10, 130, 15)):
        consignment = consign(tmp_path, f"{number}.dcm", 1000, seed=number)
        haven.proxy.reset()
        haven.proxy.cut_down, haven.proxy.stays_down = went.down - back, True
        (receipt,) = haven.deliver(consignment)
        haven.proxy.mend()
        if receipt.status is Delivery.FAILED and f"{number}.dcm" in haven.files():
            lost.append(number)
            assert (receipt.detail, receipt.is_worth_retrying) == ("UNREACHABLE", True)
            assert is_whole(haven, consignment)
            (receipt,) = haven.deliver(consignment)
            assert receipt.status is Delivery.ALREADY
    assert lost


@pytest.mark.parametrize("share", [0.5, 1.01])
def test_a_drop_that_passes_is_no_fault(haven: Haven, tmp_path: Path, share: float) -> None:
    went = measured(haven, tmp_path)
    consignment = consign(tmp_path)
    cut_at(haven, share, went)
    (receipt,) = haven.deliver(consignment)
    assert receipt.status is Delivery.DELIVERED
    assert haven.files() == [NAME]
    assert is_whole(haven, consignment)


def test_a_large_file_goes_on_where_it_was(haven: Haven, tmp_path: Path) -> None:
    consignment = consign(tmp_path, size=4 * SIZE)
    partial = haven.root / (NAME + ".part")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(consignment.path.read_bytes()[: 3 * SIZE])
    (receipt,) = haven.deliver(consignment)
    assert receipt.status is Delivery.DELIVERED
    assert is_whole(haven, consignment)
    assert haven.proxy.up < 2 * SIZE


def test_what_another_delivery_left_is_no_beginning_of_this_one(haven: Haven, tmp_path: Path) -> None:
    consignment = consign(tmp_path)
    partial = haven.root / (NAME + ".part")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(bytes(2 * 1024 * 1024))
    (receipt,) = haven.deliver(consignment)
    assert receipt.status is Delivery.DELIVERED
    assert is_whole(haven, consignment)


def test_another_file_of_that_name_is_a_conflict_and_stays_as_it_is(haven: Haven, tmp_path: Path) -> None:
    (haven.root / "1.dcm").write_bytes(b"someone else's")
    (receipt,) = haven.deliver(consign(tmp_path, "1.dcm"))
    assert (receipt.status, receipt.proof) == (Delivery.CONFLICT, Proof.NONE)
    assert (haven.root / "1.dcm").read_bytes() == b"someone else's"
    assert haven.files() == ["1.dcm"]


class Flipper(threading.Thread):
    """Changes one byte of a partial file on the server's disk, as often as it is told to."""

    def __init__(self, partial: Path, size: int, times: int) -> None:
        super().__init__(daemon=True)
        self.partial, self.size, self.times = partial, size, times
        self.flipped = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        before = None
        while self.flipped < self.times and not self.is_over.wait(0.0005):
            try:
                with self.partial.open("r+b") as file:
                    seen = self.partial.stat()
                    # Each copy begins anew with a file that is shorter than it will be.
                    if seen.st_size == self.size and before != seen.st_size:
                        file.seek(self.size - 10)
                        byte = file.read(1)[0]
                        file.seek(self.size - 10)
                        file.write(bytes([byte ^ 1]))
                        self.flipped += 1
                    before = seen.st_size
            except OSError:
                before = None


@pytest.mark.parametrize(
    ("times", "expected"),
    [(1, (Delivery.DELIVERED, "", False)), (2, (Delivery.FAILED, "READ_BACK", False))],
)
def test_a_copy_that_went_wrong_is_sent_again_once(
    haven: Haven, tmp_path: Path, times: int, expected: tuple[Delivery, str, bool]
) -> None:
    consignment = consign(tmp_path)
    # The way back is slow, so that the byte is changed before it is read.
    haven.proxy.delay_s = 0.0005
    flipper = Flipper(haven.root / (NAME + ".part"), SIZE, times)
    flipper.start()
    (receipt,) = haven.deliver(consignment)
    flipper.is_over.set()
    flipper.join()
    assert flipper.flipped == times
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == expected
    assert haven.files() == ([NAME] if times == 1 else [])


@pytest.mark.parametrize(("opened", "detail"), [(sftp, "NO_SPACE"), (ftps, "IO_ERROR")], ids=["sftp", "ftps"])
def test_a_full_disk_passes_and_leaves_nothing(
    full: Path, tmp_path: Path, opened: Callable[..., Iterator[Haven]], detail: str
) -> None:
    with opened(tmp_path, full) as haven:  # type: ignore[attr-defined]
        first, second = haven.deliver(consign(tmp_path), consign(tmp_path, "2.dcm", 1000, seed=2))
        assert (first.status, first.detail, first.is_worth_retrying) == (Delivery.FAILED, detail, True)
        assert second.status is Delivery.DELIVERED
        assert haven.files() == ["2.dcm"]


def test_several_connections_bring_each_file_once(haven: Haven, tmp_path: Path) -> None:
    # The data connections of this FTPS server share one port.
    options = {} if isinstance(haven.access, FtpsAccess) else {"connections": 4}
    many = [consign(tmp_path, f"{number}.dcm", 10_000, seed=number) for number in range(12)]
    receipts = haven.deliver(*many, **options)
    assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}
    assert len(haven.files()) == 12
    assert all(is_whole(haven, each) for each in many)


def test_a_name_that_leads_out_is_refused(haven: Haven, tmp_path: Path) -> None:
    for name in ("../1.dcm", "/1.dcm", "", "1.dcm.part", "a\nDELE b"):
        (receipt,) = haven.deliver(consign(tmp_path, name, 100))
        assert (receipt.status, receipt.detail) == (Delivery.FAILED, "BAD_NAME")
    assert haven.files() == []


def test_a_folder_that_is_not_mounted_is_not_made(haven: Haven, tmp_path: Path) -> None:
    gone = replace(haven, root=tmp_path / "unmounted")
    (receipt,) = gone.deliver(consign(tmp_path, size=100))
    assert (receipt.detail, receipt.is_worth_retrying) == ("UNREACHABLE", True)
    assert not gone.root.exists()
    with pytest.raises(Transient, match="mounted"):
        gone.destination().check()


def test_a_slow_server_is_waited_for(haven: Haven, tmp_path: Path) -> None:
    haven.proxy.delay_s = 0.002
    (receipt,) = haven.deliver(consign(tmp_path))
    assert receipt.status is Delivery.DELIVERED


def test_a_wrong_secret_is_a_refusal(haven: Haven, tmp_path: Path) -> None:
    if isinstance(haven.access, FtpsAccess):
        haven.access = replace(haven.access, password="wrong")
    else:
        other = tmp_path / "other"
        sshd.make_key(other)
        haven.access = replace(haven.access, key=other)
    with pytest.raises(Permanent, match="let this user in"):
        haven.destination().check()
    (receipt,) = haven.deliver(consign(tmp_path, size=100))
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == (
        Delivery.FAILED,
        "REJECTED",
        False,
    )
