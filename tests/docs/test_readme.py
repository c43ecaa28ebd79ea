"""What the README tells a newcomer to type works as it stands there."""

import re
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.docs.blocks import ROOT
from tests.make import write_instance

from tirage.cli.serving import serving

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^(?:\.venv/bin/)?tirage ([^#\n]+)", re.MULTILINE)


def blocks(language: str, text: str = README) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    """Every `tirage` command of the README, as arguments."""
    return [line.split() for block in blocks("sh") for line in COMMAND.findall(block)]


def test_the_readme_shows_the_commands_that_this_test_runs() -> None:
    acquiring = ["cohort", "query", "fetch", "ledger"]  # followed to the end in test_cohort_guide
    delivering = ["destination", "withdrawal", "release"]  # run in cli/test_destination, test_release_copy
    shown = ["deid", "init", "keys", "doctor", "serve", *acquiring, *delivering]
    assert [words[0] for words in commands()] == shown
    assert "make demo" in README


def test_the_node_commands_work_in_their_order(tmp_path: Path) -> None:
    node = tmp_path / "tirage"
    for words in commands():
        arguments = [str(node) if word == "/srv/tirage" else word for word in words]
        free = {
            "TIRAGE_LISTENER__PORT": "0",
            "TIRAGE_HTTP__PORT": "0",
            "TIRAGE_STORAGE__WATERMARK_PERCENT": "0",
        }
        if words[0] in ("init", "keys", "doctor"):
            done = run(*arguments, **({} if words[0] == "init" else free))
            assert done.code == 0, done.out + done.err
    (node / "tirage.toml").write_text("[listener]\nport = 0\n[http]\nport = 0\n[console]\nport = 0\n")
    with serving(node) as (host, port, _):
        write_instance(tmp_path / "out")
        assert run("send", tmp_path / "out", "--to", f"{host}:{port}:TIRAGE").code == 0


def test_deid_run_works_on_a_folder(tmp_path: Path) -> None:
    write_instance(tmp_path / "IN")
    done = run("deid", "run", tmp_path / "IN", tmp_path / "OUT")
    assert done.code == 0, done.err
    assert len(list((tmp_path / "OUT").rglob("*.dcm"))) == 1


def test_the_project_of_the_readme_is_a_sound_one(tmp_path: Path) -> None:
    (project,) = blocks("yaml")
    (tmp_path / "lung-ct.yaml").write_text(project)
    done = run("project", "check", tmp_path / "lung-ct.yaml")
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_settings_shown_in_the_documentation_are_understood(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tomllib

    from tirage.settings import make_settings

    for block in blocks("toml", page.read_text(encoding="utf-8").replace("\n   ", "\n")):
        make_settings(Path("/node"), tomllib.loads(block), {})


def test_the_continuous_integration_runs_what_a_developer_runs() -> None:
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "exec make test"
