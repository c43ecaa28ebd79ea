"""Reading a file over SFTP with many requests under way, in no other thread and in little memory."""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from paramiko import Message, SFTPClient

REQUEST_BYTES: Final = 32 * 1024
"""What every server answers at once (draft-ietf-secsh-filexfer-02 section 3)."""

UNDER_WAY: Final = 64
"""Requests that wait for their answers: 2 MiB."""


def read_ahead(client: "SFTPClient", path: str) -> Iterator[bytes]:
    """A file's bytes in their order; raises what paramiko raises.

    paramiko's own `prefetch` keeps a file in memory or sleeps between requests, and its thread dies loudly
    with the connection.
    """
    with client.open(path, "rb") as file:
        size = file.stat().st_size or 0
        answers = _Answers(client, file.handle)
        begins = range(0, size, REQUEST_BYTES)
        waiting: deque[tuple[int, int]] = deque()
        for begin in begins:
            waiting.append((begin, answers.ask(begin, min(REQUEST_BYTES, size - begin))))
            if len(waiting) == UNDER_WAY:
                yield from answers.whole(*waiting.popleft(), size)
        while waiting:
            yield from answers.whole(*waiting.popleft(), size)


class _Answers:
    """What came of the requests of one open file, by their numbers."""

    def __init__(self, client: Any, handle: Any) -> None:
        self._client = client
        self._handle = handle
        self._pieces: dict[int, bytes] = {}

    def ask(self, begin: int, size_bytes: int) -> int:
        """Ask for a piece; answers with the number of the request."""
        from paramiko.sftp import CMD_READ, int64

        number: int = self._client._async_request(self, CMD_READ, self._handle, int64(begin), size_bytes)
        return number

    def whole(self, begin: int, number: int, size: int) -> Iterator[bytes]:
        """A piece; a server may give less than was asked for, and is asked for the rest."""
        end = min(begin + REQUEST_BYTES, size)
        while True:
            while number not in self._pieces:
                self._client._read_response()
            piece = self._pieces.pop(number)
            yield piece
            begin += len(piece)
            if begin >= end:
                return
            number = self.ask(begin, end - begin)

    def _async_response(self, kind: int, message: "Message", number: int) -> None:
        """Called by paramiko for each answer; raises what a status says."""
        from paramiko.sftp import CMD_STATUS

        if kind == CMD_STATUS:
            self._client._convert_status(message)
        self._pieces[number] = message.get_string()
