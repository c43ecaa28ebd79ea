"""Two worker processes on PostgreSQL fetch from one archive: what it allows holds for both together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.crash.test_pipeline import ROOT, repeated_effects
from tests.flow.acquiring import AcquiringNode
from tests.flow.nodes import PROJECT
from tests.flow.test_acquire import held, row
from tests.peers.badarchive import BadArchive, Behaviour
from tests.peers.postgres import Postgres
from tirage.faults import VARIABLE
from tirage.service import acquiring

STUDIES = 6


@dataclass
class WatchedArchive(BadArchive):
    """Notes how many retrievals, and how many of one study, were under way at once."""

    most: int = 0
    most_of_a_study: int = 0
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def _sent(self, event: Any, number: int) -> Iterator[Any]:
        study = str(event.identifier.StudyInstanceUID)
        with self._lock:
            self._under_way[study] += 1
            self.most = max(self.most, self._under_way.total())
            self.most_of_a_study = max(self.most_of_a_study, self._under_way[study])
        try:
            yield from super()._sent(event, number)
        finally:
            with self._lock:
                self._under_way[study] -= 1


@pytest.fixture
def archive() -> Iterator[WatchedArchive]:
    studies = held(*((patient, 1, 2) for patient in range(1, STUDIES + 1)))
    with WatchedArchive(studies, behaviour=Behaviour(silent_s=0.1)) as opened:
        yield opened


def node_with(root: Path, archive: BadArchive, postgres: Postgres, more: str) -> AcquiringNode:
    """A node on PostgreSQL that knows which studies it is to fetch."""
    urls = "".join(f'{name} = "{postgres.new_database()}"\n' for name in ("catalogue", "crosswalk", "flow"))
    archives = {"pacs": (archive.port, archive.ae_title)}
    node = AcquiringNode(root, archives, more=more, databases=f"[databases]\n{urls}")
    archive.destinations = {"TIRAGE": node.port}
    node.load([row(patient, 1) for patient in range(1, STUDIES + 1)])
    node.query()
    with node.open() as opened:
        acquiring.ask_fetch(opened.parts, PROJECT, "account:test")
    return node


@contextmanager
def started(node: AcquiringNode, *faults: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A worker for each fault ('' for none), the first of them listening; killed at the end."""
    command = [sys.executable, "-m", "tests.crash.worker", str(node.folder), PROJECT]
    workers = [
        subprocess.Popen(
            command, cwd=ROOT, env=os.environ | ({VARIABLE: fault} if fault else {}), stderr=subprocess.PIPE
        )
        for fault in faults
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def assert_all_came(node: AcquiringNode, archive: WatchedArchive) -> None:
    node.assert_sound()
    assert node.tally.released == node.tally.received == 2 * STUDIES
    assert repeated_effects(node) == []
    assert archive.most_of_a_study == 1


@pytest.mark.parametrize("at_a_time", [1, 4])
def test_two_workers_keep_to_what_an_archive_allows_at_a_time(
    tmp_path: Path, postgres: Postgres, archive: WatchedArchive, at_a_time: int
) -> None:
    node = node_with(tmp_path, archive, postgres, f"at_a_time = {at_a_time}")
    with started(node, "", "") as workers:
        for worker in workers:
            _, said = worker.communicate(timeout=180)
            assert worker.returncode == 0, said.decode()[-2000:]
    assert_all_came(node, archive)
    assert archive.asked["MOVE"] == STUDIES
    assert archive.most <= at_a_time


def test_a_worker_takes_over_from_one_that_died_and_still_asks_for_one_study_at_a_time(
    tmp_path: Path, postgres: Postgres, archive: WatchedArchive
) -> None:
    node = node_with(tmp_path, archive, postgres, "at_a_time = 1")
    with started(node, "fetch:after-ask:2:kill") as (dying,):
        dying.communicate(timeout=180)
        assert dying.returncode == -signal.SIGKILL
    with started(node, "", "") as workers:
        for worker in workers:
            _, said = worker.communicate(timeout=180)
            assert worker.returncode == 0, said.decode()[-2000:]
    assert_all_came(node, archive)
    assert archive.asked["MOVE"] <= STUDIES + 1
    assert archive.most == 1


def test_two_workers_together_ask_no_more_often_in_a_minute_than_allowed(
    tmp_path: Path, postgres: Postgres, archive: WatchedArchive
) -> None:
    node = node_with(tmp_path, archive, postgres, "at_a_time = 4\nper_minute = 3")
    with started(node, "", "") as workers:
        deadline = time.monotonic() + 150
        while archive.asked["MOVE"] < 3:
            assert time.monotonic() < deadline, [worker.poll() for worker in workers]
            time.sleep(0.05)
        time.sleep(5)
        assert archive.asked["MOVE"] == 3
