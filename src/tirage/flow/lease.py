"""Which executor is alive, on PostgreSQL: each holds a session advisory lock on its own name.

The server drops the lock with the session, so whoever can take the lock of another knows it to be gone.
Nothing is written and nothing expires by a clock.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import sqlalchemy as sa

from tirage.errors import Transient

MOST_EXECUTORS_OF_A_HOST = 256


class NoExecutorName(Transient):
    """Every executor name of this host is held by a living process."""

    code = "NO_EXECUTOR_NAME"
    remedy = "Stop worker processes that are no longer needed, or name this one with flow.executor."


class Lease:
    """This process's hold on its executor name."""

    def __init__(self, database: sa.Engine, prefix: str) -> None:
        self._database = database
        self._connection = database.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.name = self._take(f"{socket.gethostname().lower()}-{prefix}")

    def _take(self, host: str) -> str:
        for number in range(1, MOST_EXECUTORS_OF_A_HOST + 1):
            name = f"{host}-{number}"
            if self._connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_key(name)))):
                return name
        raise NoExecutorName(f"{MOST_EXECUTORS_OF_A_HOST} executors run on this host")

    def keep(self) -> None:
        """End this process if the session was lost: peers believe it dead and run its work themselves."""
        try:
            self._connection.scalar(sa.select(1))
        except sa.exc.DBAPIError:
            logging.getLogger(__name__).critical("executor lease lost, this worker ends")
            os._exit(Transient.exit_code)

    @contextmanager
    def over(self, name: str) -> Iterator[bool]:
        """Whether the executor `name` is gone; while inside, nobody else can find it so."""
        with self._database.connect() as connection:
            gone = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_key(name)))))
            try:
                yield gone
            finally:
                if gone:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(_key(name))))

    def close(self) -> None:
        """Give the name back."""
        self._connection.invalidate()
        self._connection.close()


def _key(name: str) -> int:
    """The 64-bit advisory lock of an executor name."""
    return int.from_bytes(sha256(f"tirage executor {name}".encode()).digest()[:8], "big", signed=True)
