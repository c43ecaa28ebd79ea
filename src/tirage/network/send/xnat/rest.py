"""The requests of XNAT's REST interface that delivery needs, and what its answers mean.

Source: the pages User Session Management, Image Session Import Service, Prearchive, Image Session Scans,
Image Scan Resource, Project Resources and Files of wiki.xnat.org/xnat-api.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final
from urllib.parse import quote

from tirage.network.https import Answer, Https, Service, Unanswered, basic, fault_of, pieces
from tirage.network.send.pace import Pace
from tirage.network.send.xnat.sources import paced, size_of

READY: Final = "READY"
MISSING: Final = 404


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as XNAT lists it; `md5` is empty where the site keeps no checksums."""

    name: str
    uri: str
    size_bytes: int
    md5: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A session of the prearchive; `study` is its Study Instance UID."""

    uri: str
    label: str
    study: str
    status: str


class Xnat:
    """An open session with an XNAT server; everything here raises `Unanswered`."""

    def __init__(self, https: Https, project: str) -> None:
        self._https = https
        self._project = project

    def check(self) -> None:
        """Whether the project is there, and this user may see what is sent to it."""
        if self._found(f"/data/projects/{self._project}") is None:
            raise Unanswered("NO_PROJECT", "it has no such project, or this user may not see it", False)
        self.waiting()

    def session_files(self, label: str) -> list[Listed] | None:
        """Every file of a session's scans; None when there is no such session."""
        path = f"/data/projects/{self._project}/experiments/{label}"
        if self._found(path) is None:
            return None
        return self._files(f"{path}/scans/ALL/files")

    def waiting(self) -> list[Waiting]:
        """The project's sessions in the prearchive."""
        rows = self._rows(f"/data/prearchive/projects/{self._project}")
        return [
            Waiting(f"/data{_text(row, 'url')}", _text(row, "name"), _text(row, "tag"), _text(row, "status"))
            for row in rows
        ]

    def waiting_files(self, waiting: Waiting) -> list[Listed]:
        """Every file of a session in the prearchive."""
        found = []
        for scan in self._rows(f"{waiting.uri}/scans"):
            found += self._files(f"{waiting.uri}/scans/{quote(_text(scan, 'ID'))}/resources/DICOM/files")
        return found

    def import_zip(self, archive: IO[bytes], parameters: dict[str, str], pace: Pace) -> None:
        """Hand a ZIP of DICOM objects to the import service."""
        asked = {"import-handler": "DICOM-zip", "inbody": "true", "prevent_anon": "true"} | parameters
        self._upload("POST", "/data/services/import", asked, archive, "application/zip", pace)

    def resource_files(self, label: str) -> list[Listed]:
        """The files of a resource of the project; none when there is no such resource."""
        path = f"/data/projects/{self._project}/resources/{label}/files"
        answer = self._https.ask("GET", path, {"format": "json"})
        return [] if answer.status == MISSING else _listed(_rows_of(_judged(answer)))

    def put_resource(self, label: str, name: str, file: IO[bytes], pace: Pace) -> None:
        """Put a file into a resource of the project, which is made for the first one."""
        path = f"/data/projects/{self._project}/resources/{label}"
        answer = self._https.ask("PUT", path)
        if answer.status != 409:  # it is there
            _judged(answer)
        asked = {"inbody": "true"}
        self._upload("PUT", f"{path}/files/{quote(name)}", asked, file, "application/octet-stream", pace)

    def delete(self, uri: str) -> None:
        """Delete a file, or a session of the prearchive."""
        _judged(self._https.ask("DELETE", uri))

    @contextmanager
    def reading(self, uri: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a file."""
        with self._https.stream("GET", uri) as response:
            if not response.is_success:
                raise fault_of(response.status_code)
            yield pieces(response)

    def _upload(
        self, method: str, path: str, asked: dict[str, str], file: IO[bytes], kind: str, pace: Pace
    ) -> None:
        headers = {"Content-Type": kind, "Content-Length": str(size_of(file))}
        _judged(self._https.ask(method, path, asked, body=paced(file, pace), headers=headers))

    def _files(self, path: str) -> list[Listed]:
        return _listed(self._rows(path))

    def _rows(self, path: str) -> list[Any]:
        return _rows_of(self._get(path, {"format": "json"}))

    def _get(self, path: str, parameters: dict[str, str]) -> Answer:
        return _judged(self._https.ask("GET", path, parameters))

    def _found(self, path: str) -> Answer | None:
        answer = self._https.ask("GET", path, {"format": "json"})
        return None if answer.status == MISSING else _judged(answer)


@contextmanager
def opened(service: Service, user: str, password: str, project: str) -> Iterator[Xnat]:
    """A session with the server, ended afterwards; raises `Unanswered`.

    The password is sent once, for a session whose cookie stands for it from then on.
    """
    https = Https(service)
    try:
        signed_in = https.ask("POST", "/data/JSESSION", headers=basic(user, password))
        if not signed_in.is_success:
            raise fault_of(signed_in.status)
        try:
            yield Xnat(https, project)
        finally:
            _leave(https)
    finally:
        https.close()


def _leave(https: Https) -> None:
    try:
        https.ask("DELETE", "/data/JSESSION")
    except Unanswered:
        return  # it ends by itself


def _judged(answer: Answer) -> Answer:
    if answer.status == 401:
        raise Unanswered("SESSION_ENDED", "it ended the session", True)
    if not answer.is_success:
        raise fault_of(answer.status)
    return answer


def _rows_of(answer: Answer) -> list[Any]:
    found = answer.json()
    rows = found.get("ResultSet", {}).get("Result") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unanswered("REMOTE_ANSWER", "a listing is none", False)
    return rows


def _listed(rows: list[Any]) -> list[Listed]:
    return [
        Listed(_name(row), _path(_text(row, "URI")), _size(_text(row, "Size")), _text(row, "digest"))
        for row in rows
    ]


def _name(row: dict[str, Any]) -> str:
    """A file's name with the folders of its resource, which its address alone tells."""
    _, _, inside = _text(row, "URI").partition("/files/")
    return inside or _text(row, "Name")


def _size(text: str) -> int:
    """Bytes as a listing has them; -1, which no file has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _path(uri: str) -> str:
    """Where a file is asked for: the prearchive lists places without the beginning of every address."""
    return uri if uri.startswith("/data/") else f"/data{uri}"


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)
