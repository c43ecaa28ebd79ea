"""How fast the console's pages come at two million instances: `python -m benchmarks.console`.

A made-up catalogue as in `benchmarks.catalogue_scale`, with everything in one project: most of it released,
some held, rejected, quarantined and on its way. Pages are asked for in this process as a browser asks for
them, and rendered whole; the goal is 300 ms. Leaves nothing on disk.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient
from tests.flow.nodes import PROJECT, TestNode
from tests.web.signed import Console

from benchmarks.catalogue_scale import fill, load
from benchmarks.machine import describe
from tirage.model.custody import Stage
from tirage.model.outcomes import Disposition
from tirage.model.people import Role
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason
from tirage.store.database import reading, writing
from tirage.store.schema import counter, custody, instance

GOAL_MS = 300
REPEATS = 40
STANDINGS = (
    (0.80, Stage.RELEASED, Disposition.RELEASED, ""),
    (0.08, Stage.CATALOGUED, Disposition.HELD, HoldReason.PIXELS_UNCHECKED),
    (0.03, Stage.CATALOGUED, Disposition.HELD, HoldReason.IDENTIFIER_FOUND),
    (0.04, Stage.CATALOGUED, Disposition.REJECTED, RejectReason.MODALITY_EXCLUDED),
    (0.01, Stage.CATALOGUED, Disposition.QUARANTINED, QuarantineReason.DECODE_FAIL),
    (0.04, Stage.DEIDENTIFIED, Disposition.PENDING, ""),
)


def stand(database: Engine) -> Iterator[dict[str, Any]]:
    """Where each object stands: a study's objects stand together."""
    dice = random.Random(3)
    weights = [share for share, *_ in STANDINGS]
    with reading(database) as connection:
        rows = connection.execute(select(instance.c.received_id, instance.c.study_id)).all()
    by_study = {study: dice.choices(STANDINGS, weights)[0] for study in sorted({row[1] for row in rows})}
    for number, study in rows:
        _, stage, disposition, reason = by_study[study]
        yield {
            "project": PROJECT,
            "received_id": number,
            "stage": stage.value,
            "disposition": disposition.value,
            "reason": str(reason),
            "study_id": study,
            "policy": None,
            "output_digest": None,
            "release_id": None,
            "updated_at": 1_700_000_000_000_000 + number,
        }


def measure(client: TestClient, studies: int) -> dict[str, tuple[float, float]]:
    """p50 and p95 of each page, in milliseconds."""
    dice = random.Random(4)
    pages = {
        "overview": lambda: client.get("/"),
        "studies, first page": lambda: client.get("/studies"),
        "studies of one year and modality": lambda: client.get(
            "/studies", params={"first_date": "2015-01-01", "last_date": "2015-12-31", "modality": "CT"}
        ),
        "one study": lambda: client.get(f"/studies/{dice.randint(1, studies)}"),
        "search for an accession number": lambda: client.post(
            "/search", data={"text": f"A{dice.randint(1, studies):08}", "csrf": "csrf-of-ada"}
        ),
        "holds, first page": lambda: client.get("/holds"),
        "identities, first page": lambda: client.get("/identities"),
        "releases": lambda: client.get("/releases"),
    }
    figures = {}
    for name, page in pages.items():
        first = page()
        assert first.status_code in (200, 303), f"{name}: {first.status_code}"
        taken = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            page()
            taken.append((time.perf_counter() - start) * 1e3)
        figures[name] = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    return figures


def markdown(figures: dict[str, tuple[float, float]], instances: int, folder: Path) -> str:
    """The table."""
    lines = [f"{instances:,} instances, SQLite, every page rendered whole: milliseconds.", ""]
    lines += [f"| page | p50 | p95 | p95 as a share of {GOAL_MS} ms |", "|---|---|---|---|"]
    for name, (middle, high) in figures.items():
        verdict = "" if high <= GOAL_MS else " SHORT"
        lines.append(f"| {name} | {middle:.0f} | {high:.0f} | {high / GOAL_MS:.2f}{verdict} |")
    return "\n".join([*lines, "", f"Machine: {describe(folder)}.", ""])


def main() -> None:
    """Fill a node, ask for its pages, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=2_000_000)
    parser.add_argument("--markdown", type=Path, help="write the table here")
    chosen = parser.parse_args()
    studies = chosen.instances * 3 // 100
    with (
        tempfile.TemporaryDirectory(prefix="tirage-console-") as name,
        Console(TestNode(Path(name))) as console,
    ):
        database = console.opened.parts.database
        fill(database, chosen.instances)
        load(database, custody, stand(database))
        with writing(database) as connection:
            received = connection.scalar(select(func.count()).select_from(instance))
            connection.execute(counter.insert(), {"project": PROJECT, "name": "received", "value": received})
        figures = measure(console.browser("ada", *Role), studies)
        table = markdown(figures, chosen.instances, Path(name))
    print(table)
    if chosen.markdown:
        chosen.markdown.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
