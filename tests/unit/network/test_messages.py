"""Messages on an established association: C-ECHO, C-STORE, and what is asked for when."""

import struct

import pytest
from tests.unit.network.conversation import (
    ABORT,
    CT,
    ECHO,
    EXPLICIT,
    MAXIMUM,
    MR,
    RELEASE_RQ,
    VERIFICATION,
    Requestor,
    answered,
    associate_rq,
    command,
    item,
    p_data,
    pdv,
    status,
    store_rq,
)

from tirage.network.upper_layer.events import Aborted, Echoed, Released, StoreBegun, StoreEnded

BEGUN = StoreBegun(CT, "1.2.3.4", EXPLICIT)


def test_an_echo_is_answered_with_success() -> None:
    requestor = Requestor().associated()
    assert requestor.say(ECHO) == [Echoed()]
    values = answered(requestor.heard)
    assert values[0x0100] == struct.pack("<H", 0x8030)
    assert values[0x0120] == struct.pack("<H", 7)
    assert values[0x0002].rstrip(b"\0") == VERIFICATION.encode()
    assert values[0x0800] == struct.pack("<H", 0x0101)
    assert status(requestor.heard) == 0


def test_a_store_is_announced_before_its_data_set_and_answered_when_told() -> None:
    requestor = Requestor().associated()
    assert requestor.say(store_rq()) == [BEGUN]
    assert requestor.say(p_data(pdv(3, 2, b"data set"))) == [StoreEnded()]
    assert requestor.payload == b"data set"
    assert requestor.heard == b"", "nothing is answered before the object is safe"
    requestor.acceptor.answer(0)
    values = answered(requestor.acceptor.outgoing())
    assert values[0x0100] == struct.pack("<H", 0x8001)
    assert values[0x1000].rstrip(b"\0") == b"1.2.3.4"


def test_a_failure_carries_a_comment() -> None:
    requestor = Requestor().associated()
    requestor.say(store_rq(), p_data(pdv(3, 2, b"")))
    requestor.acceptor.answer(0xA700, "STORE_FULL")
    heard = requestor.acceptor.outgoing()
    assert status(heard) == 0xA700
    assert answered(heard)[0x0902] == b"STORE_FULL"


def test_fragments_lie_end_to_end_with_the_next_header_read_along() -> None:
    requestor = Requestor().associated()
    requestor.say(store_rq())
    requestor.asked.clear()
    requestor.say(p_data(pdv(3, 0, b"a" * 1000)), p_data(pdv(3, 0, b"b" * 500)), p_data(pdv(3, 2, b"c" * 10)))
    assert requestor.payload == b"a" * 1000 + b"b" * 500 + b"c" * 10
    assert requestor.asked == [12, 1012, 512, 10]


def test_several_fragments_in_one_unit_are_one_data_set() -> None:
    requestor = Requestor().associated()
    events = requestor.say(
        p_data(pdv(3, 3, command(0x01)), pdv(3, 0, b"one "), pdv(3, 0, b"two "), pdv(3, 2, b"three"))
    )
    assert events == [BEGUN, StoreEnded()]
    assert requestor.payload == b"one two three"


def test_a_command_may_come_in_fragments() -> None:
    whole = command(0x01)
    requestor = Requestor().associated()
    events = requestor.say(
        p_data(pdv(3, 1, whole[:20])), p_data(pdv(3, 1, whole[20:21]), pdv(3, 3, whole[21:]))
    )
    assert events == [BEGUN]


def test_empty_fragments_are_allowed() -> None:
    requestor = Requestor().associated()
    events = requestor.say(
        store_rq(), p_data(pdv(3, 0, b"")), p_data(pdv(3, 0, b"x")), p_data(pdv(3, 2, b""))
    )
    assert events == [BEGUN, StoreEnded()]
    assert requestor.payload == b"x"


def test_a_unit_of_exactly_the_agreed_length_is_taken() -> None:
    requestor = Requestor().associated()
    requestor.say(store_rq())
    assert requestor.say(p_data(pdv(3, 2, b"x" * (MAXIMUM - 6)))) == [StoreEnded()]


