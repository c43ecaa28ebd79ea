"""Which ways out of a hold, a quarantine or a rejection a person may take, by its reason."""

from collections.abc import Mapping

from tirage.model.advice import Way
from tirage.model.reasons import HoldReason, QuarantineReason, Reason, RejectReason

_UNCLAIMED = frozenset({HoldReason.NO_PROJECT, HoldReason.UNREQUESTED})
_FINAL = frozenset({RejectReason.DIRECTORY_RECORD, RejectReason.ERASED})

WAIVABLE = frozenset({HoldReason.PIXELS_UNCHECKED})
"""Checks that a person's eyes can do as well. What the gate found, what cannot be read in one way, and who a
patient is are for no person to overrule here.
"""


def ways(reason: Reason) -> frozenset[Way]:
    """What a person may do about an object that did not go on for `reason`; empty when nothing."""
    match reason:
        case HoldReason() if reason in _UNCLAIMED:
            return frozenset({Way.ASSIGN, Way.REJECT})
        case HoldReason() if reason in WAIVABLE:
            return frozenset({Way.RETRY, Way.RELEASE, Way.REJECT})
        case RejectReason():
            return frozenset() if reason in _FINAL else frozenset({Way.RETRY})
        case HoldReason() | QuarantineReason():
            return frozenset({Way.RETRY, Way.REJECT})


REASONS: Mapping[str, Reason] = {
    reason.value: reason for kind in (QuarantineReason, HoldReason, RejectReason) for reason in kind
}
"""Every reason by its name."""
