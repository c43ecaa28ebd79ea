"""Keys are made by an explicit act, shown by their id, and never twice."""

import shutil
from pathlib import Path

import pytest
from tests.cli.running import run


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    assert run("init", folder).code == 0
    assert run("keys", "new", "--node", folder).code == 0
    return folder


def test_a_new_key_opens_the_new_crosswalk(node: Path) -> None:
    made = run("keys", "show", "--node", node, "--json").json
    checked = run("keys", "check", "--node", node, "--json")
    assert checked.code == 0
    assert checked.json["id"] == made["id"]


def test_no_command_prints_the_key(node: Path) -> None:
    secret = (node / "keys" / "master.key").read_text().split("key: ")[1].strip()
    for command in ("show", "check", "new"):
        done = run("keys", command, "--node", node)
        assert secret not in done.out + done.err


def test_a_second_key_is_refused(node: Path) -> None:
    before = (node / "keys" / "master.key").read_bytes()
    done = run("keys", "new", "--node", node)
    assert done.code == 73
    assert "KEY_EXISTS" in done.err
    assert (node / "keys" / "master.key").read_bytes() == before


def test_a_lost_key_is_not_replaced_beside_its_crosswalk(node: Path) -> None:
    (node / "keys" / "master.key").unlink()
    assert "KEY_MISSING" in run("keys", "check", "--node", node).err
    assert "NODE_IN_USE" in run("keys", "new", "--node", node).err
    assert not (node / "keys" / "master.key").exists()


def test_a_lost_crosswalk_is_not_replaced_beside_released_data(node: Path) -> None:
    (node / "identified" / "crosswalk.db").unlink()
    assert "CROSSWALK_MISSING" in run("keys", "check", "--node", node).err
    (node / "research" / "releases" / "lung").mkdir(parents=True)
    assert "NODE_IN_USE" in run("keys", "new", "--node", node).err
    assert not (node / "identified" / "crosswalk.db").exists()


def test_another_nodes_key_is_refused(node: Path, tmp_path: Path) -> None:
    assert run("keys", "new", "--file", tmp_path / "other.key").code == 0
    shutil.copy(tmp_path / "other.key", node / "keys" / "master.key")
    assert "WRONG_KEY" in run("keys", "check", "--node", node).err


def test_an_interrupted_start_is_finished_with_the_key_that_is_there(node: Path) -> None:
    before = run("keys", "show", "--node", node, "--json").json["id"]
    (node / "identified" / "crosswalk.db").unlink()
    assert run("keys", "new", "--node", node, "--json").json["id"] == before
    assert run("keys", "check", "--node", node).code == 0
