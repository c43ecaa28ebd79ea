"""HTTP with one DICOMweb service: no redirects, no proxies of the environment, timeouts always.

URLs hold UIDs and patient IDs, so nothing here logs one or lets an exception of the library out.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx2
import orjson

from tirage.model.archives import ArchiveBusy, ArchiveContradicts, ArchiveRefused, ArchiveUnreachable
from tirage.network.certificates import SAYS, Distrust, Trust, context, distrust_of
from tirage.network.dicomweb.address import WebPeer
from tirage.network.dicomweb.token import TokenAuth

MOST_JSON_BYTES: Final = 64 * 1024 * 1024
BUSY: Final = frozenset({408, 425, 429})
NOTHING: Final = frozenset({204, 404, 410})
TOO_LARGE: Final = 413

Parameters = Sequence[tuple[str, str]]


class NotPermitted(ArchiveRefused):
    """A DICOMweb service does not let this node in, or not do this."""

    code = "ARCHIVE_NOT_PERMITTED"
    remedy = "Check the token, or user and password, and what they may do there."


class Distrusted(ArchiveRefused):
    """No TLS connection with a DICOMweb service comes to be; the message says why."""

    code = "ARCHIVE_DISTRUSTED"
    remedy = "See its certificate: `openssl s_client -connect HOST:PORT`; `ca` names whom this node believes."

    def __init__(self, distrust: Distrust) -> None:
        super().__init__(SAYS[distrust])
        self.distrust = distrust


class Client:
    """Asks one service; connections are kept until `close`."""

    def __init__(self, peer: WebPeer) -> None:
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._base = peer.base
        self._timeout = httpx2.Timeout(peer.answer_timeout_s, connect=peer.connect_timeout_s)
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {peer.token}"} if peer.token else None,
            verify=context(Trust(peer.ca_file)),
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout,
        )
        self._auth: httpx2.Auth | None = None
        if peer.user:
            self._auth = httpx2.BasicAuth(peer.user, peer.password)
        elif peer.credentials:
            self._auth = TokenAuth(peer.credentials, self._client)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def ask(self, path: str, parameters: Parameters) -> tuple[list[Any], Mapping[str, str]]:
        """A list of DICOM JSON objects and the headers of the answer; empty when there is nothing."""
        with self.stream(path, "application/dicom+json", parameters) as response:
            if response.status_code in NOTHING:
                return [], response.headers
            raise_unless_ok(response)
            body = whole(response)
        try:
            found = orjson.loads(body) if body.strip() else []
        except orjson.JSONDecodeError:
            raise ArchiveContradicts("an answer to a query is no JSON") from None
        if not isinstance(found, list):
            raise ArchiveContradicts("an answer to a query is no list")
        return found, response.headers

    @contextmanager
    def stream(
        self, path: str, accept: str, parameters: Parameters = (), silence_s: float | None = None
    ) -> Iterator[httpx2.Response]:
        """A response whose body is still to be read, whatever its status."""
        timeout = self._timeout
        if silence_s is not None:
            timeout = httpx2.Timeout(silence_s, connect=self._timeout.connect)
        request = self._client.build_request(
            "GET",
            self._base + path,
            params=list(parameters) or None,
            headers={"Accept": accept},
            timeout=timeout,
        )
        response = self._sent(request)
        try:
            yield response
        finally:
            response.close()

    @contextmanager
    def post(
        self, path: str, content_type: str, body: Iterable[bytes], size_bytes: int
    ) -> Iterator[httpx2.Response]:
        """The response to a body of so many bytes, which may be asked for twice, whatever its status."""
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(size_bytes),
            "Accept": "application/dicom+json",
        }
        request = self._client.build_request("POST", self._base + path, content=body, headers=headers)
        response = self._sent(request)
        try:
            yield response
        finally:
            response.close()

    def _sent(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._client.send(request, stream=True, auth=self._auth)
        except httpx2.TimeoutException:
            raise ArchiveUnreachable("no answer in time") from None
        except httpx2.TransportError as error:
            if distrust := distrust_of(error):
                raise Distrusted(distrust) from None
            raise ArchiveUnreachable(f"no answer ({type(error).__name__})") from None


def pieces(response: httpx2.Response) -> Iterator[bytes]:
    """The body as it arrives; raises `ArchiveUnreachable` when it breaks off."""
    try:
        yield from response.iter_bytes()
    except httpx2.TimeoutException:
        raise ArchiveUnreachable("the archive fell silent in the middle of an answer") from None
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise ArchiveUnreachable(f"an answer broke off ({type(error).__name__})") from None


def whole(response: httpx2.Response) -> bytes:
    """The body, read to its end; raises `ArchiveContradicts` when there is too much of it."""
    body = bytearray()
    for chunk in pieces(response):
        body += chunk
        if len(body) > MOST_JSON_BYTES:
            raise ArchiveContradicts("an answer of more than 64 MiB to one query")
    return bytes(body)


def raise_unless_ok(response: httpx2.Response) -> None:
    """Name the fault that a status says; Source: RFC 9110 15, PS3.18 8.5."""
    status = response.status_code
    if response.is_success:
        return
    said = f"the archive answered {status}"
    if status in (401, 403):
        raise NotPermitted(f"{said}: check the token, or user and password, and what they may read")
    if response.is_redirect:
        raise ArchiveRefused(f"{said}: it redirects, which is not followed; give the final address")
    if status in BUSY or (response.is_server_error and status not in (501, 505)):
        raise ArchiveBusy(said, retry_after_s(response))
    raise ArchiveRefused(said)


def retry_after_s(response: httpx2.Response) -> float | None:
    """Seconds of a Retry-After; a date, which needs the archive's clock to agree with ours, says nothing."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
