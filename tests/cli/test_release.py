"""A release proves itself: every changed, missing or added file is named."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.make import write_instance


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


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node whose project releases when it is asked, signed by one person; two objects wait."""
    folder = tmp_path / "node"
    run("init", folder)
    run("keys", "new", "--node", folder)
    project = folder / "projects" / "example.yaml"
    text = project.read_text()
    assert "automatic: true" in text
    project.write_text(text.replace("automatic: true", "automatic: false"))
    for instance in (1, 2):
        write_instance(tmp_path / "in", instance=instance)
    done = run("import", tmp_path / "in", "--project", project, "--node", folder)
    assert done.code == 0, done.err
    assert "2 verified objects wait for `tirage release make example`" in done.out
    return folder


def test_a_name_releases_nothing_that_has_to_be_signed(node: Path) -> None:
    assert "2 verified objects wait for `tirage release make example`" in run("status", "-n", node).out
    named = run("release", "make", "example", "--by", "B. Approver", "--node", node)
    assert (named.code, "NAME_NO_SIGNATURE" in named.err) == (77, True)
    done = run("release", "make", "example", "--node", node, "--json")
    assert done.code == 0, done.err
    assert done.json["made"] == []
    assert done.json["proposed"] == [{"version": "v0001", "objects": 2, "given": 0, "needed": 1}]
    waits = "2 verified objects wait as v0001 for 1 of 1 signature"
    assert waits in " ".join(run("status", "-n", node).out.split())
    again = run("release", "make", "example", "--node", node)
    assert (again.code, waits in " ".join(again.out.split())) == (0, True)


def test_a_release_that_needs_no_signature_is_made_when_somebody_asks(node: Path) -> None:
    project = node / "projects" / "example.yaml"
    project.write_text(project.read_text().replace("signatures: 1", "signatures: 0"))
    done = run("release", "make", "example", "--by", "B. Approver", "--node", node, "--json")
    assert done.code == 0, done.err
    assert [(each["version"], each["objects"]) for each in done.json["made"]] == [("v0001", 2)]
    assert run("release", "verify", done.json["made"][0]["folder"]).code == 0
    again = run("release", "make", "example", "--node", node)
    assert (again.code, "Nothing to release" in again.out) == (0, True)


def test_a_name_that_is_none_and_a_project_that_is_none_are_refused(node: Path) -> None:
    assert run("release", "make", "example", "--by", "two\nlines", "--node", node).code == 2
    unknown = run("release", "make", "elsewhere", "--node", node)
    assert (unknown.code, "PROJECT_UNKNOWN" in unknown.err) == (66, True)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A release of a node, and the public half of the key that sealed it."""
    from tests.flow.nodes import TestNode
    from tests.make import make_instance

    node = TestNode(tmp_path_factory.mktemp("sealed"))
    node.run(make_instance(instance=1), make_instance(instance=2))
    shown = run("keys", "show", "--signing", "--node", node.folder, "--json").json
    return node.release(), shown["public"]


def test_a_release_is_sealed_by_the_nodes_key(sealed: tuple[Path, str]) -> None:
    folder, public = sealed
    done = run("release", "verify", folder, "--key", public, "--json")
    assert (done.code, done.json["seal"]) == (0, "good"), done.err
    assert run("release", "verify", folder, "--json").json["seal"] == "uncompared"


def test_another_key_an_altered_list_and_a_missing_seal_are_found(
    sealed: tuple[Path, str], tmp_path: Path
) -> None:
    import base64
    import shutil

    folder, public = sealed
    other = base64.b64encode(bytes(range(32))).decode()
    done = run("release", "verify", folder, "--key", other, "--json")
    assert (done.code, done.json["seal"]) == (1, "foreign")
    for name in ("manifest.json", "manifest.parquet", "SHA256SUMS", "manifest.json.sig"):
        copy = tmp_path / name
        shutil.copytree(folder, copy)
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).chmod(0o644)
        (copy / name).write_bytes(content)
        done = run("release", "verify", copy, "--key", public, "--json")
        assert done.code in (1, 66), name
        assert done.code == 66 or done.json["seal"] in ("broken", "foreign"), name
    copy = tmp_path / "taken off"
    shutil.copytree(folder, copy)
    (copy / "manifest.json.sig").unlink()
    assert run("release", "verify", copy, "--key", public).code == 1


def test_whoever_remakes_the_sums_does_not_fool_the_seal(sealed: tuple[Path, str], tmp_path: Path) -> None:
    import shutil

    folder, public = sealed
    copy = tmp_path / "v0001"
    shutil.copytree(folder, copy)
    file = next(copy.rglob("*.dcm"))
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b"\0\0")
    sums = copy / "SHA256SUMS"
    sums.chmod(0o644)
    sums.write_text(sums.read_text().replace(before, hashlib.sha256(file.read_bytes()).hexdigest()))
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=copy, check=True)
    assert run("release", "verify", copy, "--key", public, "--json").json["seal"] == "broken"


def test_without_its_signing_key_a_node_releases_nothing_and_says_why(tmp_path: Path) -> None:
    from tests.flow.nodes import TestNode
    from tests.make import make_instance

    node = TestNode(tmp_path)
    node.settings.signing_key.unlink()
    node.run(make_instance())
    assert node.versions() == []
    with node.open() as opened:
        assert [each.error for each in opened.failures()] == ["SIGNING_KEY_MISSING"]
    assert not node.settings.signing_key.exists()
    assert run("keys", "new", "--signing", "--node", node.folder).code == 0
    node.run()
    assert node.versions() == ["v0001"]
