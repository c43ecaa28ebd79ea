"""Bodies of STOW-RS that fit a server: split where they are too large, sent again where it was busy."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from tirage.errors import TirageError, Transient
from tirage.model.delivery import Consignment
from tirage.network.dicomweb.client import BUSY, TOO_LARGE, Client, Distrusted, NotPermitted
from tirage.network.dicomweb.stow import Body, Stored, stow
from tirage.network.status import is_worth_retrying

DUPLICATE_INSTANCE: Final = 0x0111
"""The server has an object of this UID and does not say whether it is the same (PS3.7 C.5.2)."""

WAITS_S: Final = (1.0, 2.0, 4.0)
"""How long a busy server is left alone before each further try, where it does not say for how long."""

MOST_WAIT_S: Final = 30.0
"""A server that wants to be left alone for longer is sent to later."""

DETAIL_OF_STATUS: Final = {
    401: "NOT_PERMITTED",
    403: "NOT_PERMITTED",
    404: "NO_STOW",
    405: "NO_STOW",
    413: "TOO_LARGE",
    415: "NOT_ACCEPTED",
    501: "NO_STOW",
    507: "NO_SPACE",
}
"""What a status says of a whole body; any other is `HTTP_` and its number. Source: PS3.18 Table 10.5.3-1."""

_SPOKEN: Final = frozenset({200, 202, 409})
"""Statuses with which a server speaks of each object; 409 is no fault of those it does not name."""

_NO_SPACE: Final = 507


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one object: a code, empty when the server took it or said nothing of it."""

    detail: str = ""
    is_worth_retrying: bool = False


TAKEN: Final = Fate()
THERE_ALREADY: Final = Fate(f"0x{DUPLICATE_INSTANCE:04X}")
NOT_SENT: Final = Fate("UNREACHABLE", True)

Objects = Mapping[int, Consignment]
"""By their number among the consignments."""


def fate_of(fault: TirageError) -> Fate:
    """What a fault says of every object that was being sent, or would have been."""
    if isinstance(fault, Distrusted):
        return Fate(fault.distrust.value)
    if isinstance(fault, NotPermitted):
        return Fate("NOT_PERMITTED")
    return NOT_SENT if isinstance(fault, Transient) else Fate("REJECTED")


class Batches:
    """Sends objects to one server; after it was away or busy for too long, nothing more is sent."""

    def __init__(
        self,
        client: Client,
        most_bytes: int,
        connections: int,
        pace: Callable[[int], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._most_bytes = most_bytes
        self._connections = connections
        self._pace = pace
        self._sleep = sleep
        self._given_up: Fate | None = None
        self._lock = threading.Lock()

    def send(self, objects: Objects) -> dict[int, Fate]:
        """What became of each object."""
        fates: dict[int, Fate] = {}
        with ThreadPoolExecutor(self._connections, thread_name_prefix="stow") as pool:
            for answer in pool.map(lambda batch: self._fates(objects, batch), self._cut(objects)):
                fates |= answer
        return fates

    def _cut(self, objects: Objects) -> Iterator[list[int]]:
        batch: list[int] = []
        total = 0
        for index, each in objects.items():
            size = each.path.stat().st_size if each.path.exists() else 0
            if batch and total + size > self._most_bytes:
                yield batch
                batch, total = [], 0
            batch.append(index)
            total += size
        if batch:
            yield batch

    def _fates(self, objects: Objects, batch: Sequence[int]) -> dict[int, Fate]:
        if self._given_up is not None:
            return dict.fromkeys(batch, self._given_up)
        try:
            answer = self._patiently(objects, batch)
        except TirageError as fault:
            return dict.fromkeys(batch, self._give_up(fate_of(fault)))
        except OSError:
            return dict.fromkeys(batch, Fate("SOURCE_UNREADABLE"))
        if answer.status == TOO_LARGE and len(batch) > 1:
            middle = len(batch) // 2
            return self._fates(objects, batch[:middle]) | self._fates(objects, batch[middle:])
        if answer.status in _SPOKEN:
            return {index: _spoken(answer, objects[index]) for index in batch}
        if _is_busy(answer.status):
            return dict.fromkeys(batch, self._give_up(Fate("BUSY", True)))
        detail = DETAIL_OF_STATUS.get(answer.status, f"HTTP_{answer.status}")
        return dict.fromkeys(batch, Fate(detail, answer.status == _NO_SPACE))

    def _patiently(self, objects: Objects, batch: Sequence[int]) -> Stored:
        """The answer to a body, sent again after a drop, and after a while where the server is busy."""
        body = Body([objects[index].path for index in batch], self._pace)
        try:
            answer = stow(self._client, body)
        except Transient:
            answer = stow(self._client, body)
        for wait_s in WAITS_S:
            if not _is_busy(answer.status) or (answer.wait_s or 0) > MOST_WAIT_S:
                break
            self._sleep(wait_s if answer.wait_s is None else answer.wait_s)
            answer = stow(self._client, body)
        return answer

    def _give_up(self, fate: Fate) -> Fate:
        with self._lock:
            self._given_up = self._given_up or fate
            return fate


def _is_busy(status: int) -> bool:
    return status in BUSY or (status >= 500 and status not in (501, 505, _NO_SPACE))


def _spoken(answer: Stored, each: Consignment) -> Fate:
    reason = answer.failed.get(each.sop_instance)
    if reason is None:
        return TAKEN
    return Fate(f"0x{reason:04X}", is_worth_retrying(reason))
