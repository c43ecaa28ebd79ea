"""Samples, readings and what they do to their objects, on SQLite and on PostgreSQL alike."""

import threading

import pytest
from sqlalchemy import Engine, select, update
from tests.requesting import add_instance, add_object, add_origin, add_study, digest

from tirage.flow.steps import judge, review
from tirage.flow.steps.judge import Refusal, Said
from tirage.model.identifiers import PolicyDigest, ProjectName, Pseudonym, ReceivedId, Uid
from tirage.model.pixels import Box
from tirage.model.records import Output
from tirage.model.reviews import Drawn, Mark, State, Verdict
from tirage.policy.fields import Sampling
from tirage.review.sample import choose
from tirage.store import audit, outputs, readings, samples
from tirage.store.database import reading, writing
from tirage.store.samples import Draw, SampleRow
from tirage.store.schema import custody, origin
from tirage.store.times import micros

LUNGS, POLICY = ProjectName("lungs"), PolicyDigest(digest(1))
CT = "1.2.840.10008.5.1.4.1.1.2"
AT = 1_000_000


def output(number: int, *marks: Mark) -> Output:
    return Output(
        source=digest(number),
        digest=digest(1000 + number),
        size_bytes=1,
        project=LUNGS,
        policy=POLICY,
        pseudonym=Pseudonym("P1"),
        sop_class=Uid(CT),
        sop_instance=Uid(f"2.25.{number}"),
        series=Uid("2.25.1"),
        study=Uid("2.25.2"),
        modality="CT",
        transfer_syntax=Uid("1.2.840.10008.1.2.1"),
        marks=marks,
    )


@pytest.fixture
def waiting(engine: Engine) -> Engine:
    """A database in which six outputs wait, one of them with a mark, and the sample is drawn of them."""
    with writing(engine) as connection:
        sender, study = add_origin(connection), add_study(connection, "1")
        for number in range(1, 7):
            add_object(connection, number, sender, f"1.{number}", study, "pending")
            add_instance(connection, number, study, f"1.{number}")
        made = [(ReceivedId(n), output(n, *([Mark.LETTERING] if n == 6 else []))) for n in range(1, 7)]
        outputs.record(connection, made, AT)
        outputs.record(connection, made, AT)
    draw(engine)
    return engine


def draw(engine: Engine) -> int:
    with writing(engine) as connection:
        found = outputs.unreleased(connection, LUNGS, POLICY)
        assert found is not None
        chosen = choose(
            samples.candidates(connection, LUNGS, POLICY),
            Sampling(per_stratum=1, percent=0, double_percent=0),
            samples.familiar(connection, LUNGS),
            b"k" * 32,
        )
        made = Draw(b"k" * 32, found.objects, micros(found.newest), AT)
        return samples.record(connection, LUNGS, POLICY, chosen, made)


def rows(engine: Engine) -> list[SampleRow]:
    with reading(engine) as connection:
        return samples.page(connection, LUNGS, POLICY, State, 0, 100)


def test_a_sample_is_drawn_once_and_counted_by_device(waiting: Engine) -> None:
    assert draw(waiting) == 0
    found = rows(waiting)
    assert [row.marks for row in found].count((Mark.LETTERING,)) == 1
    assert len(found) == 3
    with reading(waiting) as connection:
        standing = review.standing(connection, LUNGS, POLICY)
        [stratum] = samples.by_stratum(connection, LUNGS, POLICY)
    assert (standing.is_planned, standing.objects, standing.planned, standing.drawn) == (True, 6, 3, 2)
    assert stratum.states[State.OPEN] == 3


def test_pages_go_on_where_they_ended_and_leave_out_what_one_has_read(waiting: Engine) -> None:
    first, second, third = rows(waiting)
    judge.read(waiting, "ada", Said(first.id, 1, Verdict.DOUBT), AT)
    with reading(waiting) as connection:
        unread = samples.page(connection, LUNGS, POLICY, [State.OPEN], 0, 1, "ada")
        rest = samples.page(connection, LUNGS, POLICY, [State.OPEN], unread[-1].id, 9, "ada")
        others = samples.page(connection, LUNGS, POLICY, [State.OPEN], 0, 9, "bob")
        assert readings.own(connection, [first.id, second.id], "ada") == {first.id: Verdict.DOUBT}
    assert [each.id for each in (*unread, *rest)] == [second.id, third.id]
    assert len(others) == 3


def test_a_reading_is_kept_with_its_boxes_and_its_object_is_held_and_let_go(waiting: Engine) -> None:
    row = rows(waiting)[0]
    box = Drawn(2, Box(1, 2, 3, 4))
    held = judge.read(waiting, "ada", Said(row.id, 1, Verdict.LEAK, (box,), 7), AT + 1)
    assert isinstance(held, SampleRow)
    assert (held.state, held.disposition, held.version) == (State.FAILED, "held", 2)
    with reading(waiting) as connection:
        [said] = readings.listed(connection, row.id)
        assert review.standing(connection, LUNGS, POLICY).is_planned, "what is stopped asks for no new draw"
    assert (said.boxes, said.seconds) == ((box,), 7)
    again = judge.read(waiting, "ada", Said(row.id, 2, Verdict.OK), AT + 2)
    assert isinstance(again, SampleRow)
    assert (again.state, again.disposition) == (State.PASSED, "pending")
    with reading(waiting) as connection:
        standing = review.standing(connection, LUNGS, POLICY)
        assert (standing.is_planned, standing.objects) == (True, 6)
        assert audit.verify_chain(connection) is None


def test_what_comes_besides_is_noticed_even_where_as_much_went(waiting: Engine) -> None:
    with writing(waiting) as connection:
        number = connection.execute(select(origin.c.id)).scalar_one()
        study = add_study(connection, "2")
        add_object(connection, 7, number, "1.7", study, "pending")
        add_instance(connection, 7, study, "1.7")
        outputs.record(connection, [(ReceivedId(7), output(7))], AT + 5)
        connection.execute(
            update(custody).where(custody.c.received_id == 1).values(disposition="held", reason="DUP_TAG")
        )
    with reading(waiting) as connection:
        found = review.standing(connection, LUNGS, POLICY)
    assert (found.objects, found.is_planned, found.is_complete) == (6, False, False)


def test_of_two_who_read_at_once_one_is_told_to_look_again(waiting: Engine) -> None:
    row, answers = rows(waiting)[0], list[SampleRow | Refusal]()
    start = threading.Barrier(2)

    def read(reader: str) -> None:
        start.wait()
        answers.append(judge.read(waiting, reader, Said(row.id, 1, Verdict.OK), AT))

    threads = [threading.Thread(target=read, args=(reader,)) for reader in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(answer, SampleRow) for answer in answers) == [False, True]
    assert Refusal.CHANGED in answers
    with reading(waiting) as connection:
        assert len(readings.listed(connection, row.id)) == 1
