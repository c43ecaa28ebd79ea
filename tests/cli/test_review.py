"""`tirage review` tells how far people have looked, and prints their rules for the project's file."""

from pathlib import Path

import pytest
from tests.cli.running import run
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.flow.test_review import SAMPLED, listed, say
from tests.make import make_instance

from tirage.flow.sheet.beside import Device
from tirage.flow.steps import promote
from tirage.model.pixels import Box
from tirage.model.reviews import ProposedRule, Verdict
from tirage.policy.project import load_project


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    node = TestNode(tmp_path, rules=SAMPLED)
    node.run(*[make_instance(instance=number) for number in range(1, 4)])
    return node


def test_how_far_a_review_has_come_is_told_until_it_is_done(node: TestNode) -> None:
    waiting = run("review", "status", PROJECT, "--node", node.folder)
    assert waiting.code == 1
    assert "0 of 3 samples decided, from 3 objects that wait." in waiting.out
    for row in listed(node):
        say(node, row, Verdict.OK)
    done = run("review", "status", PROJECT, "--node", node.folder, "--json")
    assert (done.code, done.json["is_complete"], done.json["passed"]) == (0, True, 3)
    assert [line["modality"] for line in done.json["strata"]] == ["CT"]


def test_who_asks_for_a_release_too_early_is_told_why_there_is_none(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=SAMPLED + "release:\n  automatic: false\n")
    node.run(make_instance())
    made = run("release", "make", PROJECT, "--node", node.folder)
    assert f"tirage review status {PROJECT}" in made.out
    for row in listed(node):
        say(node, row, Verdict.OK)
    assert node.run().released == 1, "the request was kept"


def test_rules_are_printed_as_lines_for_the_projects_file(node: TestNode) -> None:
    assert "No rule is proposed." in run("review", "rules", PROJECT, "--node", node.folder).out
    device = Device("CT", "1.2.840.10008.5.1.4.1.1.2", 'Maker "of" #things: here', "Model\tX", 32, 32)
    with node.open() as opened:
        box = Box(0, 1, 20, 9)
        rule = promote.promote(opened.parts.database, "ada", listed(node)[0], box, device, 1)
        nameless = Device("", "", "", "", None, None)
        nothing = promote.promote(opened.parts.database, "ada", listed(node)[0], box, nameless, 1)
    assert isinstance(rule, ProposedRule)
    assert nothing is None, "a rule for every object is none"
    lines = run("review", "rules", PROJECT, "--node", node.folder).out
    [read] = load_project(RULES.format(share="/share") + lines, "lung.yaml").pixels.devices
    assert read.when.manufacturer == ('Maker "of" #things: here',)
    assert read.when.model == ("Model\tX",)
    assert read.boxes == (box,)


def test_a_project_nobody_knows_is_refused(node: TestNode) -> None:
    assert run("review", "status", "heart", "--node", node.folder).code == 66
