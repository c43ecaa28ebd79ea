"""The command line answers quickly, in plain words, and never with a traceback."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.running import TIRAGE, run

from tirage.cli.commands import COMMANDS, load

HEAVY = (
    "pydicom",
    "pynetdicom",
    "sqlalchemy",
    "dbos",
    "pyarrow",
    "fastapi",
    "cryptography",
    "pydantic",
    "rich",
)


@pytest.mark.serial
def test_help_answers_in_less_than_three_tenths_of_a_second() -> None:
    subprocess.run([TIRAGE, "--help"], capture_output=True, check=True)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([TIRAGE, "--help"], capture_output=True, check=True)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.3


def test_help_and_parsing_import_nothing_heavy() -> None:
    code = (
        "import sys\nfrom tirage.cli.commands import COMMANDS, load\nimport tirage.cli.main\n"
        "for entry in COMMANDS: load(entry.name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_fits_80_columns_and_names_every_command() -> None:
    done = run("--help")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    for entry in COMMANDS:
        assert f"  {entry.name} " in done.out


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_the_line_in_the_list_begins_the_commands_own_help(name: str) -> None:
    entry = next(entry for entry in COMMANDS if entry.name == name)
    own = (load(name).help or "").strip().split("\n\n")[0]
    assert " ".join(own.split()).startswith(entry.help)


HANDS_OUT = {("audit", "export")}
"""Commands that hand out lines for programs, in the form asked for by `--as`; the first is JSON."""


def test_every_command_that_prints_results_has_json() -> None:
    for entry in COMMANDS:
        command = load(entry.name)
        for each in getattr(command, "commands", {entry.name: command}).values():
            options = {option for parameter in each.params for option in parameter.opts}
            if (entry.name, each.name) not in HANDS_OUT:
                assert "--json" in options, f"{entry.name} {each.name}"


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    done = run("statsu")
    assert done.code == 2
    assert "Did you mean 'status'" in done.err


def test_a_fault_says_what_to_do_and_ends_with_its_code(tmp_path: Path) -> None:
    done = run("status", "--node", tmp_path)
    assert done.code == 66
    assert "NODE_MISSING" in done.err
    assert "tirage init" in done.err
    assert "Traceback" not in done.err


def test_a_fault_is_json_when_json_is_asked_for(tmp_path: Path) -> None:
    done = run("status", "--node", tmp_path, "--json")
    assert json.loads(done.err)["error"] == "NODE_MISSING"
    assert done.out == ""


def test_our_own_faults_show_a_place_and_no_value(tmp_path: Path) -> None:
    code = (
        "import sys, tirage.cli.main as main\n"
        "def broken(): raise RuntimeError('Tamblewick^Odalune')\n"
        "main.app = broken\nmain.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 70
    assert "INTERNAL" in done.stderr
    assert "RuntimeError" in done.stderr
    assert "Tamblewick" not in done.stderr
    assert "Traceback" not in done.stderr


def test_version_is_the_packages() -> None:
    assert run("--version").out.startswith("tirage 0.")
