"""One child process of `tirage serve`: `python -m tirage.service.roles ROLE FOLDER [DESCRIPTOR]`.

A child says that it is ready by a line on its standard output, ends on SIGTERM, and ends by itself when its
standard input, which the supervisor holds open, comes to its end: the supervisor is gone.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tirage.errors import TirageError
from tirage.service.logs import configure
from tirage.settings import Settings, load_settings

if TYPE_CHECKING:
    from tirage.service.projects import Projects


class Role(StrEnum):
    """What a child does."""

    LISTENER = "listener"
    WORKER = "worker"
    HTTP = "http"
    CONSOLE = "console"


def main(role: Role, folder: Path, descriptor: int) -> None:
    """Do the role's work until told to stop."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_supervisor, args=(stop,), daemon=True).start()
    settings = load_settings(folder)
    configure(settings)
    roles: dict[Role, Callable[[Settings, int, threading.Event], None]] = {
        Role.LISTENER: _listen,
        Role.WORKER: _work,
        Role.HTTP: _answer,
        Role.CONSOLE: _show,
    }
    roles[role](settings, descriptor, stop)


def _listen(settings: Settings, descriptor: int, stop: threading.Event) -> None:
    from tirage.network import libraries, scp
    from tirage.service.build import make_intake, make_parts, receive_settings
    from tirage.store.ownership import INTAKE, own

    libraries.load()
    parts = make_parts(settings)
    with own(settings.identified, shared=True, name=INTAKE), socket.socket(fileno=descriptor) as listening:
        intake = make_intake(settings, parts)
        _say_ready()
        scp.serve(listening, intake, receive_settings(settings), stop)


def _work(settings: Settings, descriptor: int, stop: threading.Event) -> None:
    from tirage.service.build import make_parts
    from tirage.service.notices import notifying
    from tirage.service.redcap import writing_back
    from tirage.service.syslog import forwarding
    from tirage.service.watchers import make_watchers
    from tirage.service.worker import work_until, working

    parts = make_parts(settings)
    with working(settings, parts) as pipeline:
        threading.Thread(target=forwarding, args=(settings, parts.database, stop), daemon=True).start()
        notices = (settings, parts.database, parts.rules, stop)
        threading.Thread(target=notifying, args=notices, daemon=True).start()
        threading.Thread(target=writing_back, args=(settings, parts, stop), daemon=True).start()
        _say_ready()
        work_until(stop, pipeline, *make_watchers(settings, parts))


def _answer(settings: Settings, descriptor: int, stop: threading.Event) -> None:
    from tirage.service.health import NodeHealth
    from tirage.service.http import answer
    from tirage.web.health import make_app

    answer(make_app(NodeHealth(settings)), descriptor, stop, _say_ready)


def _show(settings: Settings, descriptor: int, stop: threading.Event) -> None:
    from tirage.service.build import make_parts
    from tirage.service.console.application import make_application
    from tirage.service.console.doors import NodeDoors
    from tirage.service.http import answer

    parts, console = make_parts(settings), settings.console
    threading.Thread(target=_follow, args=(parts.rules, stop), daemon=True).start()
    application = make_application(settings, parts, NodeDoors(parts.database))
    certificate = settings.folder / console.certificate if console.certificate else None
    key = settings.folder / console.key if console.key else None
    answer(application, descriptor, stop, _say_ready, certificate=certificate, key=key)


def _follow(rules: "Projects", stop: threading.Event) -> None:
    """Show projects as their files say now; the worker is who tells of changes."""
    while not stop.wait(1):
        rules.look()


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _end_with_supervisor(stop: threading.Event) -> None:
    while os.read(0, 1):
        pass
    stop.set()
    threading.Event().wait(30)
    os._exit(1)


if __name__ == "__main__":
    try:
        main(Role(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except TirageError as error:
        sys.stderr.write(f"{error.code}: {error}. {error.remedy}\n")
        sys.exit(error.exit_code)
