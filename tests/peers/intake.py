"""An intake that keeps objects in a folder: simple, real, and not durable."""

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tirage.errors import TirageError
from tirage.model.custody import Acceptance, Incoming
from tirage.model.identifiers import Uid
from tirage.model.records import Origin


@dataclass
class Taken:
    """One object as it was stated and kept; the file holds the data set alone."""

    origin: Origin
    sop_class: str
    sop_instance: str
    transfer_syntax: str
    path: Path
    size: int = 0
    sha256: str = ""


class FolderIntake:
    """Keeps data sets as files; `refuse_begin` and `refuse_commit` are raised when set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[Taken] = []
        self.aborted = 0
        self.open = 0
        self.writes: list[int] = []
        self.refuse_begin: TirageError | None = None
        self.refuse_write: TirageError | None = None
        self.refuse_commit: TirageError | None = None
        self._lock = threading.Lock()
        self._count = 0

    def begin(self, origin: Origin, sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid) -> Incoming:
        if self.refuse_begin:
            raise self.refuse_begin
        with self._lock:
            self._count += 1
            self.open += 1
            path = self.folder / f"{self._count}.dataset"
        return _IncomingFile(self, Taken(origin, sop_class, sop_instance, transfer_syntax, path))


@dataclass
class _IncomingFile:
    intake: FolderIntake
    taken: Taken
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self.file = self.taken.path.open("wb", buffering=0)
        self.is_over = False

    def write(self, data: memoryview) -> None:
        if self.intake.refuse_write:
            raise self.intake.refuse_write
        self.digest.update(data)
        self.taken.size += len(data)
        self.intake.writes.append(len(data))
        self.file.write(data)

    def commit(self) -> Acceptance:
        if self.intake.refuse_commit:
            raise self.intake.refuse_commit
        self._end()
        self.taken.sha256 = self.digest.hexdigest()
        with self.intake._lock:
            known = {taken.sop_instance: taken.sha256 for taken in self.intake.taken}
            self.intake.taken.append(self.taken)
        before = known.get(self.taken.sop_instance)
        if before is None:
            return Acceptance.STORED
        return Acceptance.DUPLICATE if before == self.taken.sha256 else Acceptance.CONFLICT

    def abort(self) -> None:
        if self.is_over:
            return
        self._end()
        self.intake.aborted += 1
        self.taken.path.unlink(missing_ok=True)

    def _end(self) -> None:
        self.is_over = True
        self.file.close()
        with self.intake._lock:
            self.intake.open -= 1
