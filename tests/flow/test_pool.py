"""A crash or a hang in a child costs one job; a worker that dies takes its children along."""

import ctypes
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tirage.dicom.decode import decode as decode_frame
from tirage.dicom.shape import Shape
from tirage.flow.pool import Crashed, Pool, show_life

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


def decode(seconds: float) -> str:
    """Read a frame with a codec that hangs for so long without letting go of the interpreter."""
    hanging = ModuleType("rle.rle")
    hanging.decode_frame = partial(_hang, seconds)  # type: ignore[attr-defined]
    sys.modules["rle.rle"] = hanging
    shape = Shape(1, 1, 1, 1, "MONOCHROME2", 0, 8, 8, 7, is_signed=False, is_float=False)
    frame = struct.pack("<16L", 1, 64, *[0] * 14) + b"\0\1"
    values = decode_frame("rle", "1.2.840.10008.1.2.5", frame, shape)
    return str(values[0, 0])


def _hang(seconds: float, *_: object) -> bytes:
    if seconds:
        # Sleeps with the lock held, as a codec in C does.
        ctypes.PyDLL(None).sleep(int(seconds))
    return b"\7"


def count_slowly(number: int) -> int:
    """A job of many objects, each within the limit."""
    for _ in range(number):
        show_life(2.0)
        time.sleep(0.5)
    return number


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


def test_a_decoder_that_hangs_costs_one_job_and_the_time_limit() -> None:
    pool = Pool(2, limit_s=1.0)
    try:
        started = time.monotonic()
        answers = pool.map(decode, [0.0, 300.0, 0.0])
        assert time.monotonic() - started < 30
        assert [answers[0], answers[2]] == ["7", "7"]
        assert isinstance(answers[1], Crashed)
        assert pool.map(decode, [0.0]) == ["7"]
    finally:
        pool.close()


def test_a_job_that_shows_life_may_take_longer_than_the_limit() -> None:
    pool = Pool(1, limit_s=2.0)
    try:
        assert pool.map(count_slowly, [6]) == [6]
    finally:
        pool.close()


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
