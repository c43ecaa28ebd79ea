"""An application behind a listening socket that somebody else opened."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI


def answer(
    application: FastAPI,
    descriptor: int,
    stop: threading.Event,
    ready: Callable[[], None],
    *,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Answer requests until `stop`; over TLS with a certificate. Who asked for what is kept by no log."""
    config = uvicorn.Config(
        application,
        fd=descriptor,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = uvicorn.Server(config)

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    ready()
    # Without its signal handlers: they would take SIGTERM from the process.
    with socket.socket(fileno=os.dup(descriptor)) as listening:
        server.run(sockets=[listening])
