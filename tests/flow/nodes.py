"""A node for tests, and what a test may ask about it afterwards."""

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from tirage.cli.keys import create_secrets
from tirage.model.identifiers import ProjectName
from tirage.model.records import Tally
from tirage.service import ImportReport, Node, create_node, open_node
from tirage.settings import Settings, load_settings
from tirage.store import audit
from tirage.store.database import reading
from tirage.store.schema import delivery

PROJECT = ProjectName("lung")
RULES = """\
project:
  name: lung
  title: A synthetic project
sources:
  - called_ae: TIRAGE
complete:
  quiet_s: 0
review:
  signatures: 0
destinations:
  - kind: folder
    name: share
    path: {share}
"""

SETTINGS = """\
[listener]
port = 0
[http]
port = 0
[console]
port = 0
[log]
file = "node.log"
[flow]
workers = 1
chunk = 4
"""


class TestNode:
    """A node in `root`; what it delivers goes to the folder `share` beside it."""

    __test__ = False

    def __init__(self, root: Path, *, databases: str = "", rules: str = RULES) -> None:
        self.root = root
        self.folder = root / "node"
        self.share = root / "share"
        self.inbox = root / "inbox"
        if not self.folder.exists():
            self._make(databases, rules)
        self.settings: Settings = load_settings(self.folder)

    def _make(self, databases: str, rules: str) -> None:
        for folder in (self.folder, self.share, self.inbox, self.folder / "projects"):
            folder.mkdir(parents=True)
        (self.folder / "tirage.toml").write_text(SETTINGS + databases)
        (self.folder / "projects" / "lung.yaml").write_text(rules.format(share=self.share))
        settings = load_settings(self.folder)
        create_secrets(settings)
        create_node(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def open(self) -> Node:
        return open_node(self.settings)

    def put(self, *contents: bytes) -> None:
        """Files into the inbox, named by their content."""
        for content in contents:
            (self.inbox / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)

    def take_in(self, *contents: bytes, project: ProjectName | None = PROJECT) -> ImportReport:
        """Import `contents`, without processing them."""
        for path in self.inbox.iterdir():
            path.unlink()
        self.put(*contents)
        with self.open() as node:
            return node.import_files(self.inbox, project, lambda each: None)

    def run(self, *contents: bytes) -> Tally:
        """Import `contents` and work until nothing is left to do."""
        if contents:
            self.take_in(*contents)
        with self.open() as node:
            assert node.run_until_idle(lambda stages: None, 60)
        self.assert_sound()
        return self.tally

    @property
    def tally(self) -> Tally:
        with self.open() as node:
            return node.tallies().get(PROJECT, Tally(0, 0, 0, 0, 0, 0))

    def release(self, version: int = 1) -> Path:
        return self.settings.releases / PROJECT / f"v{version:04d}"

    def versions(self) -> list[str]:
        return sorted(path.name for path in (self.settings.releases / PROJECT).glob("*"))

    def assert_sound(self) -> None:
        """What must hold after every fault, whatever it was."""
        with self.open() as node:
            assert all(tally.is_conserved for tally in node.tallies().values())
            with reading(node.parts.database) as connection:
                assert audit.verify_chain(connection) is None
        for release in self.settings.releases.glob("*/v*"):
            assert release.suffix != ".part", "an interrupted release was left behind"
            check_sums(release)
        if self.settings.flow_url.startswith("sqlite:"):
            for store in (self.settings.originals, self.settings.objects):
                assert list((store / "tmp").iterdir()) == [], "a temporary file was left behind"

    def deliveries(self) -> list[tuple[str, int]]:
        """Status and attempts of every receipt."""
        with self.open() as node, reading(node.parts.database) as connection:
            rows = connection.execute(select(delivery.c.status, delivery.c.attempts))
            return [(row.status, row.attempts) for row in rows]


def check_sums(folder: Path) -> None:
    """`sha256sum` agrees with the release, and nothing lies in it that the sums do not name."""
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    named = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert files_below(folder) == named | {"SHA256SUMS", "manifest.json.sig"}


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def fingerprint(folders: Iterable[Path]) -> dict[str, str]:
    """Path and digest of every file below `folders`."""
    return {
        f"{folder.name}/{name}": hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for folder in folders
        for name in sorted(files_below(folder))
    }
