"""One association over a socket: reads what the acceptor asks for, hands objects to the intake.

The socket blocks, with a short receive timeout set in the kernel: every `TICK_S` a silent peer gives control
back, and what has come of a header by then is judged. Payload and the next header are read in one call, so
that the fragments of an object lie end to end in the buffer, and small ones reach the intake together.
"""

import mmap
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from tirage.errors import TirageError
from tirage.model.custody import Acceptance, Incoming, Intake, StoreUnavailable
from tirage.model.identifiers import Uid
from tirage.model.records import Origin, OriginKind
from tirage.network.status import SUCCESS, status_of
from tirage.network.upper_layer.acceptor import Acceptor
from tirage.network.upper_layer.events import (
    Aborted,
    Associated,
    Echoed,
    Event,
    Rejected,
    Released,
    StoreBegun,
    StoreEnded,
    Violated,
)

BUFFER_BYTES: Final = 64 * 1024
"""Beside one PDU. With a buffer of 4 MiB, handed on in one write, an object of 530 KB took 2.0 ms of
processor time instead of 0.9 (four associations, fsync, no database). Most of that is the size of the
write, not of the buffer; why large writes cost more was not established.
"""

TICK_S: Final = 0.5
SEND_TIMEOUT_S: Final = 10.0
LINGER_S: Final = 0.5
_QUICK_ACK: Final = getattr(socket, "TCP_QUICKACK", None)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer may take, in seconds.

    `request_s` from connecting to the end of its A-ASSOCIATE-RQ (ARTIM, PS3.8 9.1.4), `idle_s` of silence
    between messages, `stall_s` for any one piece within a message (a PDU at most).
    """

    request_s: float = 30.0
    idle_s: float = 60.0
    stall_s: float = 30.0


@dataclass(slots=True)
class Account:
    """What one association came to; fit for a log, as nothing in it identifies a person."""

    address: str
    calling_ae: str = ""
    called_ae: str = ""
    contexts: int = 0
    echoed: int = 0
    accepted: dict[Acceptance, int] = field(default_factory=lambda: dict.fromkeys(Acceptance, 0))
    refused: dict[str, int] = field(default_factory=dict)
    received_bytes: int = 0
    end: str = ""


class _Gone(Exception):
    """The peer closed the connection, or took too long; the message says which."""


class Receiver:
    """Runs one association to its end; `account` tells what happened, also while it runs."""

    def __init__(
        self,
        connection: socket.socket,
        acceptor: Acceptor,
        intake: Intake,
        patience: Patience,
        stopping: threading.Event,
        address: str,
    ) -> None:
        self.account = Account(address)
        self._socket = connection
        self._acceptor = acceptor
        self._intake = intake
        self._patience = patience
        self._stopping = stopping
        self._deadline = time.monotonic() + patience.request_s
        self._incoming: Incoming | None = None
        self._fault: TirageError = StoreUnavailable("nothing was begun")
        self._origin = Origin(OriginKind.DICOM, address=address)
        self._filled = 0

    def run(self) -> None:
        """Converse until the association ends; whatever was not committed is aborted."""
        _prepare(self._socket)
        # Anonymous memory: pages a peer never fills are never ours.
        buffer = memoryview(mmap.mmap(-1, BUFFER_BYTES + self._acceptor.maximum_length))
        try:
            self._converse(buffer)
        except _Gone as gone:
            self.account.end = str(gone)
        except OSError as error:
            self.account.end = type(error).__name__
        finally:
            self._drop()
        if not self._acceptor.is_open:
            self._say_goodbye(buffer)

    def _converse(self, buffer: memoryview) -> None:
        acceptor = self._acceptor
        while acceptor.is_open:
            payload, header = acceptor.payload, acceptor.header
            if self._filled + payload + header > len(buffer):
                self._flush(buffer)
            start = self._filled
            arrived = self._read(buffer[start : start + payload + header], payload)
            self._filled += payload
            event = acceptor.receive(buffer[start + payload : start + arrived])
            if event is not None:
                self._handle(event, buffer)
            if output := acceptor.outgoing():
                self._socket.sendall(output)

    def _read(self, target: memoryview, payload: int) -> int:
        """Fill `target`; after a pause in the middle of its header part, what came so far will do."""
        arrived = 0
        while arrived < len(target):
            if _QUICK_ACK is not None:
                # The kernel drops quick acknowledgement after every few segments; without it a sender with
                # Nagle's algorithm on, as dcmsend, waits 40 ms per object.
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
            try:
                count = self._socket.recv_into(target[arrived:], 0, socket.MSG_WAITALL)
            except BlockingIOError:
                self._judge_pause()
                continue
            if count == 0:
                raise _Gone("dropped")
            arrived += count
            if arrived < len(target):
                self._judge_pause()
                if arrived > payload:
                    return arrived
        if self._acceptor.is_established:
            self._deadline = 0.0
        return arrived

    def _judge_pause(self) -> None:
        """Give up on a peer that has been too slow with the piece being read, or when told to stop."""
        now = time.monotonic()
        is_idle = self._acceptor.is_between_messages
        if not self._deadline:
            self._deadline = now + (self._patience.idle_s if is_idle else self._patience.stall_s) - TICK_S
        if self._stopping.is_set() and (is_idle or not self._acceptor.is_established):
            reason = "stopped"
        elif now >= self._deadline:
            reason = "idle" if is_idle else "stalled"
        else:
            return
        self._acceptor.abort()
        self._socket.sendall(self._acceptor.outgoing())
        raise _Gone(reason)

    def _handle(self, event: Event, buffer: memoryview) -> None:
        match event:
            case StoreBegun():
                self._begin(event)
            case StoreEnded():
                self._end(buffer)
            case Associated():
                self._deadline = 0.0
                self.account.calling_ae = event.calling_ae
                self.account.called_ae = event.called_ae
                self.account.contexts = event.contexts
                self._origin = Origin(
                    OriginKind.DICOM, event.calling_ae, event.called_ae, self.account.address
                )
            case Echoed():
                self.account.echoed += 1
            case Released():
                self.account.end = "released"
            case Aborted():
                self.account.end = "aborted by peer"
            case Rejected():
                self.account.calling_ae = event.calling_ae
                self.account.called_ae = event.called_ae
                self.account.end = f"rejected {event.rejection.name}"
            case Violated():
                self.account.end = f"violation {event.violation}"

    def _begin(self, event: StoreBegun) -> None:
        self._filled = 0
        try:
            self._incoming = self._intake.begin(
                self._origin, Uid(event.sop_class), Uid(event.sop_instance), Uid(event.transfer_syntax)
            )
        except TirageError as fault:
            self._fault = fault

    def _flush(self, buffer: memoryview) -> None:
        """Hand over what the buffer holds; what belongs to a refused object is forgotten."""
        incoming, filled = self._incoming, self._filled
        self._filled = 0
        if incoming is None or filled == 0:
            return
        self.account.received_bytes += filled
        try:
            incoming.write(buffer[:filled])
        except TirageError as fault:
            self._fault = fault
            self._drop()

    def _end(self, buffer: memoryview) -> None:
        self._flush(buffer)
        if self._incoming is not None:
            try:
                acceptance = self._incoming.commit()
            except TirageError as fault:
                self._fault = fault
                self._drop()
            else:
                self._incoming = None
                self.account.accepted[acceptance] += 1
                self._acceptor.answer(SUCCESS)
                return
        code = self._fault.code
        self.account.refused[code] = self.account.refused.get(code, 0) + 1
        self._acceptor.answer(status_of(self._fault), code)

    def _drop(self) -> None:
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            incoming.abort()

    def _say_goodbye(self, buffer: memoryview) -> None:
        """Wait a moment for the peer to close, or a reset would overtake our last words (PS3.8 Sta13)."""
        until = time.monotonic() + LINGER_S
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv_into(buffer[:65536]) and time.monotonic() < until:
                pass
        except OSError:
            return


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(True)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(TICK_S))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(SEND_TIMEOUT_S))


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
