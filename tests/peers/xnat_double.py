"""A double of XNAT's REST interface over real sockets, because XNAT cannot be installed here.

It does what these pages of wiki.xnat.org/xnat-api say, and nothing else:

- User Session Management API: `/data/JSESSION`; `/data/services/auth`, `/data/auth` as the client uses them
- Project, Subject, Experiment and Image Session Scans API: listings in `ResultSet.Result`, items
- Image Scan Resource API, Project Resources and Files API: files with `Name`, `Size`, `URI`, `digest`
- Image Session Import Service API: `/data/services/import` with the handler `DICOM-zip`
- Prearchive API: listings, the scans and files of a waiting session, DELETE
- Search API (`/data/search/elements`, of which there are none), Schemas API and Site Configuration API
  (`buildInfo`), which the client `xnat` asks for

The judge of the double is that client: a test lists and downloads through it.
"""

import base64
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.peers.xnat_rows import (
    item,
    json_answer,
    kind_of,
    result,
    session_row,
    subject_of,
    url_of,
    waiting_row,
)
from tests.peers.xnat_schema import SCHEMA
from tests.peers.xnat_store import Kept, Refused, Store

OWNER, PASSWORD = "tirage", "the password of tirage"


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@dataclass
class Double:
    """The running server. `refuse` names a status for a method and path before anything is done.

    `cut_after` ends the connection after so many bytes of an upload, of which the store takes in what is
    whole; `is_mute` ends it when all is done, without a word. Both hold for one upload.
    """

    url: str
    store: Store
    refuse: Callable[[str, str], int | None] = lambda method, path: None
    cut_after: int | None = None
    is_mute: bool = False
    uploads: int = 0
    open_sessions: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)


class _Gone(Exception):
    """The connection ends here."""


