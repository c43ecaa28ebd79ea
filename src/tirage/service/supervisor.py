"""Keeps the processes of a serving node alive: starts them, restarts one that died, stops them in order.

The listening sockets are the supervisor's: while a listener is restarted, peers wait in the queue instead of
being refused.
"""

import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from tirage.errors import Permanent
from tirage.service.roles import Role

START_S, STOP_S, STEADY_S = 60.0, 20.0, 60.0
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 30.0


class StartFailed(Permanent):
    """A process of the node could not start."""

    code = "START_FAILED"
    exit_code = 70
    remedy = "Read the line above it, or run `tirage doctor`."


@dataclass(slots=True)
class Child:
    """One process and how to start it again."""

    role: Role
    folder: Path
    descriptor: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    backoff_s: float = FIRST_BACKOFF_S
    due: float = 0.0

    def start(self) -> None:
        """Start the process; its standard input stays open as long as we live."""
        command = [
            sys.executable,
            "-m",
            "tirage.service.roles",
            self.role,
            str(self.folder),
            str(self.descriptor),
        ]
        kept = (self.descriptor,) if self.descriptor else ()
        self.process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=kept, start_new_session=True
        )
        self.started = time.monotonic()

    def wait_ready(self) -> None:
        """Return when the process says it is ready; raises `StartFailed` when it ends or takes too long."""
        assert self.process is not None
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], START_S)
        if not readable or not self.process.stdout.readline():
            raise StartFailed(f"the {self.role} did not start")

    def revive(self, log: structlog.typing.FilteringBoundLogger) -> None:
        """Start the process again when it has ended and its back-off is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.error("process ended", role=self.role, exit=self.process.returncode, again_s=self.backoff_s)
            self.forget()
            if now - self.started > STEADY_S:
                self.backoff_s = FIRST_BACKOFF_S
            self.due = now + self.backoff_s
            self.backoff_s = min(2 * self.backoff_s, LONGEST_BACKOFF_S)
        elif self.process is None and now >= self.due:
            self.start()

    def forget(self) -> None:
        """Close what is left of an ended process."""
        assert self.process is not None
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process = None


@dataclass(slots=True)
class Supervisor:
    """The children of one node."""

    children: Sequence[Child]
    poll_s: float = 0.2
    log: structlog.typing.FilteringBoundLogger = field(
        default_factory=lambda: structlog.get_logger("tirage.serve")
    )

    def run(self, ready: Callable[[], None], stop: threading.Event) -> None:
        """Keep the children running until `stop`; `ready` is called once when all of them are."""
        try:
            for child in self.children:
                child.start()
            for child in self.children:
                child.wait_ready()
            ready()
            while not stop.wait(self.poll_s):
                for child in self.children:
                    child.revive(self.log)
        finally:
            self.end()

    def end(self) -> None:
        """Stop all children: told at once, killed after a while."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process is not None
            child.process.terminate()
        deadline = time.monotonic() + STOP_S
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self.log.error("process killed", role=child.role)
                child.process.kill()
                child.process.wait()
            child.forget()
