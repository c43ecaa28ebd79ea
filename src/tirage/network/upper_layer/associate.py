"""A-ASSOCIATE-RQ and A-ASSOCIATE-AC, read and written.

Source: PS3.8 sections 9.3.2 and 9.3.3, user information items PS3.7 Annex D.3.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tirage.network.upper_layer.pdus import Pdu
from tirage.network.upper_layer.violations import Breach, Violation

FIXED_BYTES: Final = 68
"""Protocol version, two reserved bytes, two AE titles of 16 bytes and 32 reserved bytes."""

MOST_CONTEXTS: Final = 128
"""Presentation context IDs are the odd numbers from 1 to 255."""

APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
ACCEPTANCE: Final = 0

_APPLICATION_CONTEXT = 0x10
_CONTEXT_PROPOSED = 0x20
_CONTEXT_ANSWERED = 0x21
_ABSTRACT_SYNTAX = 0x30
_TRANSFER_SYNTAX = 0x40
_USER_INFORMATION = 0x50
_MAXIMUM_LENGTH = 0x51
_IMPLEMENTATION_CLASS = 0x52
_IMPLEMENTATION_VERSION = 0x55


@dataclass(frozen=True, slots=True)
class ProposedContext:
    """A presentation context as the requestor proposes it."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnsweredContext:
    """The answer to a proposed context; `result` as in PS3.8 Table 9-18, 0 for acceptance."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    result: int


@dataclass(frozen=True, slots=True)
class AssociateRequest:
    """What an A-ASSOCIATE-RQ says; `maximum_length` is the longest PDU the requestor takes, 0 for any.

    Items for which an acceptor need not answer (asynchronous operations, roles, extended negotiation, user
    identity) are left out: silence means their defaults (PS3.7 D.3.3).
    """

    protocol_version: int
    called_ae: str
    calling_ae: str
    application_context: str
    contexts: tuple[ProposedContext, ...]
    maximum_length: int
    titles: bytes


def parse_request(body: bytes) -> AssociateRequest:
    """What the bytes after the PDU header ask for; raises `Breach` when an item does not fit."""
    if len(body) < FIXED_BYTES:
        raise Breach(Violation.BAD_ASSOCIATE)
    (version,) = struct.unpack_from(">H", body)
    application_context = ""
    contexts: list[ProposedContext] = []
    maximum_length = 0
    for kind, value in _items(body[FIXED_BYTES:]):
        if kind == _APPLICATION_CONTEXT:
            application_context = _uid(value)
        elif kind == _CONTEXT_PROPOSED:
            contexts.append(_proposed(value))
        elif kind == _USER_INFORMATION:
            maximum_length = _maximum_length(value)
    ids = {context.context_id for context in contexts}
    if not contexts or len(ids) != len(contexts) or any(number % 2 == 0 for number in ids):
        raise Breach(Violation.BAD_ASSOCIATE)
    return AssociateRequest(
        protocol_version=version,
        called_ae=_title(body[4:20]),
        calling_ae=_title(body[20:36]),
        application_context=application_context,
        contexts=tuple(contexts),
        maximum_length=maximum_length,
        titles=body[4:36],
    )


def accept(
    request: AssociateRequest,
    answers: Sequence[AnsweredContext],
    maximum_length: int,
    implementation: tuple[str, str],
) -> bytes:
    """An A-ASSOCIATE-AC; `implementation` is our class UID and version name."""
    body = bytearray(struct.pack(">H2x", 1) + request.titles + bytes(32))
    body += _item(_APPLICATION_CONTEXT, request.application_context.encode())
    for answer in answers:
        syntax = _item(_TRANSFER_SYNTAX, answer.transfer_syntax.encode())
        body += _item(_CONTEXT_ANSWERED, struct.pack(">BxBx", answer.context_id, answer.result) + syntax)
    body += _user_information(maximum_length, implementation)
    return struct.pack(">BBL", Pdu.ASSOCIATE_AC, 0, len(body)) + bytes(body)


def propose(
    called_ae: str,
    calling_ae: str,
    contexts: Sequence[tuple[str, str]],
    maximum_length: int,
    implementation: tuple[str, str],
) -> bytes:
    """An A-ASSOCIATE-RQ; contexts, pairs of abstract and transfer syntax, get the IDs 1, 3, 5 …"""
    titles = b"".join(title.encode("latin-1")[:16].ljust(16) for title in (called_ae, calling_ae))
    body = bytearray(struct.pack(">H2x", 1) + titles + bytes(32))
    body += _item(_APPLICATION_CONTEXT, APPLICATION_CONTEXT.encode())
    for number, (abstract_syntax, transfer_syntax) in enumerate(contexts):
        syntaxes = _item(_ABSTRACT_SYNTAX, abstract_syntax.encode())
        syntaxes += _item(_TRANSFER_SYNTAX, transfer_syntax.encode())
        body += _item(_CONTEXT_PROPOSED, struct.pack(">B3x", 2 * number + 1) + syntaxes)
    body += _user_information(maximum_length, implementation)
    return struct.pack(">BBL", Pdu.ASSOCIATE_RQ, 0, len(body)) + bytes(body)


def parse_accept(body: bytes) -> tuple[list[int], int]:
    """The IDs of accepted contexts and the longest PDU the acceptor takes, 0 for any; raises `Breach`."""
    if len(body) < FIXED_BYTES:
        raise Breach(Violation.BAD_ASSOCIATE)
    accepted, maximum_length = [], 0
    for kind, value in _items(body[FIXED_BYTES:]):
        if kind == _CONTEXT_ANSWERED and len(value) >= 4 and value[2] == ACCEPTANCE:
            accepted.append(value[0])
        elif kind == _USER_INFORMATION:
            maximum_length = _maximum_length(value)
    return accepted, maximum_length


def _user_information(maximum_length: int, implementation: tuple[str, str]) -> bytes:
    class_uid, version = implementation
    user = _item(_MAXIMUM_LENGTH, struct.pack(">L", maximum_length))
    user += _item(_IMPLEMENTATION_CLASS, class_uid.encode())
    user += _item(_IMPLEMENTATION_VERSION, version.encode())
    return _item(_USER_INFORMATION, user)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        if len(data) - position < 4:
            raise Breach(Violation.BAD_ASSOCIATE)
        kind, length = struct.unpack_from(">BxH", data, position)
        position += 4
        if length > len(data) - position:
            raise Breach(Violation.BAD_ASSOCIATE)
        yield kind, data[position : position + length]
        position += length


def _proposed(value: bytes) -> ProposedContext:
    if len(value) < 4:
        raise Breach(Violation.BAD_ASSOCIATE)
    abstract_syntax = ""
    transfer_syntaxes: list[str] = []
    for kind, content in _items(value[4:]):
        if kind == _ABSTRACT_SYNTAX:
            abstract_syntax = _uid(content)
        elif kind == _TRANSFER_SYNTAX:
            transfer_syntaxes.append(_uid(content))
    return ProposedContext(value[0], abstract_syntax, tuple(transfer_syntaxes))


def _maximum_length(value: bytes) -> int:
    for kind, content in _items(value):
        if kind == _MAXIMUM_LENGTH:
            if len(content) != 4:
                raise Breach(Violation.BAD_ASSOCIATE)
            (length,) = struct.unpack(">L", content)
            return int(length)
    return 0


def _uid(value: bytes) -> str:
    # Latin-1 never fails; a UID that is none simply matches nothing we support.
    return value.decode("latin-1").rstrip("\0 ")


def _title(value: bytes) -> str:
    return value.decode("latin-1").strip(" ")


def _item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value
