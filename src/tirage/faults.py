"""Named places where a test may make this process die, fail or stall.

`TIRAGE_FAULT=stage:point:n:action` strikes at the n-th time the place `stage:point` is reached; several are
joined by commas. `action` is `kill` (SIGKILL, as a power cut would), `raise` (`FaultInjected`) or `sleep=S`
(S seconds). Without the variable a place costs one cached call.
"""

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from tirage.errors import Permanent, Transient

VARIABLE = "TIRAGE_FAULT"

POINTS = MappingProxyType(
    {
        "receive:mid-object": (
            "a temporary file with part of the object; not acknowledged",
            "the temporary file is deleted at the next start",
        ),
        "receive:before-fsync": (
            "a complete temporary file, perhaps not on disk; not acknowledged",
            "the temporary file is deleted at the next start",
        ),
        "receive:after-fsync": (
            "a complete temporary file on disk; not acknowledged",
            "the temporary file is deleted at the next start",
        ),
        "receive:after-rename": (
            "the object under its content address, perhaps not in the folder on disk; not recorded",
            "it is recorded when the sender sends it again, or deleted as an orphan after the grace time",
        ),
        "receive:after-folder-fsync": (
            "the object safely under its content address; not recorded, not acknowledged",
            "it is recorded when the sender sends it again, or deleted as an orphan after the grace time",
        ),
        "receive:before-commit": (
            "as before: the transaction is rolled back by the database",
            "it is recorded when the sender sends it again, or deleted as an orphan after the grace time",
        ),
        "receive:after-commit": (
            "the object kept, recorded and queued; not acknowledged",
            "the sender sends it again and is told Success as a duplicate; work goes on",
        ),
        "catalogue:before-commit": (
            "nothing: the batch's transaction is rolled back by the database",
            "the batch is read and recorded again",
        ),
        "catalogue:after-commit": (
            "the batch in the catalogue and out of the queue",
            "nothing to do: the batch is skipped when it is tried again",
        ),
    }
)
"""Every place by name: what a crash there leaves behind, and what is done about it (`docs/operations.md`)."""


class FaultSpelling(Permanent):
    """`TIRAGE_FAULT` names no known place or action."""

    code = "FAULT_SPELLING"
    exit_code = 64
    remedy = "Unset TIRAGE_FAULT, or spell it stage:point:n:action with a place of docs/operations.md."


class FaultInjected(Transient):
    """A test asked for this failure."""

    code = "FAULT_INJECTED"
    remedy = "Unset TIRAGE_FAULT."


@dataclass(slots=True)
class _Fault:
    point: str
    count: int
    action: str
    reached: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def strike(self) -> None:
        with self.lock:
            self.reached += 1
            is_due = self.reached == self.count
        if not is_due:
            return
        kind, _, seconds = self.action.partition("=")
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "sleep":
            time.sleep(float(seconds))
        else:
            raise FaultInjected(f"at {self.point}")


def _parsed(text: str) -> _Fault:
    try:
        stage, place, count, action = text.strip().split(":")
        fault = _Fault(f"{stage}:{place}", int(count), action)
    except ValueError as error:
        raise FaultSpelling(f"cannot read {VARIABLE}") from error
    kind, _, seconds = action.partition("=")
    is_known = kind in {"kill", "raise"} or (kind == "sleep" and seconds.replace(".", "", 1).isdigit())
    if fault.point not in POINTS or not is_known:
        raise FaultSpelling(f"{VARIABLE} names an unknown place or action")
    return fault


@cache
def _armed() -> dict[str, list[_Fault]]:
    faults: dict[str, list[_Fault]] = {}
    for text in filter(None, os.environ.get(VARIABLE, "").split(",")):
        fault = _parsed(text)
        faults.setdefault(fault.point, []).append(fault)
    return faults


def reach(point: str) -> None:
    """Say that `point` is reached; returns at once unless a fault is due there."""
    for fault in _armed().get(point, ()):
        fault.strike()


def disarm() -> None:
    """Read `TIRAGE_FAULT` anew at the next place (for tests in one process)."""
    _armed.cache_clear()
