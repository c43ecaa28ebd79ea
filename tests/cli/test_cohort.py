"""A list is checked, loaded whole or not at all, and shown without anything that identifies."""

import os
import pty
import sqlite3
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from tests.cli.running import TIRAGE, run

ROWS = "MRN,Accession,Participant\n0012,ACC1,P1\n0013,ACC2,P2\n"
SECRETS = ("0012", "0013", "ACC1", "ACC2")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with the project `example`."""
    folder = tmp_path_factory.mktemp("cohort") / "node"
    run("init", folder)
    run("keys", "new", "--node", folder)
    return folder


@pytest.fixture
def node(empty: Path) -> Path:
    """The same node, without lists."""
    database = empty / "identified" / "tirage.db"
    if database.exists():
        with sqlite3.connect(database) as connection:
            for table in ("request", "cohort_file", "cohort"):
                connection.execute(f"DELETE FROM {table}")
        connection.close()
    return empty


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    return path


def query(node: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(node / "identified" / "tirage.db")
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def load(node: Path, path: Path, *options: object) -> Any:
    done = run("cohort", "load", path, "--project", "example", "--node", node, "--json", *options)
    assert done.code == 0, done.err
    return done.json


def on_terminal(*arguments: object) -> str:
    """What a command prints on a terminal."""
    main, side = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [TIRAGE, *map(str, arguments)], stdout=side, stderr=side, stdin=side, env=environment
    )
    os.close(side)
    said = b""
    try:
        while piece := os.read(main, 4096):
            said += piece
    except OSError:  # a terminal whose other side has closed
        pass
    os.close(main)
    assert process.wait(timeout=60) == 0, said
    return said.decode()


def test_a_list_in_order_is_checked_without_a_node(listed: Path) -> None:
    done = run("cohort", "check", listed)
    assert (done.code, "in order" in done.out) == (0, True)
    assert "patient_id" in done.out
    assert not any(secret in done.out + done.err for secret in SECRETS)


def test_a_bad_row_is_named_by_row_field_and_code_and_nothing_is_loaded(node: Path, listed: Path) -> None:
    listed.write_text(ROWS + "0014,1.7E+09,P3\n")
    done = run("cohort", "check", listed, "--json")
    assert done.code == 1
    assert done.json["problems"] == [{"row": 4, "field": "accession", "code": "SCIENTIFIC"}]
    done = run("cohort", "load", listed, "--project", "example", "--node", node)
    assert (done.code, "ROWS_REFUSED" in done.err, "SCIENTIFIC" in done.out) == (65, True, True)
    assert not any(secret in done.out + done.err for secret in (*SECRETS, "1.7E+09", "0014"))
    assert query(node, "SELECT count(*) FROM cohort") == query(node, "SELECT count(*) FROM request") == [(0,)]


def test_a_list_is_loaded_once_until_it_changes(node: Path, listed: Path) -> None:
    assert [load(node, listed)[key] for key in ("loading", "version")] == ["loaded", 1]
    assert [load(node, listed)[key] for key in ("loading", "version")] == ["nothing new", 1]
    assert load(node, listed, "--again")["version"] == 2
    listed.write_text(ROWS.replace("P2", "P9") + "0014,ACC3,P3\n")
    done = run("cohort", "load", listed, "--project", "example", "--node", node)
    assert "Loaded as version 3 of example: 3 requests" in done.out
    assert query(
        node, "SELECT patient_id, participant FROM request WHERE cohort_id = (SELECT max(id) FROM cohort)"
    ) == [
        ("0012", "P1"),
        ("0013", "P9"),
        ("0014", "P3"),
    ]
    audit = query(node, "SELECT action, subject, detail FROM audit WHERE action = 'load-cohort' ORDER BY seq")
    assert audit[-1][1] == "project:example"
    assert '"requests":3' in audit[-1][2]
    assert not any(secret in repr(audit) for secret in SECRETS)
    difference = run("cohort", "diff", "example", "--node", node, "--json").json
    assert difference == {"old": 2, "new": 3, "added": 1, "gone": 0, "changed": 1, "same": 1}


def test_what_was_loaded_is_shown_without_values_but_on_a_terminal(node: Path, listed: Path) -> None:
    load(node, listed)
    listed.write_text(ROWS.replace("ACC2", "ACC9"))
    load(node, listed)
    for arguments in (("show", "example"), ("diff", "example")):
        done = run("cohort", *arguments, "--node", node)
        assert done.code == 0, done.err
        assert not any(secret in done.out for secret in (*SECRETS, "ACC9"))
        assert run("cohort", *arguments, "--node", node, "--show-values").code == 2, "no terminal"
    shown = run("cohort", "show", "example", "--version", 1, "--node", node, "--json").json
    assert (shown["version"], shown["requests"], shown["outcomes"]) == (1, 2, {"open": 2})
    assert {"0012", "ACC9"} <= set(
        on_terminal("cohort", "show", "example", "-n", node, "--show-values").split()
    )
    assert "ACC9" in on_terminal("cohort", "diff", "example", "-n", node, "--show-values")


def test_columns_of_other_names_are_told(node: Path, listed: Path) -> None:
    listed.write_text("Code;Acc No.1;Colour\n0012;ACC1;red\n")
    done = run("cohort", "check", listed, "--json")
    assert (done.code, "COLUMNS_UNCLEAR" in done.err) == (65, True)
    done = run(
        "cohort", "check", listed, "--column", "patient_id=Code", "--column", "accession=Acc No.1", "--json"
    )
    assert done.json["columns"] == {"patient_id": 1, "accession": 1}
    assert done.json["ignored"] == ["Colour"]
    assert run("cohort", "check", listed, "--column", "patient_id").code == 2


def test_known_patients_are_asked_since_their_last_run(node: Path, listed: Path) -> None:
    listed.write_text("Patient ID\n0012\n")
    load(node, listed)
    listed.write_text("Patient ID\n0012\n0013\n")
    assert load(node, listed, "--since", "last", "--overlap-days", 3)["list"]["kind"] == "patients"
    first = query(node, "SELECT patient_id, first_date, last_date FROM request ORDER BY id")[1:]
    loaded_at = query(node, "SELECT loaded_at FROM cohort ORDER BY id")[0][0]
    day = date.fromordinal(date(1970, 1, 1).toordinal() + loaded_at // 86_400_000_000 - 3)
    assert first == [("0012", f"{day:%Y%m%d}", ""), ("0013", "", "")]
    load(node, listed, "--from", "2024-01-01", "--to", "2024-03-31")
    assert query(node, "SELECT DISTINCT first_date, last_date FROM request ORDER BY id DESC LIMIT 1") == [
        ("20240101", "20240331")
    ]
    for options in (
        ("--since", "yesterday"),
        ("--from", "1/2/2024"),
        ("--since", "last", "--from", "2024-01-01"),
    ):
        assert run("cohort", "load", listed, "-p", "example", "-n", node, *options).code == 2


def test_an_extracts_public_files_are_kept_and_its_private_ones_are_not(node: Path, tmp_path: Path) -> None:
    for name, columns in {
        "public/PROCEDURE_OCCURRENCE": {
            "procedure_occurrence_id": [1],
            "person_id": [101],
            "procedure_date": [date(2019, 4, 3)],
        },
        "public/more/PERSON": {"person_id": [101]},
        "private/PERSON_LINKS": {"person_id": [101], "PrimaryMrn": ["0012"]},
        "private/PROCEDURE_OCCURRENCE_LINKS": {"procedure_occurrence_id": [1], "AccessionNumber": ["ACC1"]},
    }.items():
        path = tmp_path / "extract" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    summary = '{"datetime": "2023-12-07 14:08:58", "settings": {"cdm_source_name": "Invented"}}'
    (tmp_path / "extract" / "extract_summary.json").write_text(summary)
    assert load(node, tmp_path / "extract")["list"]["kind"] == "omop"
    files = run("cohort", "show", "example", "--node", node, "--json").json["files"]
    assert [file["name"] for file in files] == ["PROCEDURE_OCCURRENCE.parquet", "more/PERSON.parquet"]
    for file in files:
        kept = node / "research" / "objects" / file["sha256"][:2] / file["sha256"]
        assert kept.read_bytes() == (tmp_path / "extract" / "public" / file["name"]).read_bytes()
    assert load(node, tmp_path / "extract")["loading"] == "nothing new"


def test_a_project_or_a_version_that_is_not_there_is_named(node: Path, listed: Path) -> None:
    done = run("cohort", "load", listed, "--project", "elsewhere", "--node", node)
    assert (done.code, "PROJECT_UNKNOWN" in done.err) == (66, True)
    done = run("cohort", "show", "example", "--node", node)
    assert (done.code, "COHORT_UNKNOWN" in done.err) == (66, True)
    load(node, listed)
    done = run("cohort", "diff", "example", "--node", node)
    assert (done.code, "there are versions 1 to 1" in done.err) == (66, True)


def test_every_code_has_words_and_a_place_in_the_guide() -> None:
    from tirage.cli.cohort.words import FAULTS, HINTS
    from tirage.model.cohorts import Fault, Hint

    guide = (Path(__file__).parents[2] / "docs" / "guides" / "cohort.md").read_text()
    assert set(FAULTS) == set(Fault)
    assert set(HINTS) == set(Hint)
    assert [code.value for code in (*Fault, *Hint) if f"`{code.value}`" not in guide] == []
