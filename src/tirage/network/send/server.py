"""A destination that is a file server: what it is asked to keep, over several connections at a time."""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Progress,
    Receipt,
)
from tirage.network.send.files import Closed, Connect
from tirage.network.send.pace import Pace
from tirage.network.send.remote import Courier, probe

TABLES: Final = ".parquet"
"""A suffix of tables, and of what stands beside them: `persons.parquet.md5`."""


@dataclass(frozen=True, slots=True)
class ServerDestination:
    """A `Destination`: puts a release below `root`, its Parquet files below `tables` where that is set."""

    name: str
    connect: Connect
    root: str
    tables: str | None = None
    connections: int = 1
    bytes_per_s: int = 0

    def check(self) -> None:
        """Log in and try each folder; raises `DestinationUnreachable` or `DestinationRefused`."""
        try:
            server = self.connect()
        except Closed as closed:
            refused = DestinationUnreachable if closed.is_worth_retrying else DestinationRefused
            raise refused(str(closed)) from closed
        try:
            for root in (self.root, *(() if self.tables is None else (self.tables,))):
                probe(server, root)
        finally:
            server.close()

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Send objects over all connections, then lists in their order over one."""
        receipts: dict[int, Receipt] = {}
        pace = Pace(self.bytes_per_s)
        lock = threading.Lock()

        def report(index: int, receipt: Receipt) -> None:
            with lock:
                receipts[index] = receipt
                progress(receipt)

        def send(indexes: list[int], connections: int) -> None:
            waiting = deque(indexes)
            closed: list[Closed] = []

            def work(_: int) -> None:
                with Courier(self.connect, self._root_of, pace) as courier:
                    while waiting:
                        try:
                            index = waiting.popleft()
                        except IndexError:
                            return
                        try:
                            report(index, courier.bring(consignments[index]))
                        except Closed as error:
                            # A server may allow fewer connections: the others go on with what is left.
                            waiting.appendleft(index)
                            closed.append(error)
                            return

            with ThreadPoolExecutor(connections) as pool:
                for _ in pool.map(work, range(min(connections, len(indexes)))):
                    pass
            for index in waiting:
                digest, error = consignments[index].digest, closed[0]
                report(index, Receipt(digest, Delivery.FAILED, error.detail, error.is_worth_retrying))

        send([index for index, each in enumerate(consignments) if each.sop_class], self.connections)
        send([index for index, each in enumerate(consignments) if not each.sop_class], 1)
        return [receipts[index] for index in range(len(consignments))]

    def _root_of(self, name: str) -> str:
        is_table = TABLES in PurePosixPath(name).suffixes
        return str(PurePosixPath(self.tables if self.tables and is_table else self.root))
