"""Nothing about a patient leaves the identified stores: every log, message, metric and output is searched.

The people of the demo's hospital are invented, so that their names, numbers, dates and UIDs can be planted,
and searched for. The catalogue and the originals are the only places they may be.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.make import make_instance

from tirage.demo import hospital, people

SEED = 7
MAY_IDENTIFY = ("identified/originals/", "identified/tirage.db", "hospital/", "plain/")
"""Below the node folder: originals, the catalogue's database (its audit is searched), and the inputs."""


def planted() -> dict[str, str]:
    """Every string that must not be found, and what it is."""
    strings = {people.INSTITUTION: "institution", people.DEPARTMENT: "department"}
    for name in people.STAFF:
        strings[name.split("^")[0]] = "staff name"
    for number in range(1, hospital.PATIENTS + 1):
        who = people.person(number, SEED)
        strings |= {
            who.family: "family name",
            who.given: "given name",
            who.patient_id: "patient id",
            who.other_id: "other patient id",
            who.address: "address",
            who.phone: "telephone number",
            f"{who.birth_date:%Y%m%d}": "birth date",
            people.accession(SEED, number, 1): "accession number",
            people.uid(SEED, number, 1): "study UID",
        }
        for one in hospital.series(SEED):
            if one.patient == number:
                strings[people.uid(SEED, number, 1, one.number)] = "series UID"
                strings[people.uid(SEED, number, 1, one.number, 1)] = "instance UID"
    return strings


def found_in(content: bytes) -> set[str]:
    """The kinds of planted strings in some bytes, in any case, as Latin-1, UTF-8 or UTF-16."""
    folded = content.lower()
    kinds = set()
    for string, kind in planted().items():
        forms = {string.lower().encode(code) for code in ("latin-1", "utf-8", "utf-16-le", "utf-16-be")}
        if any(form in folded for form in forms):
            kinds.add(kind)
    return kinds


@dataclass(frozen=True)
class Worked:
    """A node that has worked: its folder and everything that its commands printed."""

    node: Path
    printed: dict[str, str]


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """A demo at the most talkative log level, then commands good and bad on its node."""
    node = tmp_path_factory.mktemp("secrecy") / "demo"
    talkative = {"TIRAGE_LOG__LEVEL": "debug"}
    printed = {}

    def keep(name: str, *arguments: object) -> None:
        done = run(*arguments, **talkative)
        printed[name] = done.out + done.err

    keep("demo", "demo", "--folder", node, "--seed", SEED)
    broken = node / "plain"
    broken.mkdir()
    whole = make_instance(
        PatientName=people.person(1, SEED).name, PatientID=people.person(1, SEED).patient_id
    )
    for name, content in {
        f"{people.person(2, SEED).family}.dcm": whole,
        "cut.dcm": whole[:1500],
        "shifted.dcm": whole[:400] + whole[403:],
        "lies.dcm": re.sub(rb"PN..", b"PN\xff\x7f", whole),
        "no.dcm": people.person(3, SEED).name.encode() * 50,
    }.items():
        (broken / name).write_bytes(content)
    keep("import", "import", broken, "--node", node, "--report", node / "report.jsonl")
    keep("import again", "import", broken, "--node", node, "--json")
    listed = broken / "list.csv"
    one, two = people.person(1, SEED), people.person(2, SEED)
    rows = f"{one.patient_id},{people.accession(SEED, 1, 1)},{people.uid(SEED, 1, 1)}\n"
    listed.write_text(f"MRN,Accession,Study UID,Name\n{rows}", encoding="utf-8")
    wrong = broken / "wrong.csv"
    wrong.write_text(f"{listed.read_text()}{two.patient_id},{people.accession(SEED, 1, 1)},x,{two.family}\n")
    for name, arguments in {
        "cohort check": ("cohort", "check", wrong),
        "cohort check json": ("cohort", "check", wrong, "--json"),
        "cohort no heading": ("cohort", "check", broken / "no.dcm"),
        "cohort refused": ("cohort", "load", wrong, "--project", "demo", "--node", node),
        "cohort load": ("cohort", "load", listed, "--project", "demo", "--node", node),
        "cohort show": ("cohort", "show", "demo", "--node", node),
        "status": ("status", "--node", node),
        "status json": ("status", "--node", node, "--json"),
        "doctor": ("doctor", "--node", node),
        "releases": ("release", "list", "--node", node, "--json"),
        "unknown handle": ("trace", "no-such-object", "--node", node),
        **{f"trace {number}": ("trace", number, "--node", node) for number in (1, 30, 63, 70, 79, 80)},
    }.items():
        keep(name, *arguments)
    printed["metrics"] = "".join(_metrics(node))
    return Worked(node, printed)


def _metrics(node: Path) -> Iterator[str]:
    """What a serving node tells monitoring and writes to its log."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tirage", "serve", "--json", "--node", str(node)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TIRAGE_LOG__LEVEL": "debug"},
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        yield line
        address = re.search(r'"http": "([^"]+)"', line)
        assert address, "the node did not start"
        for path in ("health", "ready", "metrics"):
            with urllib.request.urlopen(f"http://{address[1]}/{path}", timeout=10) as answer:
                yield answer.read().decode()
        time.sleep(1)
    finally:
        process.send_signal(signal.SIGTERM)
        yield from process.communicate(timeout=30)


def test_the_search_itself_finds_what_was_planted(worked: Worked) -> None:
    """Without this, a search that finds nothing would prove nothing."""
    originals = b"".join(
        path.read_bytes() for path in (worked.node / "identified/originals").rglob("*") if path.is_file()
    )
    assert {"family name", "patient id", "birth date", "study UID", "instance UID"} <= found_in(originals)


def test_no_command_prints_anything_about_a_patient(worked: Worked) -> None:
    for name, text in worked.printed.items():
        assert found_in(text.encode()) == set(), name


def test_no_file_beside_originals_and_catalogue_holds_anything_about_a_patient(worked: Worked) -> None:
    searched = 0
    for path in sorted(worked.node.rglob("*")):
        name = path.relative_to(worked.node).as_posix()
        if path.is_file() and not name.startswith(MAY_IDENTIFY):
            assert found_in(path.read_bytes()) == set(), name
            assert found_in(name.encode()) == set(), "a file name"
            searched += 1
    assert searched > 60, "releases, objects, crosswalk, flow and logs are searched"


def test_the_audit_and_the_findings_hold_nothing_about_a_patient(worked: Worked) -> None:
    with sqlite3.connect(worked.node / "identified/tirage.db") as database:
        for table in ("audit", "finding", "custody", "work", "release", "release_member", "delivery"):
            rows = database.execute(f"SELECT * FROM {table}").fetchall()
            assert found_in(repr(rows).encode()) == set(), table
        assert database.execute("SELECT count(*) FROM audit").fetchone()[0] > hospital.total(SEED)
    database.close()
