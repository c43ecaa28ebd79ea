"""While a node runs its project files may change: valid ones count, invalid ones change nothing."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.flow.test_serve import serving
from tests.make import make_instance
from tirage.deliver.signing import CandidateState
from tirage.policy.problems import ProjectInvalid
from tirage.service.changes import follow
from tirage.service.projects import Projects
from tirage.store import candidates
from tirage.store.database import reading
from tirage.store.schema import audit

SIGNED = RULES.replace("signatures: 0", "signatures: 1")


def lines(node: TestNode, action: str) -> list[dict[str, object]]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(
            select(audit.c.detail).where(audit.c.action == action).order_by(audit.c.seq)
        )
        return [json.loads(each) for each in rows.scalars()]


def test_an_invalid_file_leaves_the_old_rules_in_force_and_says_which_line(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    path = node.folder / "projects" / "lung.yaml"
    good = path.read_text()
    with node.open() as opened:
        before = opened.parts.rules[PROJECT].terms
        path.write_text(good + "dates:\n  max_shift_days: soon\n")
        opened.parts.rules._looks_at = 0.0
        follow(opened.parts)
        assert opened.parts.rules[PROJECT].terms == before
        path.write_text(good + "dates:\n  max_shift_days: 9\n")
        opened.parts.rules._looks_at = 0.0
        follow(opened.parts)
        assert opened.parts.rules[PROJECT].project.dates.max_shift_days == 9
    [refused] = lines(node, "rules-refused")
    assert "line 15" in str(refused["problems"])
    assert "soon" not in str(refused)
    [changed] = lines(node, "rules-changed")
    assert changed["project"] == "lung"


def test_a_node_does_not_start_on_an_invalid_file(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    path = node.folder / "projects" / "lung.yaml"
    path.write_text(path.read_text() + "typo: 1\n")
    with pytest.raises(ProjectInvalid, match="line 14"), node.open():
        pass


def test_nothing_new_is_no_news(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    projects = Projects(node.folder / "projects")
    path = node.folder / "projects" / "lung.yaml"
    assert projects.look(now=True) is None
    path.write_text("# looked at again\n" + path.read_text())
    assert projects.look(now=True) is None
    path.write_bytes(b"\xff\xfe\x00")
    news = projects.look(now=True)
    assert news is not None
    assert news.problems
    assert projects.look(now=True) is None, "said once"
    path.unlink()
    assert projects.look(now=True) is None
    assert PROJECT in projects


def test_a_serving_node_voids_what_waits_when_its_rules_change(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=SIGNED)
    node.run(make_instance())
    path = node.folder / "projects" / "lung.yaml"
    with serving(node), node.open() as opened:
        with reading(opened.parts.database) as connection:
            before = candidates.newest(connection, PROJECT)
        path.write_text(path.read_text() + "dates:\n  max_shift_days: 9\n")

        def is_new() -> bool:
            with reading(opened.parts.database) as connection:
                now = candidates.newest(connection, PROJECT)
            return now is not None and before is not None and now.id > before.id

        wait_for(is_new)
        with reading(opened.parts.database) as connection:
            now = candidates.newest(connection, PROJECT)
    assert before is not None
    assert now is not None
    assert (now.state, now.policy != before.policy) == (CandidateState.PROPOSED, True)
    assert [each["why"] for each in lines(node, "void-release")] == ["rules-changed"]


def test_going_back_to_older_rules_is_said(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    path = node.folder / "projects" / "lung.yaml"
    old = path.read_text()
    node.run(make_instance(instance=1))
    path.write_text(old + "dates:\n  max_shift_days: 9\n")
    node.run(make_instance(instance=2))
    with node.open() as opened:
        path.write_text(old)
        opened.parts.rules._looks_at = 0.0
        follow(opened.parts)
    [changed] = lines(node, "rules-changed")
    assert changed["returns_to"] == "v0001"


def wait_for(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.5)
