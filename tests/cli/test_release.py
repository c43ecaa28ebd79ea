"""A release proves itself: every changed, missing or added file is named."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from tests.cli.running import run


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A small release folder with true sums."""
    folder = tmp_path / "v0001"
    (folder / "P1").mkdir(parents=True)
    (folder / "P1" / "one.dcm").write_bytes(b"one")
    (folder / "P1" / "two.dcm").write_bytes(b"two")
    names = ("P1/one.dcm", "P1/two.dcm")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def test_an_untouched_release_is_sound_to_us_and_to_sha256sum(release: Path) -> None:
    assert run("release", "verify", release).code == 0
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=release, check=True)


def test_a_changed_file_is_named(release: Path) -> None:
    (release / "P1" / "one.dcm").write_bytes(b"0ne")
    done = run("release", "verify", release, "--json")
    assert done.code == 1
    assert done.json["changed"] == ["P1/one.dcm"]


def test_a_missing_and_an_added_file_are_named(release: Path) -> None:
    (release / "P1" / "one.dcm").rename(release / "P1" / "three.dcm")
    done = run("release", "verify", release, "--json")
    assert done.json["missing"] == ["P1/one.dcm"]
    assert done.json["unlisted"] == ["P1/three.dcm"]


def test_a_folder_without_sums_is_no_release(tmp_path: Path) -> None:
    assert run("release", "verify", tmp_path).code == 66
