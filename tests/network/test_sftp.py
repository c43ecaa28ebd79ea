"""Delivery by SFTP: who the server is, who we are, and what it forbids."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from tests.peers import sshd
from tests.peers.sshd import Sshd

from tirage.errors import Permanent
from tirage.model.delivery import Consignment, Delivery, Proof, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess

CONTENT = b"a released object"


def access_to(server: Sshd) -> SftpAccess:
    return SftpAccess("127.0.0.1", server.port, server.user, (server.host_key,), key=server.key, timeout_s=10)


def deliver(access: SftpAccess, root: Path, name: str = "a/1.dcm") -> Receipt:
    source = root.parent / "source.dcm"
    source.write_bytes(CONTENT)
    consignment = Consignment(source, Digest(hashlib.sha256(CONTENT).hexdigest()), name, Uid("1.2.3"))
    (receipt,) = ServerDestination("haven", access, str(root)).deliver([consignment], lambda _: None)
    return receipt


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "research files; it's here"
    root.mkdir()
    return root


def test_a_host_with_another_key_is_refused_before_it_is_told_anything(tmp_path: Path, root: Path) -> None:
    other = sshd.make_key(tmp_path / "other")
    with sshd.running(tmp_path / "sshd") as server:
        access = replace(access_to(server), host_keys=(other,))
        with pytest.raises(Permanent, match="not in `host_keys`"):
            ServerDestination("haven", access, str(root)).check()
        receipt = deliver(access, root)
    assert (receipt.detail, receipt.is_worth_retrying) == ("HOST_KEY_UNKNOWN", False)
    assert "Accepted" not in (tmp_path / "sshd" / "sshd.log").read_text()


def test_a_host_without_a_key_of_a_known_kind_is_refused(tmp_path: Path, root: Path) -> None:
    other = sshd.make_key(tmp_path / "other", "ecdsa")
    with sshd.running(tmp_path / "sshd") as server:
        receipt = deliver(replace(access_to(server), host_keys=(other,)), root)
    assert (receipt.detail, receipt.is_worth_retrying) == ("HOST_KEY_UNKNOWN", False)


def test_one_of_several_known_keys_is_enough(tmp_path: Path, root: Path) -> None:
    rsa = sshd.make_key(tmp_path / "rsa", "rsa")
    with sshd.running(tmp_path / "sshd", f"HostKey {tmp_path / 'rsa'}") as server:
        assert deliver(replace(access_to(server), host_keys=(rsa,)), root, "1").status is Delivery.DELIVERED
        both = (rsa, server.host_key)
        assert deliver(replace(access_to(server), host_keys=both), root, "2").status is Delivery.DELIVERED


def test_a_key_with_a_passphrase_is_refused_with_its_reason(tmp_path: Path, root: Path) -> None:
    sshd.make_key(tmp_path / "locked", passphrase="open sesame")
    with sshd.running(tmp_path / "sshd") as server:
        access = replace(access_to(server), key=tmp_path / "locked")
        with pytest.raises(Permanent, match="passphrase"):
            ServerDestination("haven", access, str(root)).check()


def test_a_server_that_may_sum_proves_without_reading_back(tmp_path: Path, root: Path) -> None:
    with sshd.running(tmp_path / "sshd") as server:
        receipt = deliver(replace(access_to(server), has_sums=True), root)
    assert (receipt.status, receipt.proof) == (Delivery.DELIVERED, Proof.CHECKSUM)


def test_a_server_that_may_not_sum_is_read_back(tmp_path: Path, root: Path) -> None:
    with sshd.running(tmp_path / "sshd", "ForceCommand internal-sftp") as server:
        receipt = deliver(replace(access_to(server), has_sums=True), root)
    assert (receipt.status, receipt.proof) == (Delivery.DELIVERED, Proof.READ_BACK)


@pytest.mark.parametrize("denied", ["-R", "-P rename", "-P open", "-P mkdir"])
def test_what_the_server_forbids_is_not_tried_again_and_leaves_nothing(
    tmp_path: Path, root: Path, denied: str
) -> None:
    with sshd.running(tmp_path / "sshd", subsystem=f"internal-sftp {denied}") as server:
        receipt = deliver(access_to(server), root)
        with pytest.raises(Permanent, match="NOT_PERMITTED") if denied != "-P mkdir" else _nothing():
            ServerDestination("haven", access_to(server), str(root)).check()
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == (
        Delivery.FAILED,
        "NOT_PERMITTED",
        False,
    )
    assert files(root) == []


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def test_a_folder_in_the_place_of_a_file_is_never_overwritten(tmp_path: Path, root: Path) -> None:
    (root / "1.dcm").mkdir()
    with sshd.running(tmp_path / "sshd") as server:
        receipt = deliver(access_to(server), root, "1.dcm")
    assert (receipt.status, receipt.detail) == (Delivery.FAILED, "BAD_NAME")
    assert (root / "1.dcm").is_dir()


class Passwords(paramiko.ServerInterface):
    """Lets one user in by password and nobody else."""

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        is_right = (username, password) == ("research", "correct-horse")
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


@contextmanager
def asking_for_a_password(host_key: Path) -> Iterator[int]:
    """An SSH server that knows a password: OpenSSH would only know those of the machine's accounts."""
    key = paramiko.Ed25519Key.from_private_key_file(str(host_key))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        transports = []

        def serve() -> None:
            plug, _ = listening.accept()
            transport = paramiko.Transport(plug)
            transports.append(transport)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Folders)
            transport.start_server(event=threading.Event(), server=Passwords())

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()
        for transport in transports:
            transport.close()


class Folders(paramiko.SFTPServerInterface):
    """Every path is a folder of nothing."""

    def stat(self, path: str) -> int:
        return paramiko.SFTP_NO_SUCH_FILE


@pytest.mark.parametrize(("password", "detail"), [("correct-horse", "UNREACHABLE"), ("wrong", "REJECTED")])
def test_a_password_opens_a_server_that_asks_for_one(
    tmp_path: Path, root: Path, password: str, detail: str
) -> None:
    """Inside nothing is mounted, which is how far one gets with the right password."""
    host_key = sshd.make_key(tmp_path / "host")
    with asking_for_a_password(tmp_path / "host") as port:
        access = SftpAccess("127.0.0.1", port, "research", (host_key,), password)
        receipt = deliver(access, root)
    assert (receipt.status, receipt.detail) == (Delivery.FAILED, detail)
    assert receipt.is_worth_retrying == (detail == "UNREACHABLE")
