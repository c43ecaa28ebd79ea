"""Association: who is let in, in which contexts, and how it ends."""

import struct

import pytest
from tests.unit.network.conversation import (
    ABORT,
    APPLICATION,
    CT,
    ECHO,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    JPEG_LOSSLESS,
    MAXIMUM,
    MR,
    RELEASE_RP,
    RELEASE_RQ,
    TERMS,
    VERIFICATION,
    Requestor,
    associate_rq,
    context,
    item,
)

from tirage.network.upper_layer.admission import Admission, AllowedPeer, Rejection, is_title
from tirage.network.upper_layer.events import Aborted, Associated, Echoed, Rejected, Released


def rejection(heard: bytes) -> tuple[int, int, int]:
    kind, length, result, source, reason = struct.unpack(">BxLxBBB", heard)
    assert (kind, length) == (3, 4)
    return result, source, reason


def answers(heard: bytes) -> dict[int, tuple[int, str]]:
    """Result and transfer syntax of each context in an A-ASSOCIATE-AC."""
    kind, length = struct.unpack_from(">BxL", heard)
    assert (kind, length) == (2, len(heard) - 6)
    found = {}
    position = 74
    while position < len(heard):
        sort, size = struct.unpack_from(">BxH", heard, position)
        value = heard[position + 4 : position + 4 + size]
        position += 4 + size
        if sort == 0x21:
            assert value[4] == 0x40
            found[value[0]] = (value[2], value[8:].decode())
    return found


def with_peers(*peers: AllowedPeer, is_loopback_open: bool = True) -> Requestor:
    admission = Admission(frozenset({"TIRAGE"}), peers, is_loopback_open)
    terms = type(TERMS)(admission, TERMS.supported, TERMS.implementation, MAXIMUM)
    return Requestor(terms, address="10.1.2.3")


def test_a_known_caller_is_accepted_and_told_our_terms() -> None:
    requestor = Requestor()
    events = requestor.say(associate_rq())
    assert events == [Associated("SCANNER", "TIRAGE", contexts=2, proposed=2)]
    assert answers(requestor.heard) == {1: (0, IMPLICIT), 3: (0, EXPLICIT)}
    assert requestor.heard[10:26] == b"TIRAGE".ljust(16)
    assert requestor.heard[26:42] == b"SCANNER".ljust(16)
    assert item(0x51, struct.pack(">L", MAXIMUM)) in requestor.heard
    assert item(0x10, APPLICATION.encode()) in requestor.heard


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_it_does_not_matter_in_how_many_pieces_a_request_comes(most: int) -> None:
    requestor = Requestor(most=most)
    events = requestor.say(associate_rq(), ECHO, RELEASE_RQ)
    assert [type(event) for event in events] == [Associated, Echoed, Released]
    assert requestor.heard.endswith(RELEASE_RP)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"called": b"ELSEWHERE"}, Rejection.CALLED_AE_NOT_RECOGNISED),
        ({"called": b""}, Rejection.CALLED_AE_NOT_RECOGNISED),
        ({"called": b"TIRAGE\x07"}, Rejection.CALLED_AE_NOT_RECOGNISED),
        ({"calling": b""}, Rejection.CALLING_AE_NOT_RECOGNISED),
        ({"calling": b"SCAN\nNER"}, Rejection.CALLING_AE_NOT_RECOGNISED),
        ({"calling": b"SCAN\\NER"}, Rejection.CALLING_AE_NOT_RECOGNISED),
        ({"calling": b"SC\xc4NNER"}, Rejection.CALLING_AE_NOT_RECOGNISED),
        ({"version": 2}, Rejection.PROTOCOL_VERSION),
        ({"application": "1.2.3"}, Rejection.CONTEXT_NOT_SUPPORTED),
    ],
)
def test_a_wrong_request_is_rejected_with_the_standard_reason(
    changes: dict[str, object], expected: Rejection
) -> None:
    requestor = Requestor()
    (event,) = requestor.say(associate_rq(**changes))  # type: ignore[arg-type]
    assert isinstance(event, Rejected)
    assert event.rejection is expected
    assert rejection(requestor.heard) == expected.value
    assert not requestor.acceptor.is_open


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Rejection.CALLING_AE_NOT_RECOGNISED, (1, 1, 3)),
        (Rejection.CALLED_AE_NOT_RECOGNISED, (1, 1, 7)),
        (Rejection.CONTEXT_NOT_SUPPORTED, (1, 1, 2)),
        (Rejection.PROTOCOL_VERSION, (1, 2, 2)),
        (Rejection.TEMPORARY_CONGESTION, (2, 3, 1)),
        (Rejection.LOCAL_LIMIT, (2, 3, 2)),
    ],
)
def test_rejections_carry_the_codes_of_table_9_21(reason: Rejection, code: tuple[int, int, int]) -> None:
    assert reason.value == code


def test_a_full_node_says_it_is_full_for_now() -> None:
    requestor = Requestor(refuse=Rejection.LOCAL_LIMIT)
    requestor.say(associate_rq())
    assert rejection(requestor.heard) == (2, 3, 2)


def test_nobody_from_outside_is_let_in_by_default() -> None:
    requestor = with_peers()
    requestor.say(associate_rq())
    assert rejection(requestor.heard) == (1, 1, 3)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_may_send_by_default(address: str) -> None:
    assert Requestor(address=address).say(associate_rq())[0] == Associated("SCANNER", "TIRAGE", 2, 2)


