"""What became of each study at each destination: counts, codes and research values."""

from pathlib import Path

from pydicom import dcmread

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_dataset, make_instance
from tests.peers import xnat_double
from tests.peers.xnat_double import PASSWORD
from tirage.network.send.xnat.names import session_label
from tirage.service.ingested import HEADINGS, Ingested, ingested

XNAT = """\
  - kind: xnat
    name: data-lake
    url: {url}
    project: LUNG
    user: tirage
    password: secret:xnat
"""


def node_with(root: Path, url: str) -> TestNode:
    node = TestNode(root, rules=(RULES.replace("{share}", "{{share}}") + XNAT).format(url=url))
    secret = node.settings.secrets / "xnat"
    secret.parent.mkdir(exist_ok=True, mode=0o700)
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    return node


def found(node: TestNode, version: int | None = None) -> list[Ingested]:
    with node.open() as opened:
        return ingested(opened.parts, node.settings, PROJECT, version)


def test_a_study_that_one_destination_has_and_another_refused_says_both(tmp_path: Path) -> None:
    with xnat_double.running(tmp_path / "xnat") as double:
        node = node_with(tmp_path, double.url)
        double.refuse = lambda method, path: 403 if path == "/data/services/import" else None
        node.run(make_instance(1, 1, 1, 1), make_instance(1, 1, 1, 2))
        share, lake = found(node)
    assert (share.destination, share.outcome, share.delivered, share.reason) == ("share", "delivered", 2, "")
    assert (lake.destination, lake.outcome, lake.delivered) == ("data-lake", "failed", 0)
    assert lake.reason == "2 NOT_PERMITTED"
    assert lake.session == session_label(lake.patient, lake.study)
    original, (released, *_) = make_dataset(1, 1, 1, 1), sorted(node.release().rglob("*.dcm"))
    assert lake.study == dcmread(released).StudyInstanceUID != original.StudyInstanceUID
    assert len(lake.row) == len(HEADINGS)
    values = ",".join(lake.row + share.row)
    for value in (original.PatientID, original.PatientName, original.StudyDate, original.AccessionNumber):
        assert str(value) not in values


def test_a_project_without_releases_has_none(tmp_path: Path) -> None:
    assert found(node_with(tmp_path, "http://127.0.0.1:9")) == []
