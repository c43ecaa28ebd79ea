"""Fetching a cohort from an archive: Tirage beside DCMTK's `movescu`, which checks nothing.

All ask one Orthanc for the same studies. `movescu` gets a query file for each study and uses one association:
nothing asks faster. Tirage starts from a loaded cohort, finds each study, lists it, records what is expected
and what came. Measured is the asking, until the last object is in keeping: what else a worker does with the
objects meanwhile, which takes the same cores, is left out. All run with TCP_NODELAY, without which Orthanc's
stall of 40 ms an object hides everything else. Run with `python -m benchmarks.fetch`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset
from rich.console import Console
from sqlalchemy import Engine, func, select
from tests.flow.acquiring import AcquiringNode
from tests.flow.nodes import PROJECT
from tests.make import make_dataset, make_instance
from tests.peers import dcmtk, orthanc
from tests.peers.orthanc import Orthanc

from benchmarks.machine import describe
from tirage.flow.steps import fetch, resolve
from tirage.model.requests import FetchState
from tirage.network.scp import listen
from tirage.service import acquiring
from tirage.service.build import make_context
from tirage.store import sightings
from tirage.store.database import reading
from tirage.store.schema import received

GOAL = 1.2
"""At most so many times as long as `movescu` to the same listener."""

MOST_S = 900.0
TITLE = "TIRAGE"


@dataclass(frozen=True)
class Measured:
    """Seconds of each way; `goal` for those that have one."""

    name: str
    seconds: float
    has_goal: bool = False


@dataclass(frozen=True)
class Holding:
    """An archive, the studies it holds, and how many objects they have."""

    pacs: Orthanc
    studies: Sequence[Dataset]
    objects: int


def main() -> None:
    """Measure and print; with `--markdown FILE`, write the table there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1_000, help="small ones, of one or two instances")
    parser.add_argument("--series", type=int, default=100, help="studies of 40 instances")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; by default the temporary folder")
    arguments = parser.parse_args()
    os.environ |= {"TCP_NODELAY": "1", "TIRAGE_LOG__LEVEL": "warning"}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        machine = describe(folder)
        small = _table(folder / "small", [number % 2 + 1 for number in range(arguments.studies)])
        large = _table(folder / "large", [40] * arguments.series)
    table = f"{small}\n{large}\nMachine: {machine}.\n"
    Console().print(table, markup=False)
    if arguments.markdown:
        arguments.markdown.write_text(table, encoding="utf-8")


def _table(folder: Path, sizes: Sequence[int]) -> str:
    """What was measured over studies of so many instances each."""
    with orthanc.running(folder / "orthanc", **_ALLOWED) as pacs:
        holding = _fill(pacs, sizes)
        return _markdown(holding, list(_measure(folder, holding)))


_ALLOWED = {
    "DicomAlwaysAllowFind": True,
    "DicomAlwaysAllowMove": True,
    "SaveJobs": False,
    "StorageCompression": False,
}


def _fill(pacs: Orthanc, sizes: Sequence[int]) -> Holding:
    """Studies of so many instances each, over HTTP."""
    numbers = [(study, each) for study, size in enumerate(sizes, 1) for each in range(1, size + 1)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: pacs.post("/instances", make_instance(pair[0], 1, 1, pair[1])), numbers))
    return Holding(pacs, [make_dataset(study) for study in range(1, len(sizes) + 1)], len(numbers))


def _measure(folder: Path, holding: Holding) -> Iterator[Measured]:
    queries = _queries(folder / "queries", holding.studies)
    (folder / "storescp").mkdir()
    with dcmtk.storescp(folder / "storescp") as port:
        holding.pacs.add_modality("destination", TITLE, port)
        yield Measured("movescu to storescp", _moved(holding.pacs, queries))
        assert len(list((folder / "storescp").iterdir())) == holding.objects
    with _listening(folder / "listening", holding) as node:
        seconds = _moved(holding.pacs, queries)
        with node.open() as opened:
            assert _in_keeping(opened.parts.database) == holding.objects
        yield Measured("movescu to Tirage's listener", seconds)
    for at_a_time in (1, 2):
        yield from _acquired(folder / f"fetching-{at_a_time}", holding, at_a_time)


