"""Delivery by FTPS: whose certificate is believed, and what the server forbids."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.peers import vsftpd
from tests.peers.certificates import Authority
from tests.peers.vsftpd import Vsftpd

from tirage.errors import Permanent
from tirage.model.delivery import Consignment, Delivery, Receipt
from tirage.model.identifiers import Digest, Uid
from tirage.network.send.ftps import FtpsAccess, hash_command, hash_in
from tirage.network.send.server import ServerDestination

CONTENT = b"a released object"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "research"
    root.mkdir()
    return root


def access_to(server: Vsftpd, authority: Authority) -> FtpsAccess:
    return FtpsAccess("127.0.0.1", server.port, server.user, server.password, authority.ca, timeout_s=10)


def consigned(root: Path, name: str, sop_class: str = "1.2.3") -> Consignment:
    source = root.parent / "source.dcm"
    source.write_bytes(CONTENT)
    return Consignment(source, Digest(hashlib.sha256(CONTENT).hexdigest()), name, Uid(sop_class))


def deliver(access: FtpsAccess, root: Path, name: str = "a/1.dcm") -> Receipt:
    (receipt,) = ServerDestination("haven", access, str(root)).deliver(
        [consigned(root, name)], lambda _: None
    )
    return receipt


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("host", "begins", "ends", "detail", "words"),
    [
        ("127.0.0.1", -30, -1, "CERTIFICATE_EXPIRED", "is expired"),
        ("127.0.0.1", 1, 30, "CERTIFICATE_NOT_YET_VALID", "not yet valid"),
        ("haven.example.org", -1, 30, "CERTIFICATE_OTHER_HOST", "another host"),
    ],
)
@pytest.mark.parametrize("implicit", [False, True])
def test_a_bad_certificate_is_refused_with_its_reason(
    tmp_path: Path,
    root: Path,
    authority: Authority,
    host: str,
    begins: int,
    ends: int,
    detail: str,
    words: str,
    implicit: bool,
) -> None:
    certificate = authority.issue("server", host, begins, ends)
    with vsftpd.running(tmp_path / "vsftpd", certificate, implicit) as server:
        access = replace(access_to(server, authority), is_implicit=implicit)
        with pytest.raises(Permanent, match=words):
            ServerDestination("haven", access, str(root)).check()
        receipt = deliver(access, root)
    assert (receipt.detail, receipt.is_worth_retrying) == (detail, False)
    assert files(root) == []
    assert '"PASS ' not in (tmp_path / "vsftpd" / "vsftpd.log").read_text()


def test_a_certificate_of_another_authority_is_refused_with_its_reason(
    tmp_path: Path, root: Path, authority: Authority
) -> None:
    other = Authority(tmp_path / "other", "Another authority")
    with vsftpd.running(tmp_path / "vsftpd", other.issue("server")) as server:
        access = access_to(server, authority)
        with pytest.raises(Permanent, match="not from an authority in `ca`"):
            ServerDestination("haven", access, str(root)).check()
        assert deliver(access, root).detail == "CERTIFICATE_UNTRUSTED"
        assert deliver(replace(access, ca=None), root).detail == "CERTIFICATE_UNTRUSTED"
        assert deliver(replace(access, ca=other.ca), root).status is Delivery.DELIVERED


def test_a_renewed_certificate_is_believed_without_a_restart(
    tmp_path: Path, root: Path, authority: Authority
) -> None:
    access = None
    for number, ends in enumerate((-1, 30)):
        certificate = authority.issue("server", begins=-30, ends=ends)
        port = 0 if access is None else access.port
        with vsftpd.running(tmp_path / "vsftpd", certificate, port=port) as server:
            access = access or access_to(server, authority)
            receipt = deliver(access, root, f"{number}.dcm")
    assert receipt.status is Delivery.DELIVERED


def test_a_server_that_speaks_no_tls_is_told_no_password(
    tmp_path: Path, root: Path, authority: Authority
) -> None:
    settings = {"ssl_enable": "NO"}
    with vsftpd.running(tmp_path / "vsftpd", authority.issue("server"), **settings) as server:
        with pytest.raises(Permanent, match="does not speak TLS"):
            ServerDestination("haven", access_to(server, authority), str(root)).check()
        assert deliver(access_to(server, authority), root).detail == "NO_TLS"
    assert '"PASS ' not in (tmp_path / "vsftpd" / "vsftpd.log").read_text()


@pytest.mark.parametrize(
    "settings",
    [{"write_enable": "NO"}, {"anon_upload_enable": "NO"}, {"cmds_denied": "RNFR,RNTO"}],
    ids=["read-only", "no-upload", "no-rename"],
)
def test_what_the_server_forbids_is_not_tried_again_and_leaves_nothing(
    tmp_path: Path, root: Path, authority: Authority, settings: dict[str, str]
) -> None:
    with vsftpd.running(tmp_path / "vsftpd", authority.issue("server"), **settings) as server:
        receipt = deliver(access_to(server, authority), root, "1.dcm")
        with pytest.raises(Permanent, match="NOT_PERMITTED"):
            ServerDestination("haven", access_to(server, authority), str(root)).check()
    assert (receipt.status, receipt.detail, receipt.is_worth_retrying) == (
        Delivery.FAILED,
        "NOT_PERMITTED",
        False,
    )
    assert [name for name in files(root) if "check" not in name] == []


def test_tables_go_below_a_folder_of_their_own(tmp_path: Path, root: Path, authority: Authority) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    with vsftpd.running(tmp_path / "vsftpd", authority.issue("server")) as server:
        access = access_to(server, authority)
        haven = ServerDestination("haven", access, str(root), str(tables))
        haven.check()
        names = ["lung/v0001/person.parquet", "lung/v0001/person.parquet.md5", "lung/v0001/manifest.json"]
        receipts = haven.deliver([consigned(root, name, "") for name in names], lambda _: None)
    assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}
    assert files(root) == ["lung/v0001/manifest.json"]
    assert files(tables) == ["lung/v0001/person.parquet", "lung/v0001/person.parquet.md5"]


def test_the_servers_own_hash_is_asked_for_where_it_has_one() -> None:
    digest = "0123456789abcdef" * 4
    assert hash_command(("HASH SHA-256*;SHA-512;CRC32",)) == "HASH"
    assert hash_command(("HASH SHA-1;MD5", "XSHA256 filename")) == "XSHA256"
    assert hash_command(("UTF8", "HASH SHA-1*")) == ""
    assert hash_in(f"213 SHA-256 0-17 {digest.upper()} 1.dcm") == digest
    assert hash_in(f"250 {digest}") == digest
    assert hash_in(f"213 SHA-1 0-17 {digest[:40]} 1.dcm") is None
