"""What a requestor writes is what our own acceptor reads, and the other way round."""

import struct

import pytest

from tirage.network.upper_layer.associate import (
    AnsweredContext,
    accept,
    parse_accept,
    parse_request,
    propose,
)
from tirage.network.upper_layer.commands import (
    NO_DATA_SET,
    CommandField,
    Element,
    command_set,
    elements_of,
    number_in,
    parse,
)
from tirage.network.upper_layer.pdus import HEADER_BYTES, data_head
from tirage.network.upper_layer.violations import Breach

PAIRS = [("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"), ("1.2.840.10008.1.1", "1.2.840.10008.1.2")]
US = ("2.25.1", "TESTS")


def test_a_proposal_is_read_as_it_was_meant() -> None:
    unit = propose("PACS", "TIRAGE", PAIRS, 16_384, US)
    request = parse_request(unit[HEADER_BYTES:])
    assert (request.called_ae, request.calling_ae, request.maximum_length) == ("PACS", "TIRAGE", 16_384)
    assert [(each.context_id, each.abstract_syntax, each.transfer_syntaxes) for each in request.contexts] == [
        (1, PAIRS[0][0], (PAIRS[0][1],)),
        (3, PAIRS[1][0], (PAIRS[1][1],)),
    ]


def test_of_an_acceptance_the_accepted_contexts_and_the_longest_unit_are_known() -> None:
    request = parse_request(propose("PACS", "TIRAGE", PAIRS, 0, US)[HEADER_BYTES:])
    answers = [AnsweredContext(1, *PAIRS[0], result=0), AnsweredContext(3, *PAIRS[1], result=4)]
    assert parse_accept(accept(request, answers, 32_768, US)[HEADER_BYTES:]) == ([1], 32_768)


@pytest.mark.parametrize("body", [b"", bytes(67), bytes(68) + b"\x21\0\0\xff"])
def test_an_acceptance_that_is_none_is_a_breach(body: bytes) -> None:
    with pytest.raises(Breach):
        parse_accept(body)


def test_a_command_set_is_read_as_it_was_meant() -> None:
    written = command_set(
        {
            Element.SOP_CLASS: PAIRS[1][0],
            Element.FIELD: CommandField.C_ECHO_RQ,
            Element.MESSAGE_ID: 7,
            Element.DATA_SET_TYPE: NO_DATA_SET,
        }
    )
    command = parse(written)
    assert (command.field_value, command.message_id, command.has_data_set, command.sop_class) == (
        CommandField.C_ECHO_RQ,
        7,
        False,
        PAIRS[1][0],
    )
    values = elements_of(written)
    assert struct.unpack("<L", values[0]) == (len(written) - 12,)
    with pytest.raises(Breach):
        number_in(values, Element.STATUS)


def test_what_stands_before_a_fragment_says_how_long_it_is_and_whether_it_is_the_last() -> None:
    assert struct.unpack(">BBLLBB", data_head(5, 4, is_last=True)) == (4, 0, 10, 6, 5, 2)
    assert data_head(5, 4, is_last=False)[11] == 0
