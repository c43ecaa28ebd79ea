"""A project that samples releases nothing before people have looked, and nothing that they saw a leak in."""

from pathlib import Path

import pytest

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.flow.steps import judge, review
from tirage.flow.steps.judge import Refusal, Said
from tirage.model.reviews import SampleStanding, State, Verdict
from tirage.store import samples, times
from tirage.store.database import reading
from tirage.store.samples import SampleRow

UNSIGNED = "  signatures: 0\n"
SAMPLED = RULES.replace(UNSIGNED, UNSIGNED + "  sampling:\n    per_stratum: 2\n    double_percent: 0\n")
TWICE = RULES.replace(UNSIGNED, UNSIGNED + "  sampling:\n    per_stratum: 1\n    double_percent: 100\n")


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path, rules=SAMPLED)


def standing(node: TestNode) -> SampleStanding:
    with node.open() as opened, reading(opened.parts.database) as connection:
        return review.standing(connection, PROJECT, opened.parts.rules[PROJECT].profile.digest)


def listed(node: TestNode, *states: State) -> list[SampleRow]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        policy = opened.parts.rules[PROJECT].profile.digest
        return samples.page(connection, PROJECT, policy, states or State, 0, 100)


def say(
    node: TestNode, row: SampleRow, verdict: Verdict, reader: str = "ada", **more: bool
) -> SampleRow | Refusal:
    with node.open() as opened:
        said = Said(row.id, row.version, verdict, **more)
        return judge.read(opened.parts.database, reader, said, times.micros(times.now()))


def series(count: int) -> list[bytes]:
    return [make_instance(instance=number) for number in range(1, count + 1)]


def test_nothing_is_released_before_the_sample_is_read(node: TestNode) -> None:
    assert node.run(*series(10)).pending == 10
    before = standing(node)
    assert (before.is_planned, before.planned, before.open, before.is_complete) == (True, 4, 4, False)
    rows = listed(node)
    for row in rows[:-1]:
        say(node, row, Verdict.OK)
    assert node.run().pending == 10
    say(node, rows[-1], Verdict.OK)
    after = standing(node)
    assert (after.is_complete, after.passed, after.drawn_read, after.drawn_failed) == (True, 4, 4, 0)
    assert after.upper_bound == pytest.approx(1 - 0.05**0.25)
    assert node.run().released == 10


def test_without_sampling_nobody_is_waited_for(tmp_path: Path) -> None:
    assert TestNode(tmp_path).run(*series(3)).released == 3


def test_what_comes_later_is_drawn_from_too_and_familiar_devices_less(node: TestNode) -> None:
    node.run(*series(4))
    for row in listed(node):
        say(node, row, Verdict.OK)
    assert node.run().released == 4
    node.run(*[make_instance(study=2, instance=number) for number in range(1, 9)])
    assert (standing(node).planned, standing(node).open) == (2, 2)


def test_a_leak_holds_its_object_at_once_and_the_rest_goes_on(node: TestNode) -> None:
    node.run(*series(6))
    first, *others = listed(node)
    failed = say(node, first, Verdict.LEAK)
    assert isinstance(failed, SampleRow)
    assert (failed.state, failed.reason) == (State.FAILED, "REVIEW_FAILED")
    for row in others:
        say(node, row, Verdict.OK)
    tally = node.run()
    assert (tally.released, tally.held, tally.reasons) == (5, 1, {"REVIEW_FAILED": 1})


def test_a_leak_may_hold_everything_of_its_device(node: TestNode) -> None:
    node.run(*series(6), make_instance(series=2, modality="MR"))
    ct = next(row for row in listed(node) if row.stratum.modality == "CT")
    say(node, ct, Verdict.LEAK, holds_all=True)
    mr = next(row for row in listed(node) if row.stratum.modality == "MR")
    say(node, mr, Verdict.OK)
    tally = node.run()
    assert (tally.released, tally.reasons) == (1, {"REVIEW_FAILED": 6})


def test_who_was_mistaken_takes_it_back(node: TestNode) -> None:
    node.run(*series(2))
    first, second = listed(node)
    failed = say(node, first, Verdict.LEAK)
    assert isinstance(failed, SampleRow)
    with node.open() as opened:
        back = judge.take_back(opened.parts.database, "ada", failed.id, failed.version, 1)
    assert isinstance(back, SampleRow)
    assert (back.state, back.disposition) == (State.OPEN, "pending")
    for row in (back, second):
        say(node, row, Verdict.OK)
    assert node.run().released == 2


def test_one_person_does_not_read_one_object_twice(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=TWICE)
    node.run(*series(1))
    [row] = listed(node)
    once = say(node, row, Verdict.OK)
    assert isinstance(once, SampleRow)
    again = say(node, once, Verdict.OK)
    assert isinstance(again, SampleRow)
    assert (again.state, standing(node).double_read) == (State.OPEN, 0)
    assert node.run().pending == 1
    other = say(node, again, Verdict.OK, reader="bob")
    assert isinstance(other, SampleRow)
    assert (other.state, standing(node).double_read) == (State.PASSED, 1)
    assert node.run().released == 1


def test_a_third_reader_decides_where_two_do_not_agree(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=TWICE)
    node.run(*series(1))
    [row] = listed(node)
    for reader, verdict in (("ada", Verdict.LEAK), ("bob", Verdict.OK), ("eve", Verdict.OK)):
        changed = say(node, row, verdict, reader=reader)
        assert isinstance(changed, SampleRow)
        row = changed
        expected = "held" if reader != "eve" else "pending"
        assert row.disposition == expected
    assert row.state is State.PASSED
    found = standing(node).agreement
    assert (found.pairs, found.alike) == (1, 0)
    assert node.run().released == 1


def test_of_two_who_look_at_the_same_state_the_second_is_told(node: TestNode) -> None:
    node.run(*series(1))
    [row] = listed(node)
    say(node, row, Verdict.OK)
    assert say(node, row, Verdict.LEAK, reader="bob") is Refusal.CHANGED


def test_what_is_decided_takes_no_further_reader_and_what_is_released_none(node: TestNode) -> None:
    node.run(*series(1))
    [row] = listed(node)
    passed = say(node, row, Verdict.OK)
    assert isinstance(passed, SampleRow)
    assert say(node, passed, Verdict.LEAK, reader="bob") is Refusal.DECIDED
    assert node.run().released == 1
    assert say(node, passed, Verdict.LEAK) is Refusal.GONE


def test_a_failed_object_that_is_put_back_unchanged_keeps_everything_waiting(node: TestNode) -> None:
    from sqlalchemy import update

    from tirage.store.database import writing
    from tirage.store.schema import custody

    node.run(*series(2))
    first, second = listed(node)
    say(node, first, Verdict.LEAK)
    say(node, second, Verdict.OK)
    with node.open() as opened, writing(opened.parts.database) as connection:
        connection.execute(
            update(custody)
            .where(custody.c.received_id == first.received)
            .values(disposition="pending", reason="")
        )
    assert node.run().pending == 2
    assert standing(node).returned == 1
