"""An FTPS server: vsftpd."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.contract.places.place import Place, pixels
from tests.peers import vsftpd
from tests.peers.certificates import Authority
from tests.peers.ports import free_port

from tirage.network.send.ftps import FtpsAccess
from tirage.network.send.server import ServerDestination


@contextmanager
def explicit(scratch: Path) -> Iterator[Place]:
    """A server that is asked for TLS."""
    with _opened(scratch, False) as place:
        yield place


@contextmanager
def implicit(scratch: Path) -> Iterator[Place]:
    """A server that speaks nothing but TLS."""
    with _opened(scratch, True) as place:
        yield place


@contextmanager
def _opened(scratch: Path, is_implicit: bool) -> Iterator[Place]:
    root = scratch / "research"
    root.mkdir()
    authority = Authority(scratch / "authority")
    with vsftpd.running(scratch / "vsftpd", authority.issue("server"), is_implicit) as server:
        access = FtpsAccess("127.0.0.1", server.port, server.user, server.password, authority.ca, is_implicit)
        yield Place(
            ServerDestination("haven", access, str(root)),
            ServerDestination("haven", replace(access, port=free_port()), str(root)),
            lambda _: sorted(pixels(path) for path in root.rglob("*") if path.is_file()),
        )
