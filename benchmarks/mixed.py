"""Mixed real files, whatever their kind: Tirage with its gate beside dicognito and Kitware without one.

The files of the corpus and those that pydicom ships, each contender in one process, the loop over the files
timed alone. Run with `python -m benchmarks.mixed`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from tests.make import corpus

from benchmarks.machine import describe
from benchmarks.midi.prepare import shipped
from benchmarks.peers.tools import timed

PEERS = {"dicognito": "dicognito", "Kitware dicom-anonymizer": "kitware"}
OURS = "Tirage, gate included"


@dataclass
class Measured:
    """Files a second of the best round, how files ended, and which files were not released."""

    rate: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure and print; with `--markdown FILE`, write the table there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the best rounds count")
    parser.add_argument("--every", type=int, default=1, help="only every so-manieth file")
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = gathered(folder / "in", arguments.every)
        found = measured(folder, files, arguments.rounds)
        machine = describe(folder)
    text = markdown(found, len(files), machine)
    Console().print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


def gathered(folder: Path, every: int) -> list[Path]:
    """The files, linked below one folder, so that every contender reads the same."""
    folder.mkdir()
    chosen = sorted({*corpus(), *shipped()})
    places = []
    for number, path in enumerate(chosen[::every]):
        places.append(folder / f"{number:05d}.dcm")
        places[-1].symlink_to(path)
    return places


def measured(folder: Path, files: list[Path], rounds: int) -> dict[str, Measured]:
    """Contenders in turns, so that a machine that slows down slows all of them."""
    found = {name: Measured() for name in (OURS, *PEERS)}
    for number in range(rounds):
        seconds, ends = ours(folder / "in", folder / f"out{number}")
        _note(found[OURS], len(files) / seconds, ends)
        for name, tool in PEERS.items():
            target = folder / f"{tool}{number}"
            target.mkdir()
            refused, seconds = timed(
                Path(sys.executable), tool, [(path, target / path.name) for path in files]
            )
            ends = Counter(f"refused {why}" for why in refused.values())
            ends["written"] = len(files) - len(refused)
            _note(found[name], len(files) / seconds, ends)
    return found


def _note(measured: Measured, rate: float, ends: Counter[str]) -> None:
    measured.rate, measured.ends = max(rate, measured.rate), ends


def ours(source: Path, target: Path) -> tuple[float, Counter[str]]:
    """Seconds of Tirage in a process of its own, and how the files ended."""
    command = [sys.executable, "-m", "benchmarks.mixed_one", str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    return float(answer["seconds"]), Counter(answer["ends"])


def markdown(found: dict[str, Measured], files: int, machine: str) -> str:
    """The page's block."""
    rate = found[OURS].rate
    lines = [
        f"{files} real files of every kind, one process, files a second.",
        "",
        "| | files/s | Tirage is … times as fast | files written |",
        "|---|---|---|---|",
    ]
    for name, each in found.items():
        ratio = rate / each.rate
        goal = "" if name == OURS else f" goal 1: {'met' if ratio >= 1 else 'SHORT'}"
        written = each.ends["written"] + each.ends["released"]
        lines.append(f"| {name} | {each.rate:,.0f} | {ratio:.2f}{goal} | {written} |")
    ends = ", ".join(f"{count} {end}" for end, count in found[OURS].ends.most_common())
    return "\n".join([*lines, "", f"Tirage: {ends}.", "", f"Machine: {machine}.", ""])


if __name__ == "__main__":
    main()
