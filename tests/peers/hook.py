"""A web service that takes notices and believes only those that are signed with its secret."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.peers.ports import free_port


class HookServer:
    """Listens until left; `taken` are the bodies it believed, `statuses` what it answers next, 200 after."""

    def __init__(self, secret: str, port: int = 0, statuses: tuple[int, ...] = ()) -> None:
        self.secret, self.port = secret, port or free_port()
        self.statuses, self.taken, self.headers = list(statuses), list[Any](), list[dict[str, str]]()
        self.doubted = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/notices"

    def __enter__(self) -> Self:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.statuses.pop(0) if hook.statuses else 200
                if status == 200:
                    hook.take(dict(self.headers), body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", hook.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        found = {name.lower(): value for name, value in headers.items()}
        signed = found["tirage-timestamp"].encode() + b"." + body
        expected = "sha256=" + hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(found["tirage-signature"], expected):
            self.taken.append(json.loads(body))
            self.headers.append(found)
        else:
            self.doubted += 1
