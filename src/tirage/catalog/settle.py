"""Whether a study has arrived completely, as far as anybody can tell.

DICOM has no end-of-study message (PS3.4 C-STORE says nothing of studies). So: everything announced is here,
or nothing has come for a while. A wrong guess costs a supplementary release, never a repeated one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Completion:
    """How long a project waits. `quiet` without a new instance; after the expected count came, `brief` is
    enough: the last associations of a study may still be closing."""

    quiet: timedelta
    brief: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What has come of a study. `expected` is how many were announced, None when nobody said;
    `settled_at` is when it was last taken for complete, None when never."""

    instances: int
    last_arrival: datetime
    expected: int | None = None
    settled_at: datetime | None = None


class Completeness(StrEnum):
    """How a study stands."""

    ARRIVING = "arriving"
    COMPLETE = "complete"
    AMENDED = "amended"
    SETTLED = "settled"


def completeness(study: Arrivals, rule: Completion, now: datetime) -> Completeness:
    """Whether to begin: `COMPLETE` the first time, `AMENDED` when instances came after that, else wait.

    A study with fewer instances than expected is complete all the same after the quiet time: what was
    announced and never sent must not keep back what was sent. A clock that went back makes it wait longer,
    never begin early.
    """
    if study.settled_at is not None and study.settled_at >= study.last_arrival:
        return Completeness.SETTLED
    is_all_here = study.expected is not None and study.instances >= study.expected
    wait = min(rule.brief, rule.quiet) if is_all_here else rule.quiet
    if now - study.last_arrival < wait:
        return Completeness.ARRIVING
    return Completeness.COMPLETE if study.settled_at is None else Completeness.AMENDED


def expected_instances(announced: Collection[str]) -> int | None:
    """The largest believable Number of Study Related Instances (0020,1208) an archive stated, or None.

    Values as found, an IS of PS3.5 6.2; anything that is no positive whole number says nothing.
    """
    counts = [int(text) for each in announced if (text := each.strip()).isascii() and text.isdigit()]
    return max((count for count in counts if count > 0), default=None)
