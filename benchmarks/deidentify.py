"""De-identifying a folder of CT files: Tirage, gate included, beside copying and the peers, in one run.

Every contender gets the same files on the same disk in one process. Its time for one file is taken off its
time for all, so that start-up does not count. Run with `python -m benchmarks.deidentify`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.make import make_dataset, write_instance
from tests.peers import orthanc

from benchmarks.machine import describe
from tirage.demo import instances

GOALS = {"cp": 0.5, "Orthanc": 2.0, "Kitware dicom-anonymizer": 8.0}
"""Tirage's rate must be this many times a contender's."""

LARGE_FRAMES = 1000
"""Frames of 512 × 512 × 2 bytes in the object for peak memory: 524 MB."""

Run = Callable[[Path, Path], float]


@dataclass(frozen=True)
class Contender:
    """Who de-identifies (or copies) a folder into another; `run` answers the seconds it took."""

    name: str
    run: Run
    writes: bool = True


def main() -> None:
    """Measure and print the table; with `--markdown FILE`, write it there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3, help="the best rounds count")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; by default the temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        machine = describe(folder)
        many, one = folder / "many", folder / "one"
        for instance in range(1, arguments.files + 1):
            write_instance(many, 1, 1, 1, instance, rows=512, columns=512)
        write_instance(one, 1, 1, 1, 1, rows=512, columns=512)
        rates = {
            contender.name: _rate(contender, many, one, folder / "out", arguments.files, arguments.rounds)
            for contender in _contenders(folder)
        }
        peak_mb = {size: _peak_mb(folder, size) for size in (1, LARGE_FRAMES)}
    title = f"De-identify {arguments.files} CT 512 × 512 (528 KB each), one process, files a second"
    _show(title, rates, peak_mb, machine)
    if arguments.markdown:
        arguments.markdown.write_text(_markdown(title, rates, peak_mb, machine), encoding="utf-8")


def _contenders(folder: Path) -> list[Contender]:
    certificate = folder / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=benchmark"]
    _call([*make, "-keyout", str(folder / "key.pem"), "-out", str(certificate)])
    python = sys.executable
    anonymise = ["gdcmanon", "-e", "-c", str(certificate), "-r", "--continue"]
    return [
        Contender("cp", lambda source, target: _call(["cp", "-r", str(source), str(target)])),
        Contender(
            "Tirage, gate included",
            lambda source, target: _call(
                [python, "-m", "benchmarks.deidentify_one", str(source), str(target)]
            ),
        ),
        Contender(
            "gdcmanon", lambda source, target: _call([*anonymise, "-i", str(source), "-o", str(target)])
        ),
        Contender("Orthanc", lambda source, target: _orthanc(folder / "orthanc", source), writes=False),
        Contender(
            "Kitware dicom-anonymizer",
            lambda source, target: _call(
                [str(Path(python).with_name("dicom-anonymizer")), str(source), str(target)]
            ),
        ),
        Contender(
            "dicognito",
            lambda source, target: _call(
                [python, "-m", "dicognito", "--quiet", "-o", str(target), str(source)]
            ),
        ),
    ]


def _call(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def _orthanc(folder: Path, source: Path) -> float:
    """Orthanc anonymises what it has stored; only that is timed, not the storing before."""
    with orthanc.running(folder) as node:
        stored = [node.post("/instances", path.read_bytes())["ID"] for path in sorted(source.iterdir())]
        started = time.perf_counter()
        for name in stored:
            node._ask("POST", f"/instances/{name}/anonymize", b"{}")
        seconds = time.perf_counter() - started
    shutil.rmtree(folder)
    return seconds


def _rate(contender: Contender, many: Path, one: Path, target: Path, files: int, rounds: int) -> float:
    """Files a second, from the best round for many files less the best for one."""
    best = {source: min(_seconds(contender, source, target) for _ in range(rounds)) for source in (one, many)}
    return (files - 1) / (best[many] - best[one])


def _seconds(contender: Contender, source: Path, target: Path) -> float:
    target.mkdir()
    try:
        seconds = contender.run(source, target)
        if contender.writes:
            made = sum(path.is_file() for path in target.rglob("*"))
            if made != sum(1 for _ in source.iterdir()):
                raise SystemExit(f"{contender.name} made {made} files")
    finally:
        shutil.rmtree(target)
    return seconds


def _peak_mb(folder: Path, frames: int) -> float:
    """Peak resident memory of Tirage on one object of so many frames."""
    source, target = folder / "large", folder / "out"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    content = make_dataset(rows=512, columns=512, NumberOfFrames=frames)
    content.PixelData = bytes(content.PixelData) * frames
    (source / "large.dcm").write_bytes(instances.encode(content))
    del content
    command = [sys.executable, "-m", "benchmarks.deidentify_one", str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    shutil.rmtree(target)
    shutil.rmtree(source)
    return float(done.stdout)


def _ratios(rates: dict[str, float]) -> list[tuple[str, str, str]]:
    ours = rates["Tirage, gate included"]
    rows = []
    for name, rate in rates.items():
        goal = GOALS.get(name)
        met = "" if goal is None else f"goal {goal:g}: {'met' if ours >= goal * rate else 'SHORT'}"
        rows.append((name, f"{rate:,.0f}", f"{ours / rate:.2f} {met}".strip()))
    return rows


def _memory_words(peak_mb: dict[int, float]) -> str:
    small, large = peak_mb[1], peak_mb[LARGE_FRAMES]
    return f"Peak memory of Tirage: {small:.0f} MB for a file of 0.5 MB, {large:.0f} MB for one of 524 MB."


def _show(title: str, rates: dict[str, float], peak_mb: dict[int, float], machine: str) -> None:
    table = Table("", "files/s", "Tirage is … times as fast", title=title, caption=machine)
    for row in _ratios(rates):
        table.add_row(*row)
    console = Console()
    console.print(table)
    console.print(_memory_words(peak_mb))


def _markdown(title: str, rates: dict[str, float], peak_mb: dict[int, float], machine: str) -> str:
    lines = [f"{title}.", "", "| | files/s | Tirage is … times as fast |", "|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in _ratios(rates)]
    return "\n".join([*lines, "", _memory_words(peak_mb), "", f"Machine: {machine}.", ""])


if __name__ == "__main__":
    main()
