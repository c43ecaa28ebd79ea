"""Keys are made by an explicit act, shown by their id, and never twice."""

import shutil
from pathlib import Path

import pytest
from tests.cli.running import run

from tirage.service import open_node
from tirage.settings import load_settings
from tirage.store.ownership import own


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


def test_a_rotated_key_opens_the_crosswalk_and_the_old_one_is_kept_under_its_id(node: Path) -> None:
    """F37: rotation."""
    old = run("keys", "show", "--node", node, "--json").json["id"]
    secret = (node / "keys/master.key").read_text()
    done = run("keys", "rotate", "--node", node)
    assert done.code == 0, done.err
    kept = node / "keys" / f"master-{old}.key.old"
    assert kept.read_text() == secret
    assert str(kept) in done.out.replace("\n", "")
    now = run("keys", "check", "--node", node, "--json").json
    assert now["id"] != old
    assert now["id"] in done.out
    assert secret.split("key: ")[1].strip() not in done.out + done.err
    lines = run("audit", "export", "--node", node).out
    assert "rotate-keys-begin" in lines
    assert f'"from":"{old}","to":"{now["id"]}"' in lines


def test_a_key_is_not_rotated_while_the_node_runs(node: Path) -> None:
    before = (node / "keys/master.key").read_bytes()
    with own(node / "identified"):
        done = run("keys", "rotate", "--node", node)
    assert (done.code, "STORE_IN_USE" in done.err) == (73, True)
    assert "Stop the other" in done.err
    assert [path.name for path in (node / "keys").glob("master*")] == ["master.key"]
    assert (node / "keys/master.key").read_bytes() == before


def test_a_rotation_that_was_interrupted_is_told_and_ended(node: Path) -> None:
    """F37: rotation interrupted."""
    old = run("keys", "show", "--node", node, "--json").json["id"]
    assert run("keys", "rotate", "--node", node, TIRAGE_FAULT="rotate:after-begin:1:kill").code == -9
    half = run("keys", "check", "--node", node, "--json").json
    assert (half["state"], half["old"]) == ("half rotated", old)
    told = run("keys", "check", "--node", node).out
    assert old in told
    assert half["id"] in told
    assert "tirage keys rotate" in told
    with open_node(load_settings(node)) as opened:
        [found] = [each for each in opened.checks() if each.name == "crosswalk"]
    assert (found.is_ok, "tirage keys rotate" in found.remedy) == (False, True)
    assert "KEY_EXISTS" in run("keys", "new", "--node", node).err
    (node / "keys/master.key.new").rename(node / "aside")
    for command in ("check", "rotate"):
        lost = run("keys", command, "--node", node)
        assert (lost.code, half["id"] in lost.err) == (78, True)
    (node / "aside").rename(node / "keys/master.key.new")
    assert run("keys", "rotate", "--node", node, "--json").json["id"] == half["id"]
    assert run("keys", "check", "--node", node, "--json").json == {
        "id": half["id"],
        "state": "opens the crosswalk",
    }


def test_a_rotated_key_starts_no_second_crosswalk(node: Path) -> None:
    """F37: never a fresh crosswalk."""
    assert run("keys", "rotate", "--node", node).code == 0
    (node / "identified/crosswalk.db").unlink()
    for command in ("check", "rotate"):
        assert "CROSSWALK_MISSING" in run("keys", command, "--node", node).err
    assert "NODE_IN_USE" in run("keys", "new", "--node", node).err
    assert not (node / "identified/crosswalk.db").exists()


def test_a_rotated_key_gives_no_other_pseudonyms_to_a_folder(node: Path, tmp_path: Path) -> None:
    assert run("keys", "rotate", "--node", node).code == 0
    (tmp_path / "in").mkdir()
    done = run("deid", "run", tmp_path / "in", tmp_path / "out", "--keys", node / "keys")
    assert (done.code, "KEY_DERIVES_NOTHING" in done.err) == (78, True)


def test_a_replaced_signing_key_leaves_the_audit_provable(node: Path) -> None:
    old = run("keys", "show", "--signing", "--node", node, "--json").json
    new = run("keys", "rotate", "--signing", "--node", node, "--json").json
    assert new["id"] != old["id"]
    assert run("audit", "verify", "--node", node).code == 0
    assert (node / "keys" / f"signing-{old['id']}.pub").read_text().strip() == old["public"]
    (node / "keys" / f"signing-{old['id']}.pub").unlink()
    assert "key-unknown" in run("audit", "verify", "--node", node).err
    assert run("audit", "verify", "--node", node, "--key", old["public"]).code == 0
