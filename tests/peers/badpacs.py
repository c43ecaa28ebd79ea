"""A PACS that misbehaves as asked: pynetdicom in this process, over real sockets.

It stores, lists (C-FIND at IMAGE level) and promises (storage commitment) what `act` lets it.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, _config, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"


@dataclass
class Act:
    """What the PACS does wrong; by default nothing.

    `status`: what a C-STORE is answered with, given the UID and how often it came. `loses`: what is answered
    as stored and not kept, given the same. `reasons`: what is not promised, and why. `is_silent`: a request
    for a promise is taken and never answered; `calls_back`: it is answered at this port, else over the same
    association. `finds`, `commits`: whether the service is offered.
    """

    status: Callable[[str, int], int] = lambda uid, times: 0x0000
    loses: Callable[[str, int], bool] = lambda uid, times: False
    reasons: dict[str, int] = field(default_factory=dict)
    find_status: int = 0x0000
    is_silent: bool = False
    calls_back: int | None = None
    finds: bool = True
    commits: bool = True


@dataclass
class BadPacs:
    """The running PACS: where it is, what it keeps as (study, series, instance), how often each came."""

    port: int
    kept: set[tuple[str, str, str]] = field(default_factory=set)
    came: list[str] = field(default_factory=list)
    associations: int = 0
    most_at_once: int = 0
    ae_title: str = "BADPACS"


@contextmanager
def running(act: Act, tls: ssl.SSLContext | None = None) -> Iterator[BadPacs]:
    """The PACS, on a loopback port."""
    _config.LOG_HANDLER_LEVEL = "none"
    pacs = BadPacs(0)
    lock = threading.Lock()

    def on_accepted(event: Any) -> None:
        with lock:
            pacs.associations += 1
            pacs.most_at_once = max(pacs.most_at_once, len(server.active_associations))

    def on_store(event: Any) -> int:
        dataset = event.dataset
        uid = str(dataset.SOPInstanceUID)
        with lock:
            pacs.came.append(uid)
            times = pacs.came.count(uid)
        if (status := act.status(uid, times)) == 0x0000 and not act.loses(uid, times):
            pacs.kept.add((str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID), uid))
        return status

    def on_find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        asked = event.identifier
        for study, series, uid in sorted(pacs.kept):
            wanted = (asked.StudyInstanceUID, asked.SeriesInstanceUID, asked.SOPInstanceUID or uid)
            if (study, series, uid) == wanted and not act.find_status:
                answer = Dataset()
                answer.StudyInstanceUID, answer.SeriesInstanceUID, answer.SOPInstanceUID = study, series, uid
                yield 0xFF00, answer
        yield act.find_status, None

    def on_action(event: Any) -> tuple[int, None]:
        if not act.is_silent:
            answering = threading.Thread(target=answer, args=(event.assoc, event.action_information))
            answering.start()
            threads.append(answering)
        return 0x0000, None

    def answer(association: Any, asked: Dataset) -> None:
        word = Dataset()
        word.TransactionUID = asked.TransactionUID
        items: dict[bool, list[Dataset]] = {True: [], False: []}
        there = {uid for *_, uid in pacs.kept}
        for item in asked.ReferencedSOPSequence:
            uid = str(item.ReferencedSOPInstanceUID)
            reason = act.reasons.get(uid, 0 if uid in there else 0x0112)
            if reason:
                item.FailureReason = reason
            items[not reason].append(item)
        word.ReferencedSOPSequence, word.FailedSOPSequence = items[True], items[False]
        over = association
        if act.calls_back is not None:
            entity = AE(ae_title=pacs.ae_title)
            entity.add_requested_context(StorageCommitmentPushModel)
            role = build_role(StorageCommitmentPushModel, scp_role=True)
            over = entity.associate("127.0.0.1", act.calls_back, ext_neg=[role])
        over.send_n_event_report(
            word, 2 if items[False] else 1, StorageCommitmentPushModel, COMMITMENT_INSTANCE
        )
        if over is not association:
            over.release()

    threads: list[threading.Thread] = []
    entity = AE(ae_title=pacs.ae_title)
    entity.maximum_associations = 20
    entity.add_supported_context(Verification)
    if act.finds:
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    if act.commits:
        entity.add_supported_context(StorageCommitmentPushModel)
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(
            context.abstract_syntax, [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
        )
    server = entity.start_server(
        ("127.0.0.1", 0),
        block=False,
        ssl_context=tls,
        evt_handlers=[
            (evt.EVT_ACCEPTED, on_accepted),
            (evt.EVT_C_STORE, on_store),
            (evt.EVT_C_FIND, on_find),
            (evt.EVT_N_ACTION, on_action),
        ],
    )
    pacs.port = int(server.server_address[1])
    try:
        yield pacs
    finally:
        server.shutdown()
        for thread in threads:
            thread.join(10)
