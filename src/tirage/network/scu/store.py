"""C-STORE as a requestor: files are sent as they are.

Each file is offered in its own transfer syntax only, so nobody transcodes or compresses it again on the way,
and its data set is sent from disk in pieces without being decoded.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tirage.network.scu.association import MOST_CONTEXTS, Peer, associate, end, entity, stands
from tirage.network.status import SUCCESS, is_warning

if TYPE_CHECKING:
    from pynetdicom.association import Association

_LAST_MESSAGE_ID: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Sendable:
    """A DICOM file and what must be known to offer it; neither path nor UIDs show in its `repr`."""

    path: Path = field(repr=False)
    sop_class: str
    transfer_syntax: str


class Problem(StrEnum):
    """Why a file got no status from the peer."""

    NONE = ""
    UNREACHABLE = "UNREACHABLE"
    REJECTED = "REJECTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    NO_ANSWER = "NO_ANSWER"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of file number `index`: a DIMSE status, or a problem that kept the peer from giving one."""

    index: int
    status: int | None = None
    problem: Problem = Problem.NONE

    @property
    def is_stored(self) -> bool:
        """Whether the peer has the object, with a warning or without."""
        return self.status is not None and (self.status == SUCCESS or is_warning(self.status))


def store(files: Sequence[Sendable], peer: Peer, progress: Callable[[Sent], None]) -> list[Sent]:
    """Send each file by C-STORE and answer in their order; `progress` hears of each as it happens."""
    results: dict[int, Sent] = {}

    def report(sent: Sent) -> None:
        results[sent.index] = sent
        progress(sent)

    for indices in _by_contexts(files):
        _store_over_one_association(files, indices, peer, report)
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


def _store_over_one_association(
    files: Sequence[Sendable], indices: Sequence[int], peer: Peer, report: Callable[[Sent], None]
) -> None:
    ours = entity(peer)
    for sop_class, transfer_syntax in dict.fromkeys(
        (files[index].sop_class, files[index].transfer_syntax) for index in indices
    ):
        ours.add_requested_context(sop_class, transfer_syntax)
    association = associate(ours, peer)
    if association is None or not association.is_established:
        is_rejected = association is not None and association.is_rejected
        problem = Problem.REJECTED if is_rejected else Problem.UNREACHABLE
        for index in indices:
            report(Sent(index, problem=problem))
        return
    accepted = {
        (str(context.abstract_syntax), str(context.transfer_syntax[0]))
        for context in association.accepted_contexts
    }
    try:
        for count, index in enumerate(indices):
            file = files[index]
            if (file.sop_class, file.transfer_syntax) not in accepted:
                report(Sent(index, problem=Problem.NOT_ACCEPTED))
            elif not stands(association):
                report(Sent(index, problem=Problem.UNREACHABLE))
            else:
                report(_store_one(association, file, index, count % _LAST_MESSAGE_ID + 1))
    finally:
        end(association)


def _store_one(association: "Association", file: Sendable, index: int, message_id: int) -> Sent:
    from pydicom.errors import InvalidDicomError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            status = association.send_c_store(file.path, message_id)
        except (OSError, EOFError, InvalidDicomError, AttributeError, ValueError):
            # Unreadable, no file meta, or the meta is not what was offered.
            return Sent(index, problem=Problem.UNREADABLE)
        except RuntimeError:
            # The association ended since we last looked.
            return Sent(index, problem=Problem.UNREACHABLE)
    if "Status" not in status:
        return Sent(index, problem=Problem.NO_ANSWER)
    return Sent(index, status=int(status.Status))
