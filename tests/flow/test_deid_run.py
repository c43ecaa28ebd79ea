"""A folder de-identified without a node: every input accounted for, nothing replaced, nothing left behind."""

import json
import os
import zipfile
from pathlib import Path

import pydicom
import pytest
from typer.testing import CliRunner

from tests.make import make_instance, person, write_instance
from tests.rebuilt import a_link, header_of, make_profile
from tirage.cli.deid import app
from tirage.dicom.elements import FileRange, FileSource
from tirage.flow.folder import Entry, OutputInside, check_places, known_of
from tirage.flow.steps.deidentify import deidentify_file
from tirage.flow.steps.writing import KERNEL_COPY_BYTES, digest_of, write
from tirage.model.outcomes import Held, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers
from tirage.store.keys import create_master_key

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two CT series of one patient, an MR of another, an ultrasound, reports, and what is no DICOM."""
    source = tmp_path / "in"
    for series in (1, 2):
        for instance in (1, 2):
            write_instance(source / "ct" / str(series), 1, 1, series, instance)
    write_instance(source / "mr", 2, 1, 1, 1, modality="MR")
    write_instance(source / "us", 1, 2, 1, 1, modality="US")
    write_instance(source / "sr", 1, 2, 2, 1, modality="SR")
    document = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1", "EncapsulatedDocument": b"%PDF-1.7 "}
    write_instance(source / "pdf", 1, 2, 3, 1, modality="SR", **document)
    (source / "notes.txt").write_text("not DICOM")
    (source / "empty.dcm").write_bytes(b"")
    with zipfile.ZipFile(source / "archive.zip", "w") as archive:
        archive.writestr("1.dcm", make_instance())
    return source


def run(source: Path, target: Path, *options: str) -> dict[str, object]:
    done = runner.invoke(app, ["run", str(source), str(target), "--json", *options])
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def lines_of(report: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def outputs_of(target: Path) -> dict[str, bytes]:
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_every_input_ends_in_one_line_with_a_disposition_and_a_reason(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    tally = run(folder, tmp_path / "out", "--report", str(report))
    lines = lines_of(report)
    assert tally["conserved"]
    assert tally["received"] == len(lines) == sum(path.is_file() for path in folder.rglob("*"))
    by_name = {Path(line["input"]).name: line for line in lines if "ct" not in line["input"]}
    assert by_name["notes.txt"]["disposition"] == "quarantined"
    assert by_name["notes.txt"]["reason"] == "NOT_DICOM"
    assert {line["reason"] for line in lines if "/pdf/" in line["input"]} == {"TEXT_UNCHECKED"}
    released = [line for line in lines if line["disposition"] == "released"]
    assert len(released) == 7
    for line in released:
        assert line["reason"] == ""
        with FileSource.open(tmp_path / "out" / line["output"]) as file:
            assert digest_of(file.descriptor) == line["sha256"]


def test_names_of_folders_and_files_are_pseudonyms_and_follow_the_study(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    run(folder, target)
    for name in outputs_of(target):
        patient, study, series, instance = name.split("/")
        result = pydicom.dcmread(target / name)
        assert (patient, study) == (result.PatientID, result.StudyInstanceUID)
        assert (series, instance) == (result.SeriesInstanceUID, f"{result.SOPInstanceUID}.dcm")
        for number in (1, 2):
            assert person(number).patient_id not in name
    assert len({name.split("/")[0] for name in outputs_of(target)}) == 2


def test_no_identifier_of_the_patients_is_in_any_output(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    run(folder, target)
    for data in outputs_of(target).values():
        for number in (1, 2):
            who = person(number)
            for word in (who.family, who.given, who.patient_id):
                assert word.encode() not in data


@pytest.mark.parametrize(
    ("option", "keyword"),
    [("retain-institution", "InstitutionName"), ("retain-uids", "StudyInstanceUID")],
)
def test_the_gate_lets_pass_what_the_project_retains_and_only_then(
    tmp_path: Path, option: str, keyword: str
) -> None:
    source = write_instance(tmp_path / "in")
    before = pydicom.dcmread(source)
    for chosen in ([option], []):
        target = tmp_path / "-".join(["out", *chosen])
        target.mkdir()
        outcome = deidentify_file(source, target, make_profile(options=chosen), a_link(), Identifiers())
        assert isinstance(outcome, Passed)
        result = pydicom.dcmread(target / f"{outcome.value.digest}.dcm")
        assert (result.get(keyword) == before[keyword].value) is bool(chosen)


def test_processes_make_no_difference_to_the_bytes(folder: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    create_master_key(keys / "master.key")
    run(folder, tmp_path / "one", "--keys", str(keys))
    run(folder, tmp_path / "two", "--keys", str(keys), "--jobs", "2")
    assert outputs_of(tmp_path / "one") == outputs_of(tmp_path / "two")


def test_a_second_run_with_the_key_changes_nothing_and_without_it_shares_nothing(
    folder: Path, tmp_path: Path
) -> None:
    keys, target = tmp_path / "keys", tmp_path / "out"
    create_master_key(keys / "master.key")
    run(folder, target, "--keys", str(keys))
    before = outputs_of(target)
    assert run(folder, target, "--keys", str(keys))["released"] == 7
    assert outputs_of(target) == before
    run(folder, tmp_path / "other")
    assert not set(before) & set(outputs_of(tmp_path / "other"))


def test_another_file_with_the_same_uid_is_held_and_the_first_stays(tmp_path: Path) -> None:
    source, report = tmp_path / "in", tmp_path / "report.jsonl"
    source.mkdir()
    (source / "a.dcm").write_bytes(make_instance())
    (source / "b.dcm").write_bytes(make_instance(SliceThickness=9))
    (source / "c.dcm").write_bytes(make_instance())
    tally = run(source, tmp_path / "out", "--report", str(report))
    assert tally["reasons"] == {"CONFLICTING_COPY": 1}
    assert [line["disposition"] for line in lines_of(report)] == ["released", "held", "released"]
    assert len(outputs_of(tmp_path / "out")) == 1


def test_the_project_decides_what_is_wanted(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project.yaml"
    project.write_text("project: {name: only-mr, title: Only MR}\ninclude: {modalities: [MR]}\n")
    tally = run(folder, tmp_path / "out", "--project", str(project))
    assert tally["released"] == 1
    reasons = tally["reasons"]
    assert isinstance(reasons, dict)
    assert reasons["MODALITY_EXCLUDED"] == 7


def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    source = write_instance(tmp_path / "in")
    assert run(source, tmp_path / "out")["released"] == 1


def test_a_patient_without_identifier_is_held(tmp_path: Path) -> None:
    write_instance(tmp_path / "in", PatientID="UNKNOWN")
    assert run(tmp_path / "in", tmp_path / "out")["reasons"] == {"MISSING_IDENTITY": 1}
    assert not outputs_of(tmp_path / "out")


def test_folders_and_report_must_lie_apart(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for bad in (source, source / "out", tmp_path):
        with pytest.raises(OutputInside):
            check_places(source, bad, None)
    with pytest.raises(OutputInside):
        check_places(source, target, target / "report.jsonl")
    check_places(source, target, tmp_path / "report.jsonl")


def test_a_pipe_among_the_inputs_does_not_block(tmp_path: Path) -> None:
    write_instance(tmp_path / "in")
    os.mkfifo(tmp_path / "in" / "pipe")
    assert run(tmp_path / "in", tmp_path / "out")["received"] == 1


def test_an_identifier_the_gate_finds_holds_the_object_and_leaves_nothing(tmp_path: Path) -> None:
    name = "QUIMBYXZ PLUTARCH"
    source = write_instance(tmp_path / "in", ProtocolName=name)
    kept = {"attribute": "ProtocolName", "values": [name], "because": "a mistake the gate must catch"}
    profile = make_profile(keep=[kept])
    known = Identifiers(words=frozenset({"QUIMBYXZ^PLUTARCH"}))
    target = tmp_path / "out"
    target.mkdir()
    outcome = deidentify_file(source, target, profile, a_link(), known)
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.IDENTIFIER_FOUND
    assert not list(target.iterdir())


def test_a_rule_that_fails_holds_the_object_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_instance(tmp_path / "in")
    target = tmp_path / "out"
    target.mkdir()
    outcome = deidentify_file(source, target, make_profile(), a_link("PSEUDONÝM"), Identifiers())
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.RULE_FAILED
    assert not list(target.iterdir())


def test_the_output_is_called_by_its_digest_and_repeating_it_gives_the_same(tmp_path: Path) -> None:
    source = write_instance(tmp_path / "in")
    target = tmp_path / "out"
    target.mkdir()
    outputs = [deidentify_file(source, target, make_profile(), a_link(), Identifiers()) for _ in range(2)]
    assert isinstance(outputs[0], Passed)
    assert outputs[0] == outputs[1]
    output = outputs[0].value
    assert [path.name for path in target.iterdir()] == [f"{output.digest}.dcm"]
    assert (target / f"{output.digest}.dcm").stat().st_size == output.size_bytes


@pytest.mark.parametrize("length", [1000, KERNEL_COPY_BYTES, KERNEL_COPY_BYTES + 12345])
def test_ranges_are_copied_exactly_and_the_digest_is_that_of_the_file(length: int, tmp_path: Path) -> None:
    data = os.urandom(length + 200)
    (tmp_path / "source").write_bytes(data)
    target = os.open(tmp_path / "target", os.O_RDWR | os.O_CREAT)
    try:
        with FileSource.open(tmp_path / "source") as source:
            chunks = [b"head", FileRange(100, length), b"tail"]
            digest = write(target, chunks, source)
            assert (tmp_path / "target").read_bytes() == b"head" + data[100 : 100 + length] + b"tail"
            assert digest == digest_of(target)
            assert write(target, [FileRange(100, length + 101)], source) is None
    finally:
        os.close(target)


def test_a_patient_whose_gate_cannot_be_made_holds_no_other(tmp_path: Path) -> None:
    unreadable = Identifiers(words=frozenset({object()}))  # type: ignore[arg-type]
    with FileSource.open(write_instance(tmp_path)) as source:
        header = header_of(make_instance())
        entries = [Entry("a", source, header, unreadable)]
        other = Entry("b", source, header_of(make_instance(patient=2)), Identifiers())
        known = known_of([*entries, other], make_profile())
    assert known[person(1).patient_id] is None
    assert known[person(2).patient_id] is not None
