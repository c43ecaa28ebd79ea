"""One association as its acceptor sees it: bytes in, events and bytes out, no socket.

The acceptor never touches data set bytes. It says how many of them come next (`payload`) and how many bytes
of protocol follow (`header`), so that its feeder can read both in one call, keep the payload where it lies
and hand back only the protocol bytes. Every length is checked before it is asked for.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tirage.network.upper_layer import associate, commands, pdus
from tirage.network.upper_layer.admission import Admission, Rejection
from tirage.network.upper_layer.commands import Command, CommandField
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
from tirage.network.upper_layer.pdus import (
    HEADER_BYTES,
    IS_COMMAND,
    IS_LAST,
    PDV_COUNTED_BYTES,
    PDV_HEADER_BYTES,
    TRAILER_BYTES,
    AbortReason,
    AbortSource,
    Pdu,
)
from tirage.network.upper_layer.presentation import ACCEPTED, VERIFICATION, Supported
from tirage.network.upper_layer.states import ACTIONS, Action, State
from tirage.network.upper_layer.violations import ABORT_REASONS, Breach, Violation

ASSOCIATE_MOST_BYTES: Final = 512 * 1024
"""128 contexts with every transfer syntax there is take less than 300 KB."""

COMMAND_MOST_BYTES: Final = 16 * 1024
"""A C-STORE command set takes less than 400 bytes."""

SUCCESS: Final = 0x0000
NO_SUCH_SOP_CLASS: Final = 0x0122
INVALID_SOP_INSTANCE: Final = 0x0117
UNRECOGNISED_OPERATION: Final = 0x0211
MISTYPED_ARGUMENT: Final = 0x0212
# Status codes: PS3.7 Annex C.

_Step = Callable[[], Event | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an acceptor brings to the negotiation; `maximum_length` of a PDU it takes, in bytes."""

    admission: Admission
    supported: Supported
    implementation: tuple[str, str]
    maximum_length: int = 128 * 1024


