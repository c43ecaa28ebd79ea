"""Who follows the guide to XNAT and REDCap delivers to the one what people asked for in the other."""

import csv
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.running import Run, run
from tests.docs.blocks import ROOT
from tests.make import make_dataset, write_instance
from tests.peers import redcap_double, xnat_double

GUIDE = (ROOT / "docs" / "guides" / "destinations.md").read_text(encoding="utf-8")
PROJECT = """\
project:
  name: lung
  title: Lungs
complete:
  quiet_s: 0
review:
  signatures: 0
"""


def block(language: str, holding: str) -> str:
    """The guide's block of a language that holds some words."""
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    (text,) = [each for each in found if holding in each]
    return text


def commands(holding: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in block("sh", holding).splitlines()]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[xnat_double.Double, redcap_double.Double]]:
    with xnat_double.running(tmp_path / "xnat") as xnat, redcap_double.running() as redcap:
        redcap.ask(str(make_dataset(1, 1, 1, 1).StudyInstanceUID), "LUNG", "LUNG-001")
        yield xnat, redcap


def node_with(tmp_path: Path, xnat: str, redcap: str) -> Path:
    """A node with the guide's project, at places of the test's own."""
    node = tmp_path / "node"
    run("init", node)
    run("keys", "new", "--node", node)
    (node / "projects" / "example.yaml").unlink()
    sections = block("yaml", "kind: xnat") + block("yaml", "redcap:") + block("yaml", "cron:")
    places = {"https://xnat.example.org": xnat, "https://redcap.example.org/api/": redcap}
    for written, there in places.items():
        assert written in sections
        sections = sections.replace(written, there)
    (node / "projects" / "lung.yaml").write_text(PROJECT + sections)
    secrets = node / "keys" / "secrets"
    secrets.mkdir(exist_ok=True, mode=0o700)
    for name, secret in (("xnat", xnat_double.PASSWORD), ("redcap", redcap_double.TOKEN)):
        (secrets / name).write_text(secret)
        (secrets / name).chmod(0o600)
    return node


def test_requests_arrive_in_xnat_and_say_so_in_redcap(
    tmp_path: Path, servers: tuple[xnat_double.Double, redcap_double.Double]
) -> None:
    xnat, redcap = servers
    node = node_with(tmp_path, xnat.url, redcap.url)

    def typed(words: list[str]) -> Run:
        done = run(*words, cwd=node)
        assert done.code == 0, done.out + done.err
        return done

    checked, pulled, pushed = (typed(words) for words in commands("redcap check"))
    assert "1 requests of lung" in checked.out
    assert "Loaded as version 1 of lung: 1 requests" in pulled.out
    assert "1 waiting; 0 rows written" in pushed.out
    for instance in (1, 2):
        write_instance(tmp_path / "in", instance=instance)
    typed(["import", str(tmp_path / "in"), "--project", str(node / "projects" / "lung.yaml")])
    (kept,) = xnat.store.archive.values()
    assert (kept.project, kept.subject, len(kept.files())) == ("LUNG", "LUNG-001", 2)
    assert xnat.store.resources("LUNG") == ["TIRAGE_lung_v0001"]
    shown, _ = (typed(words) for words in commands("release ingested"))
    assert "data-lake: 1 delivered" in shown.out
    with (node / "ingested.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    original = make_dataset(1, 1, 1, 1)
    assert (row["Patient ID"], row["Session"], row["Outcome"]) == ("LUNG-001", kept.label, "delivered")
    assert (row["Objects"], row["Delivered"]) == ("2", "2")
    assert row["Study UID"] not in ("", str(original.StudyInstanceUID))
    assert str(original.PatientID) not in ",".join(row.values())
    assert "1 delivered; 1 rows written" in typed(["redcap", "push", "lung"]).out
    said = redcap.status(str(original.StudyInstanceUID))
    assert said["transfers_complete"] == "2"
    assert "transfer_mapped_uid" not in said
