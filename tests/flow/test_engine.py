"""The engine's contract: started once, finished once, whatever dies; held against both databases."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.postgres import Postgres
from tirage.errors import Permanent, Transient
from tirage.flow.engine import Engine

EXECUTOR = Path(__file__).with_name("executor.py")


class Nodes:
    """Executor processes that share one database and one folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "ask").mkdir(parents=True)

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, str(EXECUTOR), self.url, str(self.folder)]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def ask(self, function: str, run: str) -> None:
        (self.folder / "ask" / f"{function},{run}").touch()

    def wait(self, name: str, seconds: float = 20) -> None:
        wait_until(lambda: any(self.folder.glob(name)), seconds, lambda: self.log)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def calls(self, run: str = "step") -> list[int]:
        return [len((self.folder / f"{run}{number}").read_bytes()) for number in range(1, 6)]

    def calls_of(self, number: int) -> int:
        return len((self.folder / f"step{number}").read_bytes())

    def stop(self) -> None:
        (self.folder / "stop").touch()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()


def wait_until(is_so: Callable[[], bool], seconds: float, log: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log()
        time.sleep(0.02)


@pytest.fixture
def shared(tmp_path: Path, postgres: Postgres) -> Iterator[Nodes]:
    nodes = Nodes(postgres.new_database(), tmp_path / "shared")
    yield nodes
    nodes.stop()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Nodes]:
    nodes = Nodes(f"sqlite:///{tmp_path / 'flow.db'}", tmp_path / "shared")
    yield nodes
    nodes.stop()


def test_asking_twice_runs_once(embedded: Nodes) -> None:
    embedded.ask("count", "one")
    embedded.start()
    embedded.wait("one-success")
    embedded.ask("count", "one")
    wait_until(lambda: not any((embedded.folder / "ask").iterdir()), 10, lambda: embedded.log)
    embedded.ask("count", "two")
    embedded.wait("two-success")
    assert embedded.calls() == [2, 2, 2, 2, 2]


def test_a_killed_run_goes_on_from_its_last_finished_step(embedded: Nodes) -> None:
    (embedded.folder / "pause").touch()
    embedded.ask("count", "one")
    first = embedded.start()
    embedded.wait("step3")
    first.send_signal(signal.SIGKILL)
    first.wait()
    (embedded.folder / "pause").unlink()
    embedded.start()
    embedded.wait("one-success")
    assert embedded.calls() == [1, 1, 2, 1, 1]


def test_what_an_error_said_is_neither_logged_nor_stored(embedded: Nodes) -> None:
    embedded.ask("fail", "bad")
    embedded.start()
    embedded.wait("bad-error")
    embedded.stop()
    stored = b"".join(path.read_bytes() for path in embedded.folder.parent.glob("flow.db*"))
    assert b'{"failed":"Permanent","code":"PERMANENT"}' in stored
    assert b"a message" not in stored
    assert "message" not in embedded.log


def test_the_embedded_database_survives_a_power_cut_after_a_commit(embedded: Nodes) -> None:
    embedded.ask("count", "one")
    embedded.start()
    embedded.wait("one-success")
    embedded.stop()
    with contextlib.closing(sqlite3.connect(embedded.url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_peer_adopts_the_runs_of_an_executor_that_died(shared: Nodes) -> None:
    (shared.folder / "pause").touch()
    shared.ask("count", "one")
    first = shared.start()
    shared.wait("step3")
    [name] = [path.name.removeprefix("up-") for path in shared.folder.glob("up-*")]
    shared.start()
    wait_until(lambda: len(list(shared.folder.glob("up-*"))) == 2, 20, lambda: shared.log)
    time.sleep(1)
    assert shared.calls_of(3) == 1, "a living executor's run was taken from it"
    first.send_signal(signal.SIGKILL)
    first.wait()
    (shared.folder / "pause").unlink()
    shared.wait(f"adopted-{name}", 10)
    shared.wait("one-success")
    assert shared.calls() == [1, 1, 2, 1, 1]


def test_two_executors_share_the_work_and_do_it_once(shared: Nodes) -> None:
    for number in range(20):
        shared.ask("count", f"run{number}")
    shared.start()
    shared.start()
    wait_until(lambda: len(list(shared.folder.glob("run*-success"))) == 20, 30, lambda: shared.log)
    assert shared.calls() == [20] * 5


def test_an_executor_takes_its_name_up_again_when_it_is_free(shared: Nodes) -> None:
    first = shared.start()
    shared.wait("up-*-1")
    shared.start()
    shared.wait("up-*-2")
    first.kill()
    first.wait()
    (marker,) = shared.folder.glob("up-*-1")
    marker.unlink()
    shared.start()
    shared.wait("up-*-1")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(f"sqlite:///{tmp_path / 'flow.db'}", poll_s=0.05)
    yield made
    made.stop()


def settled(engine: Engine, run: str) -> str:
    wait_until(lambda: any(each.is_over for each in engine.runs(ids=[run])), 20, str)
    return engine.runs(ids=[run])[0].status


def test_a_failed_run_is_redriven_from_the_step_that_failed(engine: Engine) -> None:
    calls: list[str] = []

    def first() -> int:
        calls.append("first")
        return 1

    def second() -> int:
        calls.append("second")
        if calls.count("second") == 1:
            raise Permanent("once")
        return 2

    engine.register("both", lambda: engine.step("first", first) + engine.step("second", second))
    engine.start({"work": 1})
    engine.enqueue("work", "both", "run")
    assert settled(engine, "run") == "error"
    engine.redrive(engine.runs(ids=["run"])[0], "work")
    wait_until(lambda: engine.progress() == {"success": 1}, 20, str)
    assert calls == ["first", "second", "second"]


def test_a_fault_that_passes_is_tried_again_within_the_step(engine: Engine) -> None:
    calls: list[int] = []

    def flaky() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise Transient("not yet")
        return 1

    engine.register("flaky", lambda: engine.step("flaky", flaky))
    engine.start({"work": 1})
    engine.enqueue("work", "flaky", "run")
    assert settled(engine, "run") == "success"
    assert len(calls) == 3


def test_a_cancelled_run_ends_before_its_next_step_and_can_be_resumed(engine: Engine) -> None:
    gate, started, calls = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        started.set()
        gate.wait(20)

    def both() -> None:
        engine.step("first", first)
        engine.step("second", lambda: calls.append("second"))

    engine.register("both", both)
    engine.start({"work": 1})
    engine.enqueue("work", "both", "run")
    assert started.wait(20)
    engine.cancel("run")
    gate.set()
    assert settled(engine, "run") == "cancelled"
    assert calls == []
    engine.redrive(engine.runs(ids=["run"])[0], "work")
    wait_until(lambda: engine.progress() == {"success": 1}, 20, str)
    assert calls == ["second"]


def test_runs_that_ended_long_ago_are_forgotten(engine: Engine) -> None:
    engine.register("nothing", lambda: None)
    engine.start({"work": 1})
    engine.enqueue("work", "nothing", "run")
    assert settled(engine, "run") == "success"
    engine.forget(0)
    assert engine.progress() == {"success": 1}
    engine.forget(2**53)
    assert engine.progress() == {}


def test_only_plain_ids_can_be_handed_to_a_run(engine: Engine) -> None:
    engine.register("nothing", lambda value: None)
    engine.start({"work": 1})
    with pytest.raises(TypeError):
        engine.enqueue("work", "nothing", "run", object())  # type: ignore[arg-type]
