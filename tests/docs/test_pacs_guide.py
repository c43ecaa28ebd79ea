"""What the guide says of PACS and DICOMweb is run: one release goes to two Orthancs and two other servers."""

import re
import sqlite3
from pathlib import Path

import pytest
import yaml
from tests.cli.running import run
from tests.contract.places.stow import basic
from tests.docs.blocks import ROOT
from tests.make import write_instance
from tests.peers import badstow, dcmtk, orthanc
from tests.peers.certificates import Authority
from tests.peers.ports import free_port

GUIDE = (ROOT / "docs" / "guides" / "destinations.md").read_text(encoding="utf-8")
PASSWORD = "invented-password"


def written() -> dict[str, dict[str, object]]:
    """Every destination of the guide's two sections, by its name."""
    found = {}
    for section in ("DICOM (research PACS, XNAT's receiver)", "DICOMweb (STOW-RS)"):
        text = GUIDE.split(f"\n## {section}\n")[1].split("\n## ")[0]
        for block in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            for spec in yaml.safe_load(block)["destinations"]:
                found[spec["name"]] = spec
    return found


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    assert run("init", folder).code == 0
    assert run("keys", "new", "--node", folder).code == 0
    return folder


def secret(node: Path, name: str, text: str) -> None:
    (node / "keys" / "secrets").mkdir(mode=0o700, exist_ok=True)
    path = node / "keys" / "secrets" / name
    path.touch(mode=0o600)
    path.write_text(text)


def test_every_configuration_of_the_guide_delivers_a_release(tmp_path: Path, node: Path) -> None:
    specs = written()
    authority = Authority(tmp_path / "authority")
    projects = node / "projects"
    (projects / "research-ca.pem").write_bytes(authority.ca.read_bytes())
    ours, theirs = authority.issue("node"), authority.issue("pacs")
    (projects / "node.pem").write_bytes(ours.certificate.read_bytes())
    secret(node, "node-key", ours.key.read_text())
    secret(node, "research-web", PASSWORD)
    secret(node, "cloud-store", "invented-secret")
    secure = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(theirs.certificate),
        "DicomTlsPrivateKey": str(theirs.key),
        "DicomTlsTrustedCertificates": str(authority.ca),
        "DicomAlwaysAllowFind": True,
        "DicomAet": "RESEARCH",
    }
    answers_at = free_port()
    web = {
        "Plugins": [orthanc.DICOMWEB],
        "DicomModalities": {"tirage": ["TIRAGE", "127.0.0.1", answers_at]},
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"tirage": PASSWORD},
    }
    with (
        orthanc.running(tmp_path / "one", **secure) as one,
        orthanc.running(tmp_path / "two", **web) as two,
        dcmtk.storescp(tmp_path) as receiver,
        badstow.serving() as cloud,
    ):
        specs["research-pacs"] |= {"host": "127.0.0.1", "port": one.dicom_port}
        specs["pacs-that-promises"] |= {
            "host": "127.0.0.1",
            "port": two.dicom_port,
            "commitment_port": answers_at,
        }
        specs["xnat-receiver"] |= {"host": "127.0.0.1", "port": receiver}
        # Its plugin speaks no TLS; tests/network/test_stow.py does.
        specs["research-web"] |= {"url": f"http://127.0.0.1:{two.http_port}/dicom-web"}
        specs["cloud-store"] |= {"url": cloud.url}
        specs["cloud-store"]["access"]["oauth"]["token_url"] = cloud.url.removesuffix("dicomweb") + "token"  # type: ignore[index]
        cloud.tokens = ["never issued"]
        project = projects / "example.yaml"
        text = project.read_text().replace("signatures: 1", "signatures: 0")
        text = text.replace("destinations: []", yaml.safe_dump({"destinations": list(specs.values())}))
        project.write_text(text)
        for number in (1, 2, 3):
            write_instance(tmp_path / "in", 1, 1, 1, number)
        checked = run("doctor", "--node", node)
        for name in specs:
            assert re.search(rf"ok .*{name}|{name}.* ok", checked.out), checked.out + checked.err
        done = run("import", tmp_path / "in", "--project", project, "--node", node, "--json")
        assert done.code == 0, (done.err, receipts(node))
        assert len(one.get("/instances")) == 3
        known = orthanc.Orthanc(two.dicom_port, two.http_port, authorization=basic("tirage", PASSWORD))
        assert len(known.get("/instances")) == 3
        assert len(cloud.kept) == 3
        research = {proof for name, status, proof, _ in receipts(node) if name == "research-web"}
    assert research == {"read-back"}, "it is the Orthanc that promises, and may have got it by C-STORE"
    assert {(name, proof) for name, _, proof, _ in receipts(node)} == {
        ("research-pacs", "listed"),
        ("pacs-that-promises", "commitment"),
        ("xnat-receiver", "status"),
        ("cloud-store", "listed"),
        *(("research-web", proof) for proof in research),
    }
    assert PASSWORD not in done.out + done.err


def receipts(node: Path) -> set[tuple[str, str, str, str]]:
    """What each destination answered for the objects of the release: destination, status, proof, detail."""
    (database,) = [path for path in node.rglob("*.db") if "delivery" in tables(path)]
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT destination, status, proof, detail FROM delivery")
        return {row for row in rows if row[1] != "skipped"}


def tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
