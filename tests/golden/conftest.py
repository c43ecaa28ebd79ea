"""What the tests on real files share."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.golden.census import Census


@pytest.fixture(scope="session")
def census(tmp_path_factory: pytest.TempPathFactory) -> "Census":
    """Every real file, de-identified once for all tests."""
    from tests.golden.census import take

    return take(tmp_path_factory.mktemp("census"))
