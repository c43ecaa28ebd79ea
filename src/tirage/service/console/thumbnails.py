"""Small pictures of originals, made by children that may die, and kept in memory for a while."""

import threading
from collections import OrderedDict
from pathlib import Path

from tirage.flow.pool import Crashed, Pool
from tirage.flow.thumbnail import thumbnail
from tirage.model.identifiers import Digest

MOST = 512
LIMIT_S = 20.0
PRELOAD = ("tirage.flow.thumbnail", "tirage.dicom.frames", "tirage.flow.sheet.pictures")

NOTHING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">'
    b'<rect x="1" y="1" width="94" height="94" rx="6" fill="none" stroke="#7b8a8f"/>'
    b'<path d="M28 68 68 28M28 28l40 40" stroke="#7b8a8f"/></svg>'
)
"""Drawn where there is no picture, or none that can be decoded."""

Picture = tuple[bytes, str]


class Thumbnails:
    """Pictures by the digest of their original. Safe to use from many threads."""

    def __init__(self) -> None:
        self._pool = Pool(1, PRELOAD, LIMIT_S)
        self._kept: OrderedDict[Digest, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, digest: Digest, path: Path) -> Picture:
        """The picture of an original and its media type; `NOTHING` when there is none."""
        if not path.exists():
            return NOTHING, "image/svg+xml"
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return self._kept[digest]
        made = self._made(path)
        with self._lock:
            self._kept[digest] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

    def close(self) -> None:
        """Let the child go."""
        self._pool.close()

    def _made(self, path: Path) -> Picture:
        (answer,) = self._pool.map(thumbnail, [path])
        if isinstance(answer, Crashed) or not answer:
            return NOTHING, "image/svg+xml"
        return answer, "image/png"
