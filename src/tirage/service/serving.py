"""`tirage serve`: the sockets, and the processes that work behind them."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack

from tirage.network.scp import listen
from tirage.service.reports import Endpoints
from tirage.service.roles import Role
from tirage.service.supervisor import Child, Supervisor
from tirage.settings import Settings


def serve(settings: Settings, ready: Callable[[Endpoints], None], stop: threading.Event) -> None:
    """Run the node's processes until `stop`; `ready` is told where it is reached once it is."""
    folder = settings.folder.resolve()
    with ExitStack() as sockets:
        dicom = sockets.enter_context(listen(settings.listener.host, settings.listener.port))
        http = sockets.enter_context(listen(settings.http.host, settings.http.port))
        console = sockets.enter_context(listen(settings.console.host, settings.console.port))
        for each in (dicom, http, console):
            os.set_inheritable(each.fileno(), True)
        listeners = [Child(Role.LISTENER, folder, dicom.fileno()) for _ in range(settings.listener.processes)]
        children = [
            *listeners,
            Child(Role.WORKER, folder),
            Child(Role.HTTP, folder, http.fileno()),
            Child(Role.CONSOLE, folder, console.fileno()),
        ]
        endpoints = Endpoints(_address(dicom), _address(http), _address(console))
        Supervisor(children).run(lambda: ready(endpoints), stop)


def _address(listening: socket.socket) -> tuple[str, int]:
    host, port = listening.getsockname()[:2]
    return host, port
