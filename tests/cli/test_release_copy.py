"""Whoever has a copy of a release can prove it, with Tirage and without; versions say what they add."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pyarrow
import pytest
from pyarrow import compute, parquet
from tests.cli.running import run
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> TestNode:
    """A node that has delivered two versions; the second holds a late instance and a new patient."""
    node = TestNode(tmp_path_factory.mktemp("copies"))
    node.run(make_instance(instance=1), make_instance(instance=2))
    node.run(make_instance(instance=3), make_instance(patient=2))
    return node


@pytest.fixture
def copy(node: TestNode, tmp_path: Path) -> Path:
    """What a researcher has: a folder of their own, without a node."""
    folder = tmp_path / "mine"
    shutil.copytree(node.share / PROJECT / "v0001", folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def sums(folder: Path) -> int:
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode


def resum(folder: Path, name: str) -> None:
    """Make the sum of a changed file anew, and take the seal off, as somebody would who cheats."""
    listed = (folder / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    lines = [f"{digest}  {name}" if line.endswith(f"  {name}") else line for line in listed]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    (folder / "manifest.json.sig").unlink(missing_ok=True)


def test_a_delivered_copy_is_sound_to_both(node: TestNode, copy: Path) -> None:
    public = run("keys", "show", "--signing", "--node", node.folder, "--json").json["public"]
    done = run("release", "verify", copy, "--key", public, "--json")
    assert (done.code, done.json["seal"], done.json["disagreeing"]) == (0, "good", [])
    assert done.json["files"] == len([path for path in copy.rglob("*") if path.is_file()]) - 2
    assert sums(copy) == 0
    assert "comparing" not in run("release", "verify", copy).err, "no bar for what takes no time"


def test_a_flipped_byte_is_found_by_both_in_every_file(copy: Path) -> None:
    for path in sorted(path for path in copy.rglob("*") if path.is_file() and path.name != "SHA256SUMS"):
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        if path.name != "manifest.json.sig":
            assert sums(copy) == 1, path.name
        path.write_bytes(before)
    path = next(copy.rglob("*.dcm"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    done = run("release", "verify", copy, "--json")
    assert (done.code, done.json["changed"]) == (1, [path.relative_to(copy).as_posix()])


def test_a_deleted_file_is_found_by_both_and_an_added_one_by_us(copy: Path) -> None:
    (copy / "codebook.csv").unlink()
    (copy / "notes.txt").write_text("mine")
    done = run("release", "verify", copy)
    assert done.code == 1
    assert "missing: codebook.csv" in done.out
    assert "not of the release: notes.txt" in done.out
    assert sums(copy) == 1


def test_tables_that_say_otherwise_than_the_objects_are_found(copy: Path) -> None:
    table = parquet.read_table(copy / "instances.parquet")
    parquet.write_table(table.slice(0, 1), copy / "instances.parquet")
    resum(copy, "instances.parquet")
    assert sums(copy) == 0
    done = run("release", "verify", copy, "--json")
    assert done.code == 1
    assert "instances.parquet lacks 1 of 2 objects" in done.json["disagreeing"]
    assert "series.parquet and instances.parquet differ in 1 rows" in done.json["disagreeing"]
    doubled = pyarrow.concat_tables([table.slice(0, 1), table.slice(0, 1)])
    parquet.write_table(doubled, copy / "instances.parquet")
    resum(copy, "instances.parquet")
    found = run("release", "verify", copy, "--json").json["disagreeing"]
    assert "instances.parquet has 1 rows that fit no object" in found
    (copy / "instances.parquet").write_bytes(b"no table")
    resum(copy, "instances.parquet")
    assert "instances.parquet cannot be read" in run("release", "verify", copy).out


def test_counts_that_do_not_fit_are_found_at_each_level(copy: Path) -> None:
    studies = parquet.read_table(copy / "studies.parquet")
    place = studies.schema.get_field_index("instances")
    more = studies.set_column(place, "instances", compute.add(studies["instances"], 1))
    parquet.write_table(more, copy / "studies.parquet")
    resum(copy, "studies.parquet")
    account = (copy / "release.json").read_text()
    (copy / "release.json").write_text(account.replace('"instances": 2', '"instances": 3'))
    resum(copy, "release.json")
    assert run("release", "verify", copy, "--json").json["disagreeing"] == [
        "studies.parquet and instances.parquet differ in 1 rows",
        "release.json counts 3 objects where there are 2",
    ]


def test_a_later_version_shows_what_it_adds(node: TestNode) -> None:
    done = run("release", "diff", PROJECT, 1, "v0002", "--node", node.folder, "--json")
    assert done.code == 0, done.err
    assert (len(done.json["added"]), len(done.json["grown"]), done.json["new_patients"]) == (1, 1, 1)
    assert (done.json["grown"][0]["before"], done.json["grown"][0]["added"]) == (2, 1)
    shown = run("release", "diff", PROJECT, "v0001", "v0002", "--node", node.folder)
    assert "adds 2 objects to v0001: 1 new studies, 1 that have grown, 1 new patients." in shown.out


@pytest.mark.parametrize("pair", [("v0002", "v0001"), ("v0001", "v0001"), ("v0001", "v0009"), ("x", "2")])
def test_versions_that_are_none_or_the_wrong_way_round_are_refused(
    node: TestNode, pair: tuple[str, str]
) -> None:
    done = run("release", "diff", PROJECT, *pair, "--node", node.folder)
    assert (done.code, "VERSION_UNKNOWN" in done.err) == (66, True)
