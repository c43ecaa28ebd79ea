"""C-STORE as a requestor: files are sent as they are.

Each file is offered in its own transfer syntax only, so nobody transcodes or compresses it again on the way,
and its data set is sent from disk in pieces without being decoded.
"""

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tirage.dicom.malformed import Malformed
from tirage.dicom.meta import MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX, read_meta
from tirage.network.certificates import Distrust
from tirage.network.scu.association import MOST_CONTEXTS, Peer
from tirage.network.scu.wire import Gone, Problem, Unreadable, Wire
from tirage.network.status import SUCCESS, is_warning
from tirage.network.upper_layer.commands import DATA_SET_FOLLOWS, CommandField, Element

__all__ = ["Problem", "Sendable", "Sent", "read_sendable", "store"]

MOST_META_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sendable:
    """A DICOM file and what must be known to offer it; neither path nor UIDs show in its `repr`."""

    path: Path = field(repr=False)
    sop_class: str
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of file number `index`: a DIMSE status, or a problem that kept the peer from giving one."""

    index: int
    status: int | None = None
    problem: Problem | Distrust = Problem.NONE

    @property
    def is_stored(self) -> bool:
        """Whether the peer has the object, with a warning or without."""
        return self.status is not None and (self.status == SUCCESS or is_warning(self.status))


def store(
    files: Sequence[Sendable],
    peer: Peer,
    progress: Callable[[Sent], None],
    connections: int = 1,
    pace: Callable[[int], None] = lambda _: None,
) -> list[Sent]:
    """Send each file by C-STORE over so many associations at a time, and answer in their order.

    `progress` hears of each as it happens, of one at a time. `pace` is told how many bytes go out next.
    """
    results: dict[int, Sent] = {}
    lock = threading.Lock()

    def report(sent: Sent) -> None:
        with lock:
            results[sent.index] = sent
            progress(sent)

    for indices in _by_contexts(files):
        work = _Work(files, indices, peer, report, pace)
        many = min(connections, len(indices))
        with ThreadPoolExecutor(many, thread_name_prefix="store") as pool:
            problems = list(pool.map(_Work.send, [work] * many))
        # What is left when every association is gone.
        why: Problem | Distrust = Problem.UNREACHABLE
        for problem in problems:
            why = problem or why
        for index in work:
            report(Sent(index, problem=why))
    return [results[index] for index in range(len(files))]


def read_sendable(path: Path) -> Sendable | None:
    """What a file's meta information says of it; none when it has none or is no DICOM file."""
    from pydicom.errors import InvalidDicomError
    from pydicom.filereader import read_file_meta_info

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            meta = read_file_meta_info(path)
        except (InvalidDicomError, OSError, EOFError, ValueError, NotImplementedError):
            return None
        sop_class = str(meta.get("MediaStorageSOPClassUID", ""))
        transfer_syntax = str(meta.get("TransferSyntaxUID", ""))
    return Sendable(path, sop_class, transfer_syntax) if sop_class and transfer_syntax else None


def _by_contexts(files: Sequence[Sendable]) -> Iterator[list[int]]:
    """Indices of files that fit into one association's 128 presentation contexts."""
    by_context: dict[tuple[str, str], list[int]] = {}
    for index, file in enumerate(files):
        by_context.setdefault((file.sop_class, file.transfer_syntax), []).append(index)
    groups = list(by_context.values())
    for start in range(0, len(groups), MOST_CONTEXTS):
        yield sorted(index for group in groups[start : start + MOST_CONTEXTS] for index in group)


class _Work:
    """Files that several associations take from, one after the other."""

    def __init__(
        self,
        files: Sequence[Sendable],
        indices: Sequence[int],
        peer: Peer,
        report: Callable[[Sent], None],
        pace: Callable[[int], None],
    ) -> None:
        self._files = files
        self._peer = peer
        self._report = report
        self._pace = pace
        self._contexts = list(
            dict.fromkeys((files[index].sop_class, files[index].transfer_syntax) for index in indices)
        )
        self._left = iter(indices)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[int]:
        while (index := self._next()) is not None:
            yield index

    def _next(self) -> int | None:
        with self._lock:
            return next(self._left, None)

    def send(self) -> Problem | Distrust:
        """Send over one association until nothing is left, or say why it ended before."""
        try:
            wire = Wire(self._peer, self._contexts, self._pace)
        except Gone as gone:
            return gone.problem
        try:
            while wire.is_open and (index := self._next()) is not None:
                self._report(_store_one(wire, self._files[index], index))
        finally:
            wire.close()
        return Problem.NONE


def _store_one(wire: Wire, file: Sendable, index: int) -> Sent:
    context_id = wire.accepted.get((file.sop_class, file.transfer_syntax))
    if context_id is None:
        return Sent(index, problem=Problem.NOT_ACCEPTED)
    try:
        with file.path.open("rb", buffering=0) as opened:
            start = opened.read(MOST_META_BYTES)
            size_bytes = opened.seek(0, 2)
            meta = read_meta(start, size_bytes, allow_bare=False)
            stated = [
                meta.elements.get(tag, b"").rstrip(b"\0 ").decode("latin-1")
                for tag in (MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX)
            ]
            if stated != [file.sop_class, stated[1], file.transfer_syntax] or not stated[1]:
                return Sent(index, problem=Problem.UNREADABLE)
            opened.seek(meta.dataset_offset)
            values: dict[Element, int | str] = {
                Element.SOP_CLASS: file.sop_class,
                Element.FIELD: CommandField.C_STORE_RQ,
                Element.MESSAGE_ID: wire.next_id(),
                Element.PRIORITY: 0,
                Element.DATA_SET_TYPE: DATA_SET_FOLLOWS,
                Element.SOP_INSTANCE: stated[1],
            }
            wire.send_file(context_id, values, opened, size_bytes - meta.dataset_offset)
            return Sent(index, status=wire.receive().number(Element.STATUS))
    except (OSError, Malformed, Unreadable):
        return Sent(index, problem=Problem.UNREADABLE)
    except Gone as gone:
        return Sent(index, problem=gone.problem)
