"""Our own listener on a free loopback port, in a thread, stopped at the end of the block."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tirage.model.custody import Intake
from tirage.network.scp import Listener, ReceiveSettings, listen
from tirage.network.upper_layer.admission import Admission


@dataclass
class RunningListener:
    """Where it listens, and the switch that stops it."""

    host: str
    port: int
    listener: Listener
    stopping: threading.Event
    thread: threading.Thread

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()


def settings(**changes: object) -> ReceiveSettings:
    """Settings for tests: the node is called TIRAGE and loopback may send."""
    return ReceiveSettings(Admission(frozenset({"TIRAGE"})), **changes)  # type: ignore[arg-type]


@contextmanager
def running(intake: Intake, with_settings: ReceiveSettings | None = None) -> Iterator[RunningListener]:
    """A listener that receives into `intake`."""
    stopping = threading.Event()
    with listen("127.0.0.1", 0) as listening:
        listener = Listener(listening, intake, with_settings or settings(grace_s=0.5), stopping)
        thread = threading.Thread(target=listener.serve, name="listener")
        thread.start()
        node = RunningListener("127.0.0.1", listening.getsockname()[1], listener, stopping, thread)
        try:
            yield node
        finally:
            node.stop()
