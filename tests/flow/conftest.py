"""A node in a temporary folder, made as `tirage init` and `tirage keys new` make one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.nodes import TestNode
from tests.peers.postgres import Postgres


@pytest.fixture
def node(tmp_path: Path) -> Iterator[TestNode]:
    with TestNode(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when first asked for."""
    with Postgres() as server:
        yield server