@contextmanager
def running(root: Path, tls: ssl.SSLContext | None = None, **settings: Any) -> Iterator[Double]:
    """A server with one project, LUNG, and one user, `OWNER`."""
    store = Store(root, **settings)

    class Handler(_Handler):
        pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    double = Double(f"{scheme}://127.0.0.1:{server.server_address[1]}", store)
    Handler.double = double
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: Double

    def log_message(self, *args: object) -> None:
        return

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        self.asked_for = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = unquote(parts.path).replace("/data/archive/", "/data/")
        self.double.asked.append((self.command, path))
        self.is_read = False
        try:
            status, kind, body = self._answer(path)
        except Refused as refused:
            status, kind, body = refused.status, "text/html", str(refused).encode()
        except _Gone:
            self.close_connection = True
            self.connection.close()
            return
        if not self.is_read:
            self._body()  # Tomcat swallows what it refuses, so that the client hears the answer
        self.send_response(status)
        for name, value in self.cookies.items():
            self.send_header("Set-Cookie", f"{name}={value}; Path=/; HttpOnly")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        self.cookies: dict[str, str] = {}
        if path in ("", "/"):
            return 200, "text/plain", b"XNAT"
        if path.startswith("/data/") and (status := self.double.refuse(self.command, path)):
            raise Refused(status)
        if path == "/data/services/auth" and self.command == "PUT":
            form = dict(parse_qsl(self._body().decode()))
            return self._sign_in(form.get("username", ""), form.get("password", ""))
        user = self._user()
        if path == "/data/JSESSION":
            return self._session(user)
        if user is None:
            raise Refused(401)
        if path == "/data/auth":
            return 200, "text/plain", f"User '{user}' is logged in".encode()
        parts = path.strip("/").split("/")
        match self.command, parts:
            case "GET", ["xapi", "siteConfig", "buildInfo"]:
                return json_answer({"version": "1.9.1"})
            case "GET", ["xapi", "schemas"]:
                return json_answer(["xnat"])
            case "GET", ["xapi", "schemas", "xnat"]:
                return 200, "text/xml", SCHEMA.encode()
            case "GET", ["data", "search", "elements"]:
                return result([])
            case "POST", ["data", "services", "import"]:
                return self._import()
            case _, ["data", "prearchive", "projects", project, *rest]:
                self._known(project)
                return self._prearchive(project, rest)
            case _, ["data", "projects", project, "resources", *rest] if rest:
                self._known(project)
                return self._resource(project, rest)
            case "GET", ["data", *rest]:
                return self._listing(rest)
            case "DELETE", ["data", "experiments", number, "scans", scan, "resources", _, "files", name]:
                (self._file(self.double.store.numbered(number), scan, name)).unlink()
                return 200, "text/plain", b""
        raise Refused(404)

    def _sign_in(self, user: str, password: str) -> tuple[int, str, bytes]:
        if (user, password) != (OWNER, PASSWORD):
            raise Refused(401, "<h3>Login attempt failed. Please try again.</h3>")
        number = secrets.token_hex(16).upper()
        self.double.open_sessions.add(number)
        self.cookies = {"JSESSIONID": number}
        return 200, "text/plain", number.encode()

    def _session(self, user: str | None) -> tuple[int, str, bytes]:
        if self.command == "POST":
            scheme, _, code = self.headers.get("Authorization", "").partition(" ")
            if scheme != "Basic":
                raise Refused(401)
            name, _, password = base64.b64decode(code).decode().partition(":")
            return self._sign_in(name, password)
        if user is None:
            raise Refused(401)
        if self.command == "DELETE":
            self.double.open_sessions.discard(self._cookie())
            return 200, "text/plain", b""
        return 200, "text/plain", self._cookie().encode()

    def _cookie(self) -> str:
        cookies = (each.strip().partition("=") for each in self.headers.get("Cookie", "").split(";"))
        return next((value for name, _, value in cookies if name == "JSESSIONID"), "")

    def _user(self) -> str | None:
        return OWNER if self._cookie() in self.double.open_sessions else None

    def _known(self, project: str) -> None:
        if project not in self.double.store.projects:
            raise Refused(404)

    def _body(self) -> bytes:
        self.is_read = True
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _import(self) -> tuple[int, str, bytes]:
        double, left = self.double, int(self.headers["Content-Length"])
        if self.asked_for.get("import-handler") != "DICOM-zip" or self.asked_for.get("inbody") != "true":
            raise Refused(400)
        double.uploads += 1
        cut, double.cut_after = double.cut_after, None
        with TemporaryFile() as received:
            wanted = left if cut is None else min(cut, left)
            while wanted and (piece := self.rfile.read(min(wanted, 65_536))):
                received.write(piece)
                wanted -= len(piece)
            self.is_read = True
            received.seek(0)
            try:
                kept = double.store.take_in(received, self.asked_for)
            except Refused:
                if cut is not None:
                    raise _Gone from None
                raise
        if cut is not None or double.is_mute:
            double.is_mute = False
            raise _Gone
        place = f"/data/experiments/{kept.number}" if kept.number else f"/data{url_of(kept)}"
        return 200, "text/plain", f"{place}\r\n".encode()

    def _prearchive(self, project: str, rest: list[str]) -> tuple[int, str, bytes]:
        store = self.double.store
        waiting = [each for each in store.prearchive if each.project == project]
        if not rest:
            return result([waiting_row(each) for each in waiting])
        found = next((each for each in waiting if rest[:2] == [each.stamp, each.label]), None)
        if found is None:
            raise Refused(404)
        match self.command, rest[2:]:
            case "DELETE", []:
                store.forget(found)
                return 200, "text/plain", b""
            case "GET", []:
                return result([waiting_row(found)])
            case "GET", ["scans"]:
                return result([{"ID": scan, "series_description": ""} for scan in found.scans()])
            case "GET", ["scans", scan, "resources", "DICOM", "files"]:
                rows = [
                    {
                        "Name": path.name,
                        "Size": str(path.stat().st_size),
                        "URI": f"{url_of(found)}/scans/{scan}/resources/DICOM/files/{path.name}",
                    }
                    for _, path in found.files(scan)
                ]
                return result(rows)
            case "GET", ["scans", scan, "resources", "DICOM", "files", name]:
                return 200, "application/dicom", self._file(found, scan, name).read_bytes()
        raise Refused(404)

    def _resource(self, project: str, rest: list[str]) -> tuple[int, str, bytes]:
        store, label = self.double.store, rest[0]
        folder = store.root / "resources" / project / label
        base = f"/data/projects/{project}/resources/{label}/files"
        match self.command, rest[1:]:
            case "PUT", []:
                if folder.is_dir():
                    raise Refused(409)
                folder.mkdir(parents=True)
                return 200, "text/plain", b""
            case "GET", []:
                store.resource(project, label)
                fields = {"xnat_abstractresource_id": label, "label": label}
                return item("xnat:resourceCatalog", fields)
            case "GET", ["files"]:
                paths = sorted(each for each in store.resource(project, label).rglob("*") if each.is_file())
                return result([self._file_row(p, f"{base}/{p.relative_to(folder)}", label) for p in paths])
            case "PUT", ["files", *names]:
                target = store.resource(project, label).joinpath(*names)
                if target.exists():
                    raise Refused(409)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(store._written(self._body()) if not store.rewrites else self._body())
                return 200, "text/plain", b""
            case method, ["files", *names]:
                target = store.resource(project, label).joinpath(*names)
                if not target.is_file():
                    raise Refused(404)
                if method == "DELETE":
                    target.unlink()
                    return 200, "text/plain", b""
                return 200, "application/octet-stream", target.read_bytes()
        raise Refused(404)

    def _listing(self, parts: list[str]) -> tuple[int, str, bytes]:
        store = self.double.store
        match parts:
            case ["projects"]:
                return result([{"ID": each, "name": each} for each in store.projects])
            case ["projects", project, *rest]:
                self._known(project)
                kept = [each for each in store.archive.values() if each.project == project]
                return self._of_project(project, kept, rest)
            case ["subjects", subject, *rest]:
                kept = [each for each in store.archive.values() if subject_of(each) == subject]
                return self._of_subject(kept, rest)
            case ["experiments", number, *rest]:
                return self._of_session(store.numbered(number), rest)
        raise Refused(404)

    def _of_project(self, project: str, kept: list[Kept], rest: list[str]) -> tuple[int, str, bytes]:
        match rest:
            case []:
                return item("xnat:projectData", {"ID": project, "name": project})
            case ["subjects"]:
                rows = {subject_of(each): each.subject for each in kept}
                return result([{"ID": number, "label": label} for number, label in rows.items()])
            case ["subjects", subject, *more]:
                return self._of_subject(
                    [each for each in kept if subject in (each.subject, subject_of(each))], more
                )
            case ["experiments"]:
                return result([session_row(each) for each in kept])
            case ["experiments", name, *more]:
                return self._of_session(self.double.store.session(project, name), more)
            case ["resources"]:
                labels = self.double.store.resources(project)
                kind = {"element_name": "xnat:resourceCatalog"}
                return result([{"xnat_abstractresource_id": each, "label": each} | kind for each in labels])
        raise Refused(404)

    def _of_subject(self, kept: list[Kept], rest: list[str]) -> tuple[int, str, bytes]:
        if not kept:
            raise Refused(404)
        match rest:
            case []:
                return item("xnat:subjectData", {"ID": subject_of(kept[0]), "label": kept[0].subject})
            case ["experiments"]:
                return result([session_row(each) for each in kept])
            case ["experiments", name, *more]:
                found = [each for each in kept if name in (each.label, each.number)]
                return self._of_session(found[0] if found else self.double.store.numbered(name), more)
        raise Refused(404)

    def _of_session(self, kept: Kept, rest: list[str]) -> tuple[int, str, bytes]:
        base = f"/data/experiments/{kept.number}/scans"
        match rest:
            case []:
                fields = {"ID": kept.number, "label": kept.label, "project": kept.project, "UID": kept.study}
                return item(kind_of(kept), fields | {"subject_ID": subject_of(kept)})
            case ["scans"]:
                kind = kind_of(kept).replace("Session", "Scan")
                return result([{"ID": scan, "xsiType": kind, "type": ""} for scan in kept.scans()])
            case ["scans", scan]:
                return item(kind_of(kept).replace("Session", "Scan"), {"ID": scan})
            case ["scans", scan, "resources"]:
                kind = {"element_name": "xnat:resourceCatalog", "file_count": len(kept.files(scan))}
                return result([{"xnat_abstractresource_id": f"R{scan}", "label": "DICOM"} | kind])
            case ["scans", scan, "resources", _]:
                return item(
                    "xnat:resourceCatalog", {"xnat_abstractresource_id": f"R{scan}", "label": "DICOM"}
                )
            case ["scans", scan, "files"] | ["scans", scan, "resources", _, "files"]:
                rows = [
                    self._file_row(path, f"{base}/{one}/resources/R{one}/files/{path.name}", "DICOM")
                    for one, path in kept.files(scan)
                ]
                return result(rows)
            case ["scans", scan, "resources", _, "files", name]:
                return 200, "application/dicom", self._file(kept, scan, name).read_bytes()
        raise Refused(404)

    def _file(self, kept: Kept, scan: str, name: str) -> Path:
        path = kept.folder / scan / name
        if not path.is_file():
            raise Refused(404)
        return path

    def _file_row(self, path: Path, uri: str, collection: str) -> dict[str, Any]:
        return {
            "Name": path.name,
            "Size": str(path.stat().st_size),
            "URI": uri,
            "collection": collection,
            "file_tags": "",
            "file_format": "",
            "file_content": "",
            "cat_ID": "1",
            "digest": self.double.store.digest(path),
        }
