"""Destinations are sent to when they may be, one version after the other, and stop after too many faults."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode, check_sums, files_below
from tests.make import make_instance
from tirage.model.identifiers import ProjectName
from tirage.service import delivering
from tirage.service.delivering import DestinationMissing, DestinationStanding
from tirage.store.database import reading
from tirage.store.schema import audit, delivery

STOPS = RULES.replace("    path: {share}\n", "    path: {share}\n    pause_after: 2\n")


def standing(node: TestNode) -> DestinationStanding:
    with node.open() as opened:
        return delivering.standings(opened.parts)[0]


def lines(node: TestNode, action: str) -> list[dict[str, object]]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(audit.c.detail).where(audit.c.action == action))
        return [json.loads(row.detail) for row in rows]


def delivered(node: TestNode) -> list[str]:
    return sorted(path.name for path in (node.share / PROJECT).glob("v*"))


def objects_at(node: TestNode, version: str) -> int:
    return sum(name.endswith(".dcm") for name in files_below(node.share / PROJECT / version))


def test_nothing_is_sent_to_a_paused_destination_until_it_is_resumed(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    with node.open() as opened:
        assert delivering.pause(opened.parts, PROJECT, "share", "account:ada")
        assert not delivering.pause(opened.parts, PROJECT, "share", "account:bob")
    node.run(make_instance(instance=1))
    node.run(make_instance(study=2, instance=1))
    assert delivered(node) == []
    now = standing(node)
    assert (now.paused_by, now.lacks, now.files) == ("account:ada", (1, 2), {})
    with node.open() as opened:
        assert delivering.resume(opened.parts, PROJECT, "share", "account:ada")
    node.run()
    assert delivered(node) == ["v0001", "v0002"]
    for version in ("v0001", "v0002"):
        check_sums(node.share / PROJECT / version)
    assert standing(node).lacks == ()
    assert [set(each) for each in lines(node, "deliver")] == [{"destination", "objects"}] * 2


def test_a_destination_is_paused_after_failed_tries_in_a_row_and_has_new_ones_when_resumed(
    tmp_path: Path,
) -> None:
    """F26: the disk there is not mounted, so no file is written; a person lets it go on."""
    node = TestNode(tmp_path, rules=STOPS)
    node.share.rmdir()
    node.run(make_instance(instance=1))
    assert (standing(node).failures, standing(node).paused_by) == (1, "")
    node.run()
    now = standing(node)
    assert (now.failures, now.paused_by, now.lacks) == (2, "worker", (1,))
    node.run(make_instance(study=2, instance=1))
    assert standing(node).failures == 2, "a paused destination is not tried"
    failed = lines(node, "delivery-failed")
    assert [(each["destination"], each["code"]) for each in failed] == [("share", "DELIVERY_INCOMPLETE")] * 2
    assert len(lines(node, "pause-destination")) == 1
    node.share.mkdir()
    with node.open() as opened:
        assert delivering.resume(opened.parts, PROJECT, "share", "account:ada")
    node.run()
    assert delivered(node) == ["v0001", "v0002"]
    assert (standing(node).failures, standing(node).paused_by) == (0, "")


def test_a_name_that_is_taken_keeps_the_lists_back_but_not_the_other_objects(tmp_path: Path) -> None:
    """F28: it is never overwritten; whoever finds the sums there has everything they name."""
    node = TestNode(tmp_path, rules=STOPS)
    node.share.rmdir()
    node.run(make_instance(instance=1), make_instance(study=2, instance=1))
    node.share.mkdir()
    objects = sorted(name for name in files_below(node.release()) if name.endswith(".dcm"))
    taken = node.share / PROJECT / "v0001" / objects[0]
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"somebody else's")
    node.run()
    assert taken.read_bytes() == b"somebody else's"
    assert files_below(node.share / PROJECT / "v0001") == set(objects)
    assert standing(node).files == {"conflict": 1, "delivered": 1}

    with node.open() as opened:
        delivering.resume(opened.parts, PROJECT, "share", "account:ada")
        assert delivering.give_up(opened.parts, PROJECT, 1, "share", "account:ada") == 1
        assert delivering.give_up(opened.parts, PROJECT, 1, "share", "account:ada") == 0
    node.run()
    assert files_below(node.share / PROJECT / "v0001") == files_below(node.release())
    assert taken.read_bytes() == b"somebody else's"
    assert standing(node).lacks == ()
    assert lines(node, "give-up") == [{"destination": "share", "files": 1}]


def test_a_destination_is_sent_to_in_its_hours_only(tmp_path: Path) -> None:
    now = datetime.now().astimezone()
    shut = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    node = TestNode(tmp_path, rules=RULES.replace("{share}\n", f"{{share}}\n    hours: {shut}\n"))
    node.run(make_instance(instance=1))
    assert delivered(node) == []
    assert not standing(node).is_open
    path = node.folder / "projects" / "lung.yaml"
    path.write_text(
        path.read_text().replace(shut, f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}")
    )
    node.run()
    assert delivered(node) == ["v0001"]


def test_a_study_larger_than_a_piece_is_handed_over_whole_and_once(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    contents = [make_instance(instance=number) for number in range(1, 8)]
    node.run(*contents, make_instance(study=2, instance=1))
    assert objects_at(node, "v0001") == 8
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(delivery.c.status, delivery.c.attempts)).all()
    assert {tuple(row) for row in rows} == {("delivered", 1)}
    node.run(make_instance(instance=8))
    assert objects_at(node, "v0002") == 1, "a late instance is a version of its own"


def test_what_no_project_names_is_said_to_be_missing(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    with node.open() as opened:
        with pytest.raises(DestinationMissing):
            delivering.pause(opened.parts, PROJECT, "nowhere", "account:ada")
        with pytest.raises(DestinationMissing):
            delivering.give_up(opened.parts, PROJECT, 9, "share", "account:ada")
        with pytest.raises(Exception, match="no project"):
            delivering.spec_of(opened.parts, ProjectName("brain"), "share")


def test_the_sums_wait_for_the_other_lists(tmp_path: Path) -> None:
    """Whoever finds them has everything they name, also where a list could not be placed."""
    node = TestNode(tmp_path, rules=STOPS)
    with node.open() as opened:
        delivering.pause(opened.parts, PROJECT, "share", "account:ada")
    node.run(make_instance(instance=1))
    taken = node.share / PROJECT / "v0001" / "manifest.json"
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"somebody else's")
    with node.open() as opened:
        delivering.resume(opened.parts, PROJECT, "share", "account:ada")
    node.run()
    assert objects_at(node, "v0001") == 1
    assert not (taken.parent / "SHA256SUMS").exists()
    taken.unlink()
    with node.open() as opened:
        assert delivering.give_up(opened.parts, PROJECT, 1, "share", "account:ada") == 1
    node.run()
    assert (taken.parent / "SHA256SUMS").exists()
