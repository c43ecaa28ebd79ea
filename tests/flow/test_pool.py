"""A crash in a child costs one job; a worker that dies takes its children along."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tirage.flow.pool import Crashed, Pool

SCRIPT = """
import os, sys, time
from tests.flow.test_pool import number_and_wait
from tirage.flow.pool import Pool
if __name__ == "__main__":
    Pool(2).map(number_and_wait, [sys.argv[1]] * 2)
"""


def double(number: int) -> int:
    """Twice the number; 13 crashes its process."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGSEGV)
    return 2 * number


def complain(number: int) -> int:
    raise ValueError(str(number))


def number_and_wait(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.close()


def test_answers_come_in_the_order_of_the_jobs(pool: Pool) -> None:
    assert pool.map(double, list(range(12))) == [2 * number for number in range(12)]


def test_a_crash_costs_one_job(pool: Pool) -> None:
    answers = pool.map(double, [1, 2, 13, 4])
    assert [answer for answer in answers if not isinstance(answer, Crashed)] == [2, 4, 8]
    assert isinstance(answers[2], Crashed)
    assert pool.map(double, [5]) == [10]


def test_what_a_job_raises_is_raised(pool: Pool) -> None:
    with pytest.raises(ValueError, match="7"):
        pool.map(complain, [7])


def test_children_do_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(SCRIPT)
    seen = tmp_path / "seen"
    seen.mkdir()
    root = Path(__file__).parents[2]
    worker = subprocess.Popen(
        [sys.executable, str(script), str(seen)], env=os.environ | {"PYTHONPATH": str(root)}
    )
    deadline = time.monotonic() + 30
    while len(list(seen.iterdir())) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    while any(Path("/proc", child.name).exists() for child in seen.iterdir()):
        assert time.monotonic() < deadline, "a child outlived its worker"
        time.sleep(0.05)
