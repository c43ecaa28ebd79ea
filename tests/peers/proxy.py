"""A TCP proxy that cuts its connections after so many bytes, or slows them down."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 16 * 1024


@dataclass
class Proxy:
    """What went through, and when to cut: `cut_up` and `cut_down` are bytes to and from the server.

    Once cut it lets nobody in while `stays_down`; otherwise it cuts once. `delay_s` is slept before each
    piece.
    """

    up: int = 0
    down: int = 0
    cut_up: int | None = None
    cut_down: int | None = None
    stays_down: bool = False
    delay_s: float = 0.0
    is_down: bool = False
    connections: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _carriers: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mend(self) -> None:
        """Let everything through again."""
        self.cut_up = self.cut_down = None
        self.is_down = self.stays_down = False

    def reset(self) -> None:
        """Count from the beginning."""
        self.up = self.down = self.connections = 0

    def _passes(self, is_up: bool, size: int) -> int:
        """How many of so many bytes go through."""
        with self._lock:
            went, cut = (self.up, self.cut_up) if is_up else (self.down, self.cut_down)
            allowed = size if cut is None else max(0, min(size, cut - went))
            if is_up:
                self.up += allowed
            else:
                self.down += allowed
            if cut is not None and allowed < size:
                self.cut_up = self.cut_down = None
                self.is_down = self.stays_down
                self._cut()
        return allowed

    def _cut(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _pump(self, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if self.delay_s:
                    time.sleep(self.delay_s)
                sink.sendall(piece[: self._passes(is_up, len(piece))])
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._pump, args=(far, near, False))
            back.start()
            self._pump(near, far, True)
            back.join()

    def _serve(self, listening: socket.socket, port: int) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                if self.is_down:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", port), timeout=30)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self.connections += 1
                with self._lock:
                    self._open += [near, far]
                carrier = threading.Thread(target=self._carry, args=(near, far))
                self._carriers.append(carrier)
                carrier.start()


@contextmanager
def running(*ports: int, address: str = "127.0.0.2") -> Iterator[Proxy]:
    """A proxy that listens at another loopback address on the same ports as its server."""
    proxy = Proxy()
    with ExitStack() as stack:
        for port in ports:
            listening = stack.enter_context(socket.create_server((address, port)))
            threading.Thread(target=proxy._serve, args=(listening, port), daemon=True).start()
            stack.callback(listening.shutdown, socket.SHUT_RDWR)
        yield proxy
        with proxy._lock:
            proxy._cut()
        for carrier in proxy._carriers:
            carrier.join()
