"""A node that acquires by request, for tests: its settings, its project, and the commands of its service."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import select

from tests.flow.nodes import PROJECT, TestNode
from tests.peers.ports import free_port
from tirage.flow.ledger.entries import Ledger
from tirage.model.identifiers import ProjectName
from tirage.model.requests import Level, Listing, RequestOutcome
from tirage.service import acquiring, cohorts, worklist
from tirage.service.ledger import ledger
from tirage.service.lists import Order
from tirage.settings import load_settings
from tirage.store.database import reading
from tirage.store.schema import audit

BY = "account:test"
RULES = """\
project:
  name: lung
  title: A synthetic project
archives: [{archives}]
complete:
  quiet_s: 0
review:
  signatures: 0
destinations:
  - kind: folder
    name: share
    path: {{share}}
{extra}
"""
ARCHIVE = """\
[[archives]]
name = "{name}"
host = "127.0.0.1"
port = {port}
called_ae = "{called}"
move_to = "TIRAGE"
answer_timeout_s = 10
attempts = 2
{more}
"""


class AcquiringNode(TestNode):
    """A node with archives: name → (port, AE title), in the project's order.

    `extra` goes into the project file, `more` into each archive's settings.
    """

    def __init__(
        self,
        root: Path,
        archives: Mapping[str, tuple[int, str]],
        *,
        extra: str = "",
        more: str = "",
        databases: str = "",
        port: int = 0,
    ) -> None:
        self.port = port or free_port()
        tables = "".join(
            ARCHIVE.format(name=name, port=port, called=title, more=more)
            for name, (port, title) in archives.items()
        )
        rules = RULES.format(archives=", ".join(archives), extra=extra)
        super().__init__(root, databases=databases + tables, rules=rules)
        toml = self.folder / "tirage.toml"
        toml.write_text(toml.read_text().replace("port = 0", f"port = {self.port}", 1))
        self.settings = load_settings(self.folder)

    def add_project(self, name: str) -> None:
        """Another project like the first one, under another name."""
        rules = self.folder / "projects"
        text = (rules / "lung.yaml").read_text().replace("name: lung", f"name: {name}")
        (rules / f"{name}.yaml").write_text(text)

    def load(self, rows: Iterable[Mapping[str, str]], project: str = PROJECT) -> None:
        """Load a list of requests; every row has the same columns."""
        listed = list(rows)
        path = self.root / "cohort.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(listed[0]))
            writer.writeheader()
            writer.writerows(listed)
        with self.open() as node:
            loaded = cohorts.load(node.parts, node.settings, ProjectName(project), Order(path), BY)
        assert loaded.loading is cohorts.Loading.LOADED, loaded.checked

    def acquire(self, project: str = PROJECT) -> None:
        """Query and fetch everything, and work until nothing is left to do."""
        self.query(project)
        self.fetch(project)

    def query(self, project: str = PROJECT) -> None:
        with self.open() as node:
            acquiring.ask_query(node.parts, ProjectName(project), BY)
            assert node.run_until_answered(ProjectName(project), lambda: None, 60)

    def fetch(self, project: str = PROJECT) -> None:
        with self.open() as node:
            acquiring.ask_fetch(node.parts, ProjectName(project), BY)
            assert node.run_until_fetched(ProjectName(project), lambda: None, 120)
        self.assert_sound()

    def decide(self, level: Level, listing: Listing) -> None:
        """Decide everything on the worklist in the same way."""
        with self.open() as node:
            waiting = worklist.waiting(node.parts, PROJECT, level)
            assert waiting
            decisions = {each.shown: listing for each in waiting}
            worklist.decide(node.parts, PROJECT, level, decisions, BY)

    def ask_release(self) -> None:
        """Ask for a release and wait for it."""
        with self.open() as node:
            node.ask_release(PROJECT, BY)
            assert node.run_until_released(PROJECT, lambda stages: None, 60)
        self.assert_sound()

    def ledger(self, project: str = PROJECT) -> Ledger:
        with self.open() as node:
            return ledger(node.parts, ProjectName(project))

    def outcomes(self, project: str = PROJECT) -> list[tuple[RequestOutcome, str]]:
        """How each row ended, with its detail, in order."""
        return [(entry.decision.outcome, entry.decision.detail) for entry in self.ledger(project).entries]

    def audited(self) -> set[str]:
        """Every action the audit has a line of."""
        with self.open() as node, reading(node.parts.database) as connection:
            return set(connection.execute(select(audit.c.action)).scalars())
