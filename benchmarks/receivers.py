"""Receivers to measure, each a process of its own on a free loopback port: ours and the peers."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.peers import dcmtk, orthanc
from tests.peers.ports import free_port, wait_for

from tirage.network.scp import Listener, ReceiveSettings, listen
from tirage.network.upper_layer.admission import Admission
from tirage.store.blobs import BlobStore
from tirage.store.database import open_database, upgrade
from tirage.store.intake import DurableIntake


@dataclass(frozen=True)
class Receiver:
    """A name for the table, how to start it in a folder, and whether its answer means durable."""

    name: str
    start: Callable[[Path], AbstractContextManager[int]]
    is_durable: bool = False


def receivers() -> list[Receiver]:
    """Ours first, then the peers."""
    return [
        Receiver("Tirage, 1 process", partial(tirage, processes=1), True),
        Receiver("Tirage, 2 processes", partial(tirage, processes=2), True),
        Receiver("DCMTK storescp", storescp),
        Receiver("Orthanc", orthanc_node),
        Receiver("pynetdicom storescp", pynetdicom),
    ]


@contextmanager
def tirage(folder: Path, processes: int) -> Iterator[int]:
    """Our listener with the durable intake: fsync and commit before each answer."""
    engine = open_database(_database(folder))
    upgrade(engine)
    engine.dispose()
    with listen("127.0.0.1", 0) as listening:
        port = int(listening.getsockname()[1])
        arguments = [sys.executable, "-m", "benchmarks.receivers", str(folder), str(listening.fileno())]
        started = [
            subprocess.Popen(
                arguments,
                pass_fds=[listening.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]
        try:
            for process in started:
                assert process.stdout is not None
                process.stdout.readline()
            yield port
        finally:
            for process in started:
                process.communicate(timeout=30)


@contextmanager
def storescp(folder: Path) -> Iterator[int]:
    """DCMTK's receiver, one process per association, nothing flushed."""
    with dcmtk.storescp(folder) as port:
        yield port


@contextmanager
def orthanc_node(folder: Path) -> Iterator[int]:
    """Orthanc as Debian ships it."""
    with orthanc.running(folder, DicomCheckCalledAet=False) as node:
        yield node.dicom_port


@contextmanager
def pynetdicom(folder: Path) -> Iterator[int]:
    """pynetdicom's own storescp application."""
    port = free_port()
    arguments = [sys.executable, "-m", "pynetdicom", "storescp", "-q", "-od", str(folder), str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _database(folder: Path) -> str:
    return f"sqlite:///{folder}/tirage.db"


def _receive(folder: Path, descriptor: int) -> None:
    """Receive on an inherited socket until standard input is closed."""
    import logging
    import socket

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stopping = threading.Event()

    def stop_at_end_of_input() -> None:
        sys.stdin.read()
        stopping.set()

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    engine = open_database(_database(folder))
    admission = Admission(frozenset({"TIRAGE"}))
    intake = DurableIntake(BlobStore(folder / "originals"), engine, lambda _: ())
    with socket.socket(fileno=descriptor) as listening:
        listener = Listener(listening, intake, ReceiveSettings(admission), stopping)
        print("ready", flush=True)
        listener.serve()
    engine.dispose()


if __name__ == "__main__":
    _receive(Path(sys.argv[1]), int(sys.argv[2]))
