"""Sending: C-ECHO and C-STORE as a requestor, files as they are.

Each file is offered in its own transfer syntax only, so nobody transcodes or compresses it again on the way,
and its data set is sent from disk in pieces without being decoded.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tirage.model.delivery import DestinationRefused, DestinationUnreachable
from tirage.network.identity import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from tirage.network.reactor import steady
from tirage.network.status import SUCCESS, is_warning

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association

VERIFICATION: Final = "1.2.840.10008.1.1"
MOST_CONTEXTS: Final = 128
_LAST_MESSAGE_ID: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM system to send to; timeouts in seconds."""

    host: str
    port: int
    called_ae: str
    calling_ae: str = "TIRAGE"
    connect_timeout_s: float = 10.0
    answer_timeout_s: float = 60.0


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


def echo(peer: Peer) -> None:
    """Return when the peer answers a C-ECHO; raise `DestinationUnreachable` or `DestinationRefused`."""
    entity = _entity(peer)
    entity.add_requested_context(VERIFICATION)
    association = _associate(entity, peer)
    if association is None:
        raise DestinationUnreachable("no connection")
    try:
        if not association.is_established:
            if association.is_rejected:
                raise DestinationRefused("the association was rejected: check the AE titles")
            raise DestinationUnreachable("no association")
        status = association.send_c_echo()
        if "Status" not in status or status.Status != SUCCESS:
            raise DestinationRefused("C-ECHO was not answered with success")
    finally:
        _end(association)


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
    entity = _entity(peer)
    for sop_class, transfer_syntax in dict.fromkeys(
        (files[index].sop_class, files[index].transfer_syntax) for index in indices
    ):
        entity.add_requested_context(sop_class, transfer_syntax)
    association = _associate(entity, peer)
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
            elif not _stands(association):
                report(Sent(index, problem=Problem.UNREACHABLE))
            else:
                report(_store_one(association, file, index, count % _LAST_MESSAGE_ID + 1))
    finally:
        _end(association)


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


def _entity(peer: Peer) -> "AE":
    from pynetdicom import AE, _config

    # pynetdicom keeps these per process. Its log quotes UIDs and data sets, so it is not listened to.
    _config.STORE_SEND_CHUNKED_DATASET = True
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = False
    _config.LOG_RESPONSE_IDENTIFIERS = False
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    entity = AE(ae_title=peer.calling_ae)
    entity.implementation_class_uid = IMPLEMENTATION_CLASS
    entity.implementation_version_name = IMPLEMENTATION_VERSION
    entity.connection_timeout = peer.connect_timeout_s
    entity.acse_timeout = peer.connect_timeout_s
    entity.dimse_timeout = peer.answer_timeout_s
    entity.network_timeout = peer.answer_timeout_s
    return entity


def _associate(entity: "AE", peer: Peer) -> "Association | None":
    with warnings.catch_warnings():
        # pynetdicom leaves a socket that could not connect to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            association = entity.associate(peer.host, peer.port, ae_title=peer.called_ae, max_pdu=0)
        except OSError:
            return None
    steady(association)
    return association


def _stands(association: "Association") -> bool:
    # Another thread of pynetdicom changes this between two messages.
    return bool(association.is_established)


def _end(association: "Association") -> None:
    connection = association.dul.socket.socket if association.dul.socket else None
    if association.is_established:
        association.release()
    elif not (association.is_released or association.is_aborted or association.is_rejected):
        association.abort()
    # pynetdicom does not close a socket whose peer was first to close it.
    if connection is not None:
        connection.close()
