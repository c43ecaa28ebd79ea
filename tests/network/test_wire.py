"""Our requestor before peers that say strange things, over real sockets."""

import socket
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.make import write_instance
from tests.peers.ports import free_port

from tirage.model.identifiers import Uid
from tirage.network.scu.association import Peer
from tirage.network.scu.commitment import commitment
from tirage.network.scu.store import Problem, read_sendable, store
from tirage.network.scu.wire import Gone, Wire
from tirage.network.upper_layer.associate import AnsweredContext, accept, parse_request
from tirage.network.upper_layer.commands import DATA_SET_FOLLOWS, NO_DATA_SET, Element, command_set
from tirage.network.upper_layer.pdus import RELEASE_RQ, AbortReason, AbortSource, abort, reject

PAIR = ("1.2.840.10008.1.20.1", "1.2.840.10008.1.2")
Says = Callable[[socket.socket], None]


@contextmanager
def peer(says: Says, maximum: int = 0) -> Iterator[Peer]:
    """Somebody who accepts an association and then does as told."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                (length,) = struct.unpack(">2xL", connection.recv(6, socket.MSG_WAITALL))
                request = parse_request(connection.recv(length, socket.MSG_WAITALL))
                answers = [
                    AnsweredContext(each.context_id, each.abstract_syntax, each.transfer_syntaxes[0], 0)
                    for each in request.contexts
                ]
                connection.sendall(accept(request, answers, maximum, ("2.25.1", "TESTS")))
                says(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Peer("127.0.0.1", listener.getsockname()[1], "ANY", answer_timeout_s=0.5)
    finally:
        listener.close()
        thread.join(10)


def unit(*items: tuple[int, bytes]) -> bytes:
    """A P-DATA-TF unit with items of a control header and a fragment."""
    body = b"".join(struct.pack(">LBB", len(data) + 2, 1, control) + data for control, data in items)
    return struct.pack(">BxL", 4, len(body)) + body


SAID = command_set({Element.FIELD: 0x0100, Element.DATA_SET_TYPE: DATA_SET_FOLLOWS, Element.STATUS: 3})

STORED: dict[Element, int | str] = {
    Element.FIELD: 0x8001,
    Element.DATA_SET_TYPE: NO_DATA_SET,
    Element.STATUS: 0,
}


@pytest.mark.parametrize(
    "sent",
    [
        unit((3, SAID), (2, b"data set")),
        unit((3, SAID)) + unit((0, b"data "), (2, b"set")),
        unit((1, SAID[:9])) + unit((3, SAID[9:])) + unit((0, b"data")) + unit((2, b" set")),
    ],
)
def test_a_message_is_put_together_however_it_was_cut(sent: bytes) -> None:
    with peer(lambda connection: connection.sendall(sent)) as there:
        wire = Wire(there, [PAIR])
        message = wire.receive()
        wire.close()
    assert (message.number(Element.STATUS), message.data) == (3, b"data set")


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"", Problem.UNREACHABLE),
        (b"\x04\x00\x00\x00\x00\x20half", Problem.UNREACHABLE),
        (b"\x09\x00\x00\x00\x00\x00", Problem.NO_ANSWER),
        (b"\x04\x00\xff\xff\xff\xff", Problem.NO_ANSWER),
        (unit((3, b"no command set")), Problem.NO_ANSWER),
        (unit((2, b"data set first")), Problem.NO_ANSWER),
        (struct.pack(">BxLLBB", 4, 6, 99, 1, 3), Problem.NO_ANSWER),
        (abort(AbortSource.SERVICE_USER, AbortReason.NOT_SPECIFIED), Problem.UNREACHABLE),
        (RELEASE_RQ, Problem.UNREACHABLE),
    ],
)
def test_what_is_no_message_ends_the_association(sent: bytes, problem: Problem) -> None:
    with peer(lambda connection: connection.sendall(sent)) as there:
        wire = Wire(there, [PAIR])
        with pytest.raises(Gone) as gone:
            wire.receive()
        assert gone.value.problem is problem
        assert not wire.is_open
        wire.close()


def test_a_peer_that_says_nothing_is_left_after_its_time() -> None:
    is_over = threading.Event()
    with peer(lambda connection: bool(is_over.wait(10))) as there:  # type: ignore[arg-type,return-value]
        wire = Wire(there, [PAIR])
        assert not wire.is_talking(0.05)
        with pytest.raises(Gone) as gone:
            wire.receive()
        is_over.set()
    assert gone.value.problem is Problem.NO_ANSWER


@pytest.mark.parametrize(("result", "problem"), [(1, Problem.REJECTED), (2, Problem.BUSY)])
def test_a_rejection_for_good_and_one_for_now_are_told_apart(result: int, problem: Problem) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reject(result, 1, 1))
            connection.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(Gone) as gone:
        Wire(Peer("127.0.0.1", listener.getsockname()[1], "ANY"), [PAIR])
    thread.join(10)
    listener.close()
    assert gone.value.problem is problem


@pytest.mark.parametrize("maximum", [0, 8, 4096, 16_384, 1 << 20])
def test_no_unit_is_longer_than_the_peer_takes_and_all_of_the_data_set_is_there(
    tmp_path: Path, maximum: int
) -> None:
    path = write_instance(tmp_path, rows=64, columns=64)
    file = read_sendable(path)
    assert file is not None
    lengths: list[int] = []
    data = bytearray()

    def take(connection: socket.socket) -> None:
        while True:
            kind, length = struct.unpack(">BxL", connection.recv(6, socket.MSG_WAITALL))
            body = connection.recv(length, socket.MSG_WAITALL)
            assert kind == 4
            lengths.append(length)
            if not body[5] & 1:
                data.extend(body[6:])
            if body[5] & 3 == 2:
                break
        connection.sendall(unit((3, command_set(STORED))))
        connection.recv(10)

    told: list[int] = []
    with peer(take, maximum) as there:
        [sent] = store([file], there, lambda _: None, pace=told.append)
    assert sent.status == 0
    assert sum(told) == sum(length + 6 for length in lengths), "a pace is told of every byte"
    assert max(lengths) <= (maximum or 128 * 1024)
    assert path.read_bytes().endswith(bytes(data))
    assert len(data) > 64 * 64


def test_an_object_is_never_in_memory(tmp_path: Path) -> None:
    file = read_sendable(write_instance(tmp_path, rows=4096, columns=2048))
    assert file is not None

    def take(connection: socket.socket) -> None:
        left = file.path.stat().st_size
        while left > 0 and (data := connection.recv(1 << 20)):
            left -= len(data)
        connection.sendall(unit((3, command_set(STORED))))
        connection.recv(10)

    with peer(take) as there:
        tracemalloc.start()
        store([file], there, lambda _: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < file.path.stat().st_size / 4


def test_a_promise_that_cannot_be_read_is_none() -> None:
    asked = command_set({Element.FIELD: 0x8130, Element.DATA_SET_TYPE: NO_DATA_SET, Element.STATUS: 0})
    report = {Element.FIELD: 0x0100, Element.MESSAGE_ID: 7, Element.DATA_SET_TYPE: DATA_SET_FOLLOWS}

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(unit((3, asked)) + unit((3, command_set(report)), (2, b"\x08\0\x95\x11\xff")))
        connection.recv(65536)

    with peer(answer) as there:
        said = commitment(there, [(Uid("1.2"), Uid("1.3"))], free_port(), 0.5)
    assert said is None
