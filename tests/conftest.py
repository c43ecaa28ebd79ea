"""What every test can ask for."""

from pathlib import Path

import pytest

from tests.make import corpus


@pytest.fixture(scope="session")
def real_files() -> list[Path]:
    """Real scanner files; see `tests.make.corpus`."""
    return corpus()
