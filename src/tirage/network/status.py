"""DIMSE status codes: what a store's fault tells a sender, what a receiver's or archive's status means to us.

Source: PS3.4 Table B.2-1 and Table GG.4-1 for the storage service, Tables C.4-1, C.4-2 and C.4-3 for query
and retrieve, PS3.7 Annex C for the rest.
"""

from typing import Final

from tirage.errors import Permanent, TirageError, Transient
from tirage.model.archives import ArchiveBusy, ArchiveRefused, MoveDestinationUnknown
from tirage.model.custody import (
    ObjectMismatch,
    ObjectUnreadable,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)

SUCCESS: Final = 0x0000
PROCESSING_FAILURE: Final = 0x0110
OUT_OF_RESOURCES: Final = 0xA700
MISMATCH: Final = 0xA900
CANNOT_UNDERSTAND: Final = 0xC000
PENDING: Final = frozenset({0xFF00, 0xFF01})
CANCELLED: Final = 0xFE00
CANNOT_COUNT: Final = 0xA701
CANNOT_PERFORM: Final = 0xA702
UNKNOWN_DESTINATION: Final = 0xA801

SAYS_NO: Final = {
    0x0105: "no such attribute",
    0x0106: "invalid attribute value",
    0x0112: "no such instance",
    0x0115: "invalid argument value",
    0x0117: "invalid instance",
    0x0118: "no such SOP class",
    0x0119: "class and instance conflict",
    0x0120: "missing attribute",
    0x0121: "missing attribute value",
    0x0122: "SOP class not supported",
    0x0124: "not authorised",
    0x0211: "unrecognised operation",
    0x0212: "mistyped argument",
    MISMATCH: "the identifier does not match the SOP class",
}
"""Statuses of queries and retrievals after which the same request would be answered alike."""

STATUS_OF_FAULT: dict[type[TirageError], int] = {
    StoreFull: OUT_OF_RESOURCES,
    StoreReadOnly: OUT_OF_RESOURCES,
    StoreUnavailable: OUT_OF_RESOURCES,
    ObjectMismatch: MISMATCH,
    ObjectUnreadable: CANNOT_UNDERSTAND,
    Transient: OUT_OF_RESOURCES,
    Permanent: PROCESSING_FAILURE,
    TirageError: PROCESSING_FAILURE,
}
"""Looked up along a fault's class hierarchy, nearest first."""


def status_of(fault: TirageError) -> int:
    """The status a sender is told when its object was not taken."""
    return next(STATUS_OF_FAULT[kind] for kind in type(fault).__mro__ if kind in STATUS_OF_FAULT)


def is_warning(status: int) -> bool:
    """Whether the receiver stored the object but not quite as it was sent (PS3.7 C.3)."""
    return status in (0x0001, 0x0107, 0x0116) or 0xB000 <= status <= 0xBFFF


def is_worth_retrying(status: int) -> bool:
    """Whether the same object may be taken later: resources run out and come back."""
    return 0xA700 <= status <= 0xA7FF or status in (PROCESSING_FAILURE, 0x0213)


def is_unable(status: int) -> bool:
    """Whether an archive says "unable to process": of one object that it lost, or of all when it is ill."""
    return 0xC000 <= status <= 0xCFFF


def is_refusal(status: int) -> bool:
    """Whether another way of asking may fare better: this one was refused, or could not be followed."""
    return status in SAYS_NO or is_unable(status)


def fault_of_request(status: int) -> TirageError:
    """What a failed query or retrieval is to us: no for good, or not now."""
    if status == UNKNOWN_DESTINATION:
        return MoveDestinationUnknown("the archive does not know the move destination (0xA801)")
    if status in SAYS_NO:
        return ArchiveRefused(f"the archive refused with 0x{status:04X}: {SAYS_NO[status]}")
    # Also "unable to process": archives say it of a database that is away for a minute.
    return ArchiveBusy(f"the archive could not and said 0x{status:04X}")
