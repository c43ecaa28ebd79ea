"""What `tirage deid` says of objects: plan, explain, diff, the page of a study, the preview of a folder."""

import json
import re
import stat
from pathlib import Path

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from tests.make import make_dataset, person, write_instance
from tirage.cli.deid import app
from tirage.demo.instances import encode

runner = CliRunner()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A CT, an ultrasound with a banner and a report of one study."""
    write_instance(tmp_path / "in", 1, 1, 1, 1)
    write_instance(tmp_path / "in", 1, 1, 1, 2)
    write_instance(tmp_path / "in", 1, 1, 2, 1, modality="US", rows=480, columns=640)
    write_instance(tmp_path / "in", 1, 1, 3, 1, modality="SR")
    return tmp_path / "in"


def ask(*arguments: object) -> dict[str, object]:
    done = runner.invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def released(source: Path, target: Path) -> Path:
    """The report of a run."""
    report = target.parent / "report.jsonl"
    ask("run", source, target, "--report", report)
    return report


def assert_names_nobody(text: str) -> None:
    who = person(1)
    for word in (who.family, who.given, who.patient_id):
        assert word not in text


def test_the_plan_names_attributes_and_rules_and_shows_no_value(source: Path) -> None:
    done = runner.invoke(app, ["plan", str(source / "CT-1-1-1-1.dcm"), "--json"])
    assert done.exit_code == 0
    changes = json.loads(done.stdout)["changes"]
    assert {"PatientName", "StudyInstanceUID"} <= {change["attribute"] for change in changes}
    assert all(set(change) == {"attribute", "action", "rule"} for change in changes)
    assert_names_nobody(done.stdout)
    refused = runner.invoke(app, ["plan", str(source / "CT-1-1-1-1.dcm"), "--show-values"])
    assert refused.exit_code != 0
    assert_names_nobody(refused.output)


def test_the_plan_says_which_rectangles_of_an_ultrasound_are_blanked(source: Path) -> None:
    plan = ask("plan", source / "US-1-1-2-1.dcm")
    assert plan["pixels_are_read"]
    assert plan["held"] is None
    (box,) = plan["blanked_in_every_frame"]  # type: ignore[misc]
    assert box["x0"] == box["y0"] == 0  # the banner is at the top left
    ct = ask("plan", source / "CT-1-1-1-1.dcm")
    assert not ct["pixels_are_read"]
    assert not ct["blanked_in_every_frame"]


def test_the_plan_says_that_a_content_item_is_decided_by_its_concept(source: Path) -> None:
    changes = ask("plan", source / "SR-1-1-3-1.dcm")["changes"]
    rules = [each["rule"] for each in changes if "ContentSequence" in each["attribute"]]  # type: ignore[attr-defined]
    assert rules


def test_the_plan_names_the_overlay_of_the_project_that_is_for_the_object(
    source: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project.yaml"
    project.write_text(
        "project: {name: one, title: One}\n"
        "deidentify:\n"
        "  overlays:\n"
        "    - when: {modality: [US]}\n"
        "      remove: [{attribute: Manufacturer}]\n"
    )
    assert ask("plan", source / "US-1-1-2-1.dcm", "-p", project)["overlays"] == ["overlay 1 of the project"]
    assert ask("plan", source / "CT-1-1-1-1.dcm", "-p", project)["overlays"] == []


@pytest.mark.parametrize("name", ["PatientTelephoneNumbers", "0010,2154", "(0010,2154)", "00102154"])
def test_explain_says_which_rule_decides(name: str) -> None:
    found = ask("explain", name)
    assert found["attribute"] == "PatientTelephoneNumbers"
    assert found["action"] == "removed"
    assert "E.1-1" in str(found["decided by"])


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("(0019,xx0C) SIEMENS MR HEADER", "kept, as its grammar allows"),
        ('0019xx0c "SIEMENS MR HEADER"', "kept, as its grammar allows"),
        ("(0019,xx0C) ACME", "removed"),
    ],
)
def test_explain_knows_private_elements_by_their_creator(name: str, action: str) -> None:
    assert ask("explain", name)["action"] == action


@pytest.mark.parametrize("name", ["PatientShoeSize", "(0018,xx0C) EVEN GROUP", "(0019,xx0C)"])
def test_explain_refuses_what_is_no_attribute(name: str) -> None:
    assert runner.invoke(app, ["explain", name]).exit_code != 0


def test_diff_says_of_each_attribute_what_became_of_it_and_shows_no_value(tmp_path: Path) -> None:
    before = make_dataset(OperatorsName="Doe^Jo", ImageComments="axial")
    write(tmp_path / "before.dcm", before)
    after = make_dataset(OperatorsName=None, ImageComments="axial chest", AcquisitionComments="new")
    write(tmp_path / "after.dcm", after)
    done = runner.invoke(
        app, ["diff", str(tmp_path / "before.dcm"), str(tmp_path / "after.dcm"), "--json", "--all"]
    )
    answer = json.loads(done.stdout)
    fates = {row["attribute"]: row["fate"] for row in answer["attributes"]}
    assert fates["OperatorsName"] == "removed"
    assert fates["ImageComments"] == "changed"
    assert fates["AcquisitionComments"] == "added"
    assert fates["Modality"] == "kept"
    assert answer["pixels"]["verdict"] == "identical, byte by byte"
    assert "axial" not in done.stdout
    assert_names_nobody(done.stdout)
    refused = runner.invoke(
        app, ["diff", str(tmp_path / "before.dcm"), str(tmp_path / "after.dcm"), "--show-values"]
    )
    assert refused.exit_code != 0


def test_diff_finds_the_rectangle_that_was_blanked(tmp_path: Path) -> None:
    before = make_dataset(rows=64, columns=64)
    write(tmp_path / "before.dcm", before)
    after = make_dataset(rows=64, columns=64)
    values = np.full((64, 64), 700, "<u2")
    before.PixelData = values.tobytes()
    values[8:20, 10:30] = 0
    after.PixelData = values.tobytes()
    write(tmp_path / "before.dcm", before)
    write(tmp_path / "after.dcm", after)
    pixels = ask("diff", tmp_path / "before.dcm", tmp_path / "after.dcm")["pixels"]
    assert pixels["boxes"] == {"0": [{"x0": 10, "y0": 8, "x1": 30, "y1": 20}]}  # type: ignore[index]


def test_the_page_shows_before_and_after_and_is_its_owners_alone(source: Path, tmp_path: Path) -> None:
    report = released(source, tmp_path / "out")
    page = tmp_path / "sheet.html"
    counts = ask("sheet", source, tmp_path / "out", "--report", report, "-o", page)
    assert counts == {"studies": 1, "objects": 4, "with output": 4, "not DICOM": 0}
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    text = page.read_text()
    assert "This sheet identifies the patient." in text
    assert person(1).family in text
    assert text.count("data:image/png;base64,") >= 4
    assert 'class="mark"' in text  # the banner of the ultrasound
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!data:)', text), "nothing is loaded from elsewhere"


def test_the_page_pairs_files_without_a_report_only_when_there_is_no_doubt(
    source: Path, tmp_path: Path
) -> None:
    released(source, tmp_path / "out")
    counts = ask("sheet", source, tmp_path / "out", "-o", tmp_path / "sheet.html")
    assert counts["with output"] == 4
    twin = source / "twin.dcm"
    twin.write_bytes((source / "CT-1-1-1-1.dcm").read_bytes())
    counts = ask("sheet", source, tmp_path / "out", "-o", tmp_path / "sheet.html")
    assert (counts["objects"], counts["with output"]) == (5, 3)
    assert "no output that is surely its own" in (tmp_path / "sheet.html").read_text()


def test_the_page_says_why_an_object_has_no_output(tmp_path: Path) -> None:
    source = tmp_path / "in"
    write_instance(source, PatientID="")
    report = released(source, tmp_path / "out")
    ask("sheet", source, tmp_path / "out", "--report", report, "-o", tmp_path / "sheet.html")
    assert "MISSING_IDENTITY" in (tmp_path / "sheet.html").read_text()


def test_the_page_is_not_written_among_the_outputs(source: Path, tmp_path: Path) -> None:
    released(source, tmp_path / "out")
    inside = tmp_path / "out" / "sheet.html"
    done = runner.invoke(app, ["sheet", str(source), str(tmp_path / "out"), "-o", str(inside)])
    assert done.exit_code != 0
    assert not inside.exists()


def test_the_preview_counts_what_no_rule_names_and_keeps_texts_for_terminals(tmp_path: Path) -> None:
    source = tmp_path / "in"
    for instance in (1, 2, 3):
        write_instance(source, 1, 1, 1, instance, SeriesDescription="Chest Quorvennix axial")
    write_instance(source, 1, 1, 2, 1, modality="US")
    (source / "notes.txt").write_text("not DICOM")
    everything = tmp_path / "everything.json"
    found = ask("preview", "--folder", source, "--output", everything)
    assert (found["objects"], found["not_dicom"]) == (4, 1)
    assert {(each["modality"], each["objects"]) for each in found["devices"]} == {("CT", 3), ("US", 1)}  # type: ignore[attr-defined]
    looked = {each["modality"]: each["pixels"] for each in found["inspected"]}  # type: ignore[attr-defined]
    assert looked == {"CT": "nothing", "US": "inspect"}
    assert "words_dropped" not in found
    assert "Quorvennix" not in json.dumps(found)
    assert stat.S_IMODE(everything.stat().st_mode) == 0o600
    assert json.loads(everything.read_text())["words_dropped"]["quorvennix"] == 3


def test_the_preview_says_how_many_objects_are_held_and_why(tmp_path: Path) -> None:
    source = tmp_path / "in"
    write_instance(source, SOPClassUID="1.2.840.10008.5.1.4.1.1.66")
    held = ask("preview", "--folder", source)["held"]
    assert [each["reason"] for each in held] == ["UNKNOWN_SOP_CLASS"]  # type: ignore[attr-defined]


def write(path: Path, dataset: pydicom.Dataset) -> None:
    path.write_bytes(encode(dataset, "1.2.840.10008.1.2.1"))
