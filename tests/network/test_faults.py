"""Peers that break off, stall, lie or flood, at socket level."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.peers import dcmtk
from tests.peers.intake import FolderIntake
from tests.peers.listener import RunningListener, running, settings
from tests.unit.network.conversation import (
    CT,
    ECHO,
    RELEASE_RP,
    RELEASE_RQ,
    associate_rq,
    context,
    p_data,
    pdv,
    status,
    store_rq,
)

from tirage.network.receiver import Patience

pytestmark = pytest.mark.serial
QUICK = Patience(request_s=1.0, idle_s=1.5, stall_s=1.0)


@pytest.fixture
def intake(tmp_path: Path) -> FolderIntake:
    return FolderIntake(tmp_path)


@pytest.fixture
def node(intake: FolderIntake) -> Iterator[RunningListener]:
    with running(intake, settings(patience=QUICK, grace_s=1.0)) as listener:
        yield listener


def connect(node: RunningListener) -> socket.socket:
    return socket.create_connection((node.host, node.port), timeout=10)


def associate(node: RunningListener) -> socket.socket:
    connection = connect(node)
    connection.sendall(associate_rq([context(1, "1.2.840.10008.1.1"), context(3, CT)]))
    assert heard(connection)[0] == 2
    return connection


def heard(connection: socket.socket) -> bytes:
    """One PDU."""
    header = connection.recv(6, socket.MSG_WAITALL)
    assert len(header) == 6, "the node closed without a word"
    (length,) = struct.unpack_from(">L", header, 2)
    return header + connection.recv(length, socket.MSG_WAITALL)


def until(condition: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize("at", [0, 1, 11, 12, 500, 1011, 1012, 1015])
def test_an_object_whose_sender_drops_is_forgotten(
    node: RunningListener, intake: FolderIntake, how: str, at: int
) -> None:
    connection = associate(node)
    connection.sendall(store_rq())
    piece = p_data(pdv(3, 0, b"x" * 1000)) + p_data(pdv(3, 0, b"y" * 1000))
    connection.sendall(piece[:at])
    until(lambda: intake.open == 1)
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    until(lambda: node.listener.connections == 0)
    assert (intake.open, intake.aborted, intake.taken) == (0, 1, [])
    assert list(intake.folder.iterdir()) == []


def test_an_object_whose_sender_aborts_is_forgotten(node: RunningListener, intake: FolderIntake) -> None:
    with associate(node) as connection:
        connection.sendall(store_rq() + p_data(pdv(3, 0, b"x" * 1000)))
        until(lambda: intake.open == 1)
        connection.sendall(bytes.fromhex("07000000000400000000"))
        until(lambda: intake.aborted == 1)
    assert list(intake.folder.iterdir()) == []


def test_a_sender_that_drops_before_the_answer_may_send_again(
    node: RunningListener, intake: FolderIntake
) -> None:
    for _ in range(2):
        connection = associate(node)
        connection.sendall(store_rq() + p_data(pdv(3, 2, b"data")))
        connection.close()
    until(lambda: len(intake.taken) == 2)
    assert [taken.size for taken in intake.taken] == [4, 4]


@pytest.mark.parametrize(
    "said",
    [
        b"\x09\0\0\0\0\0",
        b"\x09\0\xff\xff\xff\xff",
        b"\x01\0\xff\xff\xff\xff",
        b"\x04\0\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\nHost: node\r\n\r\n" + b"x" * 100_000,
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    ],
)
def test_noise_is_aborted_within_a_second_and_a_megabyte(node: RunningListener, said: bytes) -> None:
    with associate(node):
        before = resident_kb()
        started = time.monotonic()
        connection = connect(node)
        connection.sendall(said)
        assert heard(connection)[0] == 7
        assert connection.recv(1) == b""
        connection.close()
        assert time.monotonic() - started < 1.0
        assert resident_kb() - before <= 1024


@pytest.mark.parametrize(
    "said",
    [
        b"\x09\0\0\0\0\0",
        b"\x04\0\0\0\0\0",
        b"\x04\0\xff\xff\xff\xff",
        b"\x04\0\0\0\0\x0c\0\0\0\x0b\x03\x03",
        b"\x04\0\0\0\0\x0c\0\0\0\x08\x63\x03",
        b"\x04\0\0\0\0\x0c\0\0\0\x08\x03\x00",
    ],
)
@pytest.mark.parametrize("is_within_an_object", [False, True])
def test_a_lying_unit_is_aborted_within_a_second(
    node: RunningListener, intake: FolderIntake, said: bytes, is_within_an_object: bool
) -> None:
    connection = associate(node)
    if is_within_an_object:
        if said[-1] == 0 and len(said) == 12:
            said = said[:-1] + b"\x01"
        connection.sendall(store_rq() + p_data(pdv(3, 0, b"begun")))
        until(lambda: intake.open == 1)
    started = time.monotonic()
    connection.sendall(said)
    assert heard(connection)[0] == 7
    assert time.monotonic() - started < 1.0
    connection.close()
    until(lambda: node.listener.connections == 0)
    assert intake.open == 0


def test_a_silent_connection_is_closed_when_its_time_is_up(node: RunningListener) -> None:
    started = time.monotonic()
    connection = connect(node)
    assert heard(connection)[0] == 7
    assert 0.9 < time.monotonic() - started < 2.5
    connection.close()


def test_one_byte_at_a_time_does_not_prolong_a_request(node: RunningListener) -> None:
    started = time.monotonic()
    connection = connect(node)
    with contextlib.suppress(OSError):
        for byte in associate_rq():
            connection.sendall(bytes((byte,)))
            time.sleep(0.1)
            if time.monotonic() - started > 5:
                break
    assert time.monotonic() - started < 4
    connection.close()


def test_a_stalled_object_is_given_up(node: RunningListener, intake: FolderIntake) -> None:
    connection = associate(node)
    connection.sendall(store_rq() + p_data(pdv(3, 0, b"x" * 10_000))[:5_000])
    until(lambda: intake.aborted == 1)
    assert heard(connection)[0] == 7
    connection.close()


def test_an_idle_association_is_ended(node: RunningListener) -> None:
    connection = associate(node)
    started = time.monotonic()
    assert heard(connection)[0] == 7
    assert 1.0 < time.monotonic() - started < 3.0
    connection.close()


def test_an_association_that_is_used_outlives_the_idle_time(node: RunningListener) -> None:
    connection = associate(node)
    for _ in range(5):
        time.sleep(0.5)
        connection.sendall(ECHO)
        assert status(heard(connection)) == 0
    connection.sendall(RELEASE_RQ)
    assert heard(connection) == RELEASE_RP
    connection.close()


def test_five_hundred_idle_connections_do_not_delay_a_new_one(intake: FolderIntake) -> None:
    patience = Patience(request_s=20, idle_s=20)
    with running(intake, settings(patience=patience, associations=600, grace_s=0.1)) as node:
        idle = [connect(node) for _ in range(250)] + [associate(node) for _ in range(250)]
        until(lambda: node.listener.connections == 500)
        started = time.monotonic()
        spoken = dcmtk.echoscu(node.port)
        assert spoken.code == 0, spoken.text
        assert time.monotonic() - started < 1.0
        for connection in idle:
            connection.close()


def test_a_full_node_says_so_and_recovers(intake: FolderIntake) -> None:
    with running(intake, settings(associations=2, grace_s=0.1)) as node:
        first, second = associate(node), associate(node)
        third = connect(node)
        third.sendall(associate_rq())
        assert tuple(heard(third)[7:10]) == (2, 3, 2)
        for connection in (first, second, third):
            connection.close()
        until(lambda: node.listener.connections == 0)
        associate(node).close()


def test_stopping_lets_an_object_on_its_way_arrive(intake: FolderIntake) -> None:
    with running(intake, settings(grace_s=5.0)) as node:
        idle = associate(node)
        busy = associate(node)
        unit = p_data(pdv(3, 2, b"x" * 1000))
        busy.sendall(store_rq() + unit[:500])
        until(lambda: intake.open == 1)
        node.stopping.set()
        assert heard(idle)[0] == 7, "an idle association is told at once"
        busy.sendall(unit[500:])
        assert status(heard(busy)) == 0
        assert [taken.size for taken in intake.taken] == [1000]
        busy.close()
        idle.close()
        node.thread.join(timeout=3)
        assert not node.thread.is_alive()


@pytest.mark.parametrize("streams", [1, 4])
def test_half_a_gigabyte_costs_little_memory(intake: FolderIntake, streams: int) -> None:
    size = 500_000_000 // streams
    piece = p_data(pdv(3, 0, bytes(128 * 1024 - 6)))
    count = size // (128 * 1024 - 6)

    def send(connection: socket.socket) -> None:
        connection.sendall(store_rq())
        for _ in range(count):
            connection.sendall(piece)
        connection.sendall(p_data(pdv(3, 2, b"")))
        assert status(heard(connection)) == 0

    with running(intake, settings(grace_s=0.1)) as node:
        connections = [associate(node) for _ in range(streams)]
        before = resident_kb()
        most = before
        senders = [threading.Thread(target=send, args=(connection,)) for connection in connections]
        for sender in senders:
            sender.start()
        while any(sender.is_alive() for sender in senders):
            most = max(most, resident_kb())
            time.sleep(0.02)
        for connection in connections:
            connection.close()
    assert [taken.size for taken in intake.taken] == [count * (128 * 1024 - 6)] * streams
    assert most - before <= streams * 64 * 1024
    assert max(intake.writes) <= 5 * 1024 * 1024


def test_every_object_of_a_stock_dcmsend_is_acknowledged_without_a_stall(
    intake: FolderIntake, tmp_path: Path
) -> None:
    from tests.make import write_instance

    folder = tmp_path / "objects"
    folder.mkdir()
    for number in range(1, 101):
        write_instance(folder, 1, 1, 1, number)
    with running(intake, settings(grace_s=0.1)) as node:
        started = time.monotonic()
        assert dcmtk.dcmsend(node.port, folder).code == 0
        # A stall costs 40 ms an object, 4 s in all.
        assert time.monotonic() - started < 2.0
    assert len(intake.taken) == 100


def test_a_request_longer_than_the_buffer_is_understood(node: RunningListener) -> None:
    syntaxes = [f"1.2.840.10008.1.2.4.{number}" for number in range(1, 100)]
    request = associate_rq([context(number, CT, *syntaxes) for number in range(1, 257, 2)])
    assert 300_000 < len(request) < 512 * 1024
    with connect(node) as connection:
        connection.sendall(request)
        assert heard(connection)[0] == 2
        connection.sendall(RELEASE_RQ)
        assert heard(connection) == RELEASE_RP
