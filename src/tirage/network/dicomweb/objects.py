"""Files of WADO-RS into an intake: the file meta is read off, the data set goes on as it arrives."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tirage.dicom.malformed import Malformed
from tirage.dicom.meta import MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX, read_meta
from tirage.errors import Permanent
from tirage.model.custody import Incoming, Intake
from tirage.model.identifiers import Uid
from tirage.model.records import Origin
from tirage.network.dicomweb.multipart import Event, PartBegun, PartEnded

MOST_META_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class Deposited:
    """How many files an answer held that were committed, and that were none or were not taken."""

    completed: int = 0
    failed: int = 0


@dataclass(slots=True)
class _File:
    """One file on its way in; what cannot be taken is read to its end and forgotten."""

    intake: Intake
    origin: Origin
    start: bytearray = field(default_factory=bytearray)
    incoming: Incoming | None = None
    is_begun: bool = False

    def write(self, data: bytes) -> None:
        if self.is_begun:
            self._pass(memoryview(data))
            return
        self.start += data
        if len(self.start) >= MOST_META_BYTES:
            self._begin()

    def end(self) -> bool:
        if not self.is_begun:
            self._begin()
        if self.incoming is None:
            return False
        try:
            self.incoming.commit()
        except Permanent:
            self.drop()
            return False
        self.incoming = None
        return True

    def drop(self) -> None:
        if self.incoming is not None:
            incoming, self.incoming = self.incoming, None
            incoming.abort()

    def _begin(self) -> None:
        self.is_begun = True
        start = bytes(self.start)
        self.start.clear()
        try:
            meta = read_meta(start, len(start), allow_bare=False)
        except Malformed:
            return
        stated = [
            Uid(meta.elements.get(tag, b"").rstrip(b"\0 ").decode("latin-1"))
            for tag in (MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX)
        ]
        if not all(stated):
            return
        try:
            self.incoming = self.intake.begin(self.origin, *stated)
        except Permanent:
            return
        self._pass(memoryview(start)[meta.dataset_offset :])

    def _pass(self, data: memoryview) -> None:
        if self.incoming is None or not data:
            return
        try:
            self.incoming.write(data)
        except Permanent:
            self.drop()


def deposit(
    events: Iterable[Event], intake: Intake, origin: Origin, is_cancelled: Callable[[], bool]
) -> Deposited:
    """Hand each part to the intake; a part that is no DICOM file counts as failed.

    Transient faults of the intake, and faults of the stream, end this with what was not committed aborted.
    """
    deposited = Deposited()
    file = _File(intake, origin)
    try:
        for event in events:
            match event:
                case PartBegun():
                    file = _File(intake, origin)
                case PartEnded():
                    if file.end():
                        deposited.completed += 1
                    else:
                        deposited.failed += 1
                case data:
                    file.write(data)
            if is_cancelled():
                break
    finally:
        file.drop()
    return deposited


def as_one_part(chunks: Iterable[bytes]) -> Iterator[Event]:
    """A body that is one file, as some servers answer for an instance."""
    yield PartBegun("application/dicom")
    yield from chunks
    yield PartEnded()
