"""A release is decided once and describes itself truly."""

import hashlib
import io
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet

from tirage.deliver.arrange import UnsafeName, arrange
from tirage.deliver.manifest import checksums, summary, table
from tirage.deliver.release import Candidate, Pace, Release, Waiting, choose, is_due
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, Pseudonym, ReceivedId, Uid
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.model.records import Output

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def make_output(instance: int = 1, patient: int = 1, content: bytes = b"x", **changes: str) -> Output:
    """A synthetic output; objects of one patient share a study and a series."""
    values = {
        "pseudonym": f"P{patient}",
        "study": f"2.25.{patient}",
        "series": f"2.25.{patient}1",
        "sop_instance": f"2.25.{patient}1{instance}",
        "policy": "a" * 64,
    } | changes
    return Output(
        source=Digest(hashlib.sha256(content + bytes([instance])).hexdigest()),
        digest=Digest(hashlib.sha256(content).hexdigest()),
        size_bytes=len(content),
        project=ProjectName("lung"),
        policy=PolicyDigest(values["policy"]),
        pseudonym=Pseudonym(values["pseudonym"]),
        sop_class=Uid("1.2.840.10008.5.1.4.1.1.2"),
        sop_instance=Uid(values["sop_instance"]),
        series=Uid(values["series"]),
        study=Uid(values["study"]),
        modality="CT",
        transfer_syntax=Uid("1.2.840.10008.1.2.1"),
    )


def candidate(number: int, output: Output) -> Candidate:
    return Candidate(ReceivedId(number), output)


def make_release(version: int = 1) -> Release:
    outputs = [make_output(1, 1, b"one"), make_output(2, 1, b"two"), make_output(1, 2, b"three")]
    members, _ = choose([candidate(number, output) for number, output in enumerate(outputs, 1)], {})
    return Release(ProjectName("lung"), version, NOW, PolicyDigest("a" * 64), "2026d", tuple(members))


def test_members_are_in_order_of_their_path_whatever_order_they_came_in() -> None:
    outputs = [candidate(3, make_output(3)), candidate(1, make_output(1)), candidate(2, make_output(2))]
    members, held = choose(outputs, {})
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert held == []


def test_two_objects_under_one_path_are_never_both_released() -> None:
    first, second = candidate(1, make_output(content=b"one")), candidate(2, make_output(content=b"two"))
    members, held = choose([second, first], {})
    assert [member.received for member in members] == [1]
    assert held == [(2, Held(HoldReason.UID_COLLISION))]


def test_a_path_of_an_earlier_version_is_not_given_again() -> None:
    output = make_output()
    members, held = choose([candidate(9, output)], {arrange(output): Digest("0" * 64)})
    assert (members, held) == ([], [(9, Held(HoldReason.UID_COLLISION))])


@pytest.mark.parametrize(
    "pseudonym", ["", "..", ".", "a/b", "a\\b", "a\x00", "manifest.json", "SHA256SUMS", "é"]
)
def test_a_pseudonym_that_could_leave_the_release_is_refused(pseudonym: str) -> None:
    with pytest.raises(UnsafeName):
        arrange(make_output(pseudonym=pseudonym))


@pytest.mark.parametrize("uid", ["", "../1", "1/2", "1.2\n", ".1"])
def test_a_uid_that_could_leave_the_release_is_refused(uid: str) -> None:
    with pytest.raises(UnsafeName):
        arrange(make_output(study=uid))


def test_the_summary_counts_what_the_release_holds() -> None:
    content = json.loads(summary(make_release(), "tirage 0.1.0"))
    assert content["counts"] == {
        "patients": 2,
        "studies": 2,
        "series": 2,
        "objects": 3,
        "bytes": 11,
        "modalities": {"CT": 3},
    }
    assert (content["version"], content["adds_to"], content["standard"]) == ("v0001", None, "2026d")
    assert content["created"] == "2026-11-21T06:00:00+00:00"
    assert content["policy"] == "a" * 64


def test_a_later_version_names_the_one_it_adds_to() -> None:
    assert json.loads(summary(make_release(version=2), "tirage"))["adds_to"] == "v0001"


def test_the_table_has_one_row_an_object() -> None:
    release = make_release()
    rows = parquet.read_table(io.BytesIO(table(release))).to_pylist()
    assert [row["path"] for row in rows] == [member.name for member in release.members]
    assert [row["sha256"] for row in rows] == [member.output.digest for member in release.members]
    assert {row["modality"] for row in rows} == {"CT"}
    assert sum(row["size_bytes"] for row in rows) == release.size_bytes


def test_making_the_manifests_again_gives_the_same_bytes() -> None:
    assert table(make_release()) == table(make_release())
    assert summary(make_release(), "tirage") == summary(make_release(), "tirage")


def test_the_checksums_satisfy_sha256sum(tmp_path: Path) -> None:
    release = make_release()
    contents = {b"one": "", b"two": "", b"three": ""}
    by_digest = {hashlib.sha256(content).hexdigest(): content for content in contents}
    for member in release.members:
        path = tmp_path / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(by_digest[member.output.digest])
    manifest = summary(release, "tirage")
    (tmp_path / "manifest.json").write_bytes(manifest)
    others = {"manifest.json": Digest(hashlib.sha256(manifest).hexdigest())}
    (tmp_path / "SHA256SUMS").write_bytes(checksums(release, others))
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "manifest.json").write_bytes(b"changed")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize(
    ("age_of_oldest_s", "age_of_newest_s", "is_working", "due"),
    [(10, 5, False, True), (10, 4, False, False), (10, 6, True, False), (900, 0, True, True)],
)
def test_outputs_wait_for_company_but_not_for_ever(
    age_of_oldest_s: int, age_of_newest_s: int, is_working: bool, due: bool
) -> None:
    waiting = Waiting(2, NOW - timedelta(seconds=age_of_oldest_s), NOW - timedelta(seconds=age_of_newest_s))
    assert is_due(waiting, is_working, Pace(), NOW) is due


def test_nothing_to_release_is_never_due() -> None:
    assert not is_due(None, False, Pace(), NOW)
