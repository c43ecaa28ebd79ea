"""A research PACS: Orthanc."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.contract.places.place import Place, pixels
from tests.peers import orthanc
from tests.peers.certificates import Authority
from tests.peers.ports import free_port

from tirage.network.certificates import Trust
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import Asking, DicomDestination


def arrived(pacs: orthanc.Orthanc, folder: Path) -> list[str]:
    """What a PACS keeps."""
    found = []
    for number, instance in enumerate(pacs.get("/instances")):
        path = folder / f"arrived-{number}"
        path.write_bytes(pacs.raw(f"/instances/{instance}/file"))
        found.append(pixels(path))
    return sorted(found)


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A PACS that lists what it has, and a port where nobody listens."""
    with orthanc.running(scratch / "orthanc", DicomAlwaysAllowFind=True) as pacs:
        peer = Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title)
        absent = replace(peer, port=free_port(), connect_timeout_s=2.0)
        there, nowhere = (DicomDestination("pacs", each, connections=2) for each in (peer, absent))
        yield Place(there, nowhere, lambda folder: arrived(pacs, folder))


@contextmanager
def promising(scratch: Path) -> Iterator[Place]:
    """A PACS that promises to keep what it has, and a port where nobody listens."""
    port = free_port()
    us = {"AET": "TIRAGE", "Host": "127.0.0.1", "Port": port}
    with orthanc.running(scratch / "orthanc", DicomModalities={"tirage": us}) as pacs:
        peer = Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title)
        absent = replace(peer, port=free_port(), connect_timeout_s=2.0)
        there, nowhere = (DicomDestination("pacs", each, Asking.PROMISE, port) for each in (peer, absent))
        yield Place(there, nowhere, lambda folder: arrived(pacs, folder))


@contextmanager
def secret(scratch: Path) -> Iterator[Place]:
    """A PACS that speaks TLS with those it knows, and a port where nobody listens."""
    authority = Authority(scratch / "authority")
    issued, ours = authority.issue("pacs"), authority.issue("node")
    trust = Trust(authority.ca, ours.certificate, ours.key)
    settings = {
        "DicomAlwaysAllowFind": True,
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(issued.certificate),
        "DicomTlsPrivateKey": str(issued.key),
        "DicomTlsTrustedCertificates": str(authority.ca),
    }
    with orthanc.running(scratch / "orthanc", **settings) as pacs:
        peer = Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title, trust=trust)
        absent = replace(peer, port=free_port(), connect_timeout_s=2.0)
        there, nowhere = (DicomDestination("pacs", each) for each in (peer, absent))
        yield Place(there, nowhere, lambda folder: arrived(pacs, folder))
