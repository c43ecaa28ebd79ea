"""Command sets, read and written.

Source: PS3.7 sections 9.3 and 10.3, Annex E; always Implicit VR Little Endian (PS3.7 6.3.1).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from tirage.network.upper_layer.violations import Breach, Violation

NO_DATA_SET = 0x0101
RESPONSE_BIT = 0x8000

DATA_SET_FOLLOWS: Final = 0x0001
"""Anything but `NO_DATA_SET`."""


class Element(IntEnum):
    """Elements of group 0000 that are written (PS3.7 E.1)."""

    SOP_CLASS = 0x0002
    REQUESTED_SOP_CLASS = 0x0003
    FIELD = 0x0100
    MESSAGE_ID = 0x0110
    RESPONDED_MESSAGE_ID = 0x0120
    PRIORITY = 0x0700
    DATA_SET_TYPE = 0x0800
    STATUS = 0x0900
    SOP_INSTANCE = 0x1000
    REQUESTED_SOP_INSTANCE = 0x1001
    EVENT_TYPE = 0x1002
    ACTION_TYPE = 0x1008


_GROUP_LENGTH = 0x0000
_SOP_CLASS = 0x0002
_COMMAND_FIELD = 0x0100
_MESSAGE_ID = 0x0110
_RESPONDED_MESSAGE_ID = 0x0120
_DATA_SET_TYPE = 0x0800
_STATUS = 0x0900
_ERROR_COMMENT = 0x0902
_SOP_INSTANCE = 0x1000


class CommandField(IntEnum):
    """Requests that are understood or made (PS3.7 Table E.1-1)."""

    C_STORE_RQ = 0x0001
    C_ECHO_RQ = 0x0030
    N_EVENT_REPORT_RQ = 0x0100
    N_ACTION_RQ = 0x0130
    C_CANCEL_RQ = 0x0FFF


@dataclass(frozen=True, slots=True)
class Command:
    """A request's command set; `field_value` may be one that is not understood."""

    field_value: int
    message_id: int
    has_data_set: bool
    sop_class: str
    sop_instance: str = field(repr=False)


def parse(data: bytes) -> Command:
    """What a complete command set says; raises `Breach` when it is malformed or lacks what all need."""
    values = elements_of(data)
    field_value = number_in(values, _COMMAND_FIELD)
    if field_value & RESPONSE_BIT:
        raise Breach(Violation.BAD_COMMAND)
    identified_by = _RESPONDED_MESSAGE_ID if field_value == CommandField.C_CANCEL_RQ else _MESSAGE_ID
    return Command(
        field_value=field_value,
        message_id=number_in(values, identified_by),
        has_data_set=number_in(values, _DATA_SET_TYPE) != NO_DATA_SET,
        sop_class=_text(values, _SOP_CLASS),
        sop_instance=_text(values, _SOP_INSTANCE),
    )


def elements_of(data: bytes) -> dict[int, bytes]:
    """The values of a complete command set by element; raises `Breach` when it is malformed."""
    values: dict[int, bytes] = {}
    position = 0
    while position < len(data):
        if len(data) - position < 8:
            raise Breach(Violation.BAD_COMMAND)
        group, element, length = struct.unpack_from("<HHL", data, position)
        position += 8
        if group != 0 or length > len(data) - position:
            raise Breach(Violation.BAD_COMMAND)
        values[element] = data[position : position + length]
        position += length
    return values


def number_in(values: Mapping[int, bytes], element: int) -> int:
    """A value of two bytes; raises `Breach` when it is missing or something else."""
    value = values.get(element, b"")
    if len(value) != 2:
        raise Breach(Violation.BAD_COMMAND)
    return int.from_bytes(value, "little")


def command_set(values: Mapping[Element, int | str]) -> bytes:
    """A command set of numbers (US) and UIDs."""
    body = b"".join(
        _element(element, struct.pack("<H", value) if isinstance(value, int) else _padded(value, b"\0"))
        for element, value in sorted(values.items())
    )
    return _element(_GROUP_LENGTH, struct.pack("<L", len(body))) + body


def response(command: Command, status: int, comment: str = "") -> bytes:
    """The command set that answers a request with a status; `comment` is cut to 64 characters."""
    body = b""
    if command.sop_class:
        body += _element(_SOP_CLASS, _padded(command.sop_class, b"\0"))
    body += _element(_COMMAND_FIELD, struct.pack("<H", command.field_value | RESPONSE_BIT))
    body += _element(_RESPONDED_MESSAGE_ID, struct.pack("<H", command.message_id))
    body += _element(_DATA_SET_TYPE, struct.pack("<H", NO_DATA_SET))
    body += _element(_STATUS, struct.pack("<H", status))
    if comment:
        body += _element(_ERROR_COMMENT, _padded(comment[:64], b" "))
    if command.sop_instance:
        body += _element(_SOP_INSTANCE, _padded(command.sop_instance, b"\0"))
    return _element(_GROUP_LENGTH, struct.pack("<L", len(body))) + body


def _text(values: dict[int, bytes], element: int) -> str:
    return values.get(element, b"").decode("latin-1").rstrip("\0 ")


def _padded(text: str, filler: bytes) -> bytes:
    value = text.encode("latin-1", "replace")
    return value + filler if len(value) % 2 else value


def _element(element: int, value: bytes) -> bytes:
    return struct.pack("<HHL", 0, element, len(value)) + value
