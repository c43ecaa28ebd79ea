"""Who copies a file server's destination from the guide can deliver to it."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter
from tests.docs.blocks import ROOT
from tests.peers import sshd, vsftpd
from tests.peers.certificates import Authority

from tirage.model.delivery import Consignment, Delivery, Proof
from tirage.model.identifiers import Digest, Uid
from tirage.policy import destinations as specs
from tirage.policy.project import load_project
from tirage.service.destinations import Senders
from tirage.store.vault import Vault

GUIDE = (ROOT / "docs" / "guides" / "destinations.md").read_text(encoding="utf-8")


BLOCKS = [
    block
    for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    if "schedule:" not in block
]


def written(kind: str) -> dict[str, object]:
    """The destination of a kind that the guide shows."""
    shown = [each for block in BLOCKS for each in yaml.safe_load(block).get("destinations", ())]
    (found,) = [each for each in shown if each["kind"] == kind]
    return dict(found)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("kind: ")[-1].split()[0])
def test_a_project_with_what_the_guide_shows_is_in_order(block: str) -> None:
    project = load_project(f"project:\n  name: lung\n  title: A trial\n{block}", "lung.yaml")
    assert project.destinations or project.redcap


class Node:
    """What a node has: secrets, files beside the project file, and an outbox."""

    def __init__(self, folder: Path) -> None:
        self.secrets, self.lists = folder / "secrets", folder / "projects"
        self.secrets.mkdir(mode=0o700)
        self.lists.mkdir()
        self.outbox = folder / "outbox"

    def keep(self, name: str, content: str) -> None:
        path = self.secrets / name
        path.write_text(content)
        path.chmod(0o600)

    def deliver(
        self, written: dict[str, object], consignments: list[Consignment]
    ) -> set[tuple[Delivery, Proof]]:
        spec: specs.Destination = TypeAdapter(specs.Destination).validate_python(written, strict=False)
        destination = Senders(Vault(self.secrets), self.lists, self.outbox)(spec)
        destination.check()
        return {(each.status, each.proof) for each in destination.deliver(consignments, lambda _: None)}


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


@pytest.fixture
def consignments(tmp_path: Path) -> list[Consignment]:
    made = []
    for name, sop_class in (("P1/1/2/3.dcm", "1.2"), ("persons.parquet", ""), ("SHA256SUMS", "")):
        path = tmp_path / name.replace("/", "-")
        path.write_text(name)
        digest = Digest(hashlib.sha256(name.encode()).hexdigest())
        made.append(Consignment(path, digest, f"lung/v0001/{name}", Uid(sop_class)))
    return made


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_the_folder_of_the_guide_is_delivered_to(
    node: Node, tmp_path: Path, consignments: list[Consignment]
) -> None:
    here = written("folder")
    here["path"] = str(tmp_path) + str(here["path"])
    Path(here["path"]).mkdir(parents=True)
    assert node.deliver(here, consignments) == {(Delivery.DELIVERED, Proof.READ_BACK)}
    for program, kind in (("md5sum", "md5"), ("sha256sum", "sha256")):
        folder = Path(here["path"]) / "lung/v0001/P1"
        subprocess.run([program, "--check", "--quiet", f"1.zip.{kind}"], cwd=folder, check=True)


def test_the_safe_haven_of_the_guide_is_delivered_to(
    node: Node, tmp_path: Path, consignments: list[Consignment]
) -> None:
    here = written("ftps")
    authority = Authority(tmp_path / "authority")
    (node.lists / str(here["ca"])).write_bytes(authority.ca.read_bytes())
    with vsftpd.running(tmp_path / "vsftpd", authority.issue("server")) as server:
        node.keep(str(here["password"]).removeprefix("secret:"), server.password)
        for folder in ("path", "tables"):
            here[folder] = str(tmp_path) + str(here[folder])
            Path(str(here[folder])).mkdir()
        here |= {"host": "127.0.0.1", "port": server.port, "user": server.user}
        said = node.deliver(here, consignments)
    assert said == {(Delivery.DELIVERED, Proof.READ_BACK)}
    assert files(tmp_path / "incoming") == ["lung/v0001/P1/1.zip", "lung/v0001/SHA256SUMS"]
    assert files(tmp_path / "incoming-tables") == ["lung/v0001/persons.parquet"]


def test_the_sftp_server_of_the_guide_is_delivered_to(
    node: Node, tmp_path: Path, consignments: list[Consignment]
) -> None:
    here = written("sftp")
    with sshd.running(tmp_path / "sshd") as server:
        node.keep(str(here["key"]).removeprefix("secret:"), server.key.read_text())
        here["path"] = str(tmp_path) + str(here["path"])
        Path(here["path"]).mkdir(parents=True)
        here |= {"host": "127.0.0.1", "port": server.port, "user": server.user}
        here["host_keys"] = [server.host_key]
        said = node.deliver(here, consignments)
    assert said == {(Delivery.DELIVERED, Proof.CHECKSUM)}
    assert "lung/v0001/P1/1.zip.sha256" in files(Path(here["path"]))