class Acceptor:
    """The conversation with one requestor.

    Feed it like this: read `payload` bytes, then up to `header` bytes; when the payload is complete call
    `receive` with the header bytes that came; send `outgoing()`; repeat while `is_open`. Fewer header bytes
    than asked for may be given, they are judged as far as they go.
    """

    def __init__(self, terms: Terms, address: str, *, refuse: Rejection | None = None) -> None:
        """`address` is the peer's; with `refuse` every request is rejected for that reason."""
        self.payload = 0
        self.header = HEADER_BYTES
        self.state = State.AWAITING_REQUEST
        self._terms = terms
        self._address = address
        self._refuse = refuse
        self._bytes = bytearray()
        self._output = bytearray()
        self._step: _Step = self._on_pdu_header
        self._contexts: dict[int, tuple[str, str]] = {}
        self._peer_maximum = 0
        self._pdu_left = 0
        self._context_id = 0
        self._is_last = False
        self._command_set = bytearray()
        self._command: Command | None = None
        self._refusal = SUCCESS

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to read."""
        return self.state in (State.AWAITING_REQUEST, State.ESTABLISHED)

    @property
    def is_established(self) -> bool:
        """Whether the association was accepted and has not ended."""
        return self.state is State.ESTABLISHED

    @property
    def maximum_length(self) -> int:
        """The longest payload that is ever asked for at once, bytes."""
        return self._terms.maximum_length

    @property
    def is_between_messages(self) -> bool:
        """Whether the peer may rightly be silent for long."""
        return self.state is State.ESTABLISHED and self._command is None and not self._command_set

    def outgoing(self) -> bytes:
        """What must be sent now; handed out once."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def receive(self, data: bytes | memoryview) -> Event | None:
        """Take protocol bytes, the payload asked for being complete; answer what happened, if anything."""
        self.payload = 0
        self._bytes += data
        try:
            return self._step()
        except Breach as breach:
            return self._violated(breach.violation)

    def answer(self, status: int, comment: str = "") -> None:
        """Answer the C-STORE whose data set just ended."""
        command = self._command
        if command is None:
            raise RuntimeError("there is no request to answer")
        self._command = None
        self._output += pdus.command_data(
            self._context_id, commands.response(command, status, comment), self._peer_maximum
        )

    def abort(self) -> None:
        """Give up the association as the service user (PS3.8 9.3.8)."""
        self._output += pdus.abort(AbortSource.SERVICE_USER, AbortReason.NOT_SPECIFIED)
        self._close()

    # Each step runs when bytes have come, and ends by saying what to read next.

    def _ask(self, header: int, step: _Step) -> None:
        self.header = header - len(self._bytes)
        self._step = step

    def _take(self, count: int) -> bytes:
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken

    def _on_pdu_header(self) -> Event | None:
        if len(self._bytes) < HEADER_BYTES:
            self.header = HEADER_BYTES - len(self._bytes)
            return None
        kind, length = struct.unpack(">BxL", self._take(HEADER_BYTES))
        try:
            action = ACTIONS[self.state, Pdu(kind)]
        except ValueError:
            raise Breach(Violation.UNKNOWN_PDU) from None
        match action:
            case Action.TAKE_DATA:
                if length > self._terms.maximum_length:
                    raise Breach(Violation.PDU_TOO_LONG)
                if length < PDV_HEADER_BYTES:
                    raise Breach(Violation.PDU_TOO_SHORT)
                self._pdu_left = length
                return self._next_pdv()
            case Action.DECIDE:
                if length > ASSOCIATE_MOST_BYTES:
                    raise Breach(Violation.PDU_TOO_LONG)
                if length < associate.FIXED_BYTES:
                    raise Breach(Violation.PDU_TOO_SHORT)
                return self._body(length, self._on_request)
            case Action.RELEASE | Action.INDICATE_ABORT | Action.CLOSE:
                if length != TRAILER_BYTES:
                    raise Breach(Violation.PDU_TOO_LONG)
                ended = self._on_release if action is Action.RELEASE else self._on_abort
                return self._body(length, ended)
            case Action.ABORT_AS_USER | Action.ABORT_AS_PROVIDER:
                raise Breach(Violation.UNEXPECTED_PDU)

    def _body(self, length: int, step: _Step) -> Event | None:
        def when_complete() -> Event | None:
            if len(self._bytes) < length:
                self.header = length - len(self._bytes)
                return None
            return step()

        self._step = when_complete
        return when_complete()

    def _on_request(self) -> Event:
        request = associate.parse_request(self._take(len(self._bytes)))
        rejection = self._refuse or self._terms.admission.refusal(request, self._address)
        if rejection:
            self._output += pdus.reject(*rejection.value)
            self._close()
            return Rejected(rejection, request.calling_ae, request.called_ae)
        answers = self._terms.supported.answer(request.contexts)
        self._contexts = {
            answer.context_id: (answer.abstract_syntax, answer.transfer_syntax)
            for answer in answers
            if answer.result == ACCEPTED
        }
        self._peer_maximum = request.maximum_length
        self._output += associate.accept(
            request, answers, self._terms.maximum_length, self._terms.implementation
        )
        self.state = State.ESTABLISHED
        self._next_message()
        return Associated(request.calling_ae, request.called_ae, len(self._contexts), len(answers))

    def _on_release(self) -> Event:
        self._output += pdus.RELEASE_RP
        self._close()
        return Released()

    def _on_abort(self) -> Event:
        self._close()
        return Aborted()

    def _next_message(self) -> None:
        # Ten bytes: the shortest PDU, so a release is not waited for in vain.
        if self._pdu_left:
            self._ask(PDV_HEADER_BYTES, self._on_pdv_header)
        else:
            self._ask(HEADER_BYTES + TRAILER_BYTES, self._on_pdu_header)

    def _next_fragment(self) -> None:
        if self._pdu_left:
            self._ask(PDV_HEADER_BYTES, self._on_pdv_header)
        else:
            self._ask(HEADER_BYTES + PDV_HEADER_BYTES, self._on_pdu_header)

    def _next_pdv(self) -> Event | None:
        self._step = self._on_pdv_header
        return self._on_pdv_header()

    def _on_pdv_header(self) -> Event | None:
        if len(self._bytes) < PDV_HEADER_BYTES:
            self.header = self._pdv_wanted() - len(self._bytes)
            return None
        length, context_id, control = struct.unpack(">LBB", self._take(PDV_HEADER_BYTES))
        left = self._pdu_left - 4 - length
        if length < PDV_COUNTED_BYTES or left < 0 or 0 < left < PDV_HEADER_BYTES:
            raise Breach(Violation.PDV_LENGTH)
        if context_id not in self._contexts:
            raise Breach(Violation.UNKNOWN_CONTEXT)
        is_first = self._command is None and not self._command_set
        if not is_first and context_id != self._context_id:
            raise Breach(Violation.CONTEXT_CHANGED)
        if bool(control & IS_COMMAND) is (self._command is not None):
            raise Breach(Violation.UNEXPECTED_FRAGMENT)
        self._pdu_left = left
        self._context_id = context_id
        self._is_last = bool(control & IS_LAST)
        size = length - PDV_COUNTED_BYTES
        if control & IS_COMMAND:
            if len(self._command_set) + size > COMMAND_MOST_BYTES:
                raise Breach(Violation.COMMAND_TOO_LONG)
            return self._body(size, self._on_command_fragment)
        self.payload = size
        if self._is_last:
            self.header = 0
            self._step = self._on_data_set_end
        else:
            self._next_fragment()
        return None

    def _pdv_wanted(self) -> int:
        # The length comes before the flags: when it can only be a command, read it whole in one go.
        if len(self._bytes) >= 4 and self._command is None:
            (length,) = struct.unpack_from(">L", self._bytes)
            if PDV_COUNTED_BYTES <= length <= min(self._pdu_left - 4, COMMAND_MOST_BYTES):
                return 4 + int(length)
        return PDV_HEADER_BYTES

    def _on_command_fragment(self) -> Event | None:
        self._command_set += self._take(len(self._bytes))
        if not self._is_last:
            self._next_fragment()
            return None
        command = commands.parse(bytes(self._command_set))
        self._command_set.clear()
        return self._on_command(command)

    def _on_command(self, command: Command) -> Event | None:
        abstract_syntax, transfer_syntax = self._contexts[self._context_id]
        if command.field_value == CommandField.C_CANCEL_RQ:
            self._next_message()
            return None
        self._command = command
        self._refusal = _refusal(command, abstract_syntax)
        if not command.has_data_set:
            self._next_message()
            self.answer(self._refusal)
            is_echo = command.field_value == CommandField.C_ECHO_RQ
            return Echoed() if is_echo and self._refusal == SUCCESS else None
        self._next_fragment()
        if self._refusal != SUCCESS:
            return None
        return StoreBegun(command.sop_class, command.sop_instance, transfer_syntax)

    def _on_data_set_end(self) -> Event | None:
        self._next_message()
        if self._refusal == SUCCESS:
            return StoreEnded()
        self.answer(self._refusal)
        return None

    def _violated(self, violation: Violation) -> Event:
        if self.state is State.AWAITING_REQUEST:  # AA-1
            self._output += pdus.abort(AbortSource.SERVICE_USER, AbortReason.NOT_SPECIFIED)
        else:  # AA-8
            self._output += pdus.abort(AbortSource.SERVICE_PROVIDER, ABORT_REASONS[violation])
        self._close()
        return Violated(violation)

    def _close(self) -> None:
        self.state = State.AWAITING_CLOSE
        self.payload = self.header = 0
        self._bytes.clear()


def _refusal(command: Command, abstract_syntax: str) -> int:
    """The status a request is refused with before its data set is looked at; 0 when it is not.

    Source: PS3.7 9.1.1.1.9, 9.1.5.1.4 and Annex C.
    """
    is_verification = abstract_syntax == VERIFICATION
    match command.field_value:
        case CommandField.C_ECHO_RQ:
            if not is_verification:
                return UNRECOGNISED_OPERATION
            return MISTYPED_ARGUMENT if command.has_data_set else SUCCESS
        case CommandField.C_STORE_RQ:
            if is_verification or command.sop_class != abstract_syntax:
                return NO_SUCH_SOP_CLASS
            if not _is_storable(command.sop_instance):
                return INVALID_SOP_INSTANCE
            return SUCCESS if command.has_data_set else MISTYPED_ARGUMENT
        case _:
            return UNRECOGNISED_OPERATION


def _is_storable(sop_instance: str) -> bool:
    # Malformed UIDs of old devices are taken in and quarantined by name later; only what no catalogue
    # could show is sent back.
    return 0 < len(sop_instance) <= 64 and sop_instance.isascii() and sop_instance.isprintable()
