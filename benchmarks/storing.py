"""Sending by C-STORE: our sender beside stock `storescu`, the same objects to the same receiver in one run.

Each figure is from the start of the sender to its end. With stock settings DCMTK loses 40 ms an object to
Nagle's algorithm against delayed acknowledgement; "no stall" sets `TCP_NODELAY=1` in the environment of its
sender and receiver, which DCMTK heeds.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.make import write_instance
from tests.peers import dcmqrscp, dcmtk

from benchmarks.machine import describe
from tirage.network.scu.association import Peer
from tirage.network.scu.store import read_sendable, store

GOAL = 0.8
SIDE = 512


@dataclass(frozen=True)
class Rate:
    """How fast a sender delivered to a receiver; `beside` is relative to `storescu` over one association."""

    receiver: str
    sender: str
    objects_per_s: float
    megabytes_per_s: float
    beside: float


def measure(folder: Path, objects: int = 100, rounds: int = 3) -> list[Rate]:
    """The best of some rounds for each sender and receiver, senders taking turns."""
    made = folder / "objects"
    made.mkdir(parents=True)
    paths = [
        write_instance(made, 1, 1, 1, number, rows=SIDE, columns=SIDE) for number in range(1, objects + 1)
    ]
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    rates = []
    for (name, receiving), is_stalling in product(RECEIVERS.items(), (True, False)):
        title = f"{name}, {'stock' if is_stalling else 'no stall'}"
        with _environment(is_stalling), receiving(folder / f"{name}-{is_stalling}") as peer:
            seconds = dict.fromkeys(SENDERS, float("inf"))
            for _ in range(rounds):
                for sender, send in SENDERS.items():
                    started = time.perf_counter()
                    send(paths, peer)
                    seconds[sender] = min(seconds[sender], time.perf_counter() - started)
        theirs = seconds["storescu"]
        rates += [
            Rate(title, name, objects / took, megabytes / took, theirs / took)
            for name, took in seconds.items()
        ]
    return rates


def _storescu(paths: Sequence[Path], peer: Peer) -> None:
    command = [dcmtk.program("storescu"), "-aec", peer.called_ae, "-xe", peer.host, str(peer.port)]
    subprocess.run([*command, *map(str, paths)], check=True, timeout=600, capture_output=True)


def _ours(paths: Sequence[Path], peer: Peer, connections: int = 1) -> None:
    files = [file for path in paths if (file := read_sendable(path)) is not None]
    if any(not sent.is_stored for sent in store(files, peer, lambda _: None, connections)):
        raise SystemExit("our sender failed")


SENDERS: dict[str, Callable[[Sequence[Path], Peer], None]] = {
    "storescu": _storescu,
    "tirage": _ours,
    "tirage, 4 associations": lambda paths, peer: _ours(paths, peer, 4),
}


@contextmanager
def _storescp(folder: Path) -> Iterator[Peer]:
    folder.mkdir()
    with dcmtk.storescp(folder) as port:
        yield Peer("127.0.0.1", port, "ANY")


@contextmanager
def _dcmqrscp(folder: Path) -> Iterator[Peer]:
    with dcmqrscp.running(folder, [], {}) as node:
        yield Peer("127.0.0.1", node.port, node.ae_title)


RECEIVERS = {"storescp": _storescp, "dcmqrscp": _dcmqrscp}


@contextmanager
def _environment(is_stalling: bool) -> Iterator[None]:
    if not is_stalling:
        os.environ["TCP_NODELAY"] = "1"
    try:
        yield
    finally:
        os.environ.pop("TCP_NODELAY", None)


def main() -> None:
    """Measure, and print a table; ends with 1 when our sender is slower than the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rates = measure(Path(name), arguments.objects)
        table = Table(
            "receiver", "sender", "objects/s", "MB/s", "beside storescu", title=describe(Path(name))
        )
    for each in rates:
        table.add_row(
            each.receiver,
            each.sender,
            f"{each.objects_per_s:,.0f}",
            f"{each.megabytes_per_s:,.0f}",
            f"{each.beside:.2f}",
        )
    Console(width=120).print(table)
    if any(each.beside < GOAL for each in rates if each.sender == "tirage"):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
