"""Doctor names what is wrong and how to mend it, one thing at a time."""

import socket
from pathlib import Path

import pytest
from tests.cli.running import Run, run


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    run("init", folder)
    run("keys", "new", "--node", folder)
    (folder / "tirage.toml").write_text(
        "[listener]\nport = 0\n[http]\nport = 0\n[console]\nport = 0\n[storage]\nwatermark_percent = 0\n"
    )
    return folder


def wrong(done: Run) -> dict[str, str]:
    """The checks that fail, with their remedies."""
    return {check["name"]: check["remedy"] for check in done.json if not check["is_ok"]}


def test_a_new_node_is_in_order(node: Path) -> None:
    done = run("doctor", "--node", node, "--json")
    assert (done.code, wrong(done)) == (0, {})
    [gate] = [check for check in done.json if check["name"] == "gate"]
    numbers = [int(word.replace(",", "")) for word in gate["found"].split() if word[0].isdigit()]
    assert numbers[0] == numbers[1] > 500
    [pictures] = [check for check in done.json if check["name"] == "gate, pictures"]
    assert "read 2 of 2 prints, 0 where" in pictures["found"]
    assert {"python", "clock", "disk, identified", "DICOM port", "master key", "database", "crosswalk"} <= {
        check["name"] for check in done.json
    }


def test_a_missing_key_is_named_with_the_command_that_makes_one(node: Path) -> None:
    (node / "keys/master.key").unlink()
    done = run("doctor", "--node", node, "--json")
    assert done.code == 1
    assert "tirage keys new" in wrong(done)["master key"] or "backup" in wrong(done)["master key"]


def test_a_missing_signing_key_is_told_before_a_release_needs_it(node: Path) -> None:
    (node / "keys/signing.key").unlink()
    assert "tirage keys new --signing" in wrong(run("doctor", "--node", node, "--json"))["signing key"]


def test_a_key_that_others_can_read_is_named(node: Path) -> None:
    (node / "keys/master.key").chmod(0o644)
    assert "master key" in wrong(run("doctor", "--node", node, "--json"))


def test_another_nodes_key_does_not_open_the_crosswalk(node: Path, tmp_path: Path) -> None:
    run("keys", "new", "--file", tmp_path / "other.key")
    (node / "keys/master.key").write_bytes((tmp_path / "other.key").read_bytes())
    assert wrong(run("doctor", "--node", node, "--json"))


def test_a_port_taken_by_something_that_does_not_answer_is_named(node: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = run("doctor", "--node", node, "--json", TIRAGE_LISTENER__PORT=str(port))
    assert "listener.port" in wrong(done)["DICOM port"]


def test_a_full_disk_is_named(node: Path) -> None:
    done = run("doctor", "--node", node, "--json", TIRAGE_STORAGE__WATERMARK_PERCENT="50")
    usage_is_over_half = any(check["name"].startswith("disk") and not check["is_ok"] for check in done.json)
    import shutil

    disk = shutil.disk_usage(node)
    assert usage_is_over_half == (disk.free / disk.total <= 0.5)


def test_an_identified_zone_that_others_can_enter_is_named(node: Path) -> None:
    (node / "identified").chmod(0o755)
    assert "chmod 700" in wrong(run("doctor", "--node", node, "--json"))["permissions"]


def test_a_destination_that_does_not_answer_is_named(node: Path) -> None:
    project = node / "projects/example.yaml"
    peer = "- {kind: dicom, name: nowhere, host: 127.0.0.1, port: 1, called_ae: X}"
    project.write_text(project.read_text().replace("destinations: []", f"destinations:\n  {peer}"))
    done = run("doctor", "--node", node, "--json")
    assert any("nowhere" in name for name in wrong(done))


def test_a_gate_that_is_blind_in_one_view_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from tirage.service.checks import check_gate
    from tirage.verify import views

    assert check_gate().is_ok
    monkeypatch.setattr(views, "_inflated", lambda data: iter(()))
    found = check_gate()
    assert not found.is_ok
    assert found.found == "blind in: inflated"
