"""The commands of the ledger and the worklist, on a node whose record holds a small cohort."""

import os
import pty
import subprocess
from pathlib import Path

import pytest
from tests.cli.running import TIRAGE, run
from tests.requesting import add_cohort, add_fetch, add_request, add_sighting

from tirage.model.requests import RequestOutcome
from tirage.store.database import open_database, writing

PERSON = "Knee of SMITH"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with the project `lungs` and two versions of its cohort."""
    folder = tmp_path_factory.mktemp("ledger") / "node"
    run("init", folder)
    run("keys", "new", "--node", folder)
    (folder / "projects" / "lungs.yaml").write_text(
        "project: {name: lungs, title: Lungs}\nfetch: {study_descriptions: listed}\n"
    )
    assert run("status", "--node", folder).code == 0
    engine = open_database(f"sqlite:///{folder}/identified/tirage.db")
    with writing(engine) as connection:
        first, second = add_cohort(connection), add_cohort(connection, version=2)
        for row, text in ((2, PERSON), (3, PERSON.upper()), (4, "CT Thorax")):
            number = add_request(connection, first, row, patient_id="PAT-SECRET")
            add_sighting(connection, number, f"1.{row}", description=text, verdict="description-unknown")
        add_request(connection, first, 5, resolution="absent", accession="ACC-SECRET")
        number = add_request(connection, second, 2)
        add_sighting(connection, number, "1.9")
        add_fetch(connection, "1.9", 14, 3, "wanted")
    engine.dispose()
    return folder


def on_terminal(*arguments: object) -> str:
    """What the command prints when its output is a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    with subprocess.Popen([TIRAGE, *map(str, arguments)], stdout=theirs, env=environment) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                printed += os.read(ours, 4096)
            except OSError:
                break
            if not printed:
                break
        process.wait()
    os.close(ours)
    return printed.decode()


def test_the_counts_add_up_and_name_nobody(node: Path) -> None:
    done = run("ledger", "lungs", "--node", node)
    assert done.code == 0
    assert "3  description unknown" in done.out
    assert "1  not in archive" in done.out
    assert "1  still pending" in done.out
    assert "5  requested" in done.out
    assert "SECRET" not in done.out
    found = run("ledger", "lungs", "--node", node, "--json").json
    assert set(found["outcomes"]) == set(RequestOutcome)
    assert sum(found["outcomes"].values()) == found["requests"] == found["steps"]["requested"] == 5


def test_one_version_of_the_cohort_can_be_shown_alone(node: Path) -> None:
    assert run("ledger", "lungs", "--node", node, "--cohort", 2, "--json").json["requests"] == 1
    done = run("ledger", "lungs", "--node", node, "--cohort", 3)
    assert done.code == 66
    assert "COHORT_UNKNOWN" in done.err


def test_an_unknown_project_is_told_as_such(node: Path) -> None:
    for command in (("ledger", "hearts"), ("worklist", "hearts"), ("worklist", "history", "hearts")):
        done = run(*command, "--node", node)
        assert done.code == 66
        assert "PROJECT_UNKNOWN" in done.err


def test_the_ledger_is_written_where_it_is_asked_for(node: Path, tmp_path: Path) -> None:
    done = run("ledger", "lungs", "--node", node, "--out", tmp_path / "out", "--json")
    assert [Path(name).exists() for name in done.json["files"]] == [True] * 6
    assert "PAT-SECRET" in (tmp_path / "out" / "ledger-identified.csv").read_text()
    assert "SECRET" not in (tmp_path / "out" / "ledger.svg").read_text()


def test_the_worklist_shows_no_description_but_on_a_terminal(node: Path) -> None:
    done = run("worklist", "lungs", "--node", node)
    assert done.code == 0
    assert "2 study descriptions wait" in done.out
    assert "SMITH" not in done.out
    assert run("worklist", "lungs", "--node", node, "--show-values").code == 2
    found = run("worklist", "lungs", "--node", node, "--json").json["waiting"]
    assert [each["studies"] for each in found] == [2, 1]
    assert PERSON in on_terminal("worklist", "lungs", "--node", node, "--show-values")


def test_a_worklist_is_written_filled_in_and_imported(node: Path, tmp_path: Path) -> None:
    out = tmp_path / "worklist.csv"
    assert run("worklist", "lungs", "--node", node, "--out", out).code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    out.write_text(out.read_text().replace(f"{PERSON},,", f"{PERSON},exclude,"))
    done = run("worklist", "import", "lungs", out, "--node", node, "--json")
    assert done.json == {"project": "lungs", "version": 1, "decided": 1, "new": 1}
    done = run("worklist", "decide", "lungs", "--include", "ct thorax", "--node", node)
    assert "Version 2 of the list: 1 of 1" in done.out
    assert "Nothing new" in run("worklist", "decide", "lungs", "--include", "CT THORAX", "--node", node).out
    assert "0 study descriptions wait" in run("worklist", "lungs", "--node", node).out
    made = run("worklist", "history", "lungs", "--node", node, "--json").json["history"]
    assert [(each["version"], each["decision"]) for each in made] == [("1", "exclude"), ("2", "include")]
    assert "description" not in made[0]


def test_deciding_one_description_in_two_ways_is_refused(node: Path) -> None:
    both = ("--include", "CT Thorax", "--exclude", "ct  thorax")
    assert run("worklist", "decide", "lungs", *both, "--node", node).code == 2
    assert run("worklist", "decide", "lungs", "--node", node).code == 2
