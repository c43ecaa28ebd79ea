"""Have an archive hand over studies, one after the other, and compare what came with what it listed.

A run goes on until nothing is due, so that one association serves many studies. What it did is in the record
after each study: a run that died is started again and goes on with the study it was at.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.acquire.outcome import NO_SERIES, SERIES_UNKNOWN
from tirage.acquire.turn import Answer, next_turn
from tirage.errors import Permanent, TirageError
from tirage.faults import reach
from tirage.flow import serving
from tirage.flow.context import Access, Context
from tirage.flow.steps import selection
from tirage.flow.steps.selection import Listed
from tirage.model.archives import (
    Archive,
    ArchiveBusy,
    ArchiveContradicts,
    ArchiveRefused,
    ArchiveUnreachable,
    InstanceAnswer,
    Wanted,
)
from tirage.model.requests import FetchState
from tirage.store import audit, claims, fetches
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.fetches import Fetch
from tirage.store.times import MICROSECOND

MOST_OF_A_RUN = 100
POLL_S, TRAILING_S, STOP_POLL_S = 0.05, 3.0, 2.0
"""How often to look for objects on their way, how long after the last one, how often for a person's word."""

ARCHIVE_FAULTS = (ArchiveBusy, ArchiveContradicts, ArchiveRefused, ArchiveUnreachable)


