"""The listener beside a command that fetches: an archive that is asked to move studies sends them there."""

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tirage.network import libraries, scp
from tirage.service.build import Parts, make_intake, receive_settings
from tirage.service.logs import quiet
from tirage.settings import Settings
from tirage.store.ownership import INTAKE, own


@contextmanager
def receiving(settings: Settings, parts: Parts) -> Iterator[None]:
    """Receive as `tirage serve` does while the block runs.

    Nothing is done when no archive sends to the listener, or when a process of this node listens already.
    """
    listening = _listen(settings) if any(access.sender for access in parts.archives.values()) else None
    if listening is None:
        yield
        return
    stop = threading.Event()
    libraries.load()
    with quiet(settings), own(settings.identified, shared=True, name=INTAKE), listening:
        intake = make_intake(settings, parts)
        arguments = (listening, intake, receive_settings(settings), stop)
        listener = threading.Thread(target=scp.serve, args=arguments, name="listener")
        listener.start()
        try:
            yield
        finally:
            stop.set()
            listener.join()


def _listen(settings: Settings) -> socket.socket | None:
    try:
        return scp.listen(settings.listener.host, settings.listener.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        raise
