"""`serve`: real processes, real DICOM, restarts, and one node to a folder."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.flow.nodes import PROJECT, TestNode, files_below
from tests.make import person, write_instance
from tirage.deliver.lists import SUMS, lists
from tirage.network.scu.association import Peer
from tirage.network.scu.store import Sendable, store
from tirage.service import Endpoints
from tirage.store.ownership import StoreInUse


class Serving:
    """A node that serves in a thread; its processes are real."""

    def __init__(self, node: TestNode) -> None:
        self.node = node
        self.stop = threading.Event()
        self.ready = threading.Event()
        self.endpoints: Endpoints | None = None
        self.thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        def ready(endpoints: Endpoints) -> None:
            self.endpoints = endpoints
            self.ready.set()

        with self.node.open() as opened:
            opened.serve(ready, self.stop)

    def send(self, *paths: Path) -> list[int | None]:
        """The C-STORE status of each file."""
        assert self.endpoints is not None
        host, port = self.endpoints.dicom
        sent: list[int | None] = []
        files = [Sendable(path, sop_class, syntax) for path, sop_class, syntax in map(facts, paths)]
        store(files, Peer(host, port, "TIRAGE", "MODALITY"), lambda each: sent.append(each.status))
        return sent


@contextlib.contextmanager
def serving(node: TestNode) -> Iterator[Serving]:
    made = Serving(node)
    made.thread.start()
    try:
        assert made.ready.wait(60), "the node did not start"
        yield made
    finally:
        made.stop.set()
        made.thread.join(40)
        assert not made.thread.is_alive()


def facts(path: Path) -> tuple[Path, str, str]:
    import pydicom

    header = pydicom.dcmread(path, stop_before_pixels=True)
    return path, str(header.SOPClassUID), str(header.file_meta.TransferSyntaxUID)


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def children() -> dict[str, int]:
    """Role and process number of each process of the node."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            parent = int((entry.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if b"tirage.service.roles" in words and parent == os.getpid():
                found[words[words.index(b"tirage.service.roles") + 1].decode()] = int(entry.parent.name)
    return found


def descendants(number: int) -> set[int]:
    """Process numbers of a process's children, their children and so on."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(entry.read_text().rsplit(")", 1)[1].split()[1]) == number:
                child = int(entry.parent.name)
                found |= {child} | descendants(child)
    return found


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "modality"
    folder.mkdir()
    return [write_instance(folder, 1, 1, 1, number) for number in range(1, 5)]


def test_what_is_sent_to_a_serving_node_arrives_at_its_destination(node: TestNode, files: list[Path]) -> None:
    with serving(node) as served:
        assert served.send(*files) == [0, 0, 0, 0]
        wait_until(lambda: (node.share / PROJECT / "v0001" / SUMS).exists())
        assert len(files_below(node.share)) == 4 + len(lists(has_linker=False))
        assert served.endpoints is not None
        host, port = served.endpoints.http
        with urlopen(f"http://{host}:{port}/ready", timeout=10) as answer:
            assert answer.status == 200
    assert children() == {}
    node.assert_sound()
    assert node.tally.released == 4


def test_no_log_of_a_serving_node_names_a_patient(
    node: TestNode, files: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    bad = files[0].with_name("bad")
    bad.write_bytes(files[0].read_bytes()[:800])
    somebody = person(1)
    with serving(node) as served:
        served.send(*files)
        with node.open() as second:
            second.import_files(bad, PROJECT, lambda each: None)
        os.kill(children()["worker"], signal.SIGKILL)
        wait_until(lambda: (node.share / PROJECT / "v0001" / "SHA256SUMS").exists())
    written = capfd.readouterr()
    logs = written.out + written.err + (node.folder / "node.log").read_text()
    assert "association" in logs, "nothing was logged at all"
    for value in (somebody.patient_id, *somebody.name.replace("^", " ").split(), str(files[0].parent)):
        assert value not in logs


def test_a_process_that_dies_is_started_again_and_work_goes_on(node: TestNode, files: list[Path]) -> None:
    with serving(node) as served:
        before = children()
        assert set(before) == {"listener", "worker", "http", "console"}
        for number in before.values():
            os.kill(number, signal.SIGKILL)
        wait_until(lambda: len(children()) == 4 and not set(children().values()) & set(before.values()))
        assert served.send(*files) == [0, 0, 0, 0]
        wait_until(lambda: (node.share / PROJECT / "v0001" / "SHA256SUMS").exists())
    node.assert_sound()


def test_a_second_node_on_the_same_folder_is_refused(node: TestNode) -> None:
    with serving(node), node.open() as second, pytest.raises(StoreInUse):
        second.serve(lambda endpoints: None, threading.Event())


def test_an_import_beside_a_serving_node_is_worked_off_by_it(node: TestNode, files: list[Path]) -> None:
    with serving(node), node.open() as second:
        report = second.import_files(files[0].parent, PROJECT, lambda each: None)
        assert second.run_until_idle(lambda stages: None, 60)
        assert [line.disposition for line in second.outcomes(report).lines] == ["released"] * 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_node_at_once_with_all_its_processes(
    node: TestNode, files: list[Path], number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "tirage", "serve", "--node", str(node.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("Receiving DICOM")
        with node.open() as second:
            second.import_files(files[0].parent, PROJECT, lambda each: None)
        family = descendants(served.pid)
        assert len(family) >= 3
        began = time.monotonic()
        served.send_signal(number)
        out, err = served.communicate(timeout=60)
        took_s = time.monotonic() - began
    assert (served.returncode, "Traceback" in out + err) == (0, False), err
    assert took_s < 15
    wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in family), 2)
    assert node.run().released == 4
