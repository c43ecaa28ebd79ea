"""A node in a temporary folder, made as `tirage init` and `tirage keys new` make one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.nodes import TestNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[TestNode]:
    with TestNode(tmp_path) as made:
        yield made
