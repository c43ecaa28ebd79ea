"""Files that are already here: a folder, a ZIP file, a DICOMDIR; every one ends with a reason."""

import json
import socket
import zipfile
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.make import make_instance, write_instance


def unsigned(project: Path) -> None:
    """Let the project's releases go out without a signature."""
    project.write_text(project.read_text().replace("signatures: 1", "signatures: 0"))


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    assert run("init", folder).code == 0
    assert run("keys", "new", "--node", folder).code == 0
    unsigned(folder / "projects" / "example.yaml")
    return folder


def test_every_file_of_a_folder_is_accounted_for(tmp_path: Path, node: Path) -> None:
    source = tmp_path / "in"
    for instance in (1, 2, 3):
        write_instance(source, instance=instance)
    write_instance(source, patient=2, modality="DX")
    write_instance(source, patient=3, modality="SR")
    (source / "notes.pdf").write_bytes(b"%PDF-1.7 not DICOM")
    (source / "empty.dcm").touch()
    report = tmp_path / "report.jsonl"
    done = run(
        "import",
        source,
        "--project",
        node / "projects/example.yaml",
        "--node",
        node,
        "--report",
        report,
        "--json",
    )
    assert done.code == 0, done.err
    assert (done.json["received"], done.json["released"], done.json["conserved"]) == (7, 4, True)
    assert done.json["reasons"] == {"MODALITY_EXCLUDED": 1, "NOT_DICOM": 2}
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["input"] for line in lines] == list(range(1, 8))
    assert sum(line["disposition"] == "released" for line in lines) == 4


def test_importing_again_changes_nothing(tmp_path: Path, node: Path) -> None:
    write_instance(tmp_path / "in")
    arguments = (
        "import",
        tmp_path / "in",
        "--project",
        node / "projects/example.yaml",
        "--node",
        node,
        "--json",
    )
    first, second = run(*arguments), run(*arguments)
    assert first.json == second.json
    assert len(run("release", "list", "--node", node, "--json").json) == 1


def test_a_zip_file_is_taken_in_member_by_member(tmp_path: Path, node: Path) -> None:
    archive = tmp_path / "in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for instance in (1, 2):
            file.writestr(f"study/{instance}.dcm", make_instance(instance=instance))
    done = run("import", archive, "--project", node / "projects/example.yaml", "--node", node, "--json")
    assert done.json["released"] == 2, done.err


def test_objects_without_a_project_wait_for_one(tmp_path: Path, node: Path) -> None:
    write_instance(tmp_path / "in")
    done = run("import", tmp_path / "in", "--node", node, "--json")
    assert done.json["reasons"] == {"NO_PROJECT": 1}


def test_a_project_of_the_same_name_with_other_rules_is_refused(tmp_path: Path, node: Path) -> None:
    write_instance(tmp_path / "in")
    other = tmp_path / "example.yaml"
    other.write_text((node / "projects/example.yaml").read_text().replace("EX-", "OTHER-"))
    done = run("import", tmp_path / "in", "--project", other, "--node", node)
    assert done.code == 73
    assert "PROJECT_DIFFERS" in done.err


def test_without_a_master_key_nothing_is_taken_in(tmp_path: Path) -> None:
    run("init", tmp_path / "node")
    write_instance(tmp_path / "in")
    done = run("import", tmp_path / "in", "--node", tmp_path / "node")
    assert done.code != 0
    assert "tirage keys new" in " ".join(done.err.split())
    assert not (tmp_path / "node/keys/master.key").exists()


def test_a_report_is_never_overwritten(tmp_path: Path, node: Path) -> None:
    write_instance(tmp_path / "in")
    report = tmp_path / "report.jsonl"
    report.write_text("last year's")
    done = run("import", tmp_path / "in", "--node", node, "--report", report)
    assert done.code == 73
    assert report.read_text() == "last year's"


def test_a_destination_that_refuses_connections_is_said_and_does_not_hold_up_the_import(
    tmp_path: Path, node: Path
) -> None:
    write_instance(tmp_path / "in")
    project = node / "projects/example.yaml"
    with socket.socket() as taken:  # bound and never listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        peer = f"- {{kind: dicom, name: pacs, host: 127.0.0.1, port: {port}, called_ae: X}}"
        project.write_text(project.read_text().replace("destinations: []", f"destinations:\n  {peer}"))
        done = run("import", tmp_path / "in", "--project", project, "--node", node, "--json")
    assert (done.code, done.json["released"]) == (75, 1)
    fault = json.loads(done.err)
    assert fault["error"] == "WORK_FAILED"
    assert fault["message"] == "deliver: 1 run failed with DELIVERY_INCOMPLETE"


def test_what_keeps_failing_stays_pending_and_the_next_import_goes_on(tmp_path: Path, node: Path) -> None:
    write_instance(tmp_path / "in")
    arguments = ("import", tmp_path / "in", "--project", node / "projects/example.yaml", "--node", node)
    faults = ",".join(["prepare:before-commit:1:raise"] * 5)  # each strikes once: every attempt fails
    failed = run(*arguments, "--json", TIRAGE_FAULT=faults)
    assert (failed.code, failed.json["pending"]) == (75, 1)
    assert json.loads(failed.err)["message"] == "prepare: 1 run failed with FAULT_INJECTED"
    done = run(*arguments, "--json")
    assert (done.code, done.json["released"]) == (0, 1), done.err
