"""Numbers that take long to count: shown at once as they last were, and counted anew meanwhile.

What is older than `stale_s` is never shown: whoever comes then waits, as the first one does.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Fresh(Generic[T]):
    """What `count` gives: never counted twice at a time, and again when it is older than `fresh_s`."""

    def __init__(self, count: Callable[[], T], fresh_s: float = 2.0, stale_s: float = 60.0) -> None:
        self._count, self._fresh_s, self._stale_s = count, fresh_s, stale_s
        self._lock = threading.Lock()
        self._last: tuple[float, T] | None = None

    def get(self) -> T:
        """As it was last counted."""
        last = self._last
        age_s = time.monotonic() - last[0] if last else 0.0
        if last is None or age_s > self._stale_s:
            return self._counted()
        if age_s > self._fresh_s and not self._lock.locked():
            threading.Thread(target=self._counted, daemon=True).start()
        return last[1]

    def forget(self) -> None:
        """Count anew when next asked: something was changed."""
        with self._lock:
            self._last = None

    def _counted(self) -> T:
        with self._lock:
            last = self._last
            if last is not None and time.monotonic() - last[0] <= self._fresh_s:
                return last[1]
            value = self._count()
            self._last = (time.monotonic(), value)
            return value
