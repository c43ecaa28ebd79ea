"""Wait for the worker of a serving node, by what the record says of its work."""

import time
from collections import Counter
from collections.abc import Callable

from tirage.flow import due
from tirage.flow.engine import ACTIVE, FAILED, Onlooker
from tirage.service.build import Parts
from tirage.service.reports import Failure
from tirage.settings import Settings
from tirage.store import studies, times
from tirage.store.database import reading

LOOK_S = 0.5
STALLED_S = 60.0
"""For how long, past the longest quiet time, a node may make nothing of what is due."""


def wait_until(
    settings: Settings,
    parts: Parts,
    is_done: Callable[[], bool],
    progress: Callable[[], None],
    timeout_s: float,
) -> bool:
    """Whether it came so far; False when time ran out, or the node left due work alone.

    What failed and waits to be tried again is not waited for.
    """
    quiet_s = max((rules.project.complete.quiet_s for rules in parts.rules.values()), default=0)
    deadline = time.monotonic() + timeout_s
    before, stalled_at = "", time.monotonic() + STALLED_S + quiet_s
    with Onlooker(settings.flow_url) as onlooker:
        while True:
            progress()
            active = onlooker.runs(*ACTIVE)
            failed = {run.id for run in onlooker.runs(*FAILED)}
            if is_done() or (not active and _is_covered(parts, failed)):
                return True
            now = time.monotonic()
            if (state := _state(parts)) != before or active:
                before, stalled_at = state, now + STALLED_S + quiet_s
            if now >= min(deadline, stalled_at):
                return False
            time.sleep(LOOK_S)


def failures(settings: Settings) -> list[Failure]:
    """What failed and waits to be tried again, by kind and error code."""
    with Onlooker(settings.flow_url) as onlooker:
        found = Counter(
            (run.name, run.error.split()[-1] if run.error else "") for run in onlooker.runs(*FAILED)
        )
    return [Failure(kind, error, runs) for (kind, error), runs in sorted(found.items())]


def _is_covered(parts: Parts, failed: set[str]) -> bool:
    with reading(parts.database) as connection:
        runs = due.runs(connection, parts.rules, parts.archives, times.now())
        return due.is_covered(runs, failed)


def _state(parts: Parts) -> str:
    with reading(parts.database) as connection:
        return repr(studies.stages(connection))
