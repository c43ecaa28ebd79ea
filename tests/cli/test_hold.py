"""Holds are seen and resolved, and studies erased, from the command line; nobody's name is shown."""

from pathlib import Path

import pytest
from tests.cli.running import run
from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance, person


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    node = TestNode(tmp_path, rules=RULES + "deidentify:\n  options: []\n")
    node.run(*[make_instance(ImageType=["DERIVED", "SECONDARY"], instance=each) for each in (1, 2)])
    return node


def test_what_did_not_go_on_is_listed_shown_and_released(node: TestNode) -> None:
    here = ("--node", node.folder)
    listed = run("hold", "list", *here, "--json").json
    assert listed["counts"] == [{"project": "lung", "reason": "PIXELS_UNCHECKED", "objects": 2}]
    text = run("hold", "list", *here).out
    assert "look at every frame" in " ".join(text.split())
    assert person(1).family not in text
    shown = run("hold", "show", "lung", "PIXELS_UNCHECKED", 1, *here, "--json").json["objects"]
    assert [each["object"] for each in shown] == [1, 2]
    assert run("hold", "reject", "lung", "PIXELS_UNCHECKED", "--why", "", *here).code == 2
    assert run("hold", "retry", "lung", "NO_SUCH_REASON", 1, *here).code != 0
    made = run("hold", "release", "lung", "PIXELS_UNCHECKED", 1, "--why", "looked", *here, "--json").json
    assert made == {"way": "release", "objects": 2, "studies": 1}
    assert node.run().released == 2


def test_a_study_is_erased_and_its_tombstone_lifted(node: TestNode) -> None:
    here = ("--node", node.folder)
    made = run("study", "erase", 1, "--why", "asked for", "--yes", *here, "--json").json
    assert (made["objects"], made["copies"], made["stands"]) == (2, [], "yes")
    assert run("study", "erase", 1, "--why", "asked for", "--yes", *here).code == 2
    assert run("study", "lift", 1, *here).code == 0
    (kept,) = run("study", "tombstones", *here, "--json").json["tombstones"]
    assert (kept["study"], kept["stands"]) == (1, "no")
    assert node.run().reasons == {"ERASED": 2}
