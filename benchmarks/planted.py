"""Identifiers planted in synthetic objects: what Tirage leaks and keeps, and the peers on the same objects.

Tirage is searched over hundreds of seeds, the peers over a few of them (each seed: 18 objects,
about 500 plants).
Run with `python -m benchmarks.planted`; `--held-out` takes seeds that nobody looks at while building.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from tests.golden.planted import runner
from tests.golden.planted.suite import Score, objects_of, score, written

from benchmarks.machine import describe
from benchmarks.peers.tools import Tool, tools

HELD_OUT = 1_000_000
"""Where the seeds begin that are for judging alone."""


@dataclass
class Tally:
    """The scores of many seeds, added up."""

    seeds: int = 0
    objects: int = 0
    plants: int = 0
    searched: int = 0
    leaks: int = 0
    keeps: int = 0
    kept: int = 0
    stopped: int = 0
    stopped_keeps: int = 0
    leaked: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, one: "Tally") -> None:
        """Another tally on top of this one."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(one, name))


def main() -> None:
    """Measure and print; with `--markdown FILE`, write the table there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--held-out", action="store_true", help=f"seeds from {HELD_OUT:,} on")
    parser.add_argument("--peer-seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    first = arguments.first + (HELD_OUT if arguments.held_out else 0)
    seeds = range(first, first + arguments.seeds)
    ours = over(seeds, arguments.jobs)
    rows = [("Tirage", over(seeds[: arguments.peer_seeds], arguments.jobs))] if arguments.peer_seeds else []
    with tempfile.TemporaryDirectory() as name:
        machine = describe(Path(name))
        others = tools(Path(name)) if arguments.peer_seeds else []
        rows += [(tool.name, peer(tool, seeds[: arguments.peer_seeds])) for tool in others]
    text = markdown(ours, rows, seeds, machine)
    Console().print(text)
    Console().print(details(ours))
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


def over(seeds: Iterable[int], jobs: int) -> Tally:
    """Tirage over many seeds, in processes."""
    total = Tally()
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
        for each in pool.map(with_tirage, seeds):
            total.add(each)
    return total


def with_tirage(seed: int) -> Tally:
    """One seed through `tirage deid run`, with the project that holds without one."""
    objects = objects_of(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = written(objects, folder / "in")
        outputs, reasons = runner.tirage(folder / "in", folder / "out")
        by_name = {name: reasons.get(path, "") for name, path in paths.items()}
        return tally(score(objects, runner.outputs_of(paths, outputs, folder / "out"), by_name), len(objects))


def peer(tool: Tool, seeds: Sequence[int]) -> Tally:
    """Another tool over the same objects; outputs get neutral names, as nobody is judged by ours."""
    total = Tally()
    for seed in seeds:
        objects = objects_of(seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            paths = written(objects, folder / "in")
            pairs = [(Path(path), folder / f"{number}.dcm") for number, path in enumerate(paths.values())]
            refused = tool.run(pairs)
            outputs = {
                name: ("", target.read_bytes())
                for name, (source, target) in zip(paths, pairs, strict=True)
                if str(source) not in refused and target.exists()
            }
            total.add(tally(score(objects, outputs, {}), len(objects)))
    return total


def tally(one: Score, objects: int) -> Tally:
    """A score as numbers and places."""
    return Tally(
        seeds=1,
        objects=objects,
        plants=one.plants,
        searched=one.searched_plants,
        leaks=len(one.leaks),
        keeps=one.keeps,
        kept=one.kept,
        stopped=len(one.stopped),
        stopped_keeps=one.stopped_keeps,
        leaked=Counter(f"{name}: {plant.place} ({plant.kind})" for name, plant in one.leaks),
        lost=Counter(f"{name}: {keep.place}" for name, keep in one.lost),
        reasons=Counter(f"{name}: {why.partition(' ')[0]}" for name, why in one.stopped.items()),
    )


def markdown(ours: Tally, rows: Sequence[tuple[str, Tally]], seeds: range, machine: str) -> str:
    """The page's block."""
    kept_of_released = ours.kept / max(ours.keeps - ours.stopped_keeps, 1)
    lines = [
        f"{ours.plants:,} identifiers in {ours.objects:,} objects "
        f"(seeds {seeds.start:,} to {seeds.stop - 1:,}), default project: "
        f"**{ours.leaks:,} leaked**; {ours.kept:,} of {ours.keeps:,} useful things kept "
        f"({ours.kept / max(ours.keeps, 1):.1%}, or {45 * ours.kept / max(ours.keeps, 1):.1f} of 45), "
        f"{kept_of_released:.1%} in the objects that were released; "
        f"{ours.stopped:,} objects held or refused, "
        f"with {ours.stopped_keeps:,} useful things in them.",
        "",
    ]
    if rows:
        lines += [
            f"The same objects of {rows[0][1].seeds} seeds by every tool, each with its defaults:",
            "",
            "| tool | leaked | of identifiers in its outputs | kept | of useful things | no output |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {each.leaks:,} | {each.searched:,} "
            f"| {each.kept:,} ({each.kept / max(each.keeps, 1):.0%}) "
            f"| {each.keeps:,} | {each.stopped} of {each.objects} |"
            for name, each in rows
        ]
        lines.append("")
    if ours.reasons:
        lines += [
            "Without an output from Tirage, over all seeds:",
            "",
            "| object | reason | times |",
            "|---|---|---|",
        ]
        lines += [f"| {why.replace(': ', ' | ')} | {count} |" for why, count in ours.reasons.most_common(12)]
        lines.append("")
    return "\n".join([*lines, f"Machine: {machine}.", ""])


def details(ours: Tally) -> str:
    """Where Tirage leaked and lost, most often first."""
    lines = ["", "Leaked:", *(f"  {count} {place}" for place, count in ours.leaked.most_common(40))]
    lines += [
        "Lost in released objects:",
        *(f"  {count} {place}" for place, count in ours.lost.most_common(40)),
    ]
    return "\n".join([*lines, "Held:", *(f"  {count} {why}" for why, count in ours.reasons.most_common(40))])


if __name__ == "__main__":
    main()
