"""One node to a folder: a second one that opens it is refused before it touches anything."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tirage.errors import Permanent

LOCK = "node.lock"
WORKER = "worker.lock"
"""Held by the one worker of a node whose runs are kept in a file."""

INTAKE = "intake.lock"
"""Shared by all who write temporary files, so that nobody sweeps them away."""


class StoreInUse(Permanent):
    """Another process works in this folder."""

    code = "STORE_IN_USE"
    exit_code = 73
    remedy = "Stop the other `tirage` process first (its number is in the lock file named above)."


@contextmanager
def own(folder: Path, shared: bool = False, name: str = LOCK) -> Iterator[None]:
    """Hold `folder`, or what the lock `name` stands for in it, until the block or the process ends.

    `shared` is for further workers beside a node on PostgreSQL: they share it with each other and are
    refused by, and refuse, one that holds it alone. Raises `StoreInUse`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreInUse(f"another process holds {name}") from error
        if not shared:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        if not shared:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(folder: Path, name: str = LOCK) -> int | None:
    """The process that says it holds a lock; None when there is none, or when it is gone. Takes no lock."""
    try:
        number = int((folder / name).read_text().strip())
        os.kill(number, 0)
    except (OSError, ValueError):
        return None
    return number
