"""How fast the catalogue answers at two million instances: `python -m benchmarks.catalogue_scale`.

200,000 patients, 60,000 studies of three series, made up; SQLite always, PostgreSQL when its programs are
here. Prints p50 and p95 of each kind of question beside the goal, and leaves nothing on disk.
"""

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, text
from tests.peers.postgres import Postgres, binaries

from benchmarks.machine import describe
from tirage.store import names, search
from tirage.store.database import is_postgres, open_database, reading, upgrade, writing
from tirage.store.names import fold
from tirage.store.schema import instance, origin, patient, received, series, study
from tirage.store.search import Filter

PATIENTS_A_STUDY, SERIES_A_STUDY = 10 / 3, 3
GOALS_MS = {
    "patient by identifier": 200,
    "study page": 200,
    "list of studies, first page": 200,
    "list of studies, narrowed": 200,
    "facets of everything": 200,
    "facets of one year and modality": 200,
    "patient by a misspelt name": 30,
}
SYLLABLES = [consonant + vowel for consonant in "bdfghklmnrstvwz" for vowel in "aeio"]
MODALITIES = ("CT", "MR", "US", "DX", "CR", "MG", "PT", "NM")
MANUFACTURERS = ("Acme", "Borealis", "Cardinal", "Dorado", "Elbe")
BATCH = 20_000


def person(dice: random.Random) -> str:
    """A made-up name in DICOM's form."""
    last = "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4)))
    first = "".join(dice.choices(SYLLABLES, k=dice.randint(2, 3)))
    return f"{last.title()}^{first.title()}"


def misspelt(name: str, dice: random.Random) -> str:
    """The name with one letter wrong and the parts the other way round."""
    last, first = name.split("^")
    place = dice.randrange(len(last))
    return f"{first} {last[:place]}{dice.choice('aeiou')}{last[place + 1 :]}"


