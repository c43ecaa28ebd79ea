"""A store that does what stores must not: it forwards to a real one, and spoils what it is told to."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class Spoilt:
    """A forwarder at `endpoint`; what is set spoils the next `times` requests that put something."""

    endpoint: str = ""
    times: int = 0
    status: int = 0
    drop_at: float | None = None
    drop_reply: bool = False
    change: Callable[[bytes], bytes] | None = None
    etag: str = ""
    puts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self) -> bool:
        with self.lock:
            self.puts += 1
            self.times -= 1
            return self.times >= 0


@contextmanager
def before(endpoint: str) -> Iterator[Spoilt]:
    """A store that forwards to the one at `endpoint`."""
    spoilt, there = Spoilt(), urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            is_due = self.command == "PUT" and spoilt.is_due()
            if is_due and spoilt.drop_at is not None:
                self.rfile.read(int(size * spoilt.drop_at))
                self.close_connection = True
                return
            body = self.rfile.read(size)
            if is_due and spoilt.status:
                self._answer(spoilt.status, SLOW_DOWN if spoilt.status == 503 else b"", {})
                return
            if is_due and spoilt.change and body:
                body = spoilt.change(body)
            connection = http.client.HTTPConnection(str(there.hostname), there.port, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content, headers = answer.read(), dict(answer.getheaders())
            connection.close()
            if is_due and spoilt.drop_reply:
                self.close_connection = True
                return
            if spoilt.etag and self.command == "HEAD":
                headers = {name: value for name, value in headers.items() if name.lower() != "etag"}
                headers["ETag"] = spoilt.etag
            self._answer(answer.status, content, headers)

        def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response_only(status)
            kept = {name for name in headers if name.lower() not in ("transfer-encoding", "connection")}
            for name in kept:
                if name.lower() != "content-length" or self.command == "HEAD":
                    self.send_header(name, headers[name])
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _forward  # noqa: N815

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    spoilt.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield spoilt
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
