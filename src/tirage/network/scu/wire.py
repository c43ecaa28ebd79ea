"""An association as a requestor on a socket of its own: one message at a time, no threads, nothing queued.

pynetdicom puts a whole object into a queue for a thread that looks at it every millisecond, and that thread
ends with an exception when the peer leaves in the middle of one. What is sent here waits for the peer.
"""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

from tirage.network.certificates import Distrust, context, distrust_of
from tirage.network.identity import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from tirage.network.scu.association import Peer
from tirage.network.upper_layer.associate import parse_accept, propose
from tirage.network.upper_layer.commands import NO_DATA_SET, Element, command_set, elements_of, number_in
from tirage.network.upper_layer.pdus import (
    HEADER_BYTES,
    IS_COMMAND,
    IS_LAST,
    PDV_COUNTED_BYTES,
    PDV_HEADER_BYTES,
    RELEASE_RP,
    RELEASE_RQ,
    AbortReason,
    AbortSource,
    Pdu,
    abort,
    command_data,
    data_head,
)
from tirage.network.upper_layer.violations import ABORT_REASONS, Breach, Violation

OUR_MAXIMUM: Final = 128 * 1024
WRITE_BYTES: Final = 256 * 1024
LAST_MESSAGE_ID: Final = 0xFFFF
MOST_MESSAGE_BYTES: Final = 16 * 1024 * 1024
MOST_UNIT_BYTES: Final = 4 * 1024 * 1024
_TRANSIENT: Final = b"\2"
_GOODBYE_S: Final = 5.0
_REFUSAL_S: Final = 1.0
"""In TLS 1.3 a peer looks at our certificate after it has let us begin."""


class Problem(StrEnum):
    """Why there is no answer from the peer."""

    NONE = ""
    UNREACHABLE = "UNREACHABLE"
    BUSY = "BUSY"
    REJECTED = "REJECTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    NO_ANSWER = "NO_ANSWER"
    UNREADABLE = "UNREADABLE"


class Unreadable(Exception):
    """A file could not be read to its end; the association had to be aborted."""


class Gone(Exception):
    """There is no association, or none any longer."""

    def __init__(self, problem: Problem | Distrust) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Message:
    """What a peer said: the values of its command set by element, and its data set as encoded."""

    context_id: int
    values: Mapping[int, bytes]
    data: bytes

    def number(self, element: Element) -> int:
        """A number of the command set; raises `Gone` where the message has none."""
        try:
            return number_in(self.values, element)
        except Breach:
            raise Gone(Problem.NO_ANSWER) from None


