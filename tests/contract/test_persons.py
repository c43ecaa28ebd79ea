"""Looking identities up, on SQLite and on PostgreSQL alike: by an index, however many there are."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text
from tests.docs.blocks import ROOT
from tests.peers.postgres import Postgres

from tirage.link.match import search_keys
from tirage.model.identifiers import ProjectName
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity
from tirage.store import persons, rulings
from tirage.store.database import is_postgres, open_database, reading, upgrade, writing
from tirage.store.partitions import recipe
from tirage.store.persons import State
from tirage.store.reconciled import identity_key, member, person

LUNG = ProjectName("lung")
PEOPLE = 3_000
SYLLABLES = [a + b for a in "bdfghklmnrstvwz" for b in "aeio"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def someone(number: int) -> PatientIdentity:
    first, second = SYLLABLES[number % 60], SYLLABLES[number // 60 % 60]
    date = f"{1930 + number % 80}{1 + number % 12:02}{1 + number % 28:02}"
    return PatientIdentity(
        f"P{number:06}", "QH", f"{first}{second}{first}^{second}{first}", date, "FM"[number % 2]
    )


def fill(engine: Engine) -> None:
    with writing(engine) as connection:
        for number in range(1, PEOPLE + 1):
            persons.add(connection, someone(number))
        numbers = range(1, PEOPLE + 1)
        connection.execute(
            insert(person), [{"project": LUNG, "anchor": n, "is_apart": False, "made_at": 0} for n in numbers]
        )
        connection.execute(insert(member), [{"project": LUNG, "patient_id": n, "anchor": n} for n in numbers])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def plans(engine: Engine, new: PatientIdentity) -> Iterator[str]:
    """How the database goes about each query of the look-up of `new`."""
    asked: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        asked.append((statement, parameters))

    with reading(engine) as connection:
        event.listen(engine, "before_cursor_execute", note)
        assert [each.number for each in persons.candidates(connection, LUNG, new)]
        event.remove(engine, "before_cursor_execute", note)
        how = "EXPLAIN" if is_postgres(connection) else "EXPLAIN QUERY PLAN"
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"{how} {statement}", parameters)
            yield "\n".join(" ".join(map(str, row)) for row in rows)


def test_an_identity_is_looked_up_by_an_index_and_nothing_is_read_through(engine: Engine) -> None:
    fill(engine)
    for found in plans(engine, someone(17)):
        assert "Seq Scan" not in found, found
        assert "SCAN" not in re.sub("(?i)index (only )?scan|bitmap (heap|index) scan", "", found), found
        # Beginning with everybody in the project would be reading through, by an index.
        assert "(project=?)" not in found, found
        assert "ix_member_project_anchor" not in found, found
    elsewhere = PatientIdentity("N-1", "NORTH", someone(17).name, someone(17).birth_date, someone(17).sex)
    with reading(engine) as connection:
        assert [each.number for each in persons.candidates(connection, LUNG, someone(17))] == [17]
        assert [each.number for each in persons.candidates(connection, LUNG, elsewhere)] == [17]
        assert persons.candidates(connection, ProjectName("heart"), someone(17)) == []


def test_on_postgresql_the_keys_may_lie_in_hash_partitions_and_one_key_reads_one_of_them(
    postgres: Postgres,
) -> None:
    engine = open_database(postgres.new_database())
    upgrade(engine)
    fill(engine)
    with writing(engine) as connection:
        for statement in recipe(8):
            connection.execute(text(statement))
    with reading(engine) as connection:
        one = min(search_keys(someone(17))).hex()
        asked = f"EXPLAIN SELECT patient_id FROM identity_key WHERE key = '\\x{one}'::bytea"
        found = "\n".join(connection.execute(text(asked)).scalars())
        assert len(set(re.findall(r"identity_key_\d{3}\b", found))) == 1, found
        assert [each.number for each in persons.candidates(connection, LUNG, someone(17))] == [17]
    with writing(engine) as connection:
        added = persons.add(connection, PatientIdentity("N-2", "NORTH", "NEW^ONE", "19990101", "F"))
        assert connection.execute(identity_key.select().where(identity_key.c.patient_id == added)).all()
    upgrade(engine)
    engine.dispose()


def test_the_statements_in_the_documentation_are_those_that_were_tested() -> None:
    block = re.search(r"## Many millions of patients.*?```sql\n(.*?)```", OPERATIONS, re.DOTALL)
    assert block is not None
    assert [line for line in block.group(1).split(";\n") if line] == ["BEGIN", *recipe(4), "COMMIT"]


@pytest.mark.parametrize("parts", [1, 257])
def test_a_number_of_partitions_that_makes_no_sense_is_refused(parts: int) -> None:
    with pytest.raises(ValueError, match="partitions"):
        recipe(parts)


def test_conflicts_are_listed_by_state_and_one_settled_before_is_open_again(engine: Engine) -> None:
    with writing(engine) as connection:
        new = persons.add(connection, someone(1))
        for state in (State.OPEN, State.CLOSED, State.OPEN):
            persons.dispute(connection, LUNG, new, None, HoldReason.MISSING_DEMOGRAPHICS, state, 5)
    with reading(engine) as connection:
        listed = rulings.conflicts(connection, State.OPEN, "", frozenset({LUNG}), 0, 10)
        assert [(each.patient, each.state) for each in listed] == [(new, State.OPEN)]
        assert rulings.conflicts(connection, State.OPEN, "", frozenset({"heart"}), 0, 10) == []
        assert rulings.counts(connection, None) == {("open", "MISSING_DEMOGRAPHICS"): 1}


def test_somebody_under_an_identifier_that_another_has_is_apart_and_stays_so(engine: Engine) -> None:
    first, second = someone(1), PatientIdentity("P000001", "QH", "OTHER^ONE", "19500505", "M")
    with writing(engine) as connection:
        numbers = [persons.add(connection, each) for each in (first, second)]
        for number in (*numbers, *reversed(numbers)):
            persons.begin(connection, LUNG, number, 1)
        assert [persons.get(connection, LUNG, number).is_apart for number in numbers] == [False, True]
