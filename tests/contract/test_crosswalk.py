"""What the crosswalk promises, on both databases."""

import traceback
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from tirage.link.pseudonym import keyed_pseudonym, project_key
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Link, PatientIdentity
from tirage.store.crosswalk import (
    Crosswalk,
    CrosswalkExists,
    CrosswalkMissing,
    CrosswalkVersion,
    WrongKey,
    create_crosswalk,
    expected_key_id,
)
from tirage.store.database import open_database
from tirage.store.keys import MasterKey, create_master_key, load_master_key, temporary_master_key
from tirage.store.sealing import SealBroken

LUNG, HEART = ProjectName("lung"), ProjectName("heart")
JANE = PatientIdentity("Q-17", "QH", "Roe^Jane", "19700102", "F")


@pytest.fixture
def master() -> MasterKey:
    return temporary_master_key()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def crosswalk(engine: Engine, master: MasterKey) -> Crosswalk:
    create_crosswalk(engine, master)
    return Crosswalk(engine, master)


def linked(outcome: Outcome[Link]) -> Link:
    assert isinstance(outcome, Passed)
    return outcome.value


def test_a_missing_crosswalk_is_refused_not_made(engine: Engine, master: MasterKey) -> None:
    for _ in range(2):
        with pytest.raises(CrosswalkMissing):
            Crosswalk(engine, master)
        with pytest.raises(CrosswalkMissing):
            expected_key_id(engine)


def test_a_crosswalk_is_created_once(engine: Engine, crosswalk: Crosswalk, master: MasterKey) -> None:
    link = linked(crosswalk.link_for(LUNG, JANE))
    with pytest.raises(CrosswalkExists):
        create_crosswalk(engine, temporary_master_key())
    assert linked(Crosswalk(engine, master).link_for(LUNG, JANE)) == link


def test_a_wrong_key_is_refused_and_the_right_one_named(
    engine: Engine, crosswalk: Crosswalk, master: MasterKey
) -> None:
    with pytest.raises(WrongKey, match=master.info.id):
        Crosswalk(engine, temporary_master_key())
    assert expected_key_id(engine) == master.info.id


