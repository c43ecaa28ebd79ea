"""What the record promises of objects that come unnamed and projects expect, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from tests.arrivals import SCANNER, arrival, summary

from tirage.model.archives import InstanceAnswer
from tirage.model.identifiers import ProjectName, ReceivedId, Uid
from tirage.model.records import Origin
from tirage.store import catalog, claims, dispositions, fetches, ledger, work
from tirage.store.claims import Claim
from tirage.store.database import reading, repeated, writing
from tirage.store.work import WorkKind

LUNGS, HEARTS, NOBODY = ProjectName("lungs"), ProjectName("hearts"), work.NO_PROJECT
AT = 1_780_000_000_000_000


def receive(
    engine: Engine, *numbers: int, projects: tuple[ProjectName, ...] = (), origin: Origin = SCANNER
) -> list[ReceivedId]:
    """Objects come in; nobody's unless a project takes what this sender sends."""
    ledger.record(engine, [arrival(each, projects=projects, origin=origin) for each in numbers])
    return waiting(engine)


def waiting(engine: Engine) -> list[ReceivedId]:
    """The objects that wait to be catalogued, in the order they came; struck off."""
    with writing(engine) as connection:
        items = work.claim(connection, WorkKind.CATALOGUE, 100, "test")
        work.finish(connection, [each.id for each in items])
    return [each.received for each in items if each.received is not None]


def read(engine: Engine, *numbers: ReceivedId, study: int = 1, patient: int = 1) -> None:
    with writing(engine) as connection:
        entries = [(each, summary(int(each), study=study, patient=patient)) for each in numbers]
        catalog.record(connection, entries, AT)


def want(engine: Engine, *numbers: int, project: ProjectName = LUNGS, patient: str = "P1") -> int:
    """A project's fetch of study 1, with the instances it expects."""
    with writing(engine) as connection:
        fetches.want(connection, project, [(Uid("1.2.5.1"), patient)], "pacs", 5, AT)
        number = fetches.due(connection, "pacs", [project], AT, 1)[0].id
        listed = [InstanceAnswer(Uid("1.2.4.1"), Uid(f"1.2.3.{each}"), Uid("")) for each in numbers]
        fetches.expect(connection, number, listed)
    return number


def claim(engine: Engine, numbers: Sequence[ReceivedId]) -> list[Claim]:
    return repeated(engine, lambda connection: claims.claim(connection, numbers, AT))


def received(engine: Engine) -> dict[str, int]:
    """How many objects each project has; every tally is conserved."""
    with reading(engine) as connection:
        tallies = dispositions.tallies(connection)
    assert all(each.is_conserved for each in tallies.values())
    return {str(name): each.received for name, each in tallies.items() if each.received}


def test_what_nobody_had_becomes_the_projects_own(engine: Engine) -> None:
    one, two = receive(engine, 1, 2)
    read(engine, one, two)
    want(engine, 1)
    assert received(engine) == {"": 2}
    assert claim(engine, [one, two]) == [(LUNGS, one)]
    assert received(engine) == {"": 1, "lungs": 1}


def test_two_projects_that_expect_an_object_both_have_it(engine: Engine) -> None:
    (one,) = receive(engine, 1)
    read(engine, one)
    want(engine, 1)
    want(engine, 1, project=HEARTS)
    assert claim(engine, [one]) == [(HEARTS, one), (LUNGS, one)]
    assert received(engine) == {"hearts": 1, "lungs": 1}


def test_claiming_again_is_no_news(engine: Engine) -> None:
    (one,) = receive(engine, 1)
    read(engine, one)
    number = want(engine, 1)
    assert claim(engine, [one]) == [(LUNGS, one)]
    assert claim(engine, [one]) == []
    with writing(engine) as connection:
        assert claims.claim_expected(connection, number, AT) == []
    assert received(engine) == {"lungs": 1}


def test_what_a_project_was_sent_stays_its_own_and_another_may_claim_it(engine: Engine) -> None:
    (one,) = receive(engine, 1, projects=(LUNGS,))
    read(engine, one)
    want(engine, 1)
    want(engine, 1, project=HEARTS)
    assert claim(engine, [one]) == [(HEARTS, one)]
    assert received(engine) == {"hearts": 1, "lungs": 1}


def test_an_object_of_another_study_than_expected_is_not_claimed(engine: Engine) -> None:
    (one,) = receive(engine, 1)
    read(engine, one, study=2)
    want(engine, 1)
    assert claim(engine, [one]) == []
    assert received(engine) == {"": 1}


def test_what_cannot_be_read_is_claimed_by_what_was_said_of_it(engine: Engine) -> None:
    (one,) = receive(engine, 1)
    want(engine, 1)
    assert claim(engine, [one]) == [(LUNGS, one)]
    assert received(engine) == {"lungs": 1}


def test_what_is_here_already_is_claimed_and_judged_anew(engine: Engine) -> None:
    one, two = receive(engine, 1, 2)
    read(engine, one)
    number = want(engine, 1, 2, 3)
    with writing(engine) as connection:
        assert set(claims.claim_expected(connection, number, AT)) == {(LUNGS, one), (LUNGS, two)}
        assert [each.sop_instance for each in fetches.missing(connection, number)] == ["1.2.3.3"]
    assert set(waiting(engine)) == {one, two}
    assert received(engine) == {"lungs": 2}


def test_workers_that_claim_the_same_at_once_take_it_once(engine: Engine) -> None:
    numbers = receive(engine, *range(1, 21))
    read(engine, *numbers)
    want(engine, *(int(each) for each in numbers))
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: claim(engine, numbers), range(8)))
    assert sorted(each for some in taken for each in some) == [(LUNGS, each) for each in sorted(numbers)]
    assert received(engine) == {"lungs": 20}


@pytest.mark.parametrize(
    ("requested", "differs"), [("P1", False), (" P1 ", False), ("P2", True), ("", False)]
)
def test_an_object_of_another_patient_than_requested_is_named(
    engine: Engine, requested: str, differs: bool
) -> None:
    (one,) = receive(engine, 1)
    read(engine, one)
    want(engine, 1, patient=requested)
    claim(engine, [one])
    with reading(engine) as connection:
        assert claims.of_another(connection, [one]) == ([(LUNGS, one)] if differs else [])


def test_what_an_archive_sent_unasked_is_named_and_nothing_else_is(engine: Engine) -> None:
    asked, unasked = receive(engine, 1, 2)
    read(engine, asked, unasked)
    (elsewhere,) = receive(engine, 3, origin=Origin(SCANNER.kind, "OTHER", "TIRAGE", "127.0.0.1"))
    want(engine, 1)
    claim(engine, [asked, unasked, elsewhere])
    sender = (SCANNER.calling_ae, SCANNER.called_ae)
    with writing(engine) as connection:
        assert claims.mark_unrequested(connection, [asked, unasked, elsewhere], [sender], AT) == 1
        assert dispositions.listed(connection, NOBODY, "UNREQUESTED", 10) == [unasked]
    want(engine, 1, 2, project=HEARTS)
    assert (HEARTS, unasked) in claim(engine, [unasked])
    assert received(engine) == {"": 1, "lungs": 1, "hearts": 1}
