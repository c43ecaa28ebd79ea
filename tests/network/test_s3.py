"""Delivery into a bucket: nothing half, nothing overwritten, nothing believed without a proof."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.peers import badstore, s3

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Proof,
    Receipt,
)
from tirage.model.identifiers import Digest, ResearchPath
from tirage.network.send.bucket import Bucket
from tirage.network.send.etag import PART_BYTES, sums_of
from tirage.network.send.s3 import S3Destination

NAME = "lung/v0001/1.dcm"


@pytest.fixture(scope="module")
def server() -> Iterator[s3.S3]:
    with s3.running() as store:
        yield store


@pytest.fixture
def bucket(server: s3.S3, tmp_path: Path) -> Bucket:
    """A place of the test's own in the bucket."""
    return Bucket(s3.BUCKET, server.endpoint, "us-east-1", tmp_path.name, "the-access-key", "the-secret-key")


def consigned(path: Path, content: bytes, name: str = NAME) -> Consignment:
    path.write_bytes(content)
    return Consignment(ResearchPath(path), Digest(hashlib.sha256(content).hexdigest()), name)


def small(folder: Path) -> Consignment:
    return consigned(folder / "small.dcm", b"a released object" * 999)


def large(folder: Path) -> Consignment:
    content = b"".join(bytes([number]) * 1024 * 1024 for number in range(9))
    return consigned(folder / "large.zip", content)


def deliver(bucket: Bucket, *consignments: Consignment) -> list[Receipt]:
    return S3Destination("store", bucket).deliver(consignments, lambda _: None)


def there(bucket: Bucket) -> dict[str, bytes]:
    store = bucket.opened()
    return {
        each["path"]: obstore.get(store, each["path"]).bytes().to_bytes()
        for page in obstore.list(store)
        for each in page
    }


@pytest.mark.parametrize("make", [small, large])
def test_what_arrives_is_proved_by_the_stores_own_sum(bucket: Bucket, tmp_path: Path, make) -> None:
    item = make(tmp_path)
    assert deliver(bucket, item) == [Receipt(item.digest, Delivery.DELIVERED, proof=Proof.CHECKSUM)]
    assert there(bucket) == {NAME: item.path.read_bytes()}
    assert obstore.get(bucket.opened(), NAME).attributes["sha256"] == item.digest
    assert deliver(bucket, item) == [Receipt(item.digest, Delivery.ALREADY, proof=Proof.CHECKSUM)]


