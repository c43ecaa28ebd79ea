"""Who is who, from the first object to the release: conflicts hold, decisions go through and back."""

import json
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.flow.nodes import PROJECT, RULES, TestNode, fingerprint
from tests.make import make_instance
from tirage.flow.steps import deciding
from tirage.flow.steps.deciding import IdentityChanged
from tirage.link.decide import Choice
from tirage.model.identifiers import ProjectName
from tirage.store import rulings, times
from tirage.store.database import reading
from tirage.store.persons import State
from tirage.store.rulings import Conflict

SETTLED = "different"
JANE = {"PatientID": "Q-17", "PatientName": "Roe^Jane", "PatientBirthDate": "19700102", "PatientSex": "F"}
JAYNE = JANE | {"PatientName": "Roe^Jayne"}
JOHN = JANE | {"PatientName": "Doe^John", "PatientBirthDate": "19551224", "PatientSex": "M"}
ELSEWHERE = JANE | {"PatientID": "NORTH-4711"}
TWIN = JANE | {"PatientID": "Q-18", "PatientName": "Roe^Tim", "PatientSex": "M"}


def scan(study: int, who: dict[str, str], instance: int = 1) -> bytes:
    return make_instance(1, study, 1, instance, **who)


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path)


def open_conflicts(node: TestNode, state: State = State.OPEN) -> list[Conflict]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        return rulings.conflicts(connection, state, "", None, 0, 50)


def decide(node: TestNode, conflict: Conflict, choice: Choice) -> int:
    other = conflict.rival if choice is Choice.SAME else None
    with node.open() as opened:
        return deciding.decide(
            opened.parts.database,
            conflict.project,
            conflict.patient,
            choice,
            other,
            "as the clinic says",
            "ada",
            times.micros(times.now()),
        )


def undo(node: TestNode, decision: int) -> int:
    with node.open() as opened:
        return deciding.undo(opened.parts.database, decision, "a mistake", "ada", times.micros(times.now()))


def pseudonyms(node: TestNode, version: int) -> set[str]:
    rows = parquet.read_table(node.release(version) / "manifest.parquet").to_pylist()
    return {row["path"].split("/")[0] for row in rows}


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (JAYNE, "ONE_FIELD_DIFFERS"),
        (JOHN, "IDENTIFIER_REUSED"),
        (ELSEWHERE, "POSSIBLE_DUPLICATE"),
    ],
)
def test_each_kind_of_conflict_is_a_hold_of_its_own(
    node: TestNode, second: dict[str, str], reason: str
) -> None:
    tally = node.run(scan(1, JANE), scan(2, second))
    assert (tally.released, tally.held, tally.reasons) == (1, 1, {reason: 1})
    assert [each.reason for each in open_conflicts(node)] == [reason]


def test_twins_are_two_patients_and_nobody_is_asked(node: TestNode) -> None:
    assert node.run(scan(1, JANE), scan(2, TWIN)).released == 2
    assert len(pseudonyms(node, 1)) == 2


def test_an_accepted_spelling_goes_on_under_the_same_pseudonym_and_is_not_asked_about_again(
    node: TestNode,
) -> None:
    node.run(scan(1, JANE), scan(2, JAYNE))
    decide(node, open_conflicts(node)[0], Choice.SAME)
    assert node.run().released == 2
    assert node.run(scan(3, JAYNE)).released == 3
    assert pseudonyms(node, 1) == pseudonyms(node, 2) == pseudonyms(node, 3)


def test_another_person_under_a_known_identifier_gets_a_pseudonym_of_their_own(node: TestNode) -> None:
    node.run(scan(1, JANE), scan(2, JOHN))
    decide(node, open_conflicts(node)[0], Choice.DIFFERENT)
    assert node.run().released == 2
    assert pseudonyms(node, 1).isdisjoint(pseudonyms(node, 2))
    assert node.run(scan(2, JOHN, 2), scan(1, JANE, 2)).released == 4
    assert pseudonyms(node, 3) == pseudonyms(node, 1) | pseudonyms(node, 2)


def test_two_identifiers_of_one_person_lead_to_one_pseudonym(node: TestNode) -> None:
    node.run(scan(1, JANE), scan(2, ELSEWHERE))
    decide(node, open_conflicts(node)[0], Choice.SAME)
    assert node.run().released == 2
    assert pseudonyms(node, 1) == pseudonyms(node, 2)
    assert node.run(scan(2, ELSEWHERE, 2)).released == 3
    assert pseudonyms(node, 3) == pseudonyms(node, 1)


