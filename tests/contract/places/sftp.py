"""An SFTP server: OpenSSH."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.contract.places.place import Place, pixels
from tests.peers import sshd
from tests.peers.ports import free_port

from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A server that is written to over two connections, and a port where nobody listens."""
    root = scratch / "research"
    root.mkdir()
    with sshd.running(scratch / "sshd") as server:
        access = SftpAccess("127.0.0.1", server.port, server.user, (server.host_key,), key=server.key)
        yield Place(
            ServerDestination("haven", access, str(root)),
            ServerDestination("haven", replace(access, port=free_port()), str(root)),
            lambda _: sorted(pixels(path) for path in root.rglob("*") if path.is_file()),
        )
