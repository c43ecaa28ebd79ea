"""Pictures and comparisons for the console, made in child processes and kept for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tirage.flow.pool import Crashed, Pool
from tirage.flow.sheet.beside import Beside, Both, Device, Word, beside, device, words
from tirage.flow.sheet.tile import Tile, Unshown, Wanted, tile

Job = TypeVar("Job")
Answer = TypeVar("Answer")

KEPT_BYTES = 64 << 20
"""Bytes of pictures kept in memory."""

LIMIT_S = 30.0
"""How long a decoder may take for one picture; a person waits for it."""

PRELOAD = ("numpy", "tirage.flow.sheet.beside", "tirage.flow.sheet.tile")


class Pictures:
    """Makes pictures; used by many threads at once. Nothing is decoded in this process."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = Pool(workers, PRELOAD, LIMIT_S)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, int, int, int], Tile | Unshown] = OrderedDict()
        self._size_bytes = 0
        self._is_warm = False

    def warm(self) -> None:
        """Start the child processes without waiting for them: the first picture comes a second earlier."""
        with self._lock:
            is_warm, self._is_warm = self._is_warm, True
        if not is_warm:
            threading.Thread(target=self._pool.map, args=(abs, [0, 0]), daemon=True).start()

    def tile(self, wanted: Wanted) -> Tile | Unshown:
        """One frame, or why it cannot be shown; files are named by their content, so it never changes."""
        key = (wanted.path.name, wanted.frame, wanted.size, wanted.low, wanted.high)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        made = self._asked(tile, wanted)
        if made not in (Unshown.GONE, Unshown.CRASHED):
            self._keep(key, made)
        return made

    def beside(self, both: Both) -> Beside | Unshown:
        """An object before and after."""
        return self._asked(beside, both)

    def device(self, original: Path) -> Device | Unshown:
        """What an object says of its device."""
        return self._asked(device, original)

    def words(self, path: Path, frame: int) -> list[Word] | Unshown:
        """The lines of text in a frame; raises `OcrMissing` without the extra `ocr`."""
        return self._asked(words, (path, frame))

    def close(self) -> None:
        """Let the child processes go."""
        self._pool.close()

    def _asked(self, function: Callable[[Job], Answer], job: Job) -> Answer | Unshown:
        [answer] = self._pool.map(function, [job])
        return Unshown.CRASHED if isinstance(answer, Crashed) else answer

    def _keep(self, key: tuple[str, int, int, int, int], made: Tile | Unshown) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = made
            self._size_bytes += _size(made)
            while self._size_bytes > KEPT_BYTES:
                _, old = self._kept.popitem(last=False)
                self._size_bytes -= _size(old)


def _size(made: Tile | Unshown) -> int:
    return len(made.png) if isinstance(made, Tile) else 64