def test_loopback_may_be_closed_too() -> None:
    requestor = with_peers(is_loopback_open=False)
    requestor.acceptor._address = "127.0.0.1"
    requestor.say(associate_rq())
    assert rejection(requestor.heard) == (1, 1, 3)


@pytest.mark.parametrize(
    ("peer", "is_let_in"),
    [
        (("SCANNER", "10.1.0.0/16"), True),
        (("SCANNER", "10.2.0.0/16"), False),
        (("OTHER", "10.1.0.0/16"), False),
        (("", "10.1.2.3/32"), True),
        (("SCANNER", ""), True),
        (("OTHER", ""), False),
    ],
)
def test_the_allow_list_needs_both_title_and_address_to_match(peer: tuple[str, str], is_let_in: bool) -> None:
    from ipaddress import ip_network

    title, network = peer
    requestor = with_peers(AllowedPeer(title, (ip_network(network),) if network else ()))
    requestor.say(associate_rq())
    assert requestor.acceptor.is_established is is_let_in


def test_contexts_are_answered_one_by_one() -> None:
    requestor = Requestor()
    requestor.say(
        associate_rq(
            [
                context(1, CT, JPEG, IMPLICIT, EXPLICIT),
                context(3, MR, JPEG),
                context(5, MR, "1.2.3.4.5"),
                context(7, "1.2.840.10008.5.1.4.1.2.2.1", EXPLICIT),
                context(9, CT, IMPLICIT, JPEG),
                context(11, CT, JPEG_LOSSLESS, EXPLICIT),
            ]
        )
    )
    found = answers(requestor.heard)
    assert found[1] == (0, EXPLICIT), "never lossy, and not Implicit VR, when Explicit VR is offered"
    assert found[3] == (0, JPEG), "lossy when it is all there is: the object is so already"
    assert found[5][0] == 4, "transfer syntaxes not supported"
    assert found[7][0] == 3, "abstract syntax not supported"
    assert found[9] == (0, IMPLICIT)
    assert found[11] == (0, JPEG_LOSSLESS), "the requestor's order among equals"


def test_128_contexts_are_answered() -> None:
    requestor = Requestor()
    requestor.say(associate_rq([context(number, CT, EXPLICIT) for number in range(1, 257, 2)]))
    assert len(answers(requestor.heard)) == 128


def test_an_association_without_any_accepted_context_still_stands() -> None:
    requestor = Requestor()
    (event,) = requestor.say(associate_rq([context(1, "1.2.3")]))
    assert event == Associated("SCANNER", "TIRAGE", contexts=0, proposed=1)


def test_items_we_need_not_answer_are_read_over() -> None:
    user = item(0x51, struct.pack(">L", 0)) + item(0x52, b"1.2.3")
    user += item(0x53, struct.pack(">HH", 8, 8))  # asynchronous operations
    user += item(0x54, struct.pack(">H", len(CT)) + CT.encode() + b"\x01\x01")  # roles
    user += item(0x55, b"SOMEONE")
    user += item(0x56, struct.pack(">H", len(CT)) + CT.encode() + b"\x02\0\0\0")  # extended negotiation
    user += item(0x58, b"\x01\x01\x00\x04user\x00\x00")  # user identity, answer wanted
    user += item(0x99, b"of tomorrow")
    requestor = Requestor()
    requestor.say(associate_rq(user=user))
    assert requestor.acceptor.is_established
    for kind in (b"\x53\0", b"\x54\0", b"\x56\0", b"\x59\0"):
        assert kind not in requestor.heard[74:].split(b"\x50\0")[-1]


@pytest.mark.parametrize("damage", ["cut", "item too long", "even context", "context twice", "no context"])
def test_a_malformed_request_is_aborted(damage: str) -> None:
    if damage == "cut":
        whole = associate_rq()
        request = whole[:2] + struct.pack(">L", len(whole) - 9) + whole[6:-3]
    elif damage == "item too long":
        request = associate_rq([context(1, VERIFICATION), b"\x20\0\xff\xff\x05\0\0\0"])
    elif damage == "even context":
        request = associate_rq([context(2, VERIFICATION)])
    elif damage == "context twice":
        request = associate_rq([context(1, VERIFICATION), context(1, CT)])
    else:
        request = associate_rq([])
    requestor = Requestor()
    requestor.say(request)
    assert requestor.heard == ABORT
    assert not requestor.acceptor.is_open


def test_release_is_answered_and_ends_it() -> None:
    requestor = Requestor().associated()
    assert requestor.say(RELEASE_RQ) == [Released()]
    assert requestor.heard == RELEASE_RP
    assert not requestor.acceptor.is_open


def test_an_abort_ends_it_without_an_answer() -> None:
    requestor = Requestor().associated()
    assert requestor.say(ABORT) == [Aborted()]
    assert requestor.heard == b""
    assert not requestor.acceptor.is_open


def test_an_abort_before_any_request_ends_it_too() -> None:
    requestor = Requestor()
    assert requestor.say(ABORT) == [Aborted()]
    assert requestor.heard == b""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("A", True),
        ("A B", True),
        ("SIXTEEN_LETTERS_", True),
        ("SEVENTEEN_LETTERS", False),
        ("", False),
        ("A\\B", False),
        ("A\tB", False),
        ("Ä", False),
    ],
)
def test_an_ae_title_has_one_to_sixteen_printable_characters(text: str, is_one: bool) -> None:
    assert is_title(text) is is_one
