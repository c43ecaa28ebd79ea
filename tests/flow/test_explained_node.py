"""What a node can show in the identified zone: a study before and after, and its whole catalogue."""

import json
import stat

import pydicom
from typer.testing import CliRunner

from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_dataset, make_instance, person
from tirage.cli.deid import app

runner = CliRunner()
STUDY = str(make_dataset().StudyInstanceUID)


def test_a_study_of_the_node_is_shown_with_its_outputs_and_with_why_there_is_none(node: TestNode) -> None:
    node.run(make_instance(instance=1), make_instance(instance=2, BurnedInAnnotation="YES", PixelData=None))
    raw = "1.2.840.10008.5.1.4.1.1.66"
    node.run(make_instance(series=2, instance=3, SOPClassUID=raw))
    with node.open() as opened:
        pairs = opened.pairs(STUDY, PROJECT)
    assert [pair.reason for pair in pairs if pair.after is None] == ["UNKNOWN_SOP_CLASS"]
    for pair in pairs:
        if pair.after is not None:
            before, after = pydicom.dcmread(pair.before), pydicom.dcmread(pair.after)
            assert before.InstanceNumber == after.InstanceNumber
            assert before.PatientID != after.PatientID
    page = node.root / "sheet.html"
    arguments = ["--node", str(node.folder), "--study", STUDY, "--project", PROJECT, "-o", str(page)]
    done = runner.invoke(app, ["sheet", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["objects"] == len(pairs)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "UNKNOWN_SOP_CLASS" in page.read_text()


def test_a_study_that_the_project_does_not_have_is_said_to_be_unknown(node: TestNode) -> None:
    arguments = ["--node", str(node.folder), "--study", "1.2.3", "--project", PROJECT]
    done = runner.invoke(app, ["sheet", *arguments, "-o", str(node.root / "sheet.html")])
    assert type(done.exception).__name__ == "UnknownStudy"
    assert not (node.root / "sheet.html").exists()


def test_the_preview_reads_the_whole_catalogue_and_names_nobody(node: TestNode) -> None:
    node.run(*[make_instance(instance=number) for number in range(1, 4)], make_instance(2, modality="MR"))
    done = runner.invoke(app, ["preview", "--node", str(node.folder), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["objects"] == 4
    assert {each["modality"]: each["objects"] for each in found["devices"]} == {"CT": 3, "MR": 1}
    assert all(not each["reason"] for each in found["held"])
    for number in (1, 2):
        for word in (person(number).family, person(number).patient_id):
            assert word not in done.stdout
