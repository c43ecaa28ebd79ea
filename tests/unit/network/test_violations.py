"""Breaches of the protocol end in an abort, and before anything claimed is read."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.network.conversation import (
    CT,
    ECHO,
    MAXIMUM,
    RELEASE_RP,
    VERIFICATION,
    Requestor,
    associate_rq,
    command,
    element,
    p_data,
    pdv,
    store_rq,
)

from tirage.network.upper_layer.events import Event, Violated
from tirage.network.upper_layer.pdus import Pdu
from tirage.network.upper_layer.states import ACTIONS, State
from tirage.network.upper_layer.violations import ABORT_REASONS, Violation


def header(kind: int, length: int) -> bytes:
    return struct.pack(">BxL", kind, length)


def abort_said(heard: bytes) -> tuple[int, int]:
    kind, length, source, reason = struct.unpack(">BxL2xBB", heard)
    assert (kind, length) == (7, 4)
    return source, reason


def breach(requestor: Requestor, *units: bytes) -> Violation:
    (event,) = [event for event in requestor.say(*units) if isinstance(event, Violated)]
    assert not requestor.acceptor.is_open
    assert requestor.acceptor.payload == requestor.acceptor.header == 0
    return event.violation


@pytest.mark.parametrize(
    ("said", "violation"),
    [
        (header(9, 0), Violation.UNKNOWN_PDU),
        (header(0, 0xFFFFFFFF), Violation.UNKNOWN_PDU),
        (b"GET / HTTP/1.1\r\nHost: node\r\n\r\n", Violation.UNKNOWN_PDU),
        (b"\x16\x03\x01\x02\x00\x01", Violation.UNKNOWN_PDU),
        (header(1, 0xFFFFFFFF), Violation.PDU_TOO_LONG),
        (header(1, 0), Violation.PDU_TOO_SHORT),
        (header(2, 100), Violation.UNEXPECTED_PDU),
        (header(3, 4), Violation.UNEXPECTED_PDU),
        (header(4, 100), Violation.UNEXPECTED_PDU),
        (header(5, 4), Violation.UNEXPECTED_PDU),
        (header(6, 4), Violation.UNEXPECTED_PDU),
        (header(7, 400), Violation.PDU_TOO_LONG),
    ],
)
def test_before_the_association_a_breach_is_aborted_as_user(said: bytes, violation: Violation) -> None:
    requestor = Requestor()
    assert breach(requestor, said) is violation
    assert abort_said(requestor.heard) == (0, 0)
    assert sum(requestor.asked) == 6, "no more than a header was read"


@pytest.mark.parametrize(
    ("said", "violation"),
    [
        (header(9, 0), Violation.UNKNOWN_PDU),
        (header(4, 0), Violation.PDU_TOO_SHORT),
        (header(4, 5), Violation.PDU_TOO_SHORT),
        (header(4, 0xFFFFFFFF), Violation.PDU_TOO_LONG),
        (header(4, MAXIMUM + 1), Violation.PDU_TOO_LONG),
        (header(1, 100), Violation.UNEXPECTED_PDU),
        (header(2, 100), Violation.UNEXPECTED_PDU),
        (header(6, 4), Violation.UNEXPECTED_PDU),
        (header(5, 0xFFFFFFFF), Violation.PDU_TOO_LONG),
    ],
)
def test_within_the_association_a_breach_is_aborted_as_provider(said: bytes, violation: Violation) -> None:
    requestor = Requestor(most=6).associated()
    assert breach(requestor, said) is violation
    assert abort_said(requestor.heard) == (2, ABORT_REASONS[violation])


def data_header(length: int, number: int = 3, flags: int = 3, pdu: int = 1000) -> bytes:
    return struct.pack(">BxLLBB", 4, pdu, length, number, flags)


@pytest.mark.parametrize(
    ("said", "violation"),
    [
        (data_header(0), Violation.PDV_LENGTH),
        (data_header(1), Violation.PDV_LENGTH),
        (data_header(997), Violation.PDV_LENGTH),
        (data_header(0xFFFFFFFF), Violation.PDV_LENGTH),
        (data_header(993), Violation.PDV_LENGTH),
        (data_header(996, number=5), Violation.UNKNOWN_CONTEXT),
        (data_header(996, number=0), Violation.UNKNOWN_CONTEXT),
        (data_header(996, flags=0), Violation.UNEXPECTED_FRAGMENT),
        (data_header(996, flags=2), Violation.UNEXPECTED_FRAGMENT),
    ],
)
def test_a_lying_fragment_is_aborted_at_its_header(said: bytes, violation: Violation) -> None:
    requestor = Requestor(most=12).associated()
    assert breach(requestor, said) is violation
    assert len(requestor.payload) == 0


@pytest.mark.parametrize(
    ("flags", "number", "violation"),
    [
        (1, 3, Violation.UNEXPECTED_FRAGMENT),
        (3, 3, Violation.UNEXPECTED_FRAGMENT),
        (0, 1, Violation.CONTEXT_CHANGED),
    ],
)
def test_a_data_set_is_not_interrupted(flags: int, number: int, violation: Violation) -> None:
    requestor = Requestor().associated()
    requestor.say(store_rq(), p_data(pdv(3, 0, b"half")))
    assert breach(requestor, data_header(996, number, flags)) is violation


def test_reserved_flag_bits_are_not_looked_at() -> None:
    requestor = Requestor().associated()
    requestor.say(p_data(pdv(1, 0xF3, command(0x30, sop_class=VERIFICATION, data_set=False))))
    assert requestor.acceptor.is_open


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0" * 7,
        element(0x0100, b"\x01\0")[:-1],
        element(0x0100, b"\x01\0"),
        element(0x0100, b"\x01\0") + element(0x0110, b"\x07\0"),
        element(0x0100, b"\x01\0\0\0") + element(0x0110, b"\x07\0") + element(0x0800, b"\0\0"),
        struct.pack("<HHL", 0, 0x0100, 0xFFFFFFFF),
        struct.pack("<HHLH", 8, 0x0016, 2, 0),
        command(0x8001),
    ],
)
def test_a_malformed_command_is_aborted(body: bytes) -> None:
    assert breach(Requestor().associated(), p_data(pdv(3, 3, body))) is Violation.BAD_COMMAND


def test_a_command_without_end_is_cut_off() -> None:
    requestor = Requestor().associated()
    piece = p_data(pdv(3, 1, b"\0" * 10_000))
    assert breach(requestor, piece, piece) is Violation.COMMAND_TOO_LONG


def test_every_breach_has_its_abort_reason() -> None:
    assert set(ABORT_REASONS) == set(Violation)


def test_the_table_has_an_action_for_every_unit_in_every_reading_state() -> None:
    assert set(ACTIONS) == {
        (state, kind) for state in (State.AWAITING_REQUEST, State.ESTABLISHED) for kind in Pdu
    }


def test_nothing_is_taken_after_the_end() -> None:
    requestor = Requestor().associated()
    requestor.say(header(9, 0))
    heard = bytes(requestor.heard)
    assert requestor.say(ECHO) == []
    assert requestor.heard == heard


@given(st.binary(max_size=200))
def test_noise_before_an_association_never_gets_past_an_abort(noise: bytes) -> None:
    requestor = Requestor()
    events = requestor.say(noise)
    assert all(isinstance(event, Violated) for event in events) or noise[:1] == b"\x07"


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 3), st.binary(max_size=40)), max_size=6))
def test_any_sequence_of_fragments_is_answered_or_aborted(parts: list[tuple[int, int, bytes]]) -> None:
    requestor = Requestor().associated()
    events: list[Event] = []
    for number, flags, value in parts:
        events += requestor.say(p_data(pdv(number if number > 8 else number | 1, flags, value)))
        if not requestor.acceptor.is_open:
            assert isinstance(events[-1], Violated)
            break
    assert RELEASE_RP not in requestor.heard


@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_damaged_request_is_accepted_rejected_or_aborted_but_never_breaks(noise: bytes, at: int) -> None:
    whole = bytearray(associate_rq())
    at = 6 + at % (len(whole) - 6)
    whole[at : at + len(noise)] = noise[: len(whole) - at]
    requestor = Requestor()
    (event,) = requestor.say(bytes(whole))
    assert event is not None
    assert requestor.heard[0] in (2, 3, 7)


def test_the_sop_instance_uid_does_not_show_in_a_repr() -> None:
    requestor = Requestor().associated()
    (event,) = requestor.say(store_rq(instance="1.2.999"))
    assert "1.2.999" not in repr(event)
    assert CT in repr(event)
