"""Fetching a cohort from an archive: Tirage beside DCMTK's `movescu`, which checks nothing.

All ask one Orthanc for the same studies. `movescu` gets a query file for each study and uses one association:
nothing asks faster. Tirage starts from a loaded cohort, finds each study, lists it, records what is expected
and what came. Measured until the last object is in keeping; nothing is de-identified meanwhile, for studies
stay open. All run with TCP_NODELAY, without which Orthanc's stall of 40 ms an object hides everything else.
Run with `python -m benchmarks.fetch`.
"""

import argparse
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
from tirage.service import acquiring
from tirage.store import sightings
from tirage.store.database import reading
from tirage.store.schema import received

GOAL = 1.2
"""At most so many times as long as `movescu` to the same listener."""

LOOK_S = 0.05
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
    parser.add_argument("--studies", type=int, default=1_000)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; by default the temporary folder")
    arguments = parser.parse_args()
    os.environ |= {"TCP_NODELAY": "1", "TIRAGE_LOG__LEVEL": "warning"}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        machine = describe(folder)
        with orthanc.running(folder / "orthanc", **_ALLOWED) as pacs:
            holding = _fill(pacs, arguments.studies)
            measured = list(_measure(folder, holding))
    table = _markdown(holding, measured, machine)
    Console().print(table, markup=False)
    if arguments.markdown:
        arguments.markdown.write_text(table, encoding="utf-8")


_ALLOWED = {
    "DicomAlwaysAllowFind": True,
    "DicomAlwaysAllowMove": True,
    "SaveJobs": False,
    "StorageCompression": False,
}


def _fill(pacs: Orthanc, studies: int) -> Holding:
    """Studies of one instance and of two, by turns, over HTTP."""
    numbers = [(number, each) for number in range(1, studies + 1) for each in range(1, number % 2 + 2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: pacs.post("/instances", make_instance(pair[0], 1, 1, pair[1])), numbers))
    return Holding(pacs, [make_dataset(number) for number in range(1, studies + 1)], len(numbers))


def _measure(folder: Path, holding: Holding) -> Iterator[Measured]:
    queries = _queries(folder / "queries", holding.studies)
    (folder / "storescp").mkdir()
    with dcmtk.storescp(folder / "storescp") as port:
        holding.pacs.add_modality("destination", TITLE, port)
        yield Measured("movescu to storescp", _moved(holding.pacs, queries))
        assert len(list((folder / "storescp").iterdir())) == holding.objects
    with _serving(folder / "listening", holding, 1) as node:
        seconds = _moved(holding.pacs, queries)
        with node.open() as opened:
            assert _in_keeping(opened.parts.database) == holding.objects
        yield Measured("movescu to Tirage's listener", seconds)
    for at_a_time in (1, 2):
        yield from _acquired(folder / f"fetching-{at_a_time}", holding, at_a_time)


def _acquired(folder: Path, holding: Holding, at_a_time: int) -> Iterator[Measured]:
    with _serving(folder, holding, at_a_time) as node, node.open() as opened:
        started = time.perf_counter()
        acquiring.ask_query(opened.parts, PROJECT, "account:benchmark")
        _wait(lambda: not _is_open(opened.parts.database))
        queried = time.perf_counter() - started
        started = time.perf_counter()
        acquiring.ask_fetch(opened.parts, PROJECT, "account:benchmark")
        _wait(lambda: _in_keeping(opened.parts.database) == holding.objects)
        fetched = time.perf_counter() - started
        how = "one study at a time" if at_a_time == 1 else f"{at_a_time} at a time, as shipped"
        yield Measured(f"Tirage, {how}: fetch", fetched)
        yield Measured(f"Tirage, {how}: query + fetch", queried + fetched, has_goal=True)


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
def _serving(folder: Path, holding: Holding, at_a_time: int) -> Iterator[AcquiringNode]:
    """A node that serves, with the cohort loaded, to which the archive sends."""
    pacs = holding.pacs
    node = AcquiringNode(
        folder,
        {"pacs": (pacs.dicom_port, pacs.ae_title)},
        more=f"at_a_time = {at_a_time}",
        quiet_s=int(MOST_S),
    )
    pacs.add_modality("destination", TITLE, node.port)
    node.load(
        {"patient_id": study.PatientID, "accession": study.AccessionNumber, "participant": f"P{number}"}
        for number, study in enumerate(holding.studies)
    )
    stop, ready = threading.Event(), threading.Event()

    def serve() -> None:
        with node.open() as opened:
            opened.serve(lambda _: ready.set(), stop)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(60), "the node did not start"
        yield node
    finally:
        stop.set()
        thread.join()


def _is_open(database: Engine) -> bool:
    with reading(database) as connection:
        return sightings.is_open(connection, PROJECT)


def _in_keeping(database: Engine) -> int:
    with reading(database) as connection:
        return connection.execute(select(func.count()).select_from(received)).scalar_one()


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + MOST_S
    while not is_so():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(LOOK_S)


def _markdown(holding: Holding, measured: Sequence[Measured], machine: str) -> str:
    base = measured[1].seconds
    lines = [
        f"{len(holding.studies):,} studies of one or two small instances from Orthanc; seconds until all "
        f"{holding.objects:,} objects are in keeping.",
        "",
        "| | seconds | studies/s | times movescu to the same listener |",
        "|---|---|---|---|",
    ]
    for each in measured:
        ratio = each.seconds / base
        goal = f" goal {GOAL}: {'met' if ratio <= GOAL else 'SHORT'}" if each.has_goal else ""
        rate = len(holding.studies) / each.seconds
        lines.append(f"| {each.name} | {each.seconds:.1f} | {rate:.0f} | {ratio:.2f}{goal} |")
    return "\n".join([*lines, "", f"Machine: {machine}.", ""])


if __name__ == "__main__":
    main()
