"""A node that acquires by request, for tests: its settings, its project, and the commands of its service."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.flow.nodes import PROJECT, TestNode
from tests.peers.ports import free_port
from tirage.flow.ledger.entries import Ledger
from tirage.model.requests import RequestOutcome
from tirage.service import acquiring, cohorts
from tirage.service.ledger import ledger
from tirage.service.lists import Order
from tirage.settings import load_settings

RULES = """\
project:
  name: lung
  title: A synthetic project
archives: [{archives}]
complete:
  quiet_s: 0
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
    ) -> None:
        self.port = free_port()
        tables = "".join(
            ARCHIVE.format(name=name, port=port, called=title, more=more)
            for name, (port, title) in archives.items()
        )
        rules = RULES.format(archives=", ".join(archives), extra=extra)
        super().__init__(root, databases=databases + tables, rules=rules)
        toml = self.folder / "tirage.toml"
        toml.write_text(toml.read_text().replace("port = 0", f"port = {self.port}", 1))
        self.settings = load_settings(self.folder)

    def load(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Load a list of requests; every row has the same columns."""
        listed = list(rows)
        path = self.root / "cohort.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(listed[0]))
            writer.writeheader()
            writer.writerows(listed)
        with self.open() as node:
            loaded = cohorts.load(node.parts, node.settings, PROJECT, Order(path), "account:test")
        assert loaded.loading is cohorts.Loading.LOADED, loaded.checked

    def acquire(self) -> None:
        """Query and fetch everything, and work until nothing is left to do."""
        self.query()
        self.fetch()

    def query(self) -> None:
        with self.open() as node:
            acquiring.ask_query(node.parts, PROJECT, "account:test")
            assert node.run_until_answered(PROJECT, lambda: None, 60)

    def fetch(self) -> None:
        with self.open() as node:
            acquiring.ask_fetch(node.parts, PROJECT, "account:test")
            assert node.run_until_fetched(PROJECT, lambda: None, 120)
        self.assert_sound()

    def ledger(self) -> Ledger:
        with self.open() as node:
            return ledger(node.parts, PROJECT)

    def outcomes(self) -> list[tuple[RequestOutcome, str]]:
        """How each row ended, with its detail, in order."""
        return [(entry.decision.outcome, entry.decision.detail) for entry in self.ledger().entries]