class Wire:
    """An association with `peer`; raises `Gone` when none comes to be, as does every method.

    `contexts` are pairs of abstract and transfer syntax, at most 128. `pace` is told how many bytes go out
    next, and may wait. `accepted` has the context ID of each pair that the peer takes.
    """

    def __init__(
        self, peer: Peer, contexts: Sequence[tuple[str, str]], pace: Callable[[int], None] = lambda _: None
    ) -> None:
        self._answer_timeout_s = peer.answer_timeout_s
        self._pace = pace
        self._message_id = 0
        self._maximum = 0
        self._early = b""
        self._is_open = True
        self._connection = _connected(peer)
        self.accepted: Mapping[tuple[str, str], int] = {}
        try:
            with self._ending_with_faults():
                self.accepted = self._negotiated(peer, contexts)
        except Gone as gone:
            if peer.trust is not None and gone.problem is Problem.UNREACHABLE:
                raise Gone(_refusal(peer) or gone.problem) from None
            raise

    @property
    def is_open(self) -> bool:
        """Whether messages can be exchanged, as far as is known."""
        return self._is_open

    def next_id(self) -> int:
        """A message ID."""
        self._message_id = self._message_id % LAST_MESSAGE_ID + 1
        return self._message_id

    def send(self, context_id: int, values: Mapping[Element, int | str], data: bytes = b"") -> None:
        """Send a message; `data` is its data set, if it has one."""
        with self._ending_with_faults():
            self._write(command_data(context_id, command_set(values), self._maximum))
            for units in self._units(context_id, [data] if data else []):
                self._write(units)

    def send_file(
        self, context_id: int, values: Mapping[Element, int | str], file: BinaryIO, size_bytes: int
    ) -> None:
        """Send a message with the next `size_bytes` of a file as data set; may raise `Unreadable`."""
        with self._ending_with_faults():
            self._write(command_data(context_id, command_set(values), self._maximum))
            for units in self._units(context_id, _pieces(file, size_bytes, self._piece_bytes)):
                self._write(units)

    def receive(self) -> Message:
        """The next message."""
        with self._ending_with_faults():
            self._connection.settimeout(self._answer_timeout_s)
            return self._message()

    def is_talking(self, wait_s: float) -> bool:
        """Whether the peer begins to say something within so many seconds."""
        with self._ending_with_faults():
            self._connection.settimeout(wait_s)
            try:
                self._early += self._heard(1)
            except TimeoutError:
                return False
            return True

    def close(self) -> None:
        """Release the association, if there is one still."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError, Gone, Breach):
                self._connection.settimeout(_GOODBYE_S)
                self._connection.sendall(RELEASE_RQ)
                while self._unit()[0] is not Pdu.RELEASE_RP:
                    pass
        self._connection.close()

    @contextmanager
    def _ending_with_faults(self) -> Iterator[None]:
        """Whatever goes wrong ends the association; faults of the line or the peer are a `Gone`."""
        is_done = False
        try:
            yield
            is_done = True
        except TimeoutError:
            raise Gone(Problem.NO_ANSWER) from None
        except OSError as error:
            raise Gone(distrust_of(error) or Problem.UNREACHABLE) from None
        except Breach as breach:
            self._abort(AbortSource.SERVICE_PROVIDER, ABORT_REASONS[breach.violation])
            raise Gone(Problem.NO_ANSWER) from None
        finally:
            if not is_done:
                self._abort()

    def _abort(
        self,
        source: AbortSource = AbortSource.SERVICE_USER,
        reason: AbortReason = AbortReason.NOT_SPECIFIED,
    ) -> None:
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self._connection.settimeout(_GOODBYE_S)
                self._connection.sendall(abort(source, reason))
        self._connection.close()

    def _negotiated(self, peer: Peer, contexts: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        us = (IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION)
        self._connection.settimeout(peer.connect_timeout_s)
        self._connection.sendall(propose(peer.called_ae, peer.calling_ae, contexts, OUR_MAXIMUM, us))
        kind, body = self._unit()
        if kind is Pdu.ASSOCIATE_RJ:
            raise Gone(Problem.BUSY if body[1:2] == _TRANSIENT else Problem.REJECTED)
        if kind is not Pdu.ASSOCIATE_AC:
            raise Gone(Problem.UNREACHABLE)
        ids, self._maximum = parse_accept(body)
        self._connection.settimeout(self._answer_timeout_s)
        return {pair: 2 * number + 1 for number, pair in enumerate(contexts) if 2 * number + 1 in ids}

    @property
    def _fragment_bytes(self) -> int:
        most = min(self._maximum or OUR_MAXIMUM, OUR_MAXIMUM)
        return max(2, (most - PDV_HEADER_BYTES) // 2 * 2)

    @property
    def _piece_bytes(self) -> int:
        return max(1, WRITE_BYTES // self._fragment_bytes) * self._fragment_bytes

    def _units(self, context_id: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """A data set as P-DATA-TF units, as many together as are written at once."""
        most, following = self._fragment_bytes, iter(pieces)
        piece = next(following, None)
        while piece is not None:
            after = next(following, None)
            view, units = memoryview(piece), list[bytes | memoryview]()
            for start in range(0, len(view), most):
                fragment = view[start : start + most]
                is_last = after is None and start + most >= len(view)
                units += (data_head(context_id, len(fragment), is_last), fragment)
            yield b"".join(units)
            piece = after

    def _write(self, units: bytes) -> None:
        self._pace(len(units))
        self._connection.sendall(units)

    def _message(self) -> Message:
        context_id, command = self._part(IS_COMMAND)
        values = elements_of(command)
        has_data = number_in(values, Element.DATA_SET_TYPE) != NO_DATA_SET
        return Message(context_id, values, self._part(0)[1] if has_data else b"")

    def _part(self, wanted: int) -> tuple[int, bytes]:
        """A command set or a data set, put together of its fragments, and its context ID."""
        part = bytearray()
        while True:
            kind, body = self._unit()
            if kind is not Pdu.P_DATA_TF:
                raise Gone(Problem.UNREACHABLE)
            position, is_last, context_id = 0, False, 0
            while position < len(body):
                if len(body) - position < PDV_HEADER_BYTES:
                    raise Breach(Violation.PDV_LENGTH)
                counted, context_id, control = struct.unpack_from(">LBB", body, position)
                end = position + 4 + counted
                if counted < PDV_COUNTED_BYTES or end > len(body):
                    raise Breach(Violation.PDV_LENGTH)
                if control & IS_COMMAND != wanted:
                    raise Breach(Violation.UNEXPECTED_FRAGMENT)
                part += body[position + PDV_HEADER_BYTES : end]
                position, is_last = end, bool(control & IS_LAST)
                if is_last and position < len(body):
                    # A data set may follow its command in the same unit.
                    self._early = struct.pack(">BBL", kind, 0, len(body) - position) + body[position:]
                    break
            if len(part) > MOST_MESSAGE_BYTES:
                raise Breach(Violation.COMMAND_TOO_LONG)
            if is_last:
                return context_id, bytes(part)

    def _unit(self) -> tuple[Pdu, bytes]:
        """The next protocol data unit; a release is answered and, like an abort, ends the association."""
        kind, length = struct.unpack(">BxL", self._read(HEADER_BYTES))
        if kind not in list(Pdu):
            raise Breach(Violation.UNKNOWN_PDU)
        if length > MOST_UNIT_BYTES:
            raise Breach(Violation.PDU_TOO_LONG)
        body = self._read(length)
        if kind == Pdu.RELEASE_RQ:
            self._connection.sendall(RELEASE_RP)
        if kind in (Pdu.RELEASE_RQ, Pdu.ABORT):
            self._is_open = False
            raise Gone(Problem.UNREACHABLE)
        return Pdu(kind), body

    def _read(self, size: int) -> bytes:
        read = bytearray(self._early[:size])
        self._early = self._early[size:]
        while len(read) < size:
            read += self._heard(size - len(read))
        return bytes(read)

    def _heard(self, most: int) -> bytes:
        # DCMTK writes the head of an answer and waits, before it writes the rest, until we acknowledge the
        # head, which the kernel would put off by 40 ms for each object.
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        heard = self._connection.recv(most)
        if not heard:
            raise Gone(Problem.UNREACHABLE)
        return heard


def _connected(peer: Peer) -> socket.socket:
    try:
        connection = socket.create_connection((peer.host, peer.port), peer.connect_timeout_s)
    except OSError:
        raise Gone(Problem.UNREACHABLE) from None
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if peer.trust is None:
            return connection
        return context(peer.trust).wrap_socket(connection, server_hostname=peer.host)
    except OSError as error:
        connection.close()
        raise Gone(distrust_of(error) or Problem.UNREACHABLE) from None


def _refusal(peer: Peer) -> Distrust | None:
    """Why a peer went away after it was content with TLS: what it said is lost if we were still writing."""
    with _connected(peer) as connection:
        connection.settimeout(_REFUSAL_S)
        try:
            connection.recv(1)
        except OSError as error:
            return distrust_of(error)
    return None


def _pieces(file: BinaryIO, size_bytes: int, most: int) -> Iterator[bytes]:
    left = size_bytes
    while left:
        try:
            piece = file.read(min(most, left))
        except OSError as error:
            raise Unreadable from error
        if not piece:
            raise Unreadable
        left -= len(piece)
        yield piece
