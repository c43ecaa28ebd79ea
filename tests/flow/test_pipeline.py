"""From received to released, with every real component."""

import io
import json
from pathlib import Path

import pydicom
import pytest
from pyarrow import parquet
from sqlalchemy import delete, select, update

from tests.flow.nodes import PROJECT, RULES, TestNode, files_below, fingerprint
from tests.make import make_instance
from tirage.deliver import lists
from tirage.model.records import Tally
from tirage.store.database import reading, writing
from tirage.store.schema import audit, custody, work


def ct(patient: int = 1, instance: int = 1, **attributes: object) -> bytes:
    return make_instance(patient=patient, instance=instance, **attributes)


def test_what_was_received_is_released_and_delivered(node: TestNode) -> None:
    tally = node.run(*[ct(patient, instance) for patient in (1, 2) for instance in range(1, 6)])
    assert tally == Tally(received=10, released=10, held=0, rejected=0, quarantined=0, pending=0)
    manifest = json.loads((node.release() / "manifest.json").read_text())
    assert manifest["counts"]["objects"] == 10
    assert manifest["counts"]["patients"] == 2
    rows = parquet.read_table(node.release() / "manifest.parquet").to_pylist()
    beside = set(lists.lists(has_linker=False))
    assert {row["path"] for row in rows} | beside == files_below(node.release())
    delivered = node.share / PROJECT / "v0001"
    assert fingerprint([delivered]) == fingerprint([node.release()])
    with node.open() as opened:
        [summary] = opened.releases()
        assert (summary.objects, summary.patients, summary.is_delivered) == (10, 2, True)
        assert opened.stages() == {
            "received": 10,
            "catalogued": 10,
            "deidentified": 10,
            "released": 10,
            "delivered": 10,
        }


def test_running_again_does_nothing(node: TestNode) -> None:
    contents = [ct(instance=instance) for instance in range(1, 4)]
    node.run(*contents)
    before = fingerprint([node.settings.releases, node.share])
    with node.open() as opened, reading(opened.parts.database) as connection:
        lines = connection.execute(select(audit.c.seq)).all()
    assert node.run().released == 3
    tally = node.run(*contents)
    assert (tally.received, tally.released) == (3, 3)
    assert fingerprint([node.settings.releases, node.share]) == before
    assert {attempts for _, attempts in node.deliveries()} == {1}
    with node.open() as opened, reading(opened.parts.database) as connection:
        actions = connection.execute(select(audit.c.action).where(audit.c.seq > len(lines))).scalars().all()
    assert actions == ["receive-duplicate"] * 3


def test_a_late_instance_makes_a_second_version_and_leaves_the_first_alone(node: TestNode) -> None:
    node.run(*[ct(instance=instance) for instance in range(1, 4)])
    first = fingerprint([node.release(1)])
    node.run(ct(instance=4))
    assert node.versions() == ["v0001", "v0002"]
    assert fingerprint([node.release(1)]) == first
    second = json.loads((node.release(2) / "manifest.json").read_text())
    assert (second["adds_to"], second["counts"]["objects"]) == ("v0001", 1)
    folders = {
        tuple(row["path"].split("/")[:3])
        for version in (1, 2)
        for row in parquet.read_table(node.release(version) / "manifest.parquet").to_pylist()
    }
    assert len(folders) == 1, "the late instance went under another patient, study or series"


def test_the_same_uid_with_other_bytes_holds_the_study(node: TestNode) -> None:
    tally = node.run(ct(instance=1), ct(instance=2), ct(instance=2, ImageComments="other"))
    assert (tally.held, tally.reasons) == (3, {"CONFLICTING_COPY": 3})


def test_a_conflicting_copy_after_the_release_holds_only_what_is_new(node: TestNode) -> None:
    node.run(ct(instance=1))
    tally = node.run(ct(instance=1, ImageComments="other"))
    assert (tally.released, tally.held, tally.reasons) == (1, 1, {"CONFLICTING_COPY": 1})
    assert node.versions() == ["v0001"]


def test_two_patients_in_one_study_are_held_together(node: TestNode) -> None:
    tally = node.run(ct(instance=1), ct(instance=2, PatientID="SOMEBODY-ELSE", PatientName="Else^Some"))
    assert (tally.held, tally.reasons) == (2, {"IDENTITY_CONFLICT": 2})