def test_many_objects_follow_one_another() -> None:
    requestor = Requestor().associated()
    for _ in range(5):
        assert requestor.say(store_rq(), p_data(pdv(3, 2, b"data"))) == [BEGUN, StoreEnded()]
        requestor.acceptor.answer(0)
        assert status(requestor.acceptor.outgoing()) == 0
        assert requestor.acceptor.is_between_messages
    assert requestor.say(RELEASE_RQ) == [Released()]


def test_an_abort_in_the_middle_of_an_object_is_understood() -> None:
    requestor = Requestor().associated()
    requestor.say(store_rq(), p_data(pdv(3, 0, b"data")))
    assert requestor.say(ABORT) == [Aborted()]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"sop_class": MR}, 0x0122),
        ({"sop_class": ""}, 0x0122),
        ({"instance": ""}, 0x0117),
        ({"instance": "1" * 65}, 0x0117),
        ({"instance": "1.2\x1b[31m"}, 0x0117),
        ({"data_set": False}, 0x0212),
    ],
)
def test_a_store_that_contradicts_itself_is_refused_after_its_data_set(
    request_: dict[str, object], expected: int
) -> None:
    requestor = Requestor().associated()
    events = requestor.say(store_rq(**request_))
    if request_.get("data_set", True):
        assert requestor.heard == b""
        events += requestor.say(p_data(pdv(3, 0, b"never")), p_data(pdv(3, 2, b"kept")))
    assert events == []
    assert status(requestor.heard) == expected
    assert requestor.acceptor.is_between_messages


@pytest.mark.parametrize("instance", ["1.2.03", "../../../tmp/pwn", "/etc/cron.d/x", "not a uid"])
def test_a_malformed_uid_is_taken_in_so_that_it_can_be_quarantined_by_name(instance: str) -> None:
    requestor = Requestor().associated()
    assert requestor.say(store_rq(instance=instance)) == [StoreBegun(CT, instance, EXPLICIT)]


@pytest.mark.parametrize("kind", [0x0020, 0x0021, 0x0010, 0x0140, 0x0002])
def test_an_operation_we_do_not_offer_is_answered_so(kind: int) -> None:
    requestor = Requestor().associated()
    requestor.say(p_data(pdv(3, 3, command(kind))), p_data(pdv(3, 2, b"an identifier")))
    assert status(requestor.heard) == 0x0211
    assert answered(requestor.heard)[0x0100] == struct.pack("<H", kind | 0x8000)
    assert requestor.acceptor.is_between_messages


def test_an_operation_on_the_wrong_context_is_refused() -> None:
    requestor = Requestor().associated()
    requestor.say(p_data(pdv(3, 3, command(0x30, sop_class=VERIFICATION, data_set=False))))
    assert status(requestor.heard) == 0x0211
    requestor.heard.clear()
    requestor.say(p_data(pdv(1, 3, command(0x01))), p_data(pdv(1, 2, b"x")))
    assert status(requestor.heard) == 0x0122


def test_a_cancel_of_nothing_is_passed_over() -> None:
    body = struct.pack("<HHLH", 0, 0x0100, 2, 0x0FFF) + struct.pack("<HHLH", 0, 0x0120, 2, 3)
    body += struct.pack("<HHLH", 0, 0x0800, 2, 0x0101)
    requestor = Requestor().associated()
    assert requestor.say(p_data(pdv(3, 3, body)), ECHO) == [Echoed()]


def test_answers_keep_to_the_peers_maximum() -> None:
    requestor = Requestor()
    requestor.say(associate_rq(user=item(0x51, struct.pack(">L", 40))))
    requestor.heard.clear()
    requestor.say(ECHO)
    whole = b""
    position = 0
    flags = []
    while position < len(requestor.heard):
        kind, length, counted, number, flag = struct.unpack_from(">BxLLBB", requestor.heard, position)
        assert (kind, number, counted) == (4, 1, length - 4)
        assert length <= 40
        whole += requestor.heard[position + 12 : position + 6 + length]
        position += 6 + length
        flags.append(flag)
    assert flags == [1] * (len(flags) - 1) + [3]
    assert len(flags) > 1
    assert struct.pack("<HHLH", 0, 0x0900, 2, 0) in whole


def test_an_answer_without_a_request_is_a_fault_of_ours() -> None:
    with pytest.raises(RuntimeError):
        Requestor().associated().acceptor.answer(0)
