"""A DICOMweb server that answers what it is told to, over real sockets: `http.server` in a thread."""

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

BOUNDARY = "b0undary"


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@dataclass
class Answer:
    """What is sent; `cut` ends the connection after so many bytes of a body that claims to be whole."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/dicom+json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    chunks: bool = False


def found(*answers: dict[str, Any]) -> Answer:
    """An answer of QIDO-RS."""
    return Answer(body=orjson.dumps(list(answers)))


def files(*parts: bytes, ends: bool = True, part_type: str = "application/dicom") -> Answer:
    """An answer of WADO-RS."""
    body = b"".join(
        b"\r\n--%b\r\nContent-Type: %b\r\n\r\n%b" % (BOUNDARY.encode(), part_type.encode(), part)
        for part in parts
    )
    body += f"\r\n--{BOUNDARY}--\r\n".encode() if ends else b""
    kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
    return Answer(body=body, content_type=kind, chunks=True)


@dataclass
class BadWeb:
    """The running server: its base URL and the requests it got, as path, parameters and headers."""

    url: str
    answering: Callable[[str, dict[str, str]], Answer]
    paths: list[str] = field(default_factory=list)
    parameters: list[list[tuple[str, str]]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(
    answering: Callable[[str, dict[str, str]], Answer], tls: ssl.SSLContext | None = None
) -> Iterator[BadWeb]:
    """A server that answers each request with what `answering` makes of its path and parameters."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = parse_qsl(parts.query, keep_blank_values=True)
            web.paths.append(parts.path)
            web.queries.append(parts.query)
            web.parameters.append(parameters)
            web.headers.append(dict(self.headers))
            self._send(web.answering(parts.path, dict(parameters)))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            if answer.chunks:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            body = answer.body if answer.cut is None else answer.body[: answer.cut]
            for piece in _pieces(body) if answer.chunks else [body]:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if answer.chunks else piece)
            if answer.cut is None:
                self.wfile.write(b"0\r\n\r\n" if answer.chunks else b"")
            else:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    web = BadWeb(f"{scheme}://127.0.0.1:{server.server_address[1]}/dicomweb", answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="badweb")
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def _pieces(body: bytes) -> Sequence[bytes]:
    return [body[start : start + 1000] for start in range(0, len(body), 1000)]