@pytest.mark.parametrize("make", [small, large])
def test_a_store_that_names_objects_by_something_else_is_read_back(
    bucket: Bucket, tmp_path: Path, make
) -> None:
    item = make(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.etag = '"of-the-stores-own"'
        behind = replace(bucket, endpoint=store.endpoint)
        assert deliver(behind, item) == [Receipt(item.digest, Delivery.DELIVERED, proof=Proof.READ_BACK)]
        assert deliver(behind, item) == [Receipt(item.digest, Delivery.ALREADY, proof=Proof.READ_BACK)]


@pytest.mark.parametrize("make", [small, large])
def test_another_object_of_that_name_is_a_conflict_and_stays_as_it_is(
    bucket: Bucket, tmp_path: Path, make
) -> None:
    item = make(tmp_path)
    for other in (b"someone else's", b"x" * len(item.path.read_bytes())):
        obstore.put(bucket.opened(), NAME, other)
        (receipt,) = deliver(bucket, item)
        assert receipt.status is Delivery.CONFLICT
        assert there(bucket) == {NAME: other}


def test_who_is_first_between_the_look_and_the_sending_is_not_overwritten(
    bucket: Bucket, tmp_path: Path
) -> None:
    item = small(tmp_path)
    with badstore.before(bucket.endpoint) as store:

        def overtaken(body: bytes) -> bytes:
            obstore.put(bucket.opened(), NAME, b"someone else's")
            return body

        store.times, store.change = 1, overtaken
        (receipt,) = deliver(replace(bucket, endpoint=store.endpoint), item)
    assert receipt.status is Delivery.CONFLICT
    assert there(bucket) == {NAME: b"someone else's"}


@pytest.mark.parametrize(
    ("share", "make"), [(0.0, small), (0.01, small), (0.5, small), (0.99, small), (0.5, large)]
)
def test_a_connection_that_drops_once_is_no_fault(bucket: Bucket, tmp_path: Path, share: float, make) -> None:
    item = make(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.times, store.drop_at = 1, share
        (receipt,) = deliver(replace(bucket, endpoint=store.endpoint), item)
    assert (receipt.status, receipt.proof) == (Delivery.DELIVERED, Proof.CHECKSUM)
    assert there(bucket) == {NAME: item.path.read_bytes()}


def test_a_reply_that_is_lost_makes_no_second_object(bucket: Bucket, tmp_path: Path) -> None:
    item = small(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.times, store.drop_reply = 1, True
        (receipt,) = deliver(replace(bucket, endpoint=store.endpoint), item)
    assert receipt.status in (Delivery.DELIVERED, Delivery.ALREADY)
    assert there(bucket) == {NAME: item.path.read_bytes()}


@pytest.mark.parametrize("make", [small, large])
def test_a_connection_that_drops_always_leaves_nothing(bucket: Bucket, tmp_path: Path, make) -> None:
    item = make(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.times, store.drop_at = 1000, 0.5
        (receipt,) = deliver(replace(bucket, endpoint=store.endpoint), item)
    assert receipt == Receipt(item.digest, Delivery.FAILED, "UNREACHABLE", True)
    assert there(bucket) == {}
    (receipt,) = deliver(bucket, item)
    assert receipt.status is Delivery.DELIVERED


def flipped(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


@pytest.mark.parametrize("make", [small, large])
def test_a_copy_that_one_byte_was_changed_in_is_sent_again_once(bucket: Bucket, tmp_path: Path, make) -> None:
    item = make(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        behind = replace(bucket, endpoint=store.endpoint)
        store.times, store.change = 1, flipped
        assert deliver(behind, item) == [Receipt(item.digest, Delivery.DELIVERED, proof=Proof.CHECKSUM)]
        assert there(bucket) == {NAME: item.path.read_bytes()}


def test_a_store_that_always_changes_a_byte_is_not_asked_for_ever(bucket: Bucket, tmp_path: Path) -> None:
    item = small(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.times, store.change = 1000, flipped
        receipts = deliver(replace(bucket, endpoint=store.endpoint), item)
        assert store.puts == 2
    assert receipts == [Receipt(item.digest, Delivery.FAILED, "READ_BACK", False)]
    assert there(bucket) == {}, "the bad copy is taken away"


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [(503, "BUSY", True), (403, "NOT_PERMITTED", False), (507, "NO_SPACE", True), (500, "IO_ERROR", True)],
)
def test_what_the_store_answers_has_its_code(
    bucket: Bucket, tmp_path: Path, status: int, code: str, again: bool
) -> None:
    item = small(tmp_path)
    with badstore.before(bucket.endpoint) as store:
        store.times, store.status = 1000, status
        receipts = deliver(replace(bucket, endpoint=store.endpoint), item)
        with pytest.raises(DestinationUnreachable if again else DestinationRefused) as caught:
            S3Destination("store", replace(bucket, endpoint=store.endpoint)).check()
    assert receipts == [Receipt(item.digest, Delivery.FAILED, code, again)]
    assert_says_nothing(caught.value)


def test_a_store_that_asks_to_wait_once_is_asked_again(bucket: Bucket, tmp_path: Path) -> None:
    with badstore.before(bucket.endpoint) as store:
        store.times, store.status = 1, 503
        (receipt,) = deliver(replace(bucket, endpoint=store.endpoint), small(tmp_path))
    assert receipt.status is Delivery.DELIVERED


def test_a_bucket_that_is_not_there_is_named(bucket: Bucket, tmp_path: Path) -> None:
    other, item = replace(bucket, name="nobodys"), small(tmp_path)
    assert deliver(other, item) == [Receipt(item.digest, Delivery.FAILED, "NO_BUCKET", False)]
    with pytest.raises(DestinationRefused, match="no bucket of this name"):
        S3Destination("store", other).check()


def test_a_large_file_that_changed_leaves_neither_object_nor_parts(
    bucket: Bucket, server: s3.S3, tmp_path: Path
) -> None:
    item = large(tmp_path)
    with item.path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    assert deliver(bucket, item) == [Receipt(item.digest, Delivery.FAILED, "SOURCE_CHANGED", False)]
    assert there(bucket) == {}


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a\0b", "a/" + "b" * 1024])
def test_names_that_are_no_keys_are_refused(bucket: Bucket, tmp_path: Path, name: str) -> None:
    item = replace(small(tmp_path), name=name)
    assert deliver(bucket, item) == [Receipt(item.digest, Delivery.FAILED, "BAD_NAME", False)]


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])
def test_our_sums_are_the_stores_at_every_size(bucket: Bucket, tmp_path: Path, size: int) -> None:
    item = consigned(tmp_path / "file", b"z" * size)
    assert deliver(bucket, item)[0].proof is Proof.CHECKSUM
    assert obstore.head(bucket.opened(), NAME)["e_tag"] == f'"{sums_of(item.path).etag}"'


def test_the_probe_of_a_check_is_taken_away(bucket: Bucket) -> None:
    S3Destination("store", bucket).check()
    assert there(bucket) == {}


def test_keys_are_shown_nowhere(bucket: Bucket) -> None:
    assert "the-" not in repr(bucket)


def assert_says_nothing(error: BaseException) -> None:
    told = f"{error} {error.__cause__} {error.__suppress_context__}"
    assert "the-" not in told
    assert "127.0.0.1" not in told
    assert error.__suppress_context__


# Certificates.


def issue(
    folder: Path, name: str, *, host: str = "localhost", from_day: int = -1, to_day: int = 1, by: str = ""
) -> tuple[Path, Path]:
    """A certificate of a host, issued by one made before (or an authority of its own), and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer, signer = subject, key
    if by:
        issuer = x509.load_pem_x509_certificate((folder / f"{by}.pem").read_bytes()).subject
        loaded = serialization.load_pem_private_key((folder / f"{by}.key").read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signer = loaded
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=from_day))
        .not_valid_after(now + timedelta(days=to_day))
        .add_extension(x509.BasicConstraints(ca=not by, path_length=None), critical=True)
    )
    if by:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


@contextmanager
def shaking(certificate: Path, key: Path) -> Iterator[int]:
    """Somebody who shakes hands over TLS, and no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    with suppress(OSError), context.wrap_socket(peer, server_side=True):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ({"from_day": -9, "to_day": -1}, "CERTIFICATE_EXPIRED", "certificate is expired"),
        ({"from_day": 1, "to_day": 9}, "CERTIFICATE_NOT_YET_VALID", "not yet valid"),
        ({"host": "elsewhere.example"}, "CERTIFICATE_OTHER_HOST", "for another host"),
        ({"by": "strangers"}, "CERTIFICATE_UNTRUSTED", "from no authority"),
    ],
)
def test_a_certificate_that_is_wrong_is_refused_with_its_reason(
    tmp_path: Path, how: dict[str, int | str], code: str, words: str
) -> None:
    authority, _ = issue(tmp_path, "authority", to_day=99, from_day=-99)
    issue(tmp_path, "strangers", to_day=99, from_day=-99)
    item = small(tmp_path)
    with shaking(*issue(tmp_path, "store", **({"by": "authority"} | how))) as port:
        bucket = Bucket(s3.BUCKET, f"https://localhost:{port}", "us-east-1", "", "the-", "the-", authority)
        assert deliver(bucket, item) == [Receipt(item.digest, Delivery.FAILED, code, False)]
        with pytest.raises(DestinationRefused, match=words):
            S3Destination("store", bucket).check()


def test_the_environment_believes_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ALLOW_INVALID_CERTIFICATES", "true")
    with shaking(*issue(tmp_path, "authority")) as port:
        bucket = Bucket(s3.BUCKET, f"https://localhost:{port}", "us-east-1")
        (receipt,) = deliver(bucket, small(tmp_path))
    assert receipt.detail == "CERTIFICATE_UNTRUSTED"


def test_a_certificate_of_our_authority_is_believed(tmp_path: Path) -> None:
    authority, _ = issue(tmp_path, "authority")
    with s3.guarded(tmp_path, *issue(tmp_path, "store", by="authority")) as store:
        bucket = Bucket("nobodys", store.endpoint, "us-east-1", "", "the-", "the-", authority)
        with pytest.raises(DestinationRefused, match="no bucket of this name"):
            S3Destination("store", bucket).check()


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    bucket = Bucket("any", "https://localhost:1", "us-east-1", ca=tmp_path / "missing.pem")
    with pytest.raises(DestinationRefused, match="`ca`"):
        S3Destination("store", bucket).check()


def test_the_environment_sends_nothing_elsewhere(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("AWS_SKIP_SIGNATURE", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_S3_EXPRESS"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody else's")
    (receipt,) = deliver(bucket, small(tmp_path))
    assert receipt.status is Delivery.DELIVERED
