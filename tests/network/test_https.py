"""HTTP with a service: whom it trusts, and what is told of a certificate that it does not."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.peers import redcap_double, xnat_double
from tests.peers.redcap_double import TOKEN
from tests.peers.xnat_double import OWNER, PASSWORD

from tirage.model.delivery import DestinationRefused
from tirage.network.https import Https, Service, Unanswered
from tirage.network.redcap import RedcapRefused, opened
from tirage.network.send.xnat.destination import XnatDestination

DAY = timedelta(days=1)


def certified(
    folder: Path, name: str, begins: timedelta = -DAY, ends: timedelta = 2 * DAY, address: str = "127.0.0.1"
) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, and a server's context with it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context


@contextmanager
def serving(folder: Path, context: ssl.SSLContext) -> Iterator[str]:
    with xnat_double.running(folder / "xnat", context) as double:
        yield double.url


def checked(url: str, ca: Path, folder: Path) -> None:
    XnatDestination("xnat", Service(url, ca), OWNER, PASSWORD, "LUNG", folder / "outbox").check()


def test_a_server_whose_authority_is_named_is_trusted(tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "good")
    with serving(tmp_path, context) as url:
        checked(url, ca, tmp_path)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("expired", {"begins": -3 * DAY, "ends": -DAY}, "its certificate is expired"),
        ("early", {"begins": DAY}, "its certificate is not yet valid"),
        ("elsewhere", {"address": "192.0.2.7"}, "its certificate is for another host"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, name: str, settings: dict[str, timedelta], words: str
) -> None:
    ca, context = certified(tmp_path, name, **settings)  # type: ignore[arg-type]
    with serving(tmp_path, context) as url, pytest.raises(DestinationRefused, match=words):
        checked(url, ca, tmp_path)


def test_a_certificate_of_another_authority_is_refused_for_deliveries_and_requests(tmp_path: Path) -> None:
    _, context = certified(tmp_path, "good")
    other, _ = certified(tmp_path, "other")
    with serving(tmp_path, context) as url, pytest.raises(DestinationRefused, match="its certificate"):
        checked(url, other, tmp_path)
    with (
        redcap_double.running(context) as double,
        opened(Service(double.url, other), TOKEN) as redcap,
        pytest.raises(RedcapRefused, match="its certificate"),
    ):
        redcap.version()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_versions_of_tls_before_1_2_are_not_spoken(tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "good")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with serving(tmp_path, context) as url, pytest.raises(DestinationRefused, match="does not speak TLS"):
        checked(url, ca, tmp_path)


def test_a_password_never_goes_in_the_clear_to_another_machine() -> None:
    with pytest.raises(Unanswered, match="plain http"):
        Https(Service("http://192.0.2.7/xnat"))


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ca, context = certified(tmp_path, "good")
    with serving(tmp_path, context) as url:
        checked(url, ca, tmp_path)
    assert not [each for each in caplog.records if each.name.startswith("http")]
