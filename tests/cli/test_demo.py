"""The demo shows what it says: every object accounted for, a release that proves itself, no process left."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from tests.cli.running import Run, run

from tirage.demo import hospital

EXPECTED = {
    "IDENTIFIER_FOUND": 2,
    "MODALITY_EXCLUDED": 2,
    "PIXEL_LENGTH": 1,
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A research archive, DCMTK's storescp: its address and what it holds."""
    folder = tmp_path_factory.mktemp("archive")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["storescp", "-q", "-od", str(folder), str(port)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}:RESEARCH", folder
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def shown(node: Path, archive: tuple[str, Path]) -> Run:
    """What the demo printed."""
    return run("demo", "--folder", node, "--destination", archive[0])


def test_it_ends_well_in_two_minutes_on_one_screen(shown: Run) -> None:
    assert shown.code == 0, shown.err
    lines = shown.out.splitlines()
    assert len(lines) <= 40
    assert "every object is accounted for" in shown.out
    for reason, count in EXPECTED.items():
        assert any(reason in line and f" {count} " in line for line in lines), reason


@pytest.mark.usefixtures("shown")
def test_status_adds_up_to_what_was_sent(node: Path) -> None:
    tally = run("status", "--node", node, "--json").json["demo"]
    assert tally["conserved"]
    assert tally["received"] == hospital.total()
    assert tally["pending"] == 0
    assert tally["reasons"] == EXPECTED
    assert tally["released"] == hospital.total() - sum(EXPECTED.values())


@pytest.mark.usefixtures("shown")
def test_the_release_is_sound_to_standard_tools_and_to_ours(node: Path) -> None:
    (release,) = run("release", "list", "--node", node, "--json").json
    folder = Path(release["folder"])
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert run("release", "verify", folder).code == 0
    assert len(list(folder.rglob("*.dcm"))) == release["counts"]["objects"]


@pytest.mark.usefixtures("shown")
def test_released_objects_are_readable_and_say_what_was_done(node: Path) -> None:
    (release,) = run("release", "list", "--node", node, "--json").json
    for path in sorted(Path(release["folder"]).rglob("*.dcm"))[::10]:
        released = pydicom.dcmread(path)
        assert released.PatientIdentityRemoved == "YES"
        assert released.PatientID.startswith("DEMO-")
        codes = {item.CodeValue for item in released.DeidentificationMethodCodeSequence}
        assert {"113105", "113107"} <= codes
        assert "113100" not in codes  # the project keeps descriptions: the Basic Profile is not claimed
        if released.Modality in ("CT", "MR"):
            assert len(released.PixelData) == released.Rows * released.Columns * 2


def test_the_research_archive_holds_the_release(shown: Run, archive: tuple[str, Path]) -> None:
    held = [pydicom.dcmread(path, stop_before_pixels=True) for path in archive[1].iterdir()]
    assert len(held) == hospital.total() - sum(EXPECTED.values())
    assert all(each.PatientID.startswith("DEMO-") for each in held)
    assert "delivered" in shown.out


@pytest.mark.usefixtures("shown")
def test_it_delivers_to_a_folder_and_to_a_research_pacs_that_lists_what_it_has(node: Path) -> None:
    found = run("destination", "list", "--node", node, "--json").json["destinations"]
    objects = hospital.total() - sum(EXPECTED.values())
    pacs = next(each for each in found if each["name"] == "research-pacs")
    assert pacs["files"]["delivered"] == objects
    assert pacs["proofs"] == {"listed": objects}
    assert len(list((node / "research-pacs").iterdir())) == objects
    zips = sorted((node / "haven").rglob("*.zip"))
    assert zips
    for path in zips:
        subprocess.run(["sha256sum", "-c", "--quiet", f"{path.name}.sha256"], cwd=path.parent, check=True)


@pytest.mark.usefixtures("shown")
def test_an_object_with_a_hidden_identifier_is_found_and_traced_to_its_attribute(node: Path) -> None:
    numbers = run("status", "--reason", "IDENTIFIER_FOUND", "--node", node, "--json").json["demo"]
    assert len(numbers) == 2
    assert "SeriesDescription" in run("trace", numbers[0], "--node", node).out


@pytest.mark.usefixtures("shown")
def test_no_process_is_left(node: Path) -> None:
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(node).encode() in command and int(process.name) != os.getpid():
            left.append(command)
    assert left == []


@pytest.mark.usefixtures("shown")
def test_doctor_finds_all_in_order_afterwards(node: Path) -> None:
    done = run("doctor", "--node", node)
    assert "MEND" in done.out or done.code == 0
    assert max(len(line) for line in done.out.splitlines()) <= 80


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    done = run("demo", "--folder", tmp_path)
    assert done.code == 73
    assert (tmp_path / "thesis.txt").read_text() == "precious"
