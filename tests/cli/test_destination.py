"""Who runs a node sees where its projects deliver, stops it, lets it go on, and calls back releases."""

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.cli.running import run
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance

from tirage.store.database import reading
from tirage.store.schema import output


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path, rules=RULES.replace("{share}\n", "{share}\n    pause_after: 1\n"))


def test_a_destination_is_listed_tested_paused_and_resumed(node: TestNode) -> None:
    node.run(make_instance())
    here = ("--node", node.folder)
    (card,) = run("destination", "list", *here, "--json").json["destinations"]
    assert (card["name"], card["kind"], card["lacks"]) == ("share", "folder", [])
    assert card["proofs"] == {"read-back": card["files"]["delivered"]}
    assert "read-back" in run("destination", "list", *here).out
    assert "in order" in run("destination", "test", "lung", "share", *here).out
    assert "paused" in run("destination", "pause", "lung", "share", *here).out
    assert "already" in run("destination", "pause", "lung", "share", *here).out
    assert run("destination", "resume", "lung", "share", *here, "--json").json["changed"]
    wrong = run("destination", "pause", "lung", "nowhere", *here)
    assert wrong.code == 64
    assert "tirage destination list" in wrong.err


def test_a_destination_that_is_gone_says_what_to_mend_and_a_paused_one_how_to_go_on(node: TestNode) -> None:
    node.share.rmdir()
    node.run(make_instance())
    here = ("--node", node.folder)
    done = run("destination", "test", "lung", "share", *here)
    assert done.code == 1
    assert "is the share mounted?" in done.out
    listed = run("destination", "list", *here)
    assert "tirage destination resume lung share" in listed.out.replace("\n", " ")
    given_up = run("destination", "give-up", "lung", "1", "share", *here, "--json").json
    assert given_up == {"project": "lung", "version": 1, "destination": "share", "given_up": 1}


def test_a_released_patient_is_called_back_and_whoever_has_copies_is_named(node: TestNode) -> None:
    node.run(make_instance())
    here = ("--node", node.folder)
    with node.open() as opened, reading(opened.parts.database) as connection:
        made = connection.execute(select(output)).one()
    assert "Nothing was called back" in run("withdrawal", "list", *here).out
    said = run("withdrawal", "make", "lung", "--subject", made.pseudonym, "--why", "asked for", *here)
    assert "not told yet" in said.out
    node.run()
    (called,) = run("withdrawal", "list", "lung", *here, "--json").json["withdrawals"]
    assert called["told"] == {"share": "delivered"}
    assert [each["destination"] for each in called["copies"]] == ["", "share"]
    assert (node.share / PROJECT / "withdrawals" / "0001.json").exists()
    again = run("withdrawal", "make", "lung", "--subject", made.pseudonym, "--why", "asked for", *here)
    assert again.code == 65
    assert made.pseudonym not in again.err
    assert run("withdrawal", "make", "lung", "--why", "asked for", *here).code == 2
