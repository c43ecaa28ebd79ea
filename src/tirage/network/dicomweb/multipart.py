"""`multipart/related` as a stream in constant memory. Source: RFC 2046 5.1.1, RFC 2387, PS3.18 8.6.1.2."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from tirage.model.archives import ArchiveContradicts, ArchiveUnreachable

MOST_HEADER_BYTES: Final = 16 * 1024
MOST_PREAMBLE_BYTES: Final = 64 * 1024
MOST_BOUNDARY: Final = 200
"""RFC 2046 allows 70 characters; some servers write more."""


@dataclass(frozen=True, slots=True)
class PartBegun:
    """A part follows; `content_type` is empty where it has none."""

    content_type: str


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The boundary after a part was read: it is whole."""


Event = PartBegun | bytes | PartEnded


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names; raises `ArchiveContradicts` when there is none."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary() or ""
    if not boundary or len(boundary) > MOST_BOUNDARY or not boundary.isascii():
        raise ArchiveContradicts("an answer in several parts does not say what separates them")
    return boundary.encode()


def read_parts(chunks: Iterable[bytes], boundary: bytes) -> Iterator[Event]:
    """What a body holds, as it arrives; never more than a chunk and a header are kept.

    Raises
    ------
    ArchiveUnreachable
        The body ends before its last boundary.
    ArchiveContradicts
        Headers without end, or something else than a line's end after a boundary.
    """
    reader = _Reader(chunks, b"\r\n--" + boundary)
    for _ in reader.until_boundary(MOST_PREAMBLE_BYTES):
        pass
    while reader.another_part():
        yield PartBegun(_content_type(reader.headers()))
        yield from reader.until_boundary()
        yield PartEnded()


class _Reader:
    def __init__(self, chunks: Iterable[bytes], delimiter: bytes) -> None:
        self._chunks = iter(chunks)
        self._delimiter = delimiter
        # The first boundary may be the first line.
        self._buffer = bytearray(b"\r\n")

    def _fill(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise ArchiveUnreachable("an answer in several parts ended before its last boundary")
        self._buffer += chunk

    def until_boundary(self, most: int | None = None) -> Iterator[bytes]:
        """What stands before the next boundary, which is taken off."""
        delimiter, passed = self._delimiter, 0
        while (found := self._buffer.find(delimiter)) < 0:
            # The end may be the beginning of a boundary.
            ready = len(self._buffer) - len(delimiter) + 1
            if ready > 0:
                passed += ready
                if most is not None and passed > most:
                    raise ArchiveContradicts("an answer in several parts does not begin with one")
                yield bytes(self._buffer[:ready])
                del self._buffer[:ready]
            self._fill()
        if found:
            yield bytes(self._buffer[:found])
        del self._buffer[: found + len(delimiter)]

    def another_part(self) -> bool:
        """Whether a part follows the boundary just read, or the end of all."""
        while len(self._buffer) < 2:
            self._fill()
        if self._buffer[:2] == b"--":
            return False
        rest = self._line(b"\r\n")
        if rest.strip(b" \t"):
            raise ArchiveContradicts("something else than a line's end follows a boundary")
        return True

    def headers(self) -> bytes:
        """The header lines of a part; there may be none."""
        while len(self._buffer) < 2:
            self._fill()
        if self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
            return b""
        return self._line(b"\r\n\r\n")

    def _line(self, ending: bytes) -> bytes:
        while (found := self._buffer.find(ending)) < 0 and len(self._buffer) <= MOST_HEADER_BYTES:
            self._fill()
        if found < 0 or found > MOST_HEADER_BYTES:
            raise ArchiveContradicts("the headers of a part do not end")
        line = bytes(self._buffer[:found])
        del self._buffer[: found + len(ending)]
        return line


def _content_type(headers: bytes) -> str:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            return value.strip().decode("latin-1").lower()
    return ""
