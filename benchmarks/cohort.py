"""Cohorts: checking and loading a list of requests, from CSV and from XLSX.

Run with `python -m benchmarks.cohort`.
"""

import argparse
import csv
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter
from rich.console import Console
from sqlalchemy import Engine

from benchmarks.machine import describe
from tirage.model.identifiers import ProjectName
from tirage.service.lists import Order, read_list
from tirage.store import cohorts
from tirage.store.database import open_database, upgrade, writing
from tirage.store.spool import Spool

GOAL_S = 10.0
HEADING = ("MRN", "Accession Number", "Study Instance UID", "Study Date", "Participant")
PROJECT = ProjectName("benchmark")


@dataclass(frozen=True)
class Measured:
    """Seconds for a list of one kind."""

    kind: str
    rows: int
    check_s: float
    load_s: float

    @property
    def total_s(self) -> float:
        """Both together, as `tirage cohort load` does them."""
        return self.check_s + self.load_s


def main() -> None:
    """Measure and print; with `--markdown FILE`, write the table there too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; by default the temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        machine = describe(folder)
        engine = open_database(f"sqlite:///{folder}/tirage.db")
        upgrade(engine)
        measured = [_measure(engine, folder, path) for path in _lists(folder, arguments.rows)]
        engine.dispose()
    table = _markdown(measured, machine)
    Console().print(table, markup=False)
    if arguments.markdown:
        arguments.markdown.write_text(table, encoding="utf-8")


def _lists(folder: Path, rows: int) -> list[Path]:
    """The same invented rows, with days in British order, as CSV and as XLSX."""
    first = date(2015, 1, 1)
    listed = [
        (
            f"{row // 3:08d}",
            f"RA{row:010d}",
            f"1.2.826.0.1.3680043.10.543.{row}",
            f"{first + timedelta(days=row % 3650):%d/%m/%Y}",
            f"P{row // 3:06d}",
        )
        for row in range(3, rows + 3)
    ]
    as_csv, as_xlsx = folder / "list.csv", folder / "list.xlsx"
    with as_csv.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *listed])
    with xlsxwriter.Workbook(as_xlsx, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate([HEADING, *listed]):
            sheet.write_row(place, 0, cells)
    return [as_csv, as_xlsx]


def _measure(engine: Engine, folder: Path, path: Path) -> Measured:
    with Spool(folder) as spool:
        started = time.perf_counter()
        checked = read_list(Order(path), keep=spool.add).checked
        check_s = time.perf_counter() - started
        assert checked.is_sound
        started = time.perf_counter()
        with writing(engine) as connection:
            added = cohorts.add(
                connection, PROJECT, checked.kind, checked.digest, checked.requests, 1, "benchmark"
            )
            cohorts.add_rows(connection, added.id, spool.pages())
        return Measured(path.suffix[1:].upper(), checked.rows, check_s, time.perf_counter() - started)


def _markdown(measured: list[Measured], machine: str) -> str:
    lines = [f"A list of {measured[0].rows:,} requests, checked and loaded; seconds.", ""]
    lines += ["| | check | load | both | goal |", "|---|---|---|---|---|"]
    for each in measured:
        goal = f"{GOAL_S:.0f}" if each.total_s <= GOAL_S else f"{GOAL_S:.0f}: SHORT"
        lines.append(
            f"| {each.kind} | {each.check_s:.2f} | {each.load_s:.2f} | {each.total_s:.2f} | {goal} |"
        )
    return "\n".join([*lines, "", f"Machine: {machine}.", ""])


if __name__ == "__main__":
    main()
