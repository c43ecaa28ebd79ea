"""Orthanc from Debian as a research PACS and as a sender, on loopback only.

Orthanc 1.10 binds every address; a preloaded shim (`loopback_bind.c`, compiled with gcc) confines it. That
needs no root and no network namespace, so it works the same in CI and on a laptop.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.peers.ports import free_port, wait_for

DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
SHIM = Path(__file__).with_name("loopback_bind.c")


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc: its ports, and its REST interface."""

    dicom_port: int
    http_port: int
    ae_title: str = "ORTHANC"
    authorization: str = ""

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return json.loads(self._ask("GET", path))

    def raw(self, path: str) -> bytes:
        """The bytes at a path, such as `/instances/…/file`."""
        return self._ask("GET", path)

    def post(self, path: str, body: bytes | dict[str, Any] | list[Any]) -> Any:
        """What Orthanc answers to a posted file or JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return json.loads(self._ask("POST", path, data))

    def put(self, path: str, body: dict[str, Any]) -> None:
        """Put JSON, such as a modality."""
        self._ask("PUT", path, json.dumps(body).encode())

    def add_modality(self, name: str, ae_title: str, port: int) -> None:
        """Let Orthanc send to a loopback port."""
        self.put(f"/modalities/{name}", {"AET": ae_title, "Host": "127.0.0.1", "Port": port})

    def _ask(self, method: str, path: str, data: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=data, method=method)
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())


@cache
def program() -> str:
    """Where Debian keeps it: /usr/sbin is not on everyone's path."""
    found = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found, "Orthanc is missing: install the Debian package orthanc"
    return found


def shim(folder: Path) -> Path:
    """The bind shim, compiled into `folder`."""
    library = folder / "loopback_bind.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(SHIM), "-ldl"], check=True, timeout=60)
    return library


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Orthanc]:
    """Orthanc with its storage in `folder`; `settings` go into its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    node = Orthanc(free_port(), free_port())
    configuration = {
        "Name": "research",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "TemporaryDirectory": str(folder),
        "HttpPort": node.http_port,
        "DicomPort": node.dicom_port,
        "DicomAet": node.ae_title,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowEcho": True,
        "Plugins": [],
        **settings,
    }
    (folder / "orthanc.json").write_text(json.dumps(configuration))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(
            [program(), str(folder / "orthanc.json")],
            stdout=log,
            stderr=log,
            env={**os.environ, "LD_PRELOAD": str(shim(folder))},
        )
    try:
        wait_for(node.http_port)
        wait_for(node.dicom_port)
        yield node
    finally:
        # It takes seconds to end politely, and what it stored is thrown away.
        process.kill()
        process.wait(timeout=10)
