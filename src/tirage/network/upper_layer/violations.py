"""What a peer can do wrong, and the abort reason it is told.

Source: PS3.8 Table 9-26 for the reasons.
"""

from enum import StrEnum

from tirage.network.upper_layer.pdus import AbortReason


class Violation(StrEnum):
    """A breach of the protocol; safe to log, as it names the rule and not what was sent."""

    UNKNOWN_PDU = "UNKNOWN_PDU"
    UNEXPECTED_PDU = "UNEXPECTED_PDU"
    PDU_TOO_LONG = "PDU_TOO_LONG"
    PDU_TOO_SHORT = "PDU_TOO_SHORT"
    PDV_LENGTH = "PDV_LENGTH"
    UNKNOWN_CONTEXT = "UNKNOWN_CONTEXT"
    CONTEXT_CHANGED = "CONTEXT_CHANGED"
    UNEXPECTED_FRAGMENT = "UNEXPECTED_FRAGMENT"
    COMMAND_TOO_LONG = "COMMAND_TOO_LONG"
    BAD_COMMAND = "BAD_COMMAND"
    BAD_ASSOCIATE = "BAD_ASSOCIATE"


ABORT_REASONS: dict[Violation, AbortReason] = {
    Violation.UNKNOWN_PDU: AbortReason.UNRECOGNISED_PDU,
    Violation.UNEXPECTED_PDU: AbortReason.UNEXPECTED_PDU,
    Violation.PDU_TOO_LONG: AbortReason.INVALID_PARAMETER,
    Violation.PDU_TOO_SHORT: AbortReason.INVALID_PARAMETER,
    Violation.PDV_LENGTH: AbortReason.INVALID_PARAMETER,
    Violation.UNKNOWN_CONTEXT: AbortReason.INVALID_PARAMETER,
    Violation.CONTEXT_CHANGED: AbortReason.INVALID_PARAMETER,
    Violation.UNEXPECTED_FRAGMENT: AbortReason.UNEXPECTED_PARAMETER,
    Violation.COMMAND_TOO_LONG: AbortReason.INVALID_PARAMETER,
    Violation.BAD_COMMAND: AbortReason.INVALID_PARAMETER,
    Violation.BAD_ASSOCIATE: AbortReason.INVALID_PARAMETER,
}


class Breach(Exception):
    """Raised where a breach is seen; the acceptor turns it into an abort."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.value)
        self.violation = violation
