"""DIMSE status codes: what a store's fault tells a sender, and what a receiver's status means to us.

Source: PS3.4 Table B.2-1 and Table GG.4-1 for the storage service, PS3.7 Annex C for the rest.
"""

from typing import Final

from tirage.errors import Permanent, TirageError, Transient
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
