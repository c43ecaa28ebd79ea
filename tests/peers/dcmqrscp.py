"""DCMTK's image archive `dcmqrscp` (Debian: `dcmtk`): C-FIND, C-MOVE and C-GET over files it was given."""

import getpass
import grp
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.dcmtk import program
from tests.peers.ports import free_port, wait_for


@dataclass(frozen=True)
class Dcmqrscp:
    """A running archive."""

    port: int
    ae_title: str = "DCMQRSCP"


@contextmanager
def running(
    folder: Path, paths: Sequence[Path], destinations: Mapping[str, int], *options: str
) -> Iterator[Dcmqrscp]:
    """The archive with `paths` registered, sending to the loopback ports of `destinations` by AE title."""
    area = folder / "area"
    area.mkdir(parents=True)
    node = Dcmqrscp(free_port())
    peers = [f"({title}, localhost, {port})" for title, port in destinations.items()]
    hosts = "".join(f"node{number} = {peer}\n" for number, peer in enumerate(peers))
    configuration = folder / "dcmqrscp.cfg"
    configuration.write_text(
        f"NetworkTCPPort = {node.port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"UserName = {getpass.getuser()}\nGroupName = {grp.getgrgid(os.getgid()).gr_name}\n"
        f"HostTable BEGIN\n{hosts}HostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{node.ae_title} {area} RW (200, 1024mb) ANY\nAETable END\n"
    )
    if paths:
        subprocess.run([program("dcmqridx"), str(area), *map(str, paths)], check=True, timeout=60)
    process = subprocess.Popen(
        [program("dcmqrscp"), "-c", str(configuration), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(node.port)
        yield node
    finally:
        process.terminate()
        process.wait(timeout=10)
