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
        "resolve:before-commit": (
            "nothing: the transaction of up to ten rows is rolled back by the database",
            "the archives are asked for these rows again",
        ),
        "resolve:after-commit": (
            "the answers to up to ten rows recorded, the studies that are wanted among them",
            "nothing to do: the run goes on with the rows that are open",
        ),
        "fetch:before-ask": (
            "a study claimed by its run, a note that the archive was asked, which it was not",
            "the run goes on with the study: it is listed and asked for anew",
        ),
        "fetch:after-ask": (
            "objects in keeping, the study still claimed, a note without an answer",
            "the run goes on with the study: what has come is not asked for again",
        ),
        "fetch:after-put-down": (
            "the study put down with where it stands",
            "nothing to do: the run goes on with the next study that is due",
        ),
        "catalogue:before-commit": (
            "nothing: the batch's transaction is rolled back by the database",
            "the batch is read and recorded again",
        ),
        "catalogue:after-commit": (
            "the batch in the catalogue and out of the queue",
            "nothing to do: the batch is skipped when it is tried again",
        ),
        "reconcile:before-commit": (
            "nothing: who the study's patient is, is rolled back by the database",
            "the study's identities are judged again",
        ),
        "identity:before-commit": (
            "nothing: the decision is rolled back by the database, and what waited for it is held as before",
            "the person decides again",
        ),
        "prepare:after-outputs": (
            "outputs on disk in the research zone's temporary folder; not recorded",
            "the temporary folder is swept at the next start and the chunk is made again, byte for byte",
        ),
        "prepare:after-place": (
            "outputs under their content addresses; not recorded",
            "the chunk is made again; the same bytes take the same names",
        ),
        "prepare:before-commit": (
            "as before: the transaction is rolled back by the database",
            "the chunk is made again; the same bytes take the same names",
        ),
        "prepare:after-commit": (
            "outputs and verdicts recorded",
            "nothing to do: the step finds nothing left of its chunk",
        ),
        "propose:before-commit": (
            "nothing: the transaction is rolled back by the database",
            "the release is proposed anew, with whatever is ready then",
        ),
        "propose:after-commit": (
            "a candidate with fixed members and the numbers people judge it by",
            "nothing to do: it waits for whoever signs it",
        ),
        "sign:before-commit": (
            "nothing: the transaction is rolled back by the database",
            "the signature was not given; the person signs again",
        ),
        "sign:after-commit": (
            "the signature and its line in the audit",
            "nothing to do: signing again is refused; with enough of them the release is made",
        ),
        "release:before-freeze": (
            "nothing: the transaction is rolled back by the database",
            "the version is frozen anew, with whatever is ready then",
        ),
        "release:after-freeze": (
            "a frozen release without a folder",
            "the folder is written with the frozen members",
        ),
        "release:before-rename": (
            "a folder `vNNNN.part`, complete or not",
            "the folder is swept at the next start and written again",
        ),
        "release:after-rename": (
            "the release's folder, perhaps not in the project's folder on disk; not recorded as complete",
            "the folder is taken as it is, made durable and recorded",
        ),
        "release:before-complete": (
            "the release's folder on disk; the transaction is rolled back by the database",
            "it is recorded as complete",
        ),
        "release:after-complete": (
            "the release complete and recorded",
            "nothing to do: delivery starts",
        ),
        "deliver:after-send": (
            "files at the destination without a receipt here",
            "they are sent again; the destination has them already and says so",
        ),
        "deliver:before-commit": (
            "as before: the transaction is rolled back by the database",
            "they are sent again; the destination has them already and says so",
        ),
        "withdraw:after-send": (
            "a tombstone at a destination, not recorded as told",
            "it is told again; the destination has it already and says so",
        ),
        "deliver:after-commit": (
            "files at the destination and their receipts here",
            "nothing to do: only files without a receipt are sent",
        ),
        "hold:before-commit": (
            "nothing: a person's decision is rolled back by the database, all of it",
            "nothing to do: the person sees that nothing changed, and decides again",
        ),
        "erase:before-commit": (
            "nothing: the erasure is rolled back by the database; no file was touched",
            "nothing to do: the person sees that the study is there, and erases it again",
        ),
        "erase:before-unlink": (
            "a study erased in the record, its files still on disk and listed for deletion",
            "the worker deletes them",
        ),
        "erase:after-unlink": (
            "files deleted that are still listed for deletion",
            "the worker finds them gone and strikes them off",
        ),
        "rotate:after-key": (
            "a new key file that opens nothing yet; the old key is the node's",
            "`tirage keys rotate` goes on with it; until then the node works as before",
        ),
        "rotate:after-begin": (
            "a crosswalk that the new key opens, every row still sealed with the old one",
            "`tirage keys rotate` goes on; until then both keys are needed, and the node works with both",
        ),
        "rotate:before-commit": (
            "as before: the transaction of up to 500 patients is rolled back by the database",
            "`tirage keys rotate` goes on with these patients",
        ),
        "rotate:after-commit": (
            "up to 500 patients more sealed with the new key",
            "`tirage keys rotate` goes on with the patients that have the old key",
        ),
        "rotate:after-accounts": (
            "every row and every second factor sealed with the new key; the files not exchanged",
            "`tirage keys rotate` finds nothing left to seal and exchanges the files",
        ),
        "rotate:after-keep": (
            "the old key under two names, the new one as `master.key.new`",
            "`tirage keys rotate` exchanges the files",
        ),
        "rotate:after-swap": (
            "the new key as `master.key`; the crosswalk still names the old one",
            "`tirage keys rotate` ends it: no row needs the old key",
        ),
        "rotate:after-end": (
            "the crosswalk with the new key alone",
            "nothing to do: the rotation is over, and another one would make another key",
        ),
        "rotate-signing:after-key": (
            "a new signing key's file that signs nothing yet",
            "`tirage keys rotate --signing` goes on with it",
        ),
        "rotate-signing:after-head": (
            "an audit that names the new key, under a head of the old one; the old key still signs",
            "`tirage keys rotate --signing` goes on with it",
        ),
        "rotate-signing:after-public": (
            "the old key's public half in a file of its own; the old key still signs",
            "`tirage keys rotate --signing` exchanges the files",
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
