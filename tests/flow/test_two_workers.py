"""PostgreSQL by one setting: two worker processes share the work, and one may die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.test_pipeline import repeated_effects
from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance
from tests.peers.postgres import Postgres

ROOT = Path(__file__).parents[2]
PATIENTS, INSTANCES = 6, 6


@pytest.fixture
def shared(tmp_path: Path, postgres: Postgres) -> TestNode:
    databases = "".join(
        f'{name} = "{postgres.new_database()}"\n' for name in ("catalogue", "crosswalk", "flow")
    )
    return TestNode(tmp_path, databases=f"[databases]\n{databases}", rules=RULES)


def start(node: TestNode) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.worker", str(node.folder)]
    return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE)


def everything() -> list[bytes]:
    return [
        make_instance(patient=patient, instance=instance)
        for patient in range(1, PATIENTS + 1)
        for instance in range(1, INSTANCES + 1)
    ]


def test_one_of_two_workers_dies_and_the_other_ends_the_work(shared: TestNode) -> None:
    shared.take_in(*everything())
    first, second = start(shared), start(shared)
    with shared.open() as node:
        deadline = time.monotonic() + 150
        while not 0 < node.stages()["deidentified"] < PATIENTS * INSTANCES:
            assert time.monotonic() < deadline, (first.poll(), second.poll(), node.stages())
            time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    _, said = second.communicate(timeout=180)
    assert second.returncode == 0, said.decode()[-2000:]
    tally = shared.run()
    assert tally.released == tally.received == PATIENTS * INSTANCES
    assert repeated_effects(shared) == []
    assert {attempts for status, attempts in shared.deliveries() if status == "delivered"} == {1}


def test_two_workers_together_leave_nothing_twice(shared: TestNode) -> None:
    shared.take_in(*everything())
    workers = [start(shared), start(shared)]
    for worker in workers:
        _, said = worker.communicate(timeout=180)
        assert worker.returncode == 0, said.decode()[-2000:]
    tally = shared.run()
    assert tally.released == tally.received == PATIENTS * INSTANCES
    assert repeated_effects(shared) == []
