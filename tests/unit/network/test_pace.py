"""How fast a destination is sent to: what was set, over all threads, without catching up after a pause."""

import pytest

from tirage.network.send.pace import BURST_S, Pace


class Time:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("piece", [1_000, 50_000])
def test_so_many_bytes_go_out_in_a_second(piece: int) -> None:
    time = Time()
    pace = Pace(100_000, time.clock, time.sleep)
    for _ in range(500_000 // piece):
        pace.take(piece)
    assert time.now == pytest.approx(5.0, abs=BURST_S)


def test_a_pause_is_not_caught_up_with() -> None:
    time = Time()
    pace = Pace(100_000, time.clock, time.sleep)
    pace.take(1_000)
    time.now += 60
    began = time.now
    for _ in range(100):
        pace.take(1_000)
    assert time.now - began == pytest.approx(1.0 - BURST_S)


def test_without_a_limit_nothing_waits() -> None:
    time = Time()
    Pace(0, time.clock, time.sleep).take(10**12)
    assert time.now == 0.0
