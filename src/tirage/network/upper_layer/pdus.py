"""Protocol data units: their types, and the bytes of those that are sent.

Source: PS3.8 section 9.3.
"""

import struct
from enum import IntEnum

HEADER_BYTES = 6
"""Type, a reserved byte, and the length of what follows (PS3.8 9.3.1)."""

PDV_HEADER_BYTES = 6
"""Item length, presentation context ID and message control header (PS3.8 9.3.5.1, Annex E.2)."""

PDV_COUNTED_BYTES = 2
"""How much of the header a presentation data value item counts into its own length."""

TRAILER_BYTES = 4
"""What follows the header of A-RELEASE and A-ABORT units (PS3.8 9.3.6 to 9.3.8)."""

IS_COMMAND = 0x01
IS_LAST = 0x02


class Pdu(IntEnum):
    """PDU types (PS3.8 9.3.1)."""

    ASSOCIATE_RQ = 0x01
    ASSOCIATE_AC = 0x02
    ASSOCIATE_RJ = 0x03
    P_DATA_TF = 0x04
    RELEASE_RQ = 0x05
    RELEASE_RP = 0x06
    ABORT = 0x07


class AbortSource(IntEnum):
    """Who aborts (PS3.8 Table 9-26)."""

    SERVICE_USER = 0
    SERVICE_PROVIDER = 2


class AbortReason(IntEnum):
    """Why the service provider aborts (PS3.8 Table 9-26); a service user always says 0."""

    NOT_SPECIFIED = 0
    UNRECOGNISED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNISED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER = 6


RELEASE_RQ = struct.pack(">BBL4x", Pdu.RELEASE_RQ, 0, TRAILER_BYTES)
RELEASE_RP = struct.pack(">BBL4x", Pdu.RELEASE_RP, 0, TRAILER_BYTES)


def abort(source: AbortSource, reason: AbortReason) -> bytes:
    """An A-ABORT unit (PS3.8 9.3.8)."""
    return struct.pack(">BBL2xBB", Pdu.ABORT, 0, TRAILER_BYTES, source, reason)


def reject(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ unit (PS3.8 9.3.4)."""
    return struct.pack(">BBLxBBB", Pdu.ASSOCIATE_RJ, 0, TRAILER_BYTES, result, source, reason)


def data_head(context_id: int, size_bytes: int, is_last: bool) -> bytes:
    """What stands before a fragment of a data set in a P-DATA-TF unit of its own."""
    counted = size_bytes + PDV_COUNTED_BYTES
    control = IS_LAST if is_last else 0
    return struct.pack(">BBLLBB", Pdu.P_DATA_TF, 0, counted + 4, counted, context_id, control)


def command_data(context_id: int, command_set: bytes, peer_maximum: int) -> bytes:
    """A command set as P-DATA-TF units, each no longer than the peer's maximum (0: no limit)."""
    most = len(command_set)
    if peer_maximum:
        most = max(1, min(most, peer_maximum - PDV_HEADER_BYTES))
    units = bytearray()
    for start in range(0, len(command_set), most):
        fragment = command_set[start : start + most]
        last = IS_LAST if start + most >= len(command_set) else 0
        counted = len(fragment) + PDV_COUNTED_BYTES
        units += struct.pack(">BBLLBB", Pdu.P_DATA_TF, 0, counted + 4, counted, context_id, IS_COMMAND | last)
        units += fragment
    return bytes(units)