def _acquired(folder: Path, holding: Holding, at_a_time: int) -> Iterator[Measured]:
    with _listening(folder, holding) as node, node.open() as opened:
        context = make_context(node.settings, opened.parts)
        acquiring.ask_query(opened.parts, PROJECT, "account:benchmark")
        acquiring.ask_fetch(opened.parts, PROJECT, "account:benchmark")
        with reading(context.database) as connection:
            windows = sightings.windows(connection, PROJECT, resolve.WINDOW)
        queried = _seconds(
            lambda window: resolve.resolve(context, PROJECT, window, lambda: False), windows, at_a_time
        )
        # A run ends after so many studies; the next one begins with an association of its own.
        runs = range(-(-len(holding.studies) // fetch.MOST_OF_A_RUN) + at_a_time)
        fetched = _seconds(
            lambda run: fetch.fetch(context, "pacs", f"run-{run}", lambda: False), runs, at_a_time
        )
        assert _in_keeping(context.database) == holding.objects
        assert acquiring.standing(opened.parts, PROJECT).studies == {
            FetchState.COMPLETE: len(holding.studies)
        }
        context.pool.close()
    how = "one at a time" if at_a_time == 1 else f"{at_a_time} at a time, as shipped"
    yield Measured(f"Tirage, {how}: fetch", fetched)
    yield Measured(f"Tirage, {how}: query + fetch", queried + fetched, has_goal=True)


def _seconds(work: Callable[[int], None], runs: Iterable[int], at_a_time: int) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(at_a_time) as pool:
        list(pool.map(work, runs))
    return time.perf_counter() - started


def _queries(folder: Path, studies: Sequence[Dataset]) -> list[Path]:
    folder.mkdir()
    paths = []
    for number, study in enumerate(studies):
        query = Dataset()
        query.QueryRetrieveLevel = "STUDY"
        query.StudyInstanceUID = study.StudyInstanceUID
        paths.append(folder / str(number))
        query.save_as(paths[-1], implicit_vr=False, little_endian=True)
    return paths


def _moved(pacs: Orthanc, queries: Sequence[Path]) -> float:
    """Seconds that one `movescu` needs for all, over one association."""
    arguments = ["-S", "-aec", pacs.ae_title, "-aem", TITLE, "127.0.0.1", str(pacs.dicom_port)]
    command = [dcmtk.program("movescu"), *arguments, *map(str, queries)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=MOST_S)
    return time.perf_counter() - started


@contextmanager
def _listening(folder: Path, holding: Holding) -> Iterator[AcquiringNode]:
    """A node with the cohort loaded and its listener, in a process of its own, to which the archive sends."""
    pacs = holding.pacs
    node = AcquiringNode(folder, {"pacs": (pacs.dicom_port, pacs.ae_title)})
    pacs.add_modality("destination", TITLE, node.port)
    node.load(
        {"patient_id": study.PatientID, "accession": study.AccessionNumber, "participant": f"P{number}"}
        for number, study in enumerate(holding.studies)
    )
    with listen("127.0.0.1", node.port) as listening:
        descriptor = listening.fileno()
        command = [
            sys.executable,
            "-m",
            "tirage.service.roles",
            "listener",
            str(node.folder),
            str(descriptor),
        ]
        process = subprocess.Popen(
            command, pass_fds=[descriptor], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield node
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _in_keeping(database: Engine) -> int:
    with reading(database) as connection:
        return connection.execute(select(func.count()).select_from(received)).scalar_one()


def _markdown(holding: Holding, measured: Sequence[Measured]) -> str:
    base = measured[1].seconds
    lines = [
        f"{len(holding.studies):,} studies from Orthanc; seconds until all their {holding.objects:,} small "
        "objects are in keeping.",
        "",
        "| | seconds | studies/s | times movescu to the same listener |",
        "|---|---|---|---|",
    ]
    for each in measured:
        ratio = each.seconds / base
        goal = f" goal {GOAL}: {'met' if ratio <= GOAL else 'SHORT'}" if each.has_goal else ""
        rate = len(holding.studies) / each.seconds
        lines.append(f"| {each.name} | {each.seconds:.1f} | {rate:.0f} | {ratio:.2f}{goal} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