@dataclass(frozen=True, slots=True)
class Turn:
    """A study's turn at an archive, and the run that is at it."""

    context: Context
    access: Access
    archive: Archive
    study: Fetch
    run: str
    is_stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Said:
    """What an archive said, in a code: a status, or a fault.

    `is_final` when asking again is no use, `is_unasked` when it could not be asked now.
    """

    status: str = ""
    is_final: bool = False
    is_unasked: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking an archive: the note of it, how many objects arrived, what was said."""

    note: int
    arrived: int
    status: str


def fetch(context: Context, name: str, run: str, is_stopping: Callable[[], bool]) -> None:
    """Fetch studies from an archive until none is due, somebody pauses it, or its hours are over."""
    access = context.access_of(name)
    with closing(access.open()) as archive:
        study = repeated(context.database, lambda connection: _next(connection, context, access, run))
        for _ in range(MOST_OF_A_RUN):
            if study is None or is_stopping():
                break
            study = _fetch(Turn(context, access, archive, study, run, is_stopping))
    # A run that died and is started again finds its own study, unless that was paused or cancelled meanwhile.
    repeated(context.database, lambda connection: fetches.let_go(connection, run))


def _next(connection: Connection, context: Context, access: Access, run: str) -> Fetch | None:
    """The study whose turn it is, claimed by the run."""
    projects = serving.projects(connection, context.rules, access, context.clock())
    return fetches.claim(connection, access.name, projects, context.micros(), run)


def _fetch(turn: Turn) -> Fetch | None:
    """Give a study its turn; the study that comes next.

    Takes two transactions, since each is a flush: what is expected goes with the note that the archive is
    about to be asked, and where the study stands with the claim of the next.
    """
    listed, said = _list(turn)
    is_asking = not said.status and not listed.is_declined
    missing, expected, note = _expect(turn, listed.instances, is_asking=is_asking)
    if not is_asking or not missing:
        answer = Answer(expected, len(missing), 0, said.is_final, listed.is_declined, said.is_unasked)
        return _put_down(turn, listed, answer, said.status)
    if note is None:
        note = _begin(turn, len(missing))
    if note is None:
        return _let_go(turn)
    reach("fetch:before-ask")
    said = _retrieve(turn, listed.request(turn.study.study, missing))
    left = _wait(turn)
    reach("fetch:after-ask")
    arrived = len(missing) - left
    asked = Asked(note, arrived, said.status)
    if left and _is_stopped(turn):
        return _let_go(turn, asked)
    answer = Answer(expected, left, arrived, said.is_final and not arrived)
    return _put_down(turn, listed, answer, said.status, asked)


def _list(turn: Turn) -> tuple[Listed, Said]:
    """What the archive has of the study and the project wants."""
    try:
        listed = selection.listed(turn.context, turn.archive, turn.study)
    except ARCHIVE_FAULTS as fault:
        return Listed(), _said(fault)
    if listed.instances or listed.is_declined:
        return listed, Said()
    return listed, Said("NOT_LISTED", is_final=True)


def _expect(
    turn: Turn, listed: Sequence[InstanceAnswer], *, is_asking: bool
) -> tuple[list[InstanceAnswer], int, int | None]:
    """What is missing, how many are expected in all, and the note that the archive is about to be asked.

    The project takes what is here already. No note when nothing is to be asked, or not yet.
    """
    number = turn.study.id

    def unit(connection: Connection) -> tuple[list[InstanceAnswer], int, int | None]:
        fetches.expect(connection, number, listed)
        claims.claim_expected(connection, number, turn.context.micros())
        missing = fetches.missing(connection, number)
        note = _note(connection, turn, len(missing)) if missing and is_asking else None
        return missing, fetches.expected_count(connection, number), note

    return repeated(turn.context.database, unit)


def _begin(turn: Turn, instances: int) -> int | None:
    """Note that the archive is about to be asked, as soon as its rate allows; None when stopped meanwhile."""
    while not _is_stopped(turn):
        note = repeated(turn.context.database, lambda connection: _note(connection, turn, instances))
        if note is not None:
            return note
        time.sleep(POLL_S * 10)
    return None


def _note(connection: Connection, turn: Turn, instances: int) -> int | None:
    access, number, at = turn.access, turn.study.id, turn.context.micros()
    note = fetches.begin_asking(connection, number, access.name, instances, access.per_minute, at)
    if note is not None:
        detail: audit.Detail = {"archive": access.name, "instances": instances}
        audit.append(connection, [Line("worker", "ask-archive", f"fetch:{number}", detail)], at)
    return note


def _retrieve(turn: Turn, wanted: Wanted) -> Said:
    try:
        done = turn.archive.retrieve(wanted, _Watch(turn))
    except ARCHIVE_FAULTS as fault:
        return _said(fault)
    return Said("" if done.status is None else f"0x{done.status:04X}")


def _wait(turn: Turn) -> int:
    """How many instances are still missing once nothing more seems to come."""
    left = _missing(turn)
    until = time.monotonic() + TRAILING_S
    while left and turn.access.sender is not None and time.monotonic() < until and not turn.is_stopping():
        time.sleep(POLL_S)
        now_left = _missing(turn)
        if now_left < left:
            left, until = now_left, time.monotonic() + TRAILING_S
    return left


def _missing(turn: Turn) -> int:
    with reading(turn.context.database) as connection:
        return len(fetches.missing(connection, turn.study.id))


def _put_down(
    turn: Turn, listed: Listed, answer: Answer, status: str, asked: Asked | None = None
) -> Fetch | None:
    """Record what came of asking, where the study stands and whose turn it is there; the next study."""
    context, study = turn.context, turn.study
    archives = context.rules_of(study.project).project.archives
    after = next_turn(answer, study.archive, study.attempts, archives, turn.access.patience)
    at = context.micros()
    changes = {
        "state": after.state.value,
        "archive": after.archive,
        "attempts": after.attempts,
        "expected": answer.expected,
        "received": answer.expected - answer.missing,
        "due_at": at + after.wait // MICROSECOND,
        "detail": _detail(listed, after.state, status),
    }

    def unit(connection: Connection) -> Fetch | None:
        _end(connection, asked, at)
        fetches.put_down(connection, study.id, turn.run, at, **changes)
        if after.state is not FetchState.WANTED:
            detail: audit.Detail = {"project": study.project, "state": after.state.value}
            audit.append(connection, [Line("worker", "fetched", f"fetch:{study.id}", detail)], at)
        return _next(connection, context, turn.access, turn.run)

    following = repeated(context.database, unit)
    reach("fetch:after-put-down")
    return following


def _detail(listed: Listed, state: FetchState, status: str) -> str:
    if listed.waits and state is not FetchState.WANTED:
        return SERIES_UNKNOWN
    if listed.is_declined:
        return NO_SERIES
    return "" if state is FetchState.COMPLETE else status


def _let_go(turn: Turn, asked: Asked | None = None) -> Fetch | None:
    """Leave the study as it is for another run; the next study."""
    at = turn.context.micros()

    def unit(connection: Connection) -> Fetch | None:
        _end(connection, asked, at)
        fetches.put_down(connection, turn.study.id, turn.run, at)
        return _next(connection, turn.context, turn.access, turn.run)

    return repeated(turn.context.database, unit)


def _end(connection: Connection, asked: Asked | None, at: int) -> None:
    if asked is not None:
        fetches.end_asking(connection, asked.note, asked.arrived, asked.status, at)


def _is_stopped(turn: Turn) -> bool:
    """Whether the worker ends, or a person paused or cancelled this."""
    if turn.is_stopping():
        return True
    with reading(turn.context.database) as connection:
        if fetches.state(connection, turn.study.id) is not FetchState.WANTED:
            return True
        projects = serving.projects(connection, turn.context.rules, turn.access, turn.context.clock())
        return turn.study.project not in projects


class _Watch:
    """Looks from time to time whether to stop, however often it is asked."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._looks_at = time.monotonic() + STOP_POLL_S

    def __call__(self) -> bool:
        if time.monotonic() < self._looks_at:
            return self._turn.is_stopping()
        self._looks_at = time.monotonic() + STOP_POLL_S
        return _is_stopped(self._turn)


def _said(fault: TirageError) -> Said:
    is_final = isinstance(fault, Permanent)
    return Said(fault.code, is_final, not is_final)
