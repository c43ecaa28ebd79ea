"""`tirage send` sends real files to a real listener and says what it answered."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.make import write_instance


@pytest.fixture
def storescp(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """DCMTK's storescp: its port and the folder it stores into."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "received"
    folder.mkdir()
    process = subprocess.Popen(["storescp", "-q", "-od", str(folder), str(port)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, folder
    finally:
        process.terminate()
        process.wait(10)


def test_every_dicom_file_below_a_folder_is_sent_and_others_are_not(
    tmp_path: Path, storescp: tuple[int, Path]
) -> None:
    port, received = storescp
    for instance in (1, 2, 3):
        write_instance(tmp_path / "out" / "deep", instance=instance)
    (tmp_path / "out" / "notes.txt").write_text("not DICOM")
    done = run("send", tmp_path / "out", "--to", f"127.0.0.1:{port}:ANY", "--json")
    assert done.code == 0
    assert done.json["outcomes"] == {"stored": 3}
    assert len(list(received.iterdir())) == 3


def test_a_listener_that_is_not_there_is_said_to_be_unreachable(tmp_path: Path) -> None:
    write_instance(tmp_path / "out")
    done = run("send", tmp_path / "out", "--to", "127.0.0.1:1:ANY")
    assert done.code == 1
    assert "UNREACHABLE" in done.out


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:", "host:port:AE", ":104", "host:70000"])
def test_an_address_that_is_none_is_explained(tmp_path: Path, address: str) -> None:
    write_instance(tmp_path / "out")
    done = run("send", tmp_path / "out", "--to", address)
    assert done.code == 2
    assert "HOST:PORT:AE" in done.err


def test_a_folder_without_dicom_files_is_said_to_be_one(tmp_path: Path) -> None:
    done = run("send", tmp_path, "--to", "127.0.0.1:11112:ANY")
    assert done.code == 66
