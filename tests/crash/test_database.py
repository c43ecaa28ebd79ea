"""The database goes away while objects come in."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.arrivals import PROJECT
from tests.crash.receiver import send
from tests.peers.postgres import Postgres

from tirage.store import audit, dispositions
from tirage.store.blobs import BlobStore
from tirage.store.database import ATTEMPTS, open_database, reading, upgrade, writing
from tirage.store.intake import DurableIntake


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    opened = open_database(postgres.new_database())
    upgrade(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def intake(engine: Engine, tmp_path: Path) -> DurableIntake:
    return DurableIntake(BlobStore(tmp_path / "originals", least_free=0.0), engine, lambda origin: (PROJECT,))


def send_all(intake: DurableIntake, numbers: range) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda number: send(intake, number), numbers))


def assert_conserved(engine: Engine, objects: int) -> None:
    with reading(engine) as connection:
        tally = dispositions.tally(connection, PROJECT)
        assert (tally.received, tally.is_conserved) == (objects, True)
        assert audit.verify_chain(connection) is None


def test_while_the_database_is_down_nothing_is_acknowledged_and_nobody_waits_long(
    postgres: Postgres, engine: Engine, intake: DurableIntake
) -> None:
    assert set(send_all(intake, range(8))) == {"stored"}
    threads = threading.active_count()
    postgres.stop()
    before = time.monotonic()
    assert set(send_all(intake, range(8, 40))) == {"refused STORE_UNAVAILABLE"}
    assert time.monotonic() - before < 20
    assert threading.active_count() <= threads
    postgres.start()
    assert set(send_all(intake, range(40))) == {"stored", "duplicate"}
    assert_conserved(engine, 40)


def test_a_connection_killed_under_way_is_not_noticed_by_the_sender(
    engine: Engine, intake: DurableIntake
) -> None:
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    done, rounds = threading.Event(), list[int]()

    def kill() -> None:
        # Fewer times than a transaction is tried, so that it cannot fail by bad luck alone.
        while len(rounds) < ATTEMPTS - 1 and not done.wait(0.03):
            with writing(engine) as connection:
                if killed := sum(connection.execute(others).scalars()):
                    rounds.append(killed)

    killer = threading.Thread(target=kill)
    killer.start()
    # A connection lost at the very commit: run again, the objects may turn out to be recorded already.
    assert "stored" in set(send_all(intake, range(400))) <= {"stored", "duplicate"}
    done.set()
    killer.join()
    assert_conserved(engine, 400)
    assert rounds
