"""A research PACS: Orthanc."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.contract.places.place import Place, pixels
from tests.peers import orthanc
from tests.peers.ports import free_port

from tirage.network.scu.association import Peer
from tirage.network.send.dicom import DicomDestination


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A PACS, and a port where nobody listens."""
    with orthanc.running(scratch / "orthanc") as pacs:
        peer = Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title)
        absent = replace(peer, port=free_port(), connect_timeout_s=2.0)

        def arrived(folder: Path) -> list[str]:
            found = []
            for number, instance in enumerate(pacs.get("/instances")):
                path = folder / f"arrived-{number}"
                path.write_bytes(pacs.raw(f"/instances/{instance}/file"))
                found.append(pixels(path))
            return sorted(found)

        yield Place(DicomDestination("pacs", peer), DicomDestination("pacs", absent), arrived)
