"""The crosswalk as a file."""

import stat
from pathlib import Path

import pytest

from tirage.store.crosswalk import Crosswalk, CrosswalkMissing, create_crosswalk
from tirage.store.database import open_database
from tirage.store.keys import temporary_master_key


def test_looking_for_a_crosswalk_leaves_no_file(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/crosswalk.db")
    with pytest.raises(CrosswalkMissing):
        Crosswalk(engine, temporary_master_key())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_no_crosswalk(tmp_path: Path) -> None:
    (tmp_path / "crosswalk.db").touch()
    with pytest.raises(CrosswalkMissing):
        Crosswalk(open_database(f"sqlite:///{tmp_path}/crosswalk.db"), temporary_master_key())


def test_a_crosswalk_file_is_private(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/crosswalk.db")
    create_crosswalk(engine, temporary_master_key())
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    engine.dispose()