def test_a_crosswalk_of_another_version_is_refused(
    engine: Engine, crosswalk: Crosswalk, master: MasterKey
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE crosswalk SET version = 3"))
    with pytest.raises(CrosswalkVersion):
        Crosswalk(engine, master)


def test_the_same_patient_keeps_the_same_link(crosswalk: Crosswalk) -> None:
    first = linked(crosswalk.link_for(LUNG, JANE, prefix="L-"))
    assert first.pseudonym.startswith("L-")
    assert linked(crosswalk.link_for(LUNG, JANE, prefix="OTHER-")) == first
    assert linked(crosswalk.link_for(LUNG, PatientIdentity(" Q-17 ", "QH", "ROE^JANE"))) == first


def test_projects_and_issuers_are_apart(crosswalk: Crosswalk) -> None:
    here = linked(crosswalk.link_for(LUNG, JANE))
    there = linked(crosswalk.link_for(HEART, JANE))
    elsewhere = linked(crosswalk.link_for(LUNG, PatientIdentity("Q-17", "OTHER")))
    assert len({here.pseudonym, there.pseudonym, elsewhere.pseudonym}) == 3
    assert here.uid_key == elsewhere.uid_key != there.uid_key


@pytest.mark.parametrize("patient_id", ["", "  ", "0000", "UNKNOWN"])
def test_people_without_an_identifier_are_held_not_merged(crosswalk: Crosswalk, patient_id: str) -> None:
    assert crosswalk.link_for(LUNG, PatientIdentity(patient_id)) == Held(HoldReason.MISSING_IDENTITY)


@pytest.mark.parametrize(
    "other",
    [
        PatientIdentity("Q-17", "QH", "Doe^John", "19700102", "F"),
        PatientIdentity("Q-17", "QH", "Roe^Jane", "19700103", "F"),
        PatientIdentity("Q-17", "QH", "Roe^Jane", "19700102", "M"),
    ],
)
def test_the_same_identifier_with_other_demographics_is_held(
    crosswalk: Crosswalk, other: PatientIdentity
) -> None:
    linked(crosswalk.link_for(LUNG, JANE))
    assert crosswalk.link_for(LUNG, other) == Held(HoldReason.IDENTITY_CONFLICT)
    linked(crosswalk.link_for(LUNG, JANE))


def test_what_was_said_later_counts_too(crosswalk: Crosswalk) -> None:
    for known in (PatientIdentity("Q-17"), PatientIdentity("Q-17", name="Roe^Jane")):
        linked(crosswalk.link_for(LUNG, known))
    doe = PatientIdentity("Q-17", name="Doe^John")
    assert crosswalk.link_for(LUNG, doe) == Held(HoldReason.IDENTITY_CONFLICT)


def test_keyed_pseudonyms_need_no_table(crosswalk: Crosswalk, master: MasterKey) -> None:
    link = linked(crosswalk.link_for(LUNG, JANE, "keyed", "K-"))
    assert link.pseudonym == keyed_pseudonym(project_key(master.secret, LUNG), JANE, "K-")


def test_supplied_pseudonyms_are_taken_or_the_patient_is_held(crosswalk: Crosswalk) -> None:
    supplied = {"Q-17": "S001", "Q-18": "S001"}
    assert linked(crosswalk.link_for(LUNG, JANE, "supplied", supplied=supplied)).pseudonym == "S001"
    nobody = crosswalk.link_for(LUNG, PatientIdentity("Q-19"), "supplied", supplied=supplied)
    assert nobody == Held(HoldReason.MISSING_PSEUDONYM)
    twice = crosswalk.link_for(LUNG, PatientIdentity("Q-18"), "supplied", supplied=supplied)
    assert twice == Held(HoldReason.IDENTITY_CONFLICT)


def test_a_batch_answers_in_order_as_one_by_one(crosswalk: Crosswalk) -> None:
    people = [PatientIdentity(f"P{number % 700}") for number in range(1_200)]
    people[5] = PatientIdentity("")
    batch = crosswalk.links_for(LUNG, people)
    assert batch[5] == Held(HoldReason.MISSING_IDENTITY)
    assert len({linked(outcome).pseudonym for number, outcome in enumerate(batch) if number != 5}) == 700
    assert crosswalk.links_for(LUNG, people) == batch
    assert crosswalk.link_for(LUNG, people[1_199]) == batch[1_199]


def _link(url: str, key: Path, count: int) -> list[str]:
    engine = open_database(url)
    people = [PatientIdentity(f"P{number}", name="Roe^Jane") for number in range(count)]
    crosswalk = Crosswalk(engine, load_master_key(key))
    links = [linked(outcome).pseudonym for outcome in crosswalk.links_for(LUNG, people)]
    links += [linked(crosswalk.link_for(LUNG, person)).pseudonym for person in reversed(people)]
    engine.dispose()
    return links


def test_processes_that_meet_the_same_patients_at_once_agree(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "master.key"
    create_master_key(key)
    create_crosswalk(engine, load_master_key(key))
    with get_context("spawn").Pool(4) as pool:
        answers = pool.starmap(_link, [(database_url, key, 40)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][:40] == answers[0][:39:-1]


def everything(engine: Engine) -> bytes:
    """All that is stored, as bytes."""
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [row for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
    return b"|".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


def test_nothing_of_a_patient_can_be_read_from_the_database(
    engine: Engine, crosswalk: Crosswalk, master: MasterKey
) -> None:
    link = linked(crosswalk.link_for(LUNG, JANE))
    stored = everything(engine)
    assert len(stored) > 200
    for secret in ("Q-17", "Roe", "Jane", "19700102", link.pseudonym):
        assert secret.encode() not in stored
    assert master.secret not in stored


def test_a_row_that_was_changed_or_moved_is_refused(engine: Engine, crosswalk: Crosswalk) -> None:
    people = [PatientIdentity(f"P{number}", name="-".join(("Ro", "e"))) for number in (1, 2)]
    crosswalk.links_for(LUNG, people)
    with engine.begin() as connection:
        first = connection.execute(sa.text("SELECT sealed FROM crosswalk_patient ORDER BY lookup")).scalars()
        row = {"sealed": next(iter(first))}
        connection.execute(sa.text("UPDATE crosswalk_patient SET sealed = :sealed"), row)
    with pytest.raises(SealBroken) as caught:
        crosswalk.links_for(LUNG, people)
    assert people[0].name not in "".join(traceback.format_exception(caught.value))
    assert "hidden" in repr(crosswalk)