def load(engine: Engine, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Bulk insert: COPY on PostgreSQL, executemany on SQLite."""
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            _insert(engine, table, batch)
            batch = []
    if batch:
        _insert(engine, table, batch)


def _insert(engine: Engine, table: Table, batch: Sequence[dict[str, Any]]) -> None:
    with writing(engine) as connection:
        if not is_postgres(connection):
            connection.execute(insert(table), batch)
            return
        columns = list(batch[0])
        driver: Any = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in batch:
                values = (row[column] for column in columns)
                copy.write_row([f"\\x{value}" if len(str(value)) == 64 else value for value in values])


def fill(engine: Engine, instances: int) -> list[str]:
    """Make the catalogue; the patients' names."""
    dice = random.Random(1)
    studies = instances * 3 // 100
    patients = int(studies * PATIENTS_A_STUDY)
    people = [person(dice) for _ in range(patients)]
    owners = [dice.randrange(patients) + 1 for _ in range(studies)]
    kinds = [
        (dice.choices(MODALITIES, weights=(40, 25, 15, 10, 5, 2, 2, 1))[0], dice.choice(MANUFACTURERS))
        for _ in range(studies)
    ]
    dates = [
        f"{dice.randint(2008, 2025)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}" for _ in range(studies)
    ]
    each = instances // (studies * SERIES_A_STUDY)
    load(
        engine,
        origin,
        iter([{"kind": "import", "calling_ae": "", "called_ae": "", "address": "", "batch": "b"}]),
    )
    load(engine, patient, _patients(people, dice))
    load(engine, study, _studies(owners, kinds, dates, each))
    load(engine, series, _series(kinds, each))
    total = studies * SERIES_A_STUDY * each
    load(engine, received, _received(total))
    load(engine, instance, _instances(total, owners, each))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return people


def _patients(people: Sequence[str], dice: random.Random) -> Iterator[dict[str, Any]]:
    for number, name in enumerate(people, 1):
        yield {
            "patient_id": f"P{number:07}",
            "issuer": "",
            "name": name,
            "folded": fold(name),
            "birth_date": f"{dice.randint(1930, 2015)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}",
            "sex": dice.choice("FM"),
        }


def _studies(
    owners: Sequence[int], kinds: Sequence[tuple[str, str]], dates: Sequence[str], each: int
) -> Iterator[dict[str, Any]]:
    for number, (owner, (modality, manufacturer), date) in enumerate(
        zip(owners, kinds, dates, strict=True), 1
    ):
        yield {
            "uid": f"1.2.826.0.1.{number}",
            "patient_id": owner,
            "study_date": date,
            "study_time": "120000",
            "accession": f"A{number:08}",
            "description": f"{modality} ROUTINE",
            "modalities": modality,
            "manufacturers": manufacturer,
            "series_count": SERIES_A_STUDY,
            "instances": SERIES_A_STUDY * each,
            "size_bytes": 530_000 * SERIES_A_STUDY * each,
            "first_arrival": number,
            "last_arrival": number,
            "conflict": "",
        }


def _series(kinds: Sequence[tuple[str, str]], each: int) -> Iterator[dict[str, Any]]:
    for number, (modality, manufacturer) in enumerate(kinds, 1):
        for part in range(SERIES_A_STUDY):
            yield {
                "uid": f"1.2.826.0.2.{number}.{part}",
                "study_id": number,
                "modality": modality,
                "number": str(part),
                "description": f"SERIES {part}",
                "body_part": "CHEST",
                "protocol": "ROUTINE",
                "manufacturer": manufacturer,
                "model": f"{manufacturer} 64",
                "station": "ST1",
                "instances": each,
                "size_bytes": 530_000 * each,
                "last_arrival": number,
            }


def _received(total: int) -> Iterator[dict[str, Any]]:
    for number in range(1, total + 1):
        digest = hashlib.sha256(number.to_bytes(8, "big")).hexdigest()
        yield {
            "digest": digest,
            "object_digest": digest,
            "size_bytes": 530_000,
            "transfer_syntax": "1.2.840.10008.1.2.1",
            "stated_sop_class": "1.2.840.10008.5.1.4.1.1.2",
            "stated_sop_instance": f"1.2.826.0.3.{number}",
            "origin_id": 1,
            "received_at": number,
        }


def _instances(total: int, owners: Sequence[int], each: int) -> Iterator[dict[str, Any]]:
    for number in range(1, total + 1):
        series_number = (number - 1) // each
        study_number = series_number // SERIES_A_STUDY
        yield {
            "received_id": number,
            "sop_instance": f"1.2.826.0.3.{number}",
            "sop_class": "1.2.840.10008.5.1.4.1.1.2",
            "study_id": study_number + 1,
            "series_id": series_number + 1,
            "patient_id": owners[study_number],
            "number": str((number - 1) % each + 1),
            "catalogued_at": number,
        }


def ask(engine: Engine, people: Sequence[str], studies: int) -> dict[str, list[float]]:
    """How long each kind of question took, in milliseconds."""
    dice = random.Random(2)

    def times(question: Callable[[Any], object], repeats: int) -> list[float]:
        taken = []
        with reading(engine) as connection:
            question(connection)
            for _ in range(repeats):
                start = time.perf_counter()
                question(connection)
                taken.append((time.perf_counter() - start) * 1e3)
        return taken

    def page(connection: Any) -> object:
        number = dice.randint(1, studies)
        found = search.studies(connection, Filter(accession=f"A{number:08}"))
        search.patients_by_number(connection, [found[0].patient])
        return search.serieses(connection, found[0].number)

    def narrowed(connection: Any) -> object:
        year = dice.randint(2008, 2025)
        wanted = Filter(first_date=f"{year}0101", last_date=f"{year}1231", modality=dice.choice(MODALITIES))
        return search.studies(connection, wanted)

    def year_facets(connection: Any) -> object:
        year = dice.randint(2008, 2025)
        wanted = Filter(first_date=f"{year}0101", last_date=f"{year}1231", modality=dice.choice(MODALITIES))
        return search.facets(connection, wanted)

    hits = []

    def alike(connection: Any) -> object:
        number = dice.randrange(len(people))
        found = names.alike(connection, misspelt(people[number], dice))
        hits.append(any(each.patient == number + 1 for each in found))
        return found

    taken = {
        "patient by identifier": times(
            lambda c: search.patients(c, f"P{dice.randint(1, len(people)):07}"), 300
        ),
        "study page": times(page, 300),
        "list of studies, first page": times(lambda c: search.studies(c, Filter()), 100),
        "list of studies, narrowed": times(narrowed, 100),
        "facets of everything": times(lambda c: search.facets(c, Filter()), 30),
        "facets of one year and modality": times(year_facets, 50),
        "patient by a misspelt name": times(alike, 150),
    }
    print(f"  the misspelt patient was among the 20 most alike: {sum(hits) / len(hits):.0%}")
    return taken


def run(label: str, url: str, instances: int) -> dict[str, tuple[float, float]]:
    """Fill, ask and print one database; p50 and p95 by question."""
    engine = open_database(url)
    upgrade(engine)
    start = time.perf_counter()
    people = fill(engine, instances)
    taken_s = time.perf_counter() - start
    print(f"\n{label}: {instances:,} instances, {len(people):,} patients, filled in {taken_s:.0f} s")
    taken = ask(engine, people, instances * 3 // 100)
    engine.dispose()
    print(f"  {'question':<34}{'p50 ms':>9}{'p95 ms':>9}{'goal':>8}")
    figures = {}
    for question, values in taken.items():
        middle, high = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        figures[question] = middle, high
        verdict = "" if high <= GOALS_MS[question] else "  missed"
        print(f"  {question:<34}{middle:>9.2f}{high:>9.2f}{GOALS_MS[question]:>8}{verdict}")
    return figures


def markdown(figures: Mapping[str, Mapping[str, tuple[float, float]]], instances: int) -> str:
    """The table of every database asked."""
    studies = instances * 3 // 100
    counts = f"{instances:,} instances, {studies:,} studies, {int(studies * PATIENTS_A_STUDY):,} patients"
    lines = [f"{counts}: milliseconds, p50 / p95.", ""]
    lines += ["| question | " + " | ".join(figures) + " | goal, p95 |", "|---" * (len(figures) + 2) + "|"]
    for question, goal in GOALS_MS.items():
        cells = []
        for taken in figures.values():
            middle, high = taken[question]
            cells.append(f"{middle:.2f} / {high:.2f}{'' if high <= goal else ' SHORT'}")
        lines.append(f"| {question} | " + " | ".join(cells) + f" | {goal} |")
    return "\n".join([*lines, "", f"Machine: {describe(Path(tempfile.gettempdir()))}.", ""])


def main() -> None:
    """Run on every database there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=2_000_000)
    parser.add_argument("--markdown", type=Path, help="write the table here")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()
    figures = {}
    if chosen.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="tirage-scale-") as folder:
            figures["SQLite"] = run("SQLite", f"sqlite:///{folder}/tirage.db", chosen.instances)
    if chosen.database != "sqlite" and binaries():
        with Postgres() as server:
            figures["PostgreSQL"] = run("PostgreSQL", server.new_database(), chosen.instances)
    if chosen.markdown:
        chosen.markdown.write_text(markdown(figures, chosen.instances), encoding="utf-8")


if __name__ == "__main__":
    main()
