"""Turning CT headers into columns and full DICOM JSON: Tirage beside pydicom, one process, in one run.

Each contender opens the same files, in the order of their series, and makes the same columns and JSON of
each. The last one also writes them into an SQLite catalogue, headers compressed. Run with
`python -m benchmarks.catalogue`.
"""

import argparse
import json
import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pydicom
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func, select
from tests.make import write_instance

from benchmarks.machine import describe
from tirage.acquire.accept import accept
from tirage.catalog.reader import HeaderReader
from tirage.catalog.summarise import promoted_tags, summarise
from tirage.dicom.elements import FileSource, read_header
from tirage.model.identifiers import Digest, ProjectName, ReceivedId, Uid
from tirage.model.outcomes import Passed
from tirage.model.records import Arrival, InstanceSummary, Origin, OriginKind
from tirage.store import catalog, headers, ledger, schema
from tirage.store.database import open_database, reading, upgrade, writing

BATCH = 1_000
BASE = "pydicom"
GOALS = {"Tirage, walked": 4_000, "Tirage, by likeness": 20_000, "Tirage, into the database": 5_000}
"""Headers a second."""


@dataclass(frozen=True)
class Measured:
    """Headers a second of each contender, and what one header takes in bytes, plain and compressed."""

    rates: dict[str, float]
    plain_bytes: float
    stored_bytes: float


def main() -> None:
    """Measure and print the table; with `--markdown FILE`, write it there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3, help="the best round of each contender counts")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; by default the temporary folder")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        machine = describe(folder)
        paths = list(_write(folder / "files", arguments.files))
        measured = _measure(folder, paths, arguments.rounds)
    title = f"Header to columns and DICOM JSON, {arguments.files} CT, one process, headers a second"
    _show(title, measured, machine)
    if arguments.markdown:
        arguments.markdown.write_text(_markdown(title, measured, machine), encoding="utf-8")


def _write(folder: Path, files: int) -> Iterator[Path]:
    """CT series of 200 slices; small pictures, for no contender reads them."""
    for number in range(files):
        yield write_instance(folder, number // 1000 + 1, 1, number // 200 % 5 + 1, number % 200 + 1, rows=16)


def _measure(folder: Path, paths: Sequence[Path], rounds: int) -> Measured:
    contenders: dict[str, Callable[[Sequence[Path]], object]] = {
        "Tirage, walked": _walked,
        "Tirage, by likeness": _by_likeness,
    }
    rates = {BASE: max(_rate(_with_pydicom, paths[:200]) for _ in range(rounds))}
    for name, run in contenders.items():
        rates[name] = max(_rate(run, paths) for _ in range(rounds))
    stored_bytes = 0.0
    for number in range(rounds):
        engine = _database(folder / f"{number}.db", paths)
        rate = _rate(partial(_into, engine), paths)
        rates["Tirage, into the database"] = max(rate, rates.get("Tirage, into the database", 0))
        with reading(engine) as connection:
            mean = select(func.avg(func.length(schema.header.c.body))).where(
                schema.header.c.dictionary_id.is_not(None)
            )
            stored_bytes = float(connection.execute(mean).scalar() or 0)
        engine.dispose()
    plain = [len(summary.header) for summary in _by_likeness(paths[:200])]
    return Measured(rates, sum(plain) / len(plain), stored_bytes)


def _rate(run: Callable[[Sequence[Path]], object], paths: Sequence[Path]) -> float:
    started = time.perf_counter()
    run(paths)
    return len(paths) / (time.perf_counter() - started)


def _with_pydicom(paths: Sequence[Path]) -> None:
    for path in paths:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = pydicom.dcmread(path, stop_before_pixels=True)
            _ = {keyword: str(content.get(keyword, "")) for keyword in promoted_tags()}
            json.dumps(content.to_json_dict())


def _walked(paths: Sequence[Path]) -> None:
    for path in paths:
        with FileSource.open(path) as source:
            header = read_header(source)
            assert isinstance(accept(header), Passed)
            summarise(header)


def _by_likeness(paths: Sequence[Path]) -> list[InstanceSummary]:
    reader = HeaderReader()
    found = []
    for path in paths:
        with FileSource.open(path) as source:
            header = reader.read(source)
            assert isinstance(accept(header), Passed)
            found.append(summarise(header))
    return found


def _into(engine: Engine, paths: Sequence[Path]) -> None:
    """In batches of one transaction each; the dictionary is trained after the first, as on a node."""
    for start in range(0, len(paths), BATCH):
        found = _by_likeness(paths[start : start + BATCH])
        entries = [(ReceivedId(start + place), summary) for place, summary in enumerate(found, 1)]
        with writing(engine) as connection:
            catalog.record(connection, entries, at=1)
        headers.train_when_due(engine, at=1, samples=min(headers.SAMPLES, BATCH))


def _database(path: Path, paths: Sequence[Path]) -> Engine:
    """An empty catalogue in which every file is already received."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    origin = Origin(OriginKind.IMPORT, batch="benchmark")
    arrivals = [
        Arrival(
            digest=Digest(f"{place:064x}"),
            object_digest=Digest(f"{place:064x}"),
            size_bytes=one.stat().st_size,
            transfer_syntax=Uid("1.2.840.10008.1.2.1"),
            stated_sop_class=Uid("1.2.840.10008.5.1.4.1.1.2"),
            stated_sop_instance=Uid(f"2.25.{place}"),
            origin=origin,
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
            projects=(ProjectName("benchmark"),),
        )
        for place, one in enumerate(paths)
    ]
    for start in range(0, len(arrivals), BATCH):
        ledger.record(engine, arrivals[start : start + BATCH])
    return engine


def _rows(measured: Measured) -> list[tuple[str, str, str]]:
    base = measured.rates[BASE]
    rows = []
    for name, rate in measured.rates.items():
        goal = GOALS.get(name)
        met = "" if goal is None else f"goal {goal:,}: {'met' if rate >= goal else 'SHORT'}"
        rows.append((name, f"{rate:,.0f}", f"{rate / base:.1f} {met}".strip()))
    return rows


def _sizes(measured: Measured) -> str:
    return (
        f"One header: {measured.plain_bytes:,.0f} bytes of JSON, {measured.stored_bytes:,.0f} bytes in the "
        f"database (zstd {headers.LEVEL} with a dictionary trained on this node's first headers)."
    )


def _show(title: str, measured: Measured, machine: str) -> None:
    table = Table("", "headers/s", "times pydicom", title=title, caption=machine)
    for row in _rows(measured):
        table.add_row(*row)
    console = Console()
    console.print(table)
    console.print(_sizes(measured))


def _markdown(title: str, measured: Measured, machine: str) -> str:
    lines = [f"{title}.", "", "| | headers/s | times pydicom |", "|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(measured)]
    return "\n".join([*lines, "", _sizes(measured), "", f"Machine: {machine}.", ""])


if __name__ == "__main__":
    main()
