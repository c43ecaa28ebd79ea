"""How fast a destination is sent to."""

import threading
import time
from collections.abc import Callable

BURST_S = 0.25
"""Seconds' worth of bytes that may go out at once after a pause."""


class Pace:
    """Lets `bytes_per_s` bytes through in a second, over all threads that send; any number when it is 0."""

    def __init__(
        self,
        bytes_per_s: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._lock = threading.Lock()

    def take(self, size_bytes: int) -> None:
        """Wait until so many bytes may be sent."""
        if not self._bytes_per_s:
            return
        with self._lock:
            now = self._clock()
            begins = max(self._free_at, now - BURST_S)
            self._free_at = begins + size_bytes / self._bytes_per_s
            wait = self._free_at - now
        if wait > 0:
            self._sleep(wait)
