"""What comes next for a study after an archive was asked for it.

How much arrived decides, never what the archive said of it: a C-MOVE that answers Success with nothing sent
is common (PS3.4 C.4.2.1.5 makes the final status the archive's own opinion).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tirage.model.requests import FetchState

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often an archive is asked without anything new before the next one is."""

    attempts: int = 5
    first_wait: timedelta = FIRST_WAIT
    longest_wait: timedelta = LONGEST_WAIT

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts in a row that brought nothing."""
        return min(self.first_wait * (1 << min(attempts - 1, 20)), self.longest_wait)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the study stands now, whose turn it is, and how long until it may be asked for."""

    state: FetchState
    archive: str
    attempts: int = 0
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking: instances expected in all, missing now, and new since it was asked.

    `is_final` says that the archive will not change its mind: it refuses, or does not have the study;
    `is_declined` that the project wants nothing of what it has; `is_unasked` that the archive could not even
    be asked, which says nothing about the study.
    """

    expected: int
    missing: int
    arrived: int
    is_final: bool = False
    is_declined: bool = False
    is_unasked: bool = False


def next_turn(
    answer: Answer, archive: str, attempts: int, archives: Sequence[str], patience: Patience
) -> Turn:
    """What comes next after `archive` answered, asked `attempts` times before this without anything new."""
    if answer.is_declined or (answer.expected and not answer.missing):
        return Turn(FetchState.COMPLETE, archive)
    if answer.arrived:
        return Turn(FetchState.WANTED, archive)
    attempts += 1
    if answer.is_unasked or (not answer.is_final and attempts < patience.attempts):
        return Turn(FetchState.WANTED, archive, attempts, patience.wait(attempts))
    following = _after(archive, archives)
    if following is not None:
        return Turn(FetchState.WANTED, following)
    if not answer.expected:
        return Turn(FetchState.ABSENT, archive, attempts)
    is_partial = answer.missing < answer.expected
    return Turn(FetchState.PARTIAL if is_partial else FetchState.REFUSED, archive, attempts)


def _after(archive: str, archives: Sequence[str]) -> str | None:
    if archive not in archives:
        return archives[0] if archives else None
    position = archives.index(archive) + 1
    return archives[position] if position < len(archives) else None
