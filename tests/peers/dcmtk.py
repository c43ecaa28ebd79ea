"""DCMTK's command line tools (Debian: `dcmtk`), unmodified and with stock settings."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.ports import free_port, wait_for


def program(name: str) -> str:
    """The path of a DCMTK tool; the suite does not run without it."""
    found = shutil.which(name)
    assert found, f"{name} is missing: install the Debian package dcmtk"
    return found


@dataclass(frozen=True)
class Spoken:
    """What a tool answered: its exit code and all it said."""

    code: int
    text: str


def _run(arguments: Sequence[str], timeout_s: float = 120) -> Spoken:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout_s, check=False)
    return Spoken(done.returncode, done.stdout + done.stderr)


def echoscu(port: int, *options: str, called: str = "TIRAGE", calling: str = "ECHOSCU") -> Spoken:
    """C-ECHO to a loopback port."""
    return _run([program("echoscu"), "-v", "-aec", called, "-aet", calling, *options, "127.0.0.1", str(port)])


def dcmsend(port: int, *paths: Path, called: str = "TIRAGE", options: Sequence[str] = ()) -> Spoken:
    """C-STORE of files and folders, each in its own transfer syntax."""
    return _run(
        [
            program("dcmsend"),
            "-v",
            "-aec",
            called,
            "--scan-directories",
            "--recurse",
            "--decompress-never",
            *options,
            "127.0.0.1",
            str(port),
            *map(str, paths),
        ]
    )


def storescu(port: int, *paths: Path, called: str = "TIRAGE", options: Sequence[str] = ()) -> Spoken:
    """C-STORE by DCMTK's older sender; `options` choose what it proposes (`-xs`, `-xv`, `+C` …)."""
    return _run(
        [program("storescu"), "-v", "-aec", called, *options, "127.0.0.1", str(port), *map(str, paths)]
    )


@contextmanager
def storescp(folder: Path, *options: str) -> Iterator[int]:
    """DCMTK's receiver, writing into `folder`; the port it listens on."""
    port = free_port()
    arguments = [program("storescp"), "-od", str(folder), "--fork", *options, str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)
