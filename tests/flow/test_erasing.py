"""A study is erased everywhere on disk, and stays away."""

from pathlib import Path

import pytest

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance, person
from tirage.flow.steps import erasing
from tirage.model.records import Tally

AT = 1_780_000_000_000_000
ASKED = RULES + "release:\n  automatic: false\n"


def erase(node: TestNode) -> None:
    with node.open() as opened:
        assert erasing.erase(opened.parts.database, 1, "asked for", "ada", AT) is not None


def files(folder: Path) -> int:
    return sum(len(path.name) == 64 for path in folder.rglob("*"))


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    """A node with two objects of a study that wait to be released."""
    node = TestNode(tmp_path, rules=ASKED)
    node.run(make_instance(), make_instance(instance=2))
    assert (files(node.settings.originals), files(node.settings.objects)) == (2, 2)
    return node


def test_no_file_is_left_and_no_word_of_the_patient(node: TestNode) -> None:
    erase(node)
    assert node.run() == Tally(2, 0, 0, 2, 0, 0, {"ERASED": 2})
    assert (files(node.settings.originals), files(node.settings.objects)) == (0, 0)
    with node.open() as opened, opened.parts.database.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert person(1).patient_id not in dump
    assert person(1).family not in dump


def test_the_same_object_sent_again_is_gone_again_until_the_tombstone_is_lifted(node: TestNode) -> None:
    erase(node)
    node.run(make_instance())
    assert node.run().reasons == {"ERASED": 2}
    assert files(node.settings.originals) == 0
    with node.open() as opened:
        erasing.lift(opened.parts.database, 1, "ada", AT)
    tally = node.run(make_instance())
    assert (tally.pending, tally.reasons) == (1, {"ERASED": 1})
    assert files(node.settings.originals) == 1


def test_another_object_of_the_erased_study_is_not_taken_in(node: TestNode) -> None:
    erase(node)
    tally = node.run(make_instance(instance=3))
    assert (tally.received, tally.reasons) == (3, {"ERASED": 3})
    assert files(node.settings.originals) == 0


def test_what_was_released_stays_where_it_is(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    erase(node)
    assert node.run().released == 1
    assert (files(node.settings.originals), len(list(node.release().rglob("*.dcm")))) == (0, 1)
    assert PROJECT in str(node.release())
