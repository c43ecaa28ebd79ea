"""HTTP with one service: no redirects, no proxies of the environment, timeouts always, TLS 1.2 or later.

URLs, headers and bodies may hold identifiers and secrets, so nothing here logs one or lets an exception of
the library out.
"""

import ipaddress
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from tirage.network.certificates import SAYS, Trust, context, distrust_of

MOST_JSON_BYTES: Final = 256 * 1024 * 1024
BUSY: Final = frozenset({408, 425, 429})
NO_SPACE: Final = 507
Parameters = Mapping[str, str]


class Unanswered(Exception):
    """A service gave no answer that can be used; `code` is short, the message in plain words."""

    def __init__(self, code: str, said: str, is_worth_retrying: bool) -> None:
        super().__init__(said)
        self.code = code
        self.is_worth_retrying = is_worth_retrying


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is; timeouts in seconds.

    `ca_file` holds the authorities its certificate is checked against, instead of the system's.
    """

    url: str
    ca_file: Path | None = None
    connect_timeout_s: float = 10.0
    answer_timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body in memory."""

    status: int
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the service did what it was asked to."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body read as JSON; raises `Unanswered`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unanswered("REMOTE_ANSWER", "the answer is no JSON", False) from None


class Https:
    """Asks one service; connections and cookies are kept until `close`."""

    def __init__(self, service: Service) -> None:
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        if not is_private(service.url):
            said = "plain http:// to another machine would show the password to the network"
            raise Unanswered("PLAIN_HTTP", f"{said}: give an https:// address", False)
        try:
            verify = context(Trust(service.ca_file))
        except OSError:
            raise Unanswered("CERTIFICATE_UNREADABLE", "`ca` is no file of certificates", False) from None
        self._base = service.url.rstrip("/")
        self._client = httpx2.Client(
            verify=verify,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(service.answer_timeout_s, connect=service.connect_timeout_s),
        )

    def close(self) -> None:
        """Close connections and forget cookies."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        parameters: Parameters | None = None,
        *,
        body: Iterable[bytes] | None = None,
        form: Parameters | None = None,
        headers: Parameters | None = None,
    ) -> Answer:
        """What the service answers, whatever the status; raises `Unanswered` where there is no answer."""
        with self.stream(method, path, parameters, body=body, form=form, headers=headers) as response:
            read = bytearray()
            for piece in pieces(response):
                read += piece
                if len(read) > MOST_JSON_BYTES:
                    raise Unanswered("REMOTE_ANSWER", "an answer of more than 256 MiB", False)
            return Answer(response.status_code, bytes(read))

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        parameters: Parameters | None = None,
        *,
        body: Iterable[bytes] | None = None,
        form: Parameters | None = None,
        headers: Parameters | None = None,
    ) -> Iterator[httpx2.Response]:
        """A response whose body is still to be read, whatever its status."""
        request = self._client.build_request(
            method, self._base + path, params=parameters, content=body, data=form, headers=headers
        )
        response = self._sent(request)
        try:
            yield response
        finally:
            response.close()

    def _sent(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._client.send(request, stream=True)
        except httpx2.TimeoutException:
            raise Unanswered("UNREACHABLE", "no answer in time", True) from None
        except httpx2.TransportError as error:
            distrust = distrust_of(error)
            if distrust is not None:
                raise Unanswered(distrust.value, SAYS[distrust], False) from None
            raise Unanswered("UNREACHABLE", f"no answer ({type(error).__name__})", True) from None


def pieces(response: httpx2.Response) -> Iterator[bytes]:
    """The body as it arrives; raises `Unanswered` when it breaks off."""
    try:
        yield from response.iter_bytes()
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise Unanswered("UNREACHABLE", f"an answer broke off ({type(error).__name__})", True) from None


def is_private(url: str) -> bool:
    """Whether nobody between here and there can read along: TLS, or this machine itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def basic(user: str, password: str) -> dict[str, str]:
    """The header by which user and password are shown (RFC 7617)."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")}


def fault_of(status: int) -> Unanswered:
    """What a status that is no success means; Source: RFC 9110 15, RFC 4918 11.5."""
    said = f"it answered {status}"
    if status == 401:
        return Unanswered("NOT_PERMITTED", f"{said}: it does not know this user or password", False)
    if status == 403:
        return Unanswered("NOT_PERMITTED", f"{said}: this user may not do that", False)
    if status == NO_SPACE:
        return Unanswered("NO_SPACE", f"{said}: its disk is full", True)
    if 300 <= status < 400:
        return Unanswered("REMOTE_REDIRECT", f"{said}: give the address it redirects to", False)
    is_passing = status in BUSY or (status >= 500 and status not in (501, 505))
    return Unanswered(f"REMOTE_{status}", said, is_passing)
