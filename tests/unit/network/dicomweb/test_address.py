"""Addresses of DICOMweb services that are used, and that are refused."""

import pytest

from tirage.network.dicomweb.address import WebAddressUnsafe, WebPeer


@pytest.mark.parametrize(
    "url",
    [
        "https://pacs.example/dicom-web",
        "https://pacs.example:8443/a/b/",
        "http://127.0.0.1:8042/dicom-web",
        "http://localhost/x",
        "http://[::1]:80/x",
    ],
)
def test_encrypted_or_local_addresses_are_used(url: str) -> None:
    assert WebPeer(url).base == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://pacs.example/dicom-web",
        "http://127.0.0.1.example/x",
        "http://10.0.0.1/x",
        "ftp://127.0.0.1/x",
        "pacs.example",
        "https://",
        "https://user:secret@pacs.example/x",
        "https://pacs.example/x?token=secret",
        "https://pacs.example/x#y",
        "https://pacs.example:port/",
        "",
    ],
)
def test_other_addresses_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(WebAddressUnsafe) as caught:
        WebPeer(url)
    assert "secret" not in str(caught.value)


def test_plain_text_to_another_machine_must_be_allowed() -> None:
    assert WebPeer("http://10.0.0.1/x", allow_plain=True).base == "http://10.0.0.1/x"