def test_the_gate_looks_for_every_identifier_of_a_person(node: TestNode) -> None:
    node.run(scan(1, JANE), scan(2, ELSEWHERE))
    decide(node, open_conflicts(node)[0], Choice.SAME)
    tally = node.run(scan(1, JANE, 2), make_instance(1, 3, 1, 1, **JANE, Manufacturer="made for NORTH-4711"))
    assert tally.reasons.get("IDENTIFIER_FOUND", 0) + tally.released == 4


def test_a_study_of_two_identifiers_goes_on_when_they_are_one_person(node: TestNode) -> None:
    other = JANE | {"PatientID": "X-9", "PatientName": "Else^Some", "PatientBirthDate": "19800101"}
    tally = node.run(scan(1, JANE), scan(1, other, 2))
    assert tally.reasons == {"IDENTITY_CONFLICT": 2}
    decide(node, open_conflicts(node)[0], Choice.SAME)
    assert node.run().released == 2
    assert len(pseudonyms(node, 1)) == 1


def test_a_project_may_have_new_patients_flagged_and_a_person_merges_them_later(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=RULES + "identity:\n  on_conflict: new-patient\n")
    for content in (scan(1, JANE), scan(2, JOHN), scan(3, ELSEWHERE)):
        tally = node.run(content)
    assert tally.released == 3
    first = {each for version in (1, 2, 3) for each in pseudonyms(node, version)}
    assert len(first) == 3
    assert open_conflicts(node) == []
    flagged = {each.reason: each for each in open_conflicts(node, State.FLAGGED)}
    assert set(flagged) == {"IDENTIFIER_REUSED", "POSSIBLE_DUPLICATE"}
    assert node.run(scan(4, JAYNE)).reasons == {"ONE_FIELD_DIFFERS": 1}
    before = fingerprint([node.release(version) for version in (1, 2, 3)])
    decision = decide(node, flagged["POSSIBLE_DUPLICATE"], Choice.SAME)
    tally = node.run()
    assert (tally.released, tally.held) == (3, 1)
    assert fingerprint([node.release(version) for version in (1, 2, 3)]) == before
    assert json.loads((node.release(4) / "manifest.json").read_text())["counts"]["objects"] == 1
    assert pseudonyms(node, 4) < first
    undo(node, decision)
    assert node.run().released == 3
    assert len(pseudonyms(node, 5)) == 1
    assert pseudonyms(node, 5) != pseudonyms(node, 4)
    assert pseudonyms(node, 5) < first
    assert [each.reason for each in open_conflicts(node, State.FLAGGED)].count("POSSIBLE_DUPLICATE") == 1


def test_an_undone_decision_leaves_everything_as_it_was_held(node: TestNode) -> None:
    node.run(scan(1, JANE), scan(2, JAYNE))
    decision = decide(node, open_conflicts(node)[0], Choice.SAME)
    undo(node, decision)
    tally = node.run()
    assert (tally.released, tally.reasons) == (1, {"ONE_FIELD_DIFFERS": 1})
    with pytest.raises(IdentityChanged):
        undo(node, decision)


def test_undoing_after_the_release_takes_back_what_is_next_and_leaves_the_release(node: TestNode) -> None:
    node.run(scan(1, JANE), scan(2, JAYNE))
    decision = decide(node, open_conflicts(node)[0], Choice.SAME)
    node.run()
    before = (node.release(2) / "SHA256SUMS").read_bytes()
    undo(node, decision)
    tally = node.run()
    assert (tally.released, tally.held, tally.reasons) == (1, 1, {"ONE_FIELD_DIFFERS": 1})
    assert (node.release(2) / "SHA256SUMS").read_bytes() == before


def test_missing_demographics_wait_where_the_project_asks(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=RULES + "identity:\n  missing: hold\n")
    bare = {"PatientID": "Q-17", "PatientName": "", "PatientBirthDate": "", "PatientSex": ""}
    node.run(scan(1, JANE))
    tally = node.run(scan(2, bare))
    assert (tally.released, tally.reasons) == (1, {"MISSING_DEMOGRAPHICS": 1})
    decide(node, open_conflicts(node)[0], Choice.SAME)
    assert node.run().released == 2
    assert ProjectName("lung") == PROJECT
