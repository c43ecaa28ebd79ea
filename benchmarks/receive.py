"""Receiving by C-STORE: stock `dcmsend` against us and against the peers, in one run.

Ours answers when an object is flushed to disk and recorded; the peers answer without either. Each figure is
objects per second from the start of the senders to their end. With stock settings DCMTK loses 40 ms an object
to Nagle's algorithm against delayed acknowledgement, on either side; "no stall" sets `TCP_NODELAY=1` in the
environment of sender and receiver, which DCMTK (and Orthanc, built on it) heeds.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from tests.make import write_instance
from tests.peers.dcmtk import program

from benchmarks.machine import describe
from benchmarks.receivers import Receiver, receivers

FEW = 40
"""Objects that tell whether a receiver stalls; one that does is not asked for more."""


@dataclass(frozen=True)
class Load:
    """What is sent: a column of the table."""

    title: str
    kind: str
    associations: int
    has_nagle: bool


LOADS = (
    Load("CT, stock, 1", "ct", 1, True),
    Load("CT, stock, 4", "ct", 4, True),
    Load("CT, no stall, 1", "ct", 1, False),
    Load("CT, no stall, 4", "ct", 4, False),
    Load("small, stock, 4", "small", 4, True),
)


def main() -> None:
    """Measure, and print a table; `--markdown FILE` also writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=400, help="objects per association")
    parser.add_argument("--only", default="", help="measure receivers whose name contains this")
    parser.add_argument("--markdown", type=Path, help="write the table here")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where to write")
    arguments = parser.parse_args()
    chosen = [receiver for receiver in receivers() if arguments.only in receiver.name]
    console = Console(width=140)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        with Progress(console=console, transient=True) as progress:
            rates = _measure_all(folder, chosen, arguments.objects, progress)
        flushed = _disk_rate(folder)
    title = f"{describe(arguments.folder)}; write + fsync of 530 KB without network {flushed:.0f}/s"
    console.print(_table(chosen, rates, title))
    if arguments.markdown:
        arguments.markdown.write_text(_markdown(chosen, rates, title))


def _measure_all(
    folder: Path, chosen: list[Receiver], objects: int, progress: Progress
) -> dict[tuple[str, str], float]:
    task = progress.add_task("writing objects", total=len(chosen) * len(LOADS) + 1)
    inputs = _inputs(folder / "inputs", objects)
    progress.advance(task)
    rates = {}
    for receiver in chosen:
        for load in LOADS:
            progress.update(task, description=f"{receiver.name}: {load.title}")
            rates[receiver.name, load.title] = _measure(folder / "work", receiver, load, inputs)
            progress.advance(task)
    return rates


def _inputs(folder: Path, objects: int) -> dict[str, list[Path]]:
    """Four folders of each kind, so that four associations send different objects."""
    made: dict[str, list[Path]] = {"ct": [], "small": []}
    for kind, side in (("ct", 512), ("small", 32)):
        for series in range(1, 5):
            target = folder / kind / str(series)
            target.mkdir(parents=True)
            for instance in range(1, objects + 1):
                write_instance(target, 1, 1, series, instance, rows=side, columns=side)
            made[kind].append(target)
    return made


def _measure(folder: Path, receiver: Receiver, load: Load, inputs: dict[str, list[Path]]) -> float:
    sources = inputs[load.kind][: load.associations]
    folder.mkdir(exist_ok=True)
    if not load.has_nagle:
        os.environ["TCP_NODELAY"] = "1"
    try:
        with receiver.start(folder) as port:
            files = [sorted(source.iterdir()) for source in sources]
            rate = _send(port, [chosen[:FEW] for chosen in files])
            if rate > 100:
                rate = _send(port, [chosen[FEW:] for chosen in files])
    finally:
        os.environ.pop("TCP_NODELAY", None)
        shutil.rmtree(folder)
        os.sync()
    return rate


def _send(port: int, groups: list[list[Path]]) -> float:
    command = [program("dcmsend"), "-aec", "TIRAGE", "127.0.0.1", str(port)]
    started = time.perf_counter()
    senders = [subprocess.Popen([*command, *map(str, group)]) for group in groups]
    codes = [sender.wait(timeout=600) for sender in senders]
    seconds = time.perf_counter() - started
    if any(codes):
        raise SystemExit("a sender failed")
    return sum(map(len, groups)) / seconds


def _disk_rate(folder: Path, count: int = 200) -> float:
    piece = os.urandom(530_000)
    started = time.perf_counter()
    for number in range(count):
        with (folder / f"probe-{number}").open("wb") as file:
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    return count / (time.perf_counter() - started)


def _cells(receiver: Receiver, rates: dict[tuple[str, str], float]) -> list[str]:
    cells = []
    for load in LOADS:
        rate = rates[receiver.name, load.title]
        peer = rates.get(("DCMTK storescp", load.title))
        cells.append(f"{rate:,.0f}" + (f" ({rate / peer:.2f})" if peer else ""))
    return cells


def _table(chosen: list[Receiver], rates: dict[tuple[str, str], float], title: str) -> Table:
    table = Table("receiver", "durable", *(load.title for load in LOADS), title=title)
    for receiver in chosen:
        table.add_row(receiver.name, "yes" if receiver.is_durable else "no", *_cells(receiver, rates))
    table.caption = "objects per second, in brackets relative to storescp"
    return table


def _markdown(chosen: list[Receiver], rates: dict[tuple[str, str], float], title: str) -> str:
    heads = ["receiver", "durable", *(load.title for load in LOADS)]
    lines = [f"{title}.", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for receiver in chosen:
        cells = [receiver.name, "yes" if receiver.is_durable else "no", *_cells(receiver, rates)]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "Objects per second; in brackets relative to storescp in the same run."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
