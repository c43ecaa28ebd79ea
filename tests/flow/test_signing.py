"""What waits for signatures leaves when enough people have signed it, and only what they signed."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.deliver.signing import CandidateState, Unfit, Voided
from tirage.flow.steps import signing
from tirage.flow.steps.signing import Desk, Signed
from tirage.model.identifiers import Digest
from tirage.service import Asked, Node
from tirage.service.asking import NameNoSignature
from tirage.store import candidates, signatures, times
from tirage.store.candidates import CandidateRow
from tirage.store.database import reading, writing
from tirage.store.schema import audit, custody

ONE = RULES.replace("signatures: 0", "signatures: 1")
TWO = RULES.replace("signatures: 0", "signatures: 2")
ASKED = TWO + "release:\n  automatic: false\n"
ANNA, BO, CLEO = "anna", "bo", "cleo"


def desk(opened: Node) -> Desk:
    return Desk(opened.parts.database, opened.parts.rules, opened.parts.lists, times.now)


def newest(node: TestNode) -> CandidateRow:
    with node.open() as opened, reading(opened.parts.database) as connection:
        found = candidates.newest(connection, PROJECT)
    assert found is not None
    return found


def sign(node: TestNode, account: str, seen: Digest | None = None) -> Signed | Unfit | Voided:
    row = newest(node)
    with node.open() as opened:
        return signing.sign(desk(opened), row.id, account, seen or row.statement)


def lines(node: TestNode, action: str) -> list[tuple[str, dict[str, object]]]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(audit.c.actor, audit.c.detail).where(audit.c.action == action))
        return [(row.actor, json.loads(row.detail)) for row in rows]


def change_rules(node: TestNode, old: str, new: str) -> None:
    path = node.folder / "projects" / "lung.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def two(tmp_path: Path) -> TestNode:
    """A node whose releases two people sign; one of two objects is proposed."""
    node = TestNode(tmp_path, rules=TWO)
    assert node.run(make_instance(instance=1), make_instance(instance=2)).pending == 2
    return node


def test_what_is_proposed_waits_and_two_signatures_release_it(two: TestNode) -> None:
    row = newest(two)
    assert (row.state, row.version, row.objects, row.signatures) == (CandidateState.PROPOSED, 1, 2, 2)
    assert two.versions() == []
    assert sign(two, ANNA) == Signed(1, 2)
    assert two.run().released == 0
    assert sign(two, BO) == Signed(2, 2)
    assert two.run().released == 2
    assert two.versions() == ["v0001"]
    assert newest(two).state is CandidateState.RELEASED
    assert [actor for actor, _ in lines(two, "sign-release")] == [ANNA, BO]
    [(_, frozen)] = lines(two, "freeze")
    assert frozen["statement"] == row.statement


def test_a_signed_release_says_what_people_judged_it_by_and_nothing_of_what_was_left_out(
    two: TestNode,
) -> None:
    row = newest(two)
    sign(two, ANNA)
    sign(two, BO)
    two.run()
    text = (two.release() / "release.json").read_text()
    said, shown = json.loads(text), json.loads(row.evidence)
    assert said["statement"] == row.statement
    assert [each["account"] for each in said["approvals"]] == [ANNA, BO]
    for name in ("canary", "sample", "small_cell", "cells", "rarity"):
        assert said["judged_by"][name] == shown[name]
    assert said["detectors"] == shown["detectors"]
    assert str(two.share) not in text
    assert not {"attrition", "destinations", "findings", "rules"} & (said.keys() | said["judged_by"].keys())


def test_one_signature_is_the_default(tmp_path: Path) -> None:
    with TestNode(tmp_path, rules=RULES.replace("review:\n  signatures: 0\n", "")) as node:
        assert node.run(make_instance()).pending == 1
        assert sign(node, ANNA) == Signed(1, 1)
        assert node.run().released == 1


def test_nobody_signs_twice_nor_anything_else_than_what_waits(two: TestNode) -> None:
    assert sign(two, ANNA) == Signed(1, 2)
    assert sign(two, ANNA) is Unfit.HAS_SIGNED
    assert sign(two, "account:Anna") is Unfit.HAS_SIGNED
    assert sign(two, BO, Digest("ab" * 32)) is Unfit.OTHER_STATEMENT
    assert two.run().released == 0
    sign(two, BO)
    assert sign(two, CLEO) is Unfit.ENDED


def test_who_asked_does_not_sign(tmp_path: Path) -> None:
    with TestNode(tmp_path, rules=ASKED) as node:
        node.run(make_instance())
        with node.open() as opened:
            assert opened.awaiting() == {PROJECT: 1}
            with pytest.raises(NameNoSignature):
                opened.ask_release(PROJECT, "account:anna", "B. Approver")
            assert opened.ask_release(PROJECT, "account:anna") is Asked.ASKED
        node.run()
        assert newest(node).requester == "account:anna"
        with node.open() as opened:
            assert opened.ask_release(PROJECT, "account:bo") is Asked.ALREADY
            assert opened.awaiting() == {}
        assert sign(node, ANNA) is Unfit.ASKED_FOR_IT
        assert [sign(node, BO), sign(node, CLEO)] == [Signed(1, 2), Signed(2, 2)]
        assert node.run().released == 1


def test_a_change_of_the_rules_voids_every_signature_and_a_new_one_is_proposed(two: TestNode) -> None:
    before = newest(two)
    sign(two, ANNA)
    sign(two, BO)
    change_rules(two, "quiet_s: 0", "quiet_s: 1")
    assert two.run().released == 0
    after = newest(two)
    assert (after.id > before.id, after.state, after.version) == (True, CandidateState.PROPOSED, 1)
    assert after.statement != before.statement
    with two.open() as opened, reading(opened.parts.database) as connection:
        ended = candidates.get(connection, before.id)
        given = signatures.listed(connection, before.id)
    assert ended is not None
    assert (ended.state, ended.why) == (CandidateState.VOIDED, Voided.RULES_CHANGED)
    assert [(each.account, each.counts, each.why) for each in given] == [
        (ANNA, False, "rules-changed"),
        (BO, False, "rules-changed"),
    ]
    [(_, detail)] = lines(two, "void-release")
    assert detail["signatures"] == 2


def test_a_remark_in_the_project_file_voids_nothing(two: TestNode) -> None:
    before = newest(two)
    sign(two, ANNA)
    change_rules(two, "project:", "# looked at again\nproject:")
    assert two.run().pending == 2
    assert (newest(two).id, newest(two).state) == (before.id, CandidateState.PROPOSED)


def test_an_object_held_meanwhile_voids_what_was_signed(two: TestNode) -> None:
    sign(two, ANNA)
    with two.open() as opened, writing(opened.parts.database) as connection:
        connection.execute(
            custody.update()
            .where(custody.c.received_id == 1)
            .values(disposition="held", reason="IDENTITY_CONFLICT")
        )
    assert sign(two, BO) is Voided.OBJECTS_CHANGED
    assert two.run().held == 1
    after = newest(two)
    assert (after.objects, after.state) == (1, CandidateState.PROPOSED)
    [(_, detail)] = lines(two, "void-release")
    assert detail["objects-IDENTITY_CONFLICT"] == 1


def test_who_opts_out_while_it_waits_is_not_in_what_leaves(tmp_path: Path) -> None:
    rules = ONE + "fetch:\n  opt_out: [no.txt]\n"
    node = TestNode(tmp_path, rules=rules)
    listed = node.folder / "projects" / "no.txt"
    listed.write_text("patient_id\n")
    node.run(make_instance(patient=1, PatientID="P1"), make_instance(patient=2, PatientID="P2"))
    assert newest(node).objects == 2
    assert sign(node, ANNA) == Signed(1, 1)
    listed.write_text("patient_id\nP2\n")
    tally = node.run()
    assert (tally.released, tally.reasons) == (0, {"OPTED_OUT": 1})
    assert newest(node).objects == 1
    assert [detail["why"] for _, detail in lines(node, "void-release")] == ["opted-out"]
    sign(node, ANNA)
    assert node.run().released == 1
    assert len(list(node.release().rglob("*.dcm"))) == 1


def test_without_its_opt_out_list_nothing_that_was_signed_leaves(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=ONE + "fetch:\n  opt_out: [no.txt]\n")
    listed = node.folder / "projects" / "no.txt"
    listed.write_text("patient_id\n")
    node.run(make_instance(PatientID="P1"))
    assert sign(node, ANNA) == Signed(1, 1)
    listed.unlink()
    with node.open() as opened:
        assert opened.run_until_idle(lambda stages: None, 60)
        assert [each.error for each in opened.failures()] == ["OPT_OUT_UNREADABLE"]
    assert (node.tally.released, newest(node).state) == (0, CandidateState.SIGNED)
    listed.write_text("patient_id\n")
    assert node.run().released == 1


def test_what_is_refused_stays_until_somebody_asks_anew(two: TestNode) -> None:
    sign(two, ANNA)
    row = newest(two)
    with two.open() as opened:
        assert signing.refuse(desk(opened), row.id, BO, "burned-in text in the second series")
        assert not signing.refuse(desk(opened), row.id, BO, "again")
    assert two.run(make_instance(instance=3)).pending == 3
    assert (newest(two).id, newest(two).state) == (row.id, CandidateState.REFUSED)
    with two.open() as opened:
        assert opened.awaiting() == {PROJECT: 3}
        opened.ask_release(PROJECT, "account:dora")
    two.run()
    assert (newest(two).objects, newest(two).requester) == (3, "account:dora")


def test_when_no_signature_is_needed_any_more_what_waits_is_released(two: TestNode) -> None:
    sign(two, ANNA)
    change_rules(two, "signatures: 2", "signatures: 0")
    assert two.run().released == 2
    assert [detail["why"] for _, detail in lines(two, "void-release")] == ["rules-changed"]


def test_a_release_that_needs_no_signature_keeps_what_was_released(tmp_path: Path) -> None:
    with TestNode(tmp_path) as node:
        node.run(make_instance())
        row = newest(node)
        assert (row.state, row.signatures, row.requester) == (CandidateState.RELEASED, 0, "worker")