def test_one_uid_in_two_studies_holds_both(node: TestNode) -> None:
    moved = make_instance(patient=2, study=9, SOPInstanceUID=uid_of(ct(1, 1)))
    tally = node.run(ct(1, 1), moved)
    assert tally.reasons == {"IDENTITY_CONFLICT": 2}


def test_an_object_without_a_patient_is_held_and_its_study_goes_on(node: TestNode) -> None:
    tally = node.run(ct(instance=1), ct(instance=2, PatientID=None))
    assert (tally.released, tally.reasons) == (1, {"MISSING_IDENTITY": 1})


def test_what_is_no_dicom_is_quarantined_and_nothing_else_suffers(node: TestNode) -> None:
    tally = node.run(b"", b"<html>", b"PK\x03\x04 no archive", ct()[:700], ct(instance=2))
    assert tally.received == 5
    assert (tally.released, tally.quarantined) == (1, 4)


def test_what_the_project_does_not_want_is_rejected(tmp_path: Path) -> None:
    rules = RULES + "include:\n  modalities: [MR]\n"
    with TestNode(tmp_path, rules=rules) as node:
        assert node.run(ct()).reasons == {"MODALITY_EXCLUDED": 1}


def test_after_the_approval_ran_out_everything_is_held(tmp_path: Path) -> None:
    rules = RULES.replace("  title:", "  expires: 2020-01-31\n  title:")
    with TestNode(tmp_path, rules=rules) as node:
        assert node.run(ct()).reasons == {"PROJECT_EXPIRED": 1}


def test_an_object_no_project_claims_is_held_until_one_does(node: TestNode) -> None:
    node.take_in(ct(), project=None)
    node.run()
    with node.open() as opened:
        assert opened.tallies()[""].reasons == {"NO_PROJECT": 1}
    assert node.run(ct()).released == 1


def test_a_changed_project_makes_unreleased_outputs_again(tmp_path: Path) -> None:
    rules = RULES + "release:\n  automatic: false\n"
    with TestNode(tmp_path, rules=rules) as node:
        assert node.run(ct()).pending == 1
        path = node.folder / "projects" / "lung.yaml"
        path.write_text(
            path.read_text().replace("automatic: false", "automatic: true") + "dates:\n  max_shift_days: 9\n"
        )
        assert node.run().released == 1
        with node.open() as opened, reading(opened.parts.database) as connection:
            [policy] = connection.execute(select(custody.c.policy)).scalars().all()
            assert policy == opened.parts.rules[PROJECT].profile.digest


def test_the_original_that_is_gone_is_quarantined(node: TestNode) -> None:
    report = node.take_in(ct(instance=1), ct(instance=2))
    digest = report.lines[0].digest
    assert digest is not None
    (node.settings.originals / digest[:2] / digest).unlink()
    assert node.run().reasons == {"STORE_CORRUPT": 1}


def test_recorded_objects_that_nobody_comes_for_are_found_at_the_next_start(node: TestNode) -> None:
    node.take_in(ct(instance=1), ct(instance=2))
    with node.open() as opened, writing(opened.parts.database) as connection:
        connection.execute(delete(work))
    assert node.run().released == 2


def test_work_claimed_by_a_run_that_was_never_started_is_taken_up(node: TestNode) -> None:
    node.take_in(ct(instance=1), ct(instance=2))
    with node.open() as opened, writing(opened.parts.database) as connection:
        connection.execute(update(work).values(claim="catalogue:1"))
    assert node.run().released == 2


def test_a_lost_flow_database_loses_no_work(tmp_path: Path) -> None:
    with TestNode(tmp_path, rules=RULES) as node:
        node.run(ct(instance=1))
        node.take_in(ct(instance=2))
        for path in node.settings.identified.glob("flow.db*"):
            path.unlink()
        tally = node.run()
        assert (tally.released, node.versions()) == (2, ["v0001", "v0002"])
        assert {attempts for _, attempts in node.deliveries()} == {1}


@pytest.mark.parametrize("path", [b"../../escape", b"/etc/cron.d/x"])
def test_a_uid_that_is_a_path_leads_nowhere(node: TestNode, path: bytes) -> None:
    uid = uid_of(ct()).encode()
    tally = node.run(ct().replace(uid, path.ljust(len(uid), b"x")))
    assert tally.reasons == {"BAD_UID": 1}
    assert not any(node.root.rglob("escape*"))


def uid_of(content: bytes) -> str:
    """The SOP Instance UID of a file."""
    return str(pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True).SOPInstanceUID)
