"""An S3 store: moto's server, with or without TLS, on loopback only."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from moto.server import ThreadedMotoServer

from tests.peers.ports import free_port, wait_for

BUCKET = "research"


@dataclass(frozen=True)
class S3:
    """A running store with one bucket."""

    endpoint: str

    def ask(self, path: str, method: str = "GET") -> bytes:
        """What it answers to a request without credentials."""
        request = urllib.request.Request(f"{self.endpoint}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def running() -> Iterator[S3]:
    """A store that keeps everything in memory."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        wait_for(port)
        store = S3(f"http://127.0.0.1:{port}")
        store.ask("moto-api/reset", "POST")
        store.ask(BUCKET, "PUT")
        yield store
    finally:
        server.stop()


@contextmanager
def guarded(folder: Path, certificate: Path, key: Path) -> Iterator[S3]:
    """A store behind TLS, without a bucket; its log is in `folder`."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    command += ["-s", "-c", str(certificate), "-k", str(key)]
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
    try:
        wait_for(port, 60)
        yield S3(f"https://localhost:{port}")
    finally:
        process.kill()
        process.wait(timeout=10)
