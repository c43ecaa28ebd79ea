"""One object on its way from an archive to an intake: its faults are kept until it is answered."""

import threading
from typing import Self

from tirage.errors import TirageError
from tirage.model.custody import Incoming, Intake
from tirage.model.identifiers import Uid
from tirage.model.records import Origin
from tirage.network.status import SUCCESS, status_of


class Receiving:
    """Written to by pynetdicom's reading thread, ended by the thread that asked the archive.

    It stands where pynetdicom keeps a temporary file, hence `file` and `flush`.
    """

    def __init__(
        self, intake: Intake, origin: Origin, sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid
    ) -> None:
        self.fault: TirageError | None = None
        self._lock = threading.Lock()
        self._incoming: Incoming | None = None
        try:
            self._incoming = intake.begin(origin, sop_class, sop_instance, transfer_syntax)
        except TirageError as fault:
            self.fault = fault

    def write(self, data: bytes) -> None:
        """Append a piece; after a fault what follows is forgotten."""
        with self._lock:
            if self._incoming is None:
                return
            try:
                self._incoming.write(memoryview(data))
            except TirageError as fault:
                self.fault = fault
                self._abort()

    @property
    def file(self) -> Self:
        """What pynetdicom flushes after each piece."""
        return self

    def flush(self) -> None:
        """Nothing: `commit` makes the object durable."""

    def end(self) -> int:
        """Commit, and the status to answer with."""
        with self._lock:
            if self._incoming is not None:
                try:
                    self._incoming.commit()
                except TirageError as fault:
                    self.fault = fault
                    self._abort()
                else:
                    self._incoming = None
                    return SUCCESS
            return status_of(self.fault) if self.fault else SUCCESS

    def drop(self) -> None:
        """Forget the object unless it is committed."""
        with self._lock:
            self._abort()

    def _abort(self) -> None:
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            incoming.abort()
