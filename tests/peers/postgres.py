"""PostgreSQL from Debian: a server of the tests' own, in a temporary folder, on loopback, gone with them."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.peers.ports import free_port, wait_for

_USER = "postgres"


def binaries() -> Path | None:
    """Where Debian keeps the newest server's programs; none when it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """A server; a context manager. It dies with the process that started it, however that ends."""

    def __init__(self) -> None:
        programs = binaries()
        if programs is None:
            raise AssertionError("PostgreSQL is missing: apt-get install postgresql")
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="tirage-postgres-"))
        self._numbers = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        data = self._folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self._folder, _USER, _USER)
        initdb = [str(self._programs / "initdb"), "-D", str(data), "-U", _USER, "-A", "trust", "--no-sync"]
        subprocess.run(
            [*self._as_user(), *initdb, "-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server, with the data it had."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._folder),
            "shared_buffers": "64MB",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        data = self._folder / "data"
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *self._as_user(),
                    str(self._programs / "postgres"),
                    "-D",
                    str(data),
                    *options,
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
            )
        wait_for(self.port)
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop it at once, as a crash would leave it."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(30)
            self._server = None

    def new_database(self) -> str:
        """An empty database; its URL."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{name}"

    def _address(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={_USER} dbname={name}"

    def _wait_until_ready(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("PostgreSQL does not answer")

    def _as_user(self) -> list[str]:
        # The server refuses to run as root.
        change = ["--reuid", _USER, "--regid", _USER, "--clear-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *change, "--pdeathsig", "QUIT"]
