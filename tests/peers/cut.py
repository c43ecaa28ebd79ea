"""A proxy that breaks a connection off when so many bytes went to the server, or before its answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Cut:
    """Where the next connections break; `after_bytes` towards the server, None for never.

    `is_answered` False keeps back what the server says from there on, so that all arrives and no reply does.
    `times` is how many connections it happens to. `most` is how many bytes went the way of one connection.
    """

    port: int = 0
    after_bytes: int | None = None
    is_answered: bool = True
    times: int = 1
    most: int = 0


@contextmanager
def proxy(target: int) -> Iterator[Cut]:
    """A proxy before a loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    cut = Cut(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                pair = threading.Thread(target=_carry, args=(near, target, cut))
                threads.append(pair)
                pair.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield cut
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(10)
        for thread in threads:
            thread.join(10)


def _carry(near: socket.socket, target: int, cut: Cut) -> None:
    with near, socket.create_connection(("127.0.0.1", target)) as far:
        is_silent = threading.Event()
        back = threading.Thread(target=_back, args=(far, near, is_silent))
        back.start()
        passed = 0
        with suppress(OSError):
            while data := near.recv(65536):
                limit = cut.after_bytes if cut.times > 0 else None
                if limit is not None and passed + len(data) >= limit:
                    cut.times -= 1
                    if not cut.is_answered:
                        is_silent.set()
                        far.sendall(data)
                        # What was sent must have been taken in before the line breaks.
                        far.shutdown(socket.SHUT_WR)
                        back.join(5)
                    else:
                        far.sendall(data[: max(0, limit - passed)])
                    break
                passed += len(data)
                cut.most = max(cut.most, passed)
                far.sendall(data)
        for each in (far, near):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        back.join(10)


def _back(far: socket.socket, near: socket.socket, is_silent: threading.Event) -> None:
    with suppress(OSError):
        while data := far.recv(65536):
            if not is_silent.is_set():
                near.sendall(data)
