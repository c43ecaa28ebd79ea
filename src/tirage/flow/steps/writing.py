"""Writes an output from bytes and ranges of its source, and says its SHA-256."""

import errno
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from tirage.dicom.elements import FileRange, FileSource, Source
from tirage.model.identifiers import Digest

PIECE_BYTES = 1 << 20
KERNEL_COPY_BYTES = 8 << 20
"""From this size on the kernel copies a range, or shares it where the file system can. Below it, reading and
writing is faster (512 KB on ext4: 0.16 ms against 0.27 ms), and the bytes are at hand for the digest."""

_NO_KERNEL_COPY = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


class Hashing:
    """SHA-256 of what is written, computed in a second thread while the gate reads the file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self._task: Future[None] | None = None

    def add(self, data: bytes) -> None:
        """Take the bytes that were written; at most two pieces are held."""
        self._wait()
        self._task = _thread().submit(self._hash.update, data)

    def add_from_file(self, where: FileRange) -> None:
        """Take bytes that the kernel has written, from the file."""
        self._wait()
        self._task = _thread().submit(self._read, where)

    def digest(self) -> Digest:
        """The digest of everything taken."""
        self._wait()
        return Digest(self._hash.hexdigest())

    def _wait(self) -> None:
        if self._task is not None:
            self._task.result()

    def _read(self, where: FileRange) -> None:
        source = FileSource(self._descriptor)
        for offset in range(where.offset, where.offset + where.length, PIECE_BYTES):
            self._hash.update(source.read(offset, min(PIECE_BYTES, where.offset + where.length - offset)))


def write(descriptor: int, chunks: Sequence[bytes | FileRange], body: Source) -> Hashing | None:
    """Write the chunks one after the other; ranges lie in `body`.

    None when the source ended before it had given what its header promised.
    """
    hashing = Hashing(descriptor)
    written = 0
    for chunk in chunks:
        if isinstance(chunk, bytes):
            _write_all(descriptor, chunk)
            hashing.add(chunk)
            written += len(chunk)
            continue
        done = 0
        if isinstance(body, FileSource) and chunk.length >= KERNEL_COPY_BYTES:
            done = _copied_by_kernel(descriptor, chunk, body.descriptor)
            hashing.add_from_file(FileRange(written, done))
        while done < chunk.length:
            data = body.read(chunk.offset + done, min(PIECE_BYTES, chunk.length - done))
            if not data:
                return None
            _write_all(descriptor, data)
            hashing.add(data)
            done += len(data)
        written += chunk.length
    return hashing


def digest_of(descriptor: int) -> Digest:
    """SHA-256 of a whole file as it is on the disk."""
    hashing = Hashing(descriptor)
    hashing.add_from_file(FileRange(0, os.fstat(descriptor).st_size))
    return hashing.digest()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _copied_by_kernel(descriptor: int, where: FileRange, source: int) -> int:
    """Bytes that the kernel has copied; fewer than asked for where it cannot, or at the end of the file."""
    done = 0
    try:
        while done < where.length:
            count = os.copy_file_range(source, descriptor, where.length - done, where.offset + done)
            if not count:
                break
            done += count
    except OSError as error:
        if error.errno not in _NO_KERNEL_COPY:
            raise
    return done


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="sha256")
