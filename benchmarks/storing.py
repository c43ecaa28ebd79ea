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


def measure(folder: Path, objects: int = 100, rounds: int = 5) -> list[Rate]:
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
            senders = {sender: send for sender, send in SENDERS.items() if can_take(name, sender)}
            seconds = dict.fromkeys(senders, float("inf"))
            for _ in range(rounds):
                for sender, send in senders.items():
                    started = time.perf_counter()
                    send(paths, peer)
                    seconds[sender] = min(seconds[sender], time.perf_counter() - started)
        theirs = seconds["storescu"]
        rates += [
            Rate(title, name, objects / took, megabytes / took, theirs / took)
            for name, took in seconds.items()
        ]
    return rates


def can_take(receiver: str, sender: str) -> bool:
    """`dcmqrscp` answers 0xC000 now and then when two associations replace objects of one study."""
    return (receiver, sender) != ("dcmqrscp", SEVERAL)


def _storescu(paths: Sequence[Path], peer: Peer) -> None:
    command = [dcmtk.program("storescu"), "-aec", peer.called_ae, "-xe", peer.host, str(peer.port)]
    subprocess.run([*command, *map(str, paths)], check=True, timeout=600, capture_output=True)


def _ours(paths: Sequence[Path], peer: Peer, connections: int = 1) -> None:
    files = [file for path in paths if (file := read_sendable(path)) is not None]
    if any(not sent.is_stored for sent in store(files, peer, lambda _: None, connections)):
        raise SystemExit("our sender failed")


SEVERAL = "tirage, 4 associations"
SENDERS: dict[str, Callable[[Sequence[Path], Peer], None]] = {
    "storescu": _storescu,
    "tirage": _ours,
    SEVERAL: lambda paths, peer: _ours(paths, peer, 4),
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
    """Measure, and print a table; `--markdown FILE` also writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100)
    parser.add_argument("--markdown", type=Path, help="write the table here")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where to write")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        lines = [_line(each) for each in measure(Path(name), arguments.objects)]
    title = f"{describe(arguments.folder)}; {arguments.objects} CT of 0.5 MB, the best of five rounds"
    table = Table(*HEADS, title=title)
    for line in lines:
        table.add_row(*line)
    Console(width=120).print(table)
    if arguments.markdown:
        rows = ["| " + " | ".join(line) + " |" for line in (HEADS, *lines)]
        rows.insert(1, "|" + "---|" * len(HEADS))
        arguments.markdown.write_text("\n".join([f"{title}.", "", *rows, ""]))


HEADS = ("receiver", "sender", "objects/s", "MB/s", "beside storescu")


def _line(rate: Rate) -> tuple[str, ...]:
    is_short = rate.sender == "tirage" and rate.beside < GOAL
    return (
        rate.receiver,
        rate.sender,
        f"{rate.objects_per_s:,.0f}",
        f"{rate.megabytes_per_s:,.0f}",
        f"{rate.beside:.2f}" + (" SHORT" if is_short else ""),
    )


if __name__ == "__main__":
    main()
