"""Random access to the bytes of one file, without holding them."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FileRange:
    """Where a value lies in a source: `offset` and `length` in bytes."""

    offset: int
    length: int


class Source(Protocol):
    """The bytes of one object; `size` in bytes."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, size: int) -> bytes:
        """The `size` bytes at `offset`; fewer only at the end of the file."""
        ...


class BytesSource:
    """A source over bytes that are already in memory."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]


class FileSource:
    """A source over an open file; read by position, so the descriptor may be shared between readers."""

    __slots__ = ("descriptor", "size")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "FileSource":
        """The file at `path`, opened for reading; close it, or use it in a `with` block."""
        return cls(os.open(Path(path), os.O_RDONLY | os.O_CLOEXEC))

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self.descriptor, size, offset)
        while len(data) < size and offset + len(data) < self.size:
            more = os.pread(self.descriptor, size - len(data), offset + len(data))
            if not more:
                break  # the file became shorter while it was read
            data += more
        return data

    def close(self) -> None:
        os.close(self.descriptor)

    def __enter__(self) -> "FileSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
