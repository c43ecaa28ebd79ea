"""STOW-RS (PS3.18 10.5): files as one body that is never in memory, and the answer for each of them."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson

from tirage.model.archives import ArchiveContradicts
from tirage.model.identifiers import Uid
from tirage.network.dicomweb.client import Client, retry_after_s, whole
from tirage.network.status import PROCESSING_FAILURE

PIECE_BYTES: Final = 256 * 1024

_REFERENCED_SOP_SEQUENCE: Final = "00081199"
_FAILED_SOP_SEQUENCE: Final = "00081198"
_REFERENCED_SOP_INSTANCE: Final = "00081155"
_FAILURE_REASON: Final = "00081197"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a service said of a body: its HTTP status, what it stored, and why not, by SOP instance.

    An instance in neither was not spoken of. `wait_s` is how long it asks to be left alone.
    """

    status: int
    stored: frozenset[Uid] = frozenset()
    failed: Mapping[Uid, int] = field(default_factory=dict)
    wait_s: float | None = None


class Body:
    """Files as `multipart/related`, read while it is sent; it can be gone through again.

    `pace` is told how many bytes go out next, and may wait.
    """

    def __init__(self, paths: Sequence[Path], pace: Callable[[int], None] = lambda _: None) -> None:
        self.boundary = secrets.token_hex(16)
        self._paths = paths
        self._pace = pace
        self._head = f"\r\n--{self.boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        self._tail = f"\r\n--{self.boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """The media type of the whole."""
        return f'multipart/related; type="application/dicom"; boundary={self.boundary}'

    def size_bytes(self) -> int:
        """How long the whole is; raises `OSError`."""
        files = sum(path.stat().st_size + len(self._head) for path in self._paths)
        return files + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """The whole in pieces; raises `OSError`."""
        for path in self._paths:
            yield self._head
            with path.open("rb", buffering=0) as file:
                while piece := file.read(PIECE_BYTES):
                    self._pace(len(piece))
                    yield piece
        yield self._tail


def stow(client: Client, body: Body) -> Stored:
    """Send files to a service, whatever it answers; raises as a request does, and `OSError` for a file."""
    with client.post("/studies", body.content_type, body, body.size_bytes()) as response:
        stored, failed = _instances(_data_set(response))
        return Stored(response.status_code, stored, failed, retry_after_s(response))


def _data_set(response: httpx2.Response) -> Mapping[str, Any]:
    """The answer's data set, empty where it holds none: what the service lists afterwards decides then."""
    try:
        answer = orjson.loads(whole(response) or b"{}")
    except (orjson.JSONDecodeError, ArchiveContradicts):
        return {}
    if isinstance(answer, list):
        # Some services wrap it.
        answer = answer[0] if answer else {}
    return answer if isinstance(answer, dict) else {}


def _instances(answer: Mapping[str, Any]) -> tuple[frozenset[Uid], dict[Uid, int]]:
    """Source: PS3.18 Table 10.5.3-1 and Annex I."""
    failed = {}
    for item in _items(answer, _FAILED_SOP_SEQUENCE):
        reason = _value(item, _FAILURE_REASON)
        failed[Uid(str(_value(item, _REFERENCED_SOP_INSTANCE)))] = (
            reason if isinstance(reason, int) else PROCESSING_FAILURE
        )
    stored = {
        Uid(str(_value(item, _REFERENCED_SOP_INSTANCE))) for item in _items(answer, _REFERENCED_SOP_SEQUENCE)
    }
    return frozenset(stored - failed.keys()), failed


def _items(answer: Mapping[str, Any], tag: str) -> Iterable[Mapping[str, Any]]:
    element = answer.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return [item for item in values if isinstance(item, dict)] if isinstance(values, list) else []


def _value(item: Mapping[str, Any], tag: str) -> Any:
    element = item.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else ""
