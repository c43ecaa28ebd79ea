"""The DICOM listener: C-ECHO and C-STORE, one thread per association.

Several processes may serve one port, each with its own `Listener`: on one inherited socket, or on sockets
opened with `shares_port`.
"""

import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from tirage.model.custody import Acceptance, Intake
from tirage.network.identity import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from tirage.network.offers import storage_offer
from tirage.network.receiver import Account, Patience, Receiver
from tirage.network.upper_layer.acceptor import Acceptor, Terms
from tirage.network.upper_layer.admission import Admission, Rejection, is_title

BACKLOG: Final = 1024
_TICK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class ReceiveSettings:
    """How a node receives.

    `associations` may be open at once; as many connections again are let in to be told so. `grace_s` is how
    long objects on their way in may take to finish once the listener is stopped.
    """

    admission: Admission
    maximum_pdu_bytes: int = 128 * 1024
    associations: int = 600
    patience: Patience = field(default_factory=Patience)
    grace_s: float = 10.0


def listen(host: str, port: int, *, shares_port: bool = False) -> socket.socket:
    """A listening socket; port 0 takes a free one. With `shares_port` other processes may listen too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shares_port:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def serve(
    listening: socket.socket, intake: Intake, settings: ReceiveSettings, stopping: threading.Event
) -> None:
    """Receive until `stopping` is set; the socket stays the caller's."""
    Listener(listening, intake, settings, stopping).serve()


class Listener:
    """Takes connections from a listening socket until `stopping` is set."""

    def __init__(
        self,
        listening: socket.socket,
        intake: Intake,
        settings: ReceiveSettings,
        stopping: threading.Event,
    ) -> None:
        self._listening = listening
        self._intake = intake
        self._settings = settings
        self._stopping = stopping
        self._terms = Terms(
            settings.admission,
            storage_offer(),
            (IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION),
            settings.maximum_pdu_bytes,
        )
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._log = structlog.get_logger("tirage.network")

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def serve(self) -> None:
        """Accept and converse; returns when stopped and the last association has ended or was cut."""
        self._listening.settimeout(_TICK_S)
        while not self._stopping.is_set():
            try:
                connection, peer = self._listening.accept()
            except TimeoutError:
                continue
            except OSError as error:
                # Out of descriptors, or the peer left before we looked.
                self._log.warning("accept failed", error=type(error).__name__)
                self._stopping.wait(0.1)
                continue
            self._start(connection, peer[0])
        self._wind_down()

    def _start(self, connection: socket.socket, address: str) -> None:
        limit = self._settings.associations
        count = len(self._open)
        if count >= 2 * limit:
            connection.close()
            self._log.warning("connection refused", address=address, connections=count)
            return
        refuse = Rejection.LOCAL_LIMIT if count >= limit else None
        with self._lock:
            self._open.add(connection)
        threading.Thread(
            target=self._associate, args=(connection, address, refuse), name="association", daemon=True
        ).start()

    def _associate(self, connection: socket.socket, address: str, refuse: Rejection | None) -> None:
        started = time.monotonic()
        acceptor = Acceptor(self._terms, address, refuse=refuse)
        receiver = Receiver(
            connection, acceptor, self._intake, self._settings.patience, self._stopping, address
        )
        try:
            receiver.run()
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
            _report(self._log, receiver.account, time.monotonic() - started)

    def _wind_down(self) -> None:
        """Let objects on their way in arrive, then cut what is left."""
        until = time.monotonic() + self._settings.grace_s
        while self._open and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        until = time.monotonic() + 2 * _TICK_S
        while self._open and time.monotonic() < until:
            time.sleep(0.02)


def _report(log: structlog.typing.FilteringBoundLogger, account: Account, seconds: float) -> None:
    """One line per association: systems, counts and how it ended; never what was in the objects."""
    log.info(
        "association",
        address=account.address,
        calling_ae=account.calling_ae if is_title(account.calling_ae) else "",
        called_ae=account.called_ae if is_title(account.called_ae) else "",
        contexts=account.contexts,
        echoed=account.echoed,
        stored=account.accepted[Acceptance.STORED],
        duplicates=account.accepted[Acceptance.DUPLICATE],
        conflicts=account.accepted[Acceptance.CONFLICT],
        refused=account.refused,
        megabytes=round(account.received_bytes / 1e6, 1),
        seconds=round(seconds, 3),
        end=account.end or "failed",
    )
