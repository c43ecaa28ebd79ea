"""pynetdicom's reactor is held for as long as an answer is awaited."""

import threading
import time

from tirage.network.reactor import Checkpoint


def test_holding_waits_until_the_reactor_has_come_to_a_halt() -> None:
    passed: list[float] = []
    goes_on = threading.Event()
    ended = threading.Event()

    def react() -> None:
        while not ended.is_set():
            goes_on.wait()  # busy elsewhere, where only a flag would call it paused
            checkpoint.wait()
            passed.append(time.monotonic())
            time.sleep(0.001)

    reactor = threading.Thread(target=react)
    checkpoint = Checkpoint(reactor)
    reactor.start()
    holder = threading.Thread(target=checkpoint.clear)
    holder.start()
    holder.join(0.2)
    assert holder.is_alive(), "nobody stands at the checkpoint yet"
    goes_on.set()
    holder.join(2)
    assert not holder.is_alive()
    count = len(passed)
    time.sleep(0.05)
    assert len(passed) == count
    assert not checkpoint.is_set()
    checkpoint.set()
    time.sleep(0.1)
    assert len(passed) > count
    ended.set()
    reactor.join(2)


def test_a_reactor_that_has_ended_holds_nobody_up() -> None:
    reactor = threading.Thread(target=lambda: None)
    reactor.start()
    reactor.join()
    started = time.monotonic()
    Checkpoint(reactor).clear()
    assert time.monotonic() - started < 1


def test_waiting_with_a_limit_says_whether_the_way_was_open() -> None:
    checkpoint = Checkpoint(threading.current_thread())
    assert checkpoint.wait(0.01)
    checkpoint._is_open = False
    assert not checkpoint.wait(0.01)
