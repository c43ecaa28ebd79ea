"""Delivery over loopback beside the programs people would use: the same files, servers and run.

SFTP goes to OpenSSH beside `scp`, FTPS to vsftpd beside `curl`. None of these programs proves that a file
arrived. "Sent alone" is Tirage without its proof, which is what compares with them; proved by reading back is
what a delivery does, and every byte goes over the wire twice. Both look whether the name is free, write under
another name and rename. Each figure is the median of the rounds, in which all rows take turns.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from tests.peers import sshd, vsftpd
from tests.peers.certificates import Authority

from benchmarks.machine import describe
from tirage.model.delivery import Consignment, Delivery, Proof
from tirage.model.identifiers import Digest, Uid
from tirage.network.send.files import Connect, FileServer, Pieces
from tirage.network.send.ftps import FtpsAccess
from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess

GOAL = 0.8
TIMEOUT_S = 600
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Load:
    """What is sent: a column of the table."""

    title: str
    files: int
    size_bytes: int


LOADS = (Load("20 files of 512 KB", 20, 512_000), Load("2 files of 50 MB", 2, 50_000_000))


@dataclass(frozen=True)
class Row:
    """A way to send: `send` brings a folder of files into another; `peer` is the row to compare with."""

    name: str
    send: Callable[[Path, Path], None]
    peer: str = ""
    has_goal: bool = False


class Unproved:
    """A file server that is believed to have what it was sent."""

    def __init__(self, server: FileServer) -> None:
        self._server = server
        self._sent: dict[str, Digest] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def write(self, path: str, pieces: Pieces, offset: int) -> None:
        """Write, and keep what was read."""
        self._server.write(path, pieces, offset)
        self._sent[path] = Digest(pieces.digest())  # type: ignore[attr-defined]

    def digest(self, path: str) -> tuple[Digest, Proof]:
        """What was sent."""
        return self._sent[path], Proof.STATUS


def main() -> None:
    """Measure, and print a table; `--markdown FILE` also writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", type=Path, help="write the table here")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where to write")
    arguments = parser.parse_args()
    console = Console(width=140)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name, ExitStack() as stack:
        folder = Path(name)
        rows = [*stack.enter_context(by_sftp(folder)), *stack.enter_context(by_ftps(folder))]
        with Progress(console=console, transient=True) as progress:
            rates = _measured(folder, rows, arguments.rounds, progress)
    lines = _lines(rows, rates)
    table = Table(*lines[0], title=describe(arguments.folder))
    for line in lines[1:]:
        table.add_row(*line)
    console.print(table)
    if arguments.markdown:
        text = ["| " + " | ".join(line) + " |" for line in lines]
        text.insert(1, "|---" * len(lines[0]) + "|")
        text.append(f"\nMB/s, medians of {arguments.rounds} rounds. Machine: {describe(arguments.folder)}.\n")
        arguments.markdown.write_text("\n".join(text))


@contextmanager
def by_sftp(folder: Path) -> Iterator[list[Row]]:
    """The rows that go to OpenSSH."""
    with sshd.running(folder / "sshd") as server:
        access = SftpAccess("127.0.0.1", server.port, server.user, (server.host_key,), key=server.key)
        summed = SftpAccess(
            "127.0.0.1", server.port, server.user, (server.host_key,), key=server.key, has_sums=True
        )
        known = folder / "sshd" / "known_hosts"
        known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")

        def scp(source: Path, target: Path) -> None:
            options = ["-q", "-r", "-P", str(server.port), "-i", str(server.key)]
            options += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes"]
            command = ["scp", *options, f"{source}/.", f"{server.user}@127.0.0.1:{target}"]
            subprocess.run(command, check=True, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL)

        yield [
            Row("`scp`", scp),
            Row("SFTP, sent alone", ours(lambda: Unproved(access())), "`scp`", True),
            Row("SFTP, proved by `sha256sum`", ours(summed), "`scp`"),
            Row("SFTP, proved by reading back", ours(access), "`scp`"),
        ]


@contextmanager
def by_ftps(folder: Path) -> Iterator[list[Row]]:
    """The rows that go to vsftpd."""
    authority = Authority(folder / "authority")
    with vsftpd.running(folder / "vsftpd", authority.issue("server"), log_ftp_protocol="NO") as server:
        access = FtpsAccess("127.0.0.1", server.port, server.user, server.password, authority.ca)

        def curl(source: Path, target: Path) -> None:
            names = ",".join(str(path) for path in sorted(source.iterdir()))
            # Under TLS 1.3 curl of Debian 12 ends uploads in a way that vsftpd takes for a cut.
            options = [
                "--silent",
                "--show-error",
                "--tls-max",
                "1.2",
                "--ssl-reqd",
                "--cacert",
                str(authority.ca),
            ]
            options += ["--user", f"{server.user}:{server.password}", "--upload-file", f"{{{names}}}"]
            command = ["curl", *options, f"ftp://127.0.0.1:{server.port}/{target}/"]
            subprocess.run(command, check=True, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL)

        yield [
            Row("`curl`", curl),
            Row("FTPS, sent alone", ours(lambda: Unproved(access())), "`curl`", True),
            Row("FTPS, proved by reading back", ours(access), "`curl`"),
        ]


def ours(connect: Connect) -> Callable[[Path, Path], None]:
    """Tirage over one connection."""

    def send(source: Path, target: Path) -> None:
        paths = sorted(source.iterdir())
        consignments = [Consignment(path, Digest(path.name), path.name, Uid("1.2.3")) for path in paths]
        destination = ServerDestination("there", connect, str(target))
        receipts = destination.deliver(consignments, lambda _: None)
        assert {receipt.status for receipt in receipts} == {Delivery.DELIVERED}, receipts[0]

    return send


def _measured(
    folder: Path, rows: list[Row], rounds: int, progress: Progress
) -> dict[tuple[str, str], list[float]]:
    rates: dict[tuple[str, str], list[float]] = {}
    task = progress.add_task("", total=rounds * len(rows) * len(LOADS))
    for load in LOADS:
        source, target = folder / "source", folder / "target"
        _write(source, load)
        for turn in range(rounds):
            for row in rows:
                progress.update(task, description=f"{load.title}, round {turn + 1}: {row.name}")
                target.mkdir()
                started = time.perf_counter()
                row.send(source, target)
                took = time.perf_counter() - started
                assert len(list(target.iterdir())) == load.files, row.name
                shutil.rmtree(target)
                os.sync()
                rate = load.files * load.size_bytes / MEGABYTE / took
                rates.setdefault((row.name, load.title), []).append(rate)
                progress.advance(task)
        shutil.rmtree(source)
    return rates


def _write(folder: Path, load: Load) -> None:
    """Files that are named by their digests."""
    folder.mkdir()
    for number in range(load.files):
        content = hashlib.shake_128(number.to_bytes(4, "big")).digest(load.size_bytes)
        (folder / hashlib.sha256(content).hexdigest()).write_bytes(content)


def _lines(rows: list[Row], rates: dict[tuple[str, str], list[float]]) -> list[list[str]]:
    lines = [["way", *(each for load in LOADS for each in (load.title, "ratio"))]]
    for row in rows:
        line = [row.name]
        for load in LOADS:
            rate = median(rates[row.name, load.title])
            ratio = rate / median(rates[row.peer, load.title]) if row.peer else 0.0
            is_short = row.has_goal and ratio < GOAL
            line += [f"{rate:.0f}", f"{ratio:.2f}{' SHORT' if is_short else ''}" if row.peer else ""]
        lines.append(line)
    return lines


if __name__ == "__main__":
    main()
