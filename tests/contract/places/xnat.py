"""XNAT: its double, into the archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.places.place import Place, pixels
from tests.peers import xnat_double
from tests.peers.ports import free_port
from tests.peers.xnat_double import OWNER, PASSWORD

from tirage.network.https import Service
from tirage.network.send.xnat.destination import XnatDestination


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A project of XNAT, and a port where nobody listens."""

    def destination(url: str) -> XnatDestination:
        return XnatDestination("xnat", Service(url), OWNER, PASSWORD, "LUNG", scratch / "outbox")

    with xnat_double.running(scratch / "xnat") as double:
        yield Place(
            destination(double.url),
            destination(f"http://127.0.0.1:{free_port()}"),
            lambda _: sorted(
                pixels(path) for kept in double.store.archive.values() for _, path in kept.files()
            ),
            has_whole_studies=True,
        )
