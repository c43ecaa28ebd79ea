"""Objects on disk under the SHA-256 of their bytes: `aa/aabb…`, written once, never changed.

Durable means: the file's bytes were flushed, then it got its name, then the folder was flushed. After a
failed flush the kernel may have dropped the pages while calling them clean, so a second try would lie: the
descriptor is given up and the whole store takes nothing more until it is opened anew.
"""

import errno
import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from tirage.faults import reach
from tirage.model.custody import StoreFull, StoreReadOnly, StoreUnavailable
from tirage.model.identifiers import Digest

CHUNK_BYTES = 4 * 1024 * 1024
# In the first runs a write of 530 KB took ext4 (Linux 6.18) 1.2 ms at once and 0.2 ms in pieces; in runs
# right after, when freed pages were used again, there was little difference.
PIECE_BYTES = 64 * 1024
LEAST_FREE = 0.05
_TEMPORARY = "tmp"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_BROKEN = frozenset({errno.EIO, errno.EROFS})


class BlobStore:
    """A folder of objects by content address. Safe to use from many threads.

    Parameters
    ----------
    root
        Where the objects are; made when it does not exist.
    least_free
        The share of the disk below which nothing more is taken.
    """

    def __init__(self, root: Path, least_free: float = LEAST_FREE) -> None:
        self.root = root
        self._least_free = least_free
        self._numbers = count()
        self._failure: str = ""
        self._lock = threading.Lock()
        self._temporary = root / _TEMPORARY
        self._prepare()

    def _prepare(self) -> None:
        # All 256 folders now: no folder is ever made, and so none needs its own flush, while receiving.
        self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = [self.root / f"{number:02x}" for number in range(256)]
        for folder in made:
            folder.mkdir(exist_ok=True, mode=0o700)
        _flush_folder(self.root)

    @property
    def failure(self) -> str:
        """Why nothing more is taken since a flush failed; empty while all is well."""
        return self._failure

    def path(self, digest: Digest) -> Path:
        """Where the object is, or would be."""
        return self.root / digest[:2] / digest

    def has(self, digest: Digest) -> bool:
        """Whether there is a file for this digest (its bytes are not read)."""
        return self.path(digest).exists()

    def free_share(self) -> float:
        """The share of the disk that is free to us, 0 to 1."""
        status = os.statvfs(self.root)
        return status.f_bavail / status.f_blocks if status.f_blocks else 0.0

    def receive(self) -> "IncomingBlob":
        """Start writing one object. Raises `StoreFull`, `StoreReadOnly` or `StoreUnavailable`."""
        self.admit()
        while True:
            # A process of the same number, before a restart, may have left a file of this name.
            name = f"{os.getpid()}-{next(self._numbers)}"
            try:
                return IncomingBlob(self, self._temporary / name)
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno in _NO_SPACE | _BROKEN:
                    raise self.refusal(error) from error
                raise StoreUnavailable(f"no file can be opened: {_name_of(error)}") from error

    def admit(self) -> None:
        """Return when the store may be written to. Raises `StoreFull` or `StoreReadOnly`."""
        if self._failure:
            raise StoreReadOnly(self._failure)
        if self.free_share() < self._least_free:
            raise StoreFull(f"less than {self._least_free:.0%} of the disk is free")

    def refusal(self, error: OSError) -> StoreFull | StoreReadOnly:
        """What an error of the file system means to the sender; any but a full disk closes the store."""
        if error.errno in _NO_SPACE:
            return StoreFull("the disk is full")
        return self.close_for_writing(error)

    def close_for_writing(self, error: OSError) -> StoreReadOnly:
        """Take nothing more: the disk can no longer be trusted with new bytes."""
        with self._lock:
            if not self._failure:
                self._failure = f"the disk answered {_name_of(error)}"
        return StoreReadOnly(self._failure)

    def flush_folders(self, digests: Iterable[Digest]) -> None:
        """Make the names of these objects durable. Raises `StoreReadOnly`."""
        if self._failure:
            raise StoreReadOnly(self._failure)
        for folder in {digest[:2] for digest in digests}:
            try:
                _flush_folder(self.root / folder)
            except OSError as error:
                raise self.close_for_writing(error) from error

    def sweep(self) -> int:
        """Delete what writers left behind that ended before their time; how many files that were.

        Call it before receiving starts, holding the store's lock (`store.ownership`).
        """
        left = list(self._temporary.iterdir())
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def remove(self, digest: Digest) -> None:
        """Delete an object that no record names."""
        self.path(digest).unlink(missing_ok=True)

    def listed(self) -> Iterator[tuple[Digest, os.stat_result]]:
        """Every object on disk, with its size and times, folder by folder."""
        for number in range(256):
            with os.scandir(self.root / f"{number:02x}") as entries:
                for entry in entries:
                    if _DIGEST.fullmatch(entry.name):
                        yield Digest(entry.name), entry.stat()

    def digest_on_disk(self, digest: Digest) -> Digest | None:
        """The digest its bytes have now; none when the file is missing or cannot be read."""
        hashed = hashlib.sha256()
        try:
            with self.path(digest).open("rb", buffering=0) as file:
                while chunk := file.read(CHUNK_BYTES):
                    hashed.update(chunk)
        except OSError:
            return None
        return Digest(hashed.hexdigest())


class IncomingBlob:
    """One object being written: `write` …, `seal`, `place`; or `abort` at any time before `place`."""

    __slots__ = ("_descriptor", "_hashed", "_path", "_size", "_store")

    def __init__(self, store: BlobStore, path: Path) -> None:
        self._store = store
        self._path = path
        self._hashed = hashlib.sha256()
        self._size = 0
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`. Raises `StoreFull` or `StoreReadOnly`, and then nothing is left behind."""
        view = memoryview(data)
        self._hashed.update(view)
        self._size += len(view)
        try:
            while view:
                view = view[os.write(self._descriptor, view[:PIECE_BYTES]) :]
        except OSError as error:
            self.abort()
            raise self._store.refusal(error) from error
        reach("receive:mid-object")

    def seal(self) -> tuple[Digest, int]:
        """Flush the bytes to disk; their digest and number. Raises `StoreFull` or `StoreReadOnly`."""
        reach("receive:before-fsync")
        if self._store.failure:
            self.abort()
            raise StoreReadOnly(self._store.failure)
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self.abort()
            raise self._store.refusal(error) from error
        self._close()
        reach("receive:after-fsync")
        return Digest(self._hashed.hexdigest()), self._size

    def place(self, digest: Digest) -> None:
        """Give the sealed object its name; durable only after `BlobStore.flush_folders`.

        A file of that name is replaced: it has the same bytes, or is damaged and thereby healed.
        """
        try:
            self._path.rename(self._store.path(digest))
        except OSError as error:
            self.abort()
            raise self._store.refusal(error) from error
        reach("receive:after-rename")

    def commit(self) -> tuple[Digest, int]:
        """Seal, place and flush the folder: on return the object is durable under its digest."""
        digest, size = self.seal()
        self.place(digest)
        self._store.flush_folders((digest,))
        reach("receive:after-folder-fsync")
        return digest, size

    def abort(self) -> None:
        """Forget the object; harmless when repeated or after `place`."""
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def _name_of(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "an error")


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
