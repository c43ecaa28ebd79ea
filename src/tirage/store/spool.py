"""Requests on their way from the check to the record, so that the database is written to for moments only.

A million rows take a minute to judge and seconds to write; a listener waits for the database meanwhile. They
lie in a file without a name: nothing of it outlives the process.
"""

import marshal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from tirage.model.requests import Request
from tirage.store.cohorts import Packed, packed

_PAGE = 2_000
_LENGTH = 8


class Spool:
    """Keeps requests in the order they are added; a context manager, gone at its end."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by this context manager's own end
        self._page: list[Packed] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, request: Request) -> None:
        """Keep one more."""
        self._page.append(packed(request))
        if len(self._page) == _PAGE:
            self._flush()

    def pages(self) -> Iterator[list[Packed]]:
        """All of them, page by page; as often as asked for."""
        self._flush()
        self._file.seek(0)
        while length := self._file.read(_LENGTH):
            yield marshal.loads(self._file.read(int.from_bytes(length, "big")))  # noqa: S302 - written here

    def _flush(self) -> None:
        if self._page:
            page = marshal.dumps(self._page)
            self._file.write(len(page).to_bytes(_LENGTH, "big") + page)
            self._page = []
