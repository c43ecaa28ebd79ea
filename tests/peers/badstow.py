"""A DICOMweb server that stores, lists and hands back, and misbehaves as scripted."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from pydicom import dcmread

from tests.peers.badweb import BOUNDARY, Server


@dataclass
class Said:
    """One scripted answer to a body: its status, and what is named as failed, UID to reason.

    `keeps`: what is stored of the body; everything else in it is lost. `body` replaces the data set.
    `drops`: the connection ends without an answer. `flips`: the last byte of this object is stored wrong.
    """

    status: int = 200
    failed: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    keeps: Callable[[str], bool] = lambda uid: True
    body: bytes | None = None
    drops: bool = False
    flips: str = ""


@dataclass
class BadStow:
    """The running server; `script` is used up answer by answer, afterwards everything is stored.

    `most_bytes`: longer bodies get 413. `tokens`: bearer tokens that are good, empty for anybody.
    """

    url: str
    script: list[Said] = field(default_factory=list)
    kept: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    bodies: list[list[str]] = field(default_factory=list)
    most_bytes: int = 1 << 40
    tokens: list[str] = field(default_factory=list)
    issued: list[dict[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[BadStow]:
    """The server, on a loopback port."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not self._is_known():
                return
            parts = urlsplit(self.path)
            pieces = parts.path.strip("/").split("/")[1:]
            if len(pieces) == 6:
                self._send(200, *_related(web.kept[pieces[5]][2]))
                return
            offset = int(dict(parse_qsl(parts.query)).get("offset", 0))
            there = [uid for uid, (study, series, _) in web.kept.items() if pieces[1:4:2] == [study, series]]
            answers = [{"00080018": {"vr": "UI", "Value": [uid]}} for uid in there[offset:]]
            self._send(200, orjson.dumps(answers))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                web.authorizations.append(self.headers["Authorization"])
                web.issued.append(dict(parse_qsl(body.decode())))
                web.tokens.append(f"token-{len(web.issued)}")
                self._send(200, orjson.dumps({"access_token": web.tokens[-1], "expires_in": 3600}))
                return
            if not self._is_known():
                return
            if len(body) > web.most_bytes:
                self._send(413, b"")
                return
            files = list(_files(self.headers["Content-Type"], body))
            with lock:
                said = web.script.pop(0) if web.script else Said()
                web.bodies.append([uid for uid, *_ in files])
            for uid, study, series, file in files:
                if said.status in (200, 202, 409) and uid not in said.failed and said.keeps(uid):
                    last = bytes([file[-1] ^ (uid == said.flips)])
                    web.kept[uid] = (study, series, file[:-1] + last)
            if said.drops:
                self.close_connection = True
                return
            self._send(said.status, _answer(said, files) if said.body is None else said.body, said.headers)

        def _is_known(self) -> bool:
            given = self.headers.get("Authorization", "")
            web.authorizations.append(given)
            if not web.tokens or given in [f"Bearer {token}" for token in web.tokens]:
                return True
            self._send(401, b"")
            return False

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/dicom+json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    web = BadStow(f"{scheme}://127.0.0.1:{server.server_address[1]}/dicomweb")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="badstow")
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def _files(content_type: str, body: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    """SOP, study and series instance UID and bytes of each part."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = str(message.get_boundary()).encode()
    for part in body.split(b"\r\n--" + boundary)[1:-1]:
        file = part.partition(b"\r\n\r\n")[2]
        dataset = dcmread(BytesIO(file), stop_before_pixels=True)
        yield (
            str(dataset.SOPInstanceUID),
            str(dataset.StudyInstanceUID),
            str(dataset.SeriesInstanceUID),
            file,
        )


def _answer(said: Said, files: list[tuple[str, str, str, bytes]]) -> bytes:
    failed = [
        {
            "00081155": {"vr": "UI", "Value": [uid]},
            "00081197": {"vr": "US", "Value": [reason]},
        }
        for uid, reason in said.failed.items()
    ]
    stored = [{"00081155": {"vr": "UI", "Value": [uid]}} for uid, *_ in files if uid not in said.failed]
    answer = {"00081199": {"vr": "SQ", "Value": stored}}
    return orjson.dumps(answer | ({"00081198": {"vr": "SQ", "Value": failed}} if failed else {}))


def _related(file: bytes) -> tuple[bytes, dict[str, str]]:
    head = f"\r\n--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
    return head + file + f"\r\n--{BOUNDARY}--\r\n".encode(), {"Content-Type": kind}
