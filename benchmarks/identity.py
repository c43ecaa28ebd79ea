"""How fast an identity is looked up and judged: `python -m benchmarks.identity`.

200,000 and 2,000,000 instances of 20,000 and 200,000 patients, made up; SQLite always, PostgreSQL when its
programs are here, there also with the look-up table in sixteen hash partitions. The peer is what a script
without keys does: read every row that has the identifier, or the name, birth date and sex.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, or_, select, text
from tests.peers.postgres import Postgres, binaries

from benchmarks.catalogue_scale import fill
from benchmarks.machine import describe
from tirage.link.match import judge, search_keys
from tirage.model.identifiers import ProjectName
from tirage.model.records import PatientIdentity
from tirage.store import persons
from tirage.store.database import is_postgres, open_database, reading, upgrade, writing
from tirage.store.partitions import recipe
from tirage.store.reconciled import identity_key, member, person
from tirage.store.schema import patient

GOAL_MS = 20
LUNG = ProjectName("lung")
BATCH = 20_000


def known(engine: Engine) -> list[PatientIdentity]:
    """Make every patient a person of one project that can be looked up; the patients."""
    with reading(engine) as connection:
        columns = (
            patient.c.patient_id,
            patient.c.issuer,
            patient.c.name,
            patient.c.birth_date,
            patient.c.sex,
        )
        rows = connection.execute(select(patient.c.id, *columns).order_by(patient.c.id)).all()
    identities = {row[0]: PatientIdentity(*row[1:]) for row in rows}
    with writing(engine) as connection:
        for start in range(0, len(rows), BATCH):
            numbers = [row[0] for row in rows[start : start + BATCH]]
            keys = [
                {"key": key, "patient_id": number}
                for number in numbers
                for key in search_keys(identities[number])
            ]
            connection.execute(insert(identity_key), keys)
            people = [{"project": LUNG, "anchor": n, "is_apart": False, "made_at": 0} for n in numbers]
            connection.execute(insert(person), people)
            connection.execute(
                insert(member), [{"project": LUNG, "patient_id": n, "anchor": n} for n in numbers]
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return list(identities.values())


def questions(people: Sequence[PatientIdentity], most: int) -> Iterator[PatientIdentity]:
    """Identities as they come: known ones, known people under another identifier, misspelt and new ones."""
    dice = random.Random(2)
    for number in range(most):
        one = dice.choice(people)
        last, first = one.name.split("^")
        yield (
            one,
            PatientIdentity(f"N{number}", "NORTH", f"{first}^{last}", one.birth_date, one.sex),
            PatientIdentity(one.patient_id, one.issuer, f"{last}e^{first}", one.birth_date, one.sex),
            PatientIdentity(f"N{number}", "NORTH", f"Qu{last}^X{first}", one.birth_date, one.sex),
        )[number % 4]


def timed(ask: Callable[[PatientIdentity], object], asked: Sequence[PatientIdentity]) -> tuple[float, float]:
    """p50 and p95, ms."""
    spent = []
    for each in asked:
        begun = time.perf_counter()
        ask(each)
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def measure(engine: Engine, people: Sequence[PatientIdentity], most: int) -> tuple[tuple[float, float], ...]:
    """p50 and p95 of ours and of the peer."""

    def ours(new: PatientIdentity) -> object:
        with reading(engine) as connection:
            return judge(new, persons.candidates(connection, LUNG, new))

    def peer(new: PatientIdentity) -> object:
        name, same = func.lower(patient.c.name), patient.c.patient_id + ""
        wanted = or_(
            same == new.patient_id, (name == new.name.lower()) & (patient.c.birth_date + "" == new.birth_date)
        )
        with reading(engine) as connection:
            return connection.execute(select(patient).where(wanted)).all()

    asked = list(questions(people, most))
    return timed(ours, asked), timed(peer, asked[: max(20, most // 50)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, nargs="*", default=[200_000, 2_000_000])
    parser.add_argument("--questions", type=int, default=2_000)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    lines = [
        "| database | patients | ours p50 | ours p95 | peer p50 | peer p95 | times |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        urls: list[tuple[str, Callable[[], str]]] = []
        for size in arguments.instances:
            urls.append((f"SQLite:{size}", lambda size=size: f"sqlite:///{folder}/{size}.db"))
        server: Any = None
        if binaries() is not None:
            server = Postgres().__enter__()
            urls += [(f"PostgreSQL:{size}", server.new_database) for size in arguments.instances]
        try:
            for name, url in urls:
                kind, size = name.split(":")
                engine = open_database(url())
                upgrade(engine)
                fill(engine, int(size))
                people = known(engine)
                lines.append(row(kind, people, measure(engine, people, arguments.questions)))
                print(lines[-1], flush=True)
                with reading(engine) as connection:
                    on_postgres = is_postgres(connection)
                if on_postgres:
                    with writing(engine) as connection:
                        for statement in recipe(16):
                            connection.execute(text(statement))
                    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                        connection.execute(text("ANALYZE"))
                    label = f"{kind}, 16 partitions"
                    lines.append(row(label, people, measure(engine, people, arguments.questions)))
                    print(lines[-1], flush=True)
                engine.dispose()
        finally:
            if server is not None:
                server.__exit__(None, None, None)
        text_ = "\n".join([*lines, "", f"Goal: p95 below {GOAL_MS} ms. {describe(Path(folder))}", ""])
    if arguments.markdown:
        arguments.markdown.write_text(text_, encoding="utf-8")
    else:
        print(text_)


def row(name: str, people: Sequence[PatientIdentity], found: tuple[tuple[float, float], ...]) -> str:
    """One line of the table."""
    (p50, p95), (peer50, peer95) = found
    return (
        f"| {name} | {len(people):,} | {p50:.2f} ms | {p95:.2f} ms | {peer50:.1f} ms | {peer95:.1f} ms "
        f"| {peer50 / p50:.0f}× |"
    )


if __name__ == "__main__":
    main()
