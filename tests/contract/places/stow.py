"""A DICOMweb server: Orthanc with its plugin, which asks for user and password."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.contract.places.pacs import arrived
from tests.contract.places.place import Place
from tests.peers import orthanc
from tests.peers.ports import free_port

from tirage.network.dicomweb.address import WebPeer
from tirage.network.send.stow import StowDestination

USER, PASSWORD = "sender", "invented-password"


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A server, and a port where nobody listens."""
    asking = {"AuthenticationEnabled": True, "RegisteredUsers": {USER: PASSWORD}}
    with orthanc.running(scratch / "orthanc", Plugins=[orthanc.DICOMWEB], **asking) as pacs:
        known = replace(pacs, authorization=basic(USER, PASSWORD))
        url = f"http://127.0.0.1:{pacs.http_port}/dicom-web"
        nowhere = f"http://127.0.0.1:{free_port()}/dicom-web"
        there, absent = (
            StowDestination("web", WebPeer(each, user=USER, password=PASSWORD, connect_timeout_s=2.0))
            for each in (url, nowhere)
        )
        yield Place(there, absent, lambda folder: arrived(known, folder))


def basic(user: str, password: str) -> str:
    """An Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
