"""A destination of a project file as what sends to it, and what is said of certificates that are wrong."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.peers.certificates import Authority

from tirage.model.delivery import DestinationRefused
from tirage.network.send.dicom import Asking, DicomDestination
from tirage.network.send.stow import StowDestination
from tirage.policy.destinations import Destination
from tirage.service.destinations import Senders
from tirage.store.vault import SecretMissing, Vault

PACS = {"name": "pacs", "kind": "dicom", "host": "pacs.example", "port": 104, "called_ae": "PACS"}
WEB = {"name": "web", "kind": "stow", "url": "https://web.example/dicom"}


@pytest.fixture
def senders(tmp_path: Path) -> Senders:
    for name in ("secrets", "projects"):
        (tmp_path / name).mkdir(mode=0o700)
    return Senders(Vault(tmp_path / "secrets"), tmp_path / "projects", tmp_path / "outbox")


def made(senders: Senders, **fields: Any) -> object:
    return senders(TypeAdapter[Any](Destination).validate_python(fields))


def secret(senders: Senders, name: str, text: str) -> None:
    path = senders.vault.folder / name
    path.touch(mode=0o600)
    path.write_text(text)


def test_a_pacs_is_asked_for_its_list_unless_the_project_says_otherwise(senders: Senders) -> None:
    pacs = made(senders, **PACS, connections=3, kilobytes_per_second=2)
    assert isinstance(pacs, DicomDestination)
    assert (pacs.asking, pacs.connections, pacs.bytes_per_s) == (Asking.LIST, 3, 2000)
    pacs = made(senders, **PACS, proof="commitment", commitment_port=11113)
    assert isinstance(pacs, DicomDestination)
    assert (pacs.asking, pacs.answer_port) == (Asking.PROMISE, 11113)


def test_a_promise_over_tls_needs_a_certificate_that_the_pacs_can_connect_to() -> None:
    with pytest.raises(ValidationError, match="connects to this node"):
        TypeAdapter[Any](Destination).validate_python(
            {**PACS, "proof": "commitment", "commitment_port": 1, "tls": {"ca": "ca.pem"}}
        )


def test_a_certificate_that_is_missing_or_none_is_named(senders: Senders) -> None:
    with pytest.raises(DestinationRefused, match=r"ca\.pem is not beside"):
        made(senders, **PACS, tls={"ca": "ca.pem"})
    (senders.lists / "ca.pem").write_text("no certificate")
    with pytest.raises(DestinationRefused, match="holds no certificate"):
        made(senders, **WEB, ca="ca.pem")


def test_a_key_of_another_certificate_is_named(senders: Senders, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    one, other = authority.issue("one"), authority.issue("other")
    for name, file in (("ca.pem", authority.ca), ("node.pem", one.certificate)):
        (senders.lists / name).write_bytes(file.read_bytes())
    tls = {"ca": "ca.pem", "certificate": "node.pem", "key": "secret:node"}
    with pytest.raises(SecretMissing):
        made(senders, **PACS, tls=tls)
    secret(senders, "node", other.key.read_text())
    with pytest.raises(DestinationRefused, match="do not belong together"):
        made(senders, **PACS, tls=tls)
    secret(senders, "node", one.key.read_text())
    assert isinstance(made(senders, **PACS, tls=tls), DicomDestination)


def test_secrets_of_a_web_service_come_from_the_vault_and_show_nowhere(senders: Senders) -> None:
    secret(senders, "web", "invented-password\n")
    web = made(senders, **WEB, access={"user": "tirage", "password": "secret:web"}, proof="read-back")
    assert isinstance(web, StowDestination)
    assert (web.peer.password, web.reads_back) == ("invented-password", True)
    assert "invented" not in repr(web)
    web = made(
        senders,
        **WEB,
        access={"oauth": {"token_url": "https://login.example", "client": "us", "secret": "secret:web"}},
    )
    assert isinstance(web, StowDestination)
    assert web.peer.credentials is not None
    assert "invented" not in repr(web)
