"""A new node is complete but for its key, and says what to do next."""

import stat
from pathlib import Path

from tests.cli.running import run

from tirage.settings import Settings, load_settings


def test_a_new_node_has_settings_that_say_what_the_defaults_are(tmp_path: Path) -> None:
    assert run("init", tmp_path / "node").code == 0
    assert load_settings(tmp_path / "node").model_dump() == Settings().model_dump()


def test_the_folders_of_a_new_node_are_its_owners_alone(tmp_path: Path) -> None:
    run("init", tmp_path / "node")
    for name in (".", "keys", "identified", "research", "projects"):
        assert stat.S_IMODE((tmp_path / "node" / name).stat().st_mode) == 0o700, name


def test_no_key_is_made_by_the_way(tmp_path: Path) -> None:
    run("init", tmp_path / "node")
    assert list((tmp_path / "node" / "keys").iterdir()) == []


def test_the_example_project_is_a_sound_one(tmp_path: Path) -> None:
    run("init", tmp_path / "node")
    assert run("project", "check", tmp_path / "node" / "projects" / "example.yaml").code == 0


def test_the_next_steps_name_commands_that_exist(tmp_path: Path) -> None:
    done = run("init", tmp_path / "node")
    for words in ("keys new", "project check", "doctor", "serve", "import"):
        assert f"tirage {words}" in done.out
    assert max(len(line) for line in done.out.splitlines() if str(tmp_path) not in line) <= 80


def test_an_existing_node_is_left_alone(tmp_path: Path) -> None:
    run("init", tmp_path / "node")
    toml = tmp_path / "node" / "tirage.toml"
    toml.write_text("[listener]\nport = 4242\n")
    done = run("init", tmp_path / "node")
    assert done.code == 73
    assert toml.read_text() == "[listener]\nport = 4242\n"
