"""Where the audit cannot be written nothing is done; where a key is missing or wrong nothing is linked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from tests.cli.running import run
from tests.flow.nodes import TestNode
from tests.make import make_instance
from tirage.flow.steps import people as steps
from tirage.model.custody import StoreUnavailable
from tirage.store import people
from tirage.store.crosswalk import CrosswalkMissing, WrongKey
from tirage.store.database import open_database, reading, repeated, upgrade
from tirage.store.keys import KeyMissing, create_master_key

AT = 1_900_000_000_000_000


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Engine]:
    """A database on a disk that has no room for another page once `fill` was called."""
    upgrade(open_database(f"sqlite:///{tmp_path}/tirage.db"))
    engine = open_database(f"sqlite:///{tmp_path}/tirage.db")

    @event.listens_for(engine, "connect")
    def bound(connection: object, entry: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages + 2}")

    yield engine
    engine.dispose()


def test_on_a_full_disk_privileged_actions_stop_and_none_is_done_by_half(full: Engine) -> None:
    done = 0
    with pytest.raises(StoreUnavailable):
        for number in range(10_000):
            name = f"person-{number}"
            repeated(full, lambda c, name=name: steps.create(c, "root", name, AT))  # type: ignore[misc]
            done += 1
    with reading(full) as connection:
        assert people.count(connection) == done
        assert connection.exec_driver_sql("SELECT count(*) FROM audit").scalar() == done


def test_without_its_key_a_node_links_nothing_and_makes_no_new_key(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    kept = node.settings.master_key.read_bytes()
    crosswalk = (node.settings.identified / "crosswalk.db").read_bytes()
    node.settings.master_key.unlink()
    with pytest.raises(KeyMissing), node.open():
        pass
    assert run("keys", "new", "--node", node.folder).code == 73, "the crosswalk needs the lost one"
    create_master_key(node.settings.master_key)
    with pytest.raises(WrongKey), node.open():
        pass
    assert (node.settings.identified / "crosswalk.db").read_bytes() == crosswalk
    node.settings.master_key.write_bytes(kept)
    node.run(make_instance(1, 1, 1, 2))


def test_without_its_crosswalk_a_node_starts_no_fresh_one(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    for path in node.settings.identified.glob("crosswalk.db*"):
        shutil.move(path, tmp_path / path.name)
    with pytest.raises(CrosswalkMissing), node.open():
        pass
    assert run("keys", "new", "--node", node.folder).code == 73
