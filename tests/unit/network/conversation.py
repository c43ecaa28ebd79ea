"""A conversation with the acceptor, no socket: what a requestor says, and what it hears.

`Requestor` speaks bytes built here from PS3.8, independently of the code under test.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tirage.network.upper_layer.acceptor import Acceptor, Terms
from tirage.network.upper_layer.admission import Admission, Rejection
from tirage.network.upper_layer.events import Event
from tirage.network.upper_layer.presentation import Supported

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
APPLICATION = "1.2.840.10008.3.1.1.1"

MAXIMUM = 16_384
TERMS = Terms(
    Admission(frozenset({"TIRAGE"})),
    Supported(frozenset({CT, MR}), {EXPLICIT: 0, JPEG_LOSSLESS: 0, IMPLICIT: 1, JPEG: 2}),
    ("1.2.3", "TEST"),
    MAXIMUM,
)


def item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value


def context(number: int, abstract: str, *syntaxes: str) -> bytes:
    inner = item(0x30, abstract.encode())
    inner += b"".join(item(0x40, syntax.encode()) for syntax in syntaxes or (IMPLICIT,))
    return item(0x20, bytes((number, 0, 0, 0)) + inner)


def associate_rq(
    contexts: Sequence[bytes] = (context(1, VERIFICATION), context(3, CT, EXPLICIT)),
    *,
    called: bytes = b"TIRAGE",
    calling: bytes = b"SCANNER",
    version: int = 1,
    application: str = APPLICATION,
    user: bytes = item(0x51, struct.pack(">L", 32_768)),
) -> bytes:
    body = struct.pack(">H2x16s16s32x", version, called.ljust(16), calling.ljust(16))
    body += item(0x10, application.encode()) + b"".join(contexts) + item(0x50, user)
    return struct.pack(">BxL", 1, len(body)) + body


def element(number: int, value: bytes) -> bytes:
    return struct.pack("<HHL", 0, number, len(value)) + value


def even(text: str) -> bytes:
    return text.encode() + b"\0" * (len(text) % 2)


def command(
    kind: int, *, sop_class: str = CT, instance: str = "1.2.3.4", message: int = 7, data_set: bool = True
) -> bytes:
    body = element(0x0002, even(sop_class)) + element(0x0100, struct.pack("<H", kind))
    body += element(0x0110, struct.pack("<H", message))
    body += element(0x0800, struct.pack("<H", 0x0000 if data_set else 0x0101))
    if instance:
        body += element(0x1000, even(instance))
    return element(0x0000, struct.pack("<L", len(body))) + body


def pdv(number: int, flags: int, value: bytes) -> bytes:
    return struct.pack(">LBB", len(value) + 2, number, flags) + value


def p_data(*pdvs: bytes) -> bytes:
    body = b"".join(pdvs)
    return struct.pack(">BxL", 4, len(body)) + body


RELEASE_RQ = bytes.fromhex("05000000000400000000")
RELEASE_RP = bytes.fromhex("06000000000400000000")
ABORT = bytes.fromhex("07000000000400000000")
ECHO = p_data(pdv(1, 3, command(0x30, sop_class=VERIFICATION, instance="", data_set=False)))


def store_rq(**changes: object) -> bytes:
    return p_data(pdv(3, 3, command(0x01, **changes)))  # type: ignore[arg-type]


@dataclass
class Requestor:
    """Feeds an acceptor as a socket shell does, `most` bytes at a time at most."""

    terms: Terms = TERMS
    address: str = "127.0.0.1"
    refuse: Rejection | None = None
    most: int = 1 << 30
    payload: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.acceptor = Acceptor(self.terms, self.address, refuse=self.refuse)

    def say(self, *units: bytes) -> list[Event]:
        """Say bytes, as far as the acceptor listens; what happened."""
        data = b"".join(units)
        events = []
        for event in self._feed(data):
            if event is not None:
                events.append(event)
            self.heard += self.acceptor.outgoing()
        return events

    def _feed(self, data: bytes) -> Iterator[Event | None]:
        acceptor = self.acceptor
        position = 0
        while acceptor.is_open and (position < len(data) or acceptor.payload + acceptor.header == 0):
            payload = acceptor.payload
            self.asked.append(payload + acceptor.header)
            assert position + payload <= len(data), "a test ends in the middle of a payload"
            self.payload += data[position : position + payload]
            position += payload
            header = data[position : position + min(acceptor.header, self.most)]
            position += len(header)
            yield acceptor.receive(header)

    def associated(self, **changes: object) -> "Requestor":
        """Associate, and forget what was heard."""
        self.say(associate_rq(**changes))  # type: ignore[arg-type]
        assert self.acceptor.is_established
        self.heard.clear()
        self.asked.clear()
        return self


def answered(heard: bytes) -> dict[int, bytes]:
    """The command elements of a P-DATA-TF that was heard."""
    kind, length, counted, _number, flags = struct.unpack_from(">BxLLBB", heard)
    assert (kind, flags) == (4, 3)
    assert length == counted + 4 == len(heard) - 6
    values: dict[int, bytes] = {}
    position = 12
    while position < len(heard):
        group, name, size = struct.unpack_from("<HHL", heard, position)
        assert group == 0
        values[name] = heard[position + 8 : position + 8 + size]
        position += 8 + size
    assert int.from_bytes(values[0], "little") == len(heard) - 12 - 12
    return values


def status(heard: bytes) -> int:
    return int.from_bytes(answered(heard)[0x0900], "little")
