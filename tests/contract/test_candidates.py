"""Candidates and signatures, on both databases."""

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError
from tests.requesting import add_object, add_origin, digest

from tirage.deliver.release import Attachment, Member
from tirage.deliver.signing import CandidateState, Statement
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, Pseudonym, ReceivedId, Uid
from tirage.model.records import Output
from tirage.store import candidates, outputs, signatures
from tirage.store.database import reading, writing
from tirage.store.schema import custody

PROJECT = ProjectName("lungs")
POLICY = PolicyDigest("a" * 64)
AT = 1_700_000_000_000_000


def made(number: int, project: ProjectName = PROJECT) -> Output:
    return Output(
        source=digest(number),
        digest=Digest(f"{number:064x}"),
        size_bytes=10,
        project=project,
        policy=POLICY,
        pseudonym=Pseudonym(f"P{number}"),
        sop_class=Uid("1.2"),
        sop_instance=Uid(f"1.2.{number}"),
        series=Uid("1.3"),
        study=Uid("1.4"),
        modality="CT",
        transfer_syntax=Uid("1.2.840.10008.1.2.1"),
    )


def statement(project: ProjectName = PROJECT, version: int = 1) -> Statement:
    return Statement(
        project, version, POLICY, Digest("b" * 64), Digest("c" * 64), Digest("d" * 64), 2, "bo", 2
    )


@pytest.fixture
def proposed(engine: Engine) -> int:
    """A candidate with two objects and a table."""
    with writing(engine) as connection:
        origin, numbers = add_origin(connection), (1, 2)
        for number in numbers:
            add_object(connection, number, origin, f"1.2.{number}", None, "pending")
        outputs.record(connection, [(ReceivedId(n), made(n)) for n in numbers], AT)
        members = [Member(ReceivedId(n), made(n), f"P{n}/{n}.dcm") for n in numbers]
        tables = [Attachment("tables/0001/person.parquet", Digest("e" * 64), 5)]
        return candidates.propose(connection, statement(), members, tables, "{}", AT)


def test_what_was_proposed_is_read_as_it_was(engine: Engine, proposed: int) -> None:
    with reading(engine) as connection:
        row = candidates.get(connection, proposed)
        assert row is not None
        assert (row.statement, row.objects, row.size_bytes) == (statement().digest, 2, 25)
        assert [each.name for each in candidates.members(connection, row)] == ["P1/1.dcm", "P2/2.dcm"]
        assert [each.name for each in candidates.attachments(connection, proposed)] == [
            "tables/0001/person.parquet"
        ]
        assert candidates.changed(connection, row) == {}
        assert candidates.current(connection, PROJECT) == candidates.newest(connection, PROJECT) == row


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"disposition": "held", "reason": "IDENTITY_CONFLICT"}, "IDENTITY_CONFLICT"),
        ({"disposition": "rejected", "reason": "OPTED_OUT"}, "OPTED_OUT"),
        ({"policy": Digest("f" * 64)}, "pending"),
        ({"output_digest": Digest("f" * 64)}, "pending"),
        ({"stage": "received"}, "pending"),
    ],
)
def test_every_change_of_a_member_is_seen(
    engine: Engine, proposed: int, values: dict[str, str], expected: str
) -> None:
    with writing(engine) as connection:
        connection.execute(update(custody).where(custody.c.received_id == 1).values(**values))
        row = candidates.get(connection, proposed)
        assert row is not None
        assert candidates.changed(connection, row) == {expected: 1}


def test_a_project_has_one_open_candidate(engine: Engine, proposed: int) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        candidates.propose(
            connection, statement(), [Member(ReceivedId(1), made(1), "P1/1.dcm")], [], "{}", AT
        )
    with writing(engine) as connection:
        assert candidates.end(connection, proposed, CandidateState.VOIDED, "worker", AT, why="opted-out")
        assert not candidates.end(connection, proposed, CandidateState.REFUSED, "bo", AT)
        members = [Member(ReceivedId(1), made(1), "P1/1.dcm")]
        again = candidates.propose(connection, statement(), members, [], "{}", AT)
        assert candidates.current(connection, PROJECT) == candidates.get(connection, again)


def test_signatures_are_kept_and_voided_never_deleted(engine: Engine, proposed: int) -> None:
    with writing(engine) as connection:
        signatures.add(connection, proposed, "anna", statement().digest, AT)
        candidates.mark_signed(connection, proposed)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        signatures.add(connection, proposed, "anna", statement().digest, AT)
    with writing(engine) as connection:
        assert signatures.void(connection, proposed, "rules-changed", AT + 1) == 1
        assert signatures.void(connection, proposed, "again", AT + 2) == 0
        [one] = signatures.listed(connection, proposed)
        assert (one.account, one.counts, one.why, one.voided_at) == ("anna", False, "rules-changed", AT + 1)
        row = candidates.get(connection, proposed)
        assert row is not None
        assert row.state is CandidateState.SIGNED


def test_who_asked_is_kept_until_it_is_met(engine: Engine) -> None:
    with writing(engine) as connection:
        assert candidates.requester(connection, PROJECT) == "worker"
        assert candidates.ask(connection, PROJECT, "bo", AT)
        assert not candidates.ask(connection, PROJECT, "anna", AT)
        assert candidates.requester(connection, PROJECT) == "bo"
        candidates.fulfil(connection, PROJECT)
        assert candidates.requester(connection, PROJECT) == "worker"
        assert candidates.ask(connection, PROJECT, "anna", AT)


def test_a_list_holds_the_projects_a_person_sees(engine: Engine, proposed: int) -> None:
    heart = ProjectName("heart")
    with writing(engine) as connection:
        other = candidates.propose(
            connection,
            statement(heart),
            [Member(ReceivedId(1), made(1, heart), "P1/1.dcm")],
            [],
            "{}",
            AT,
        )
        listed = [
            [row.id for row in candidates.listed(connection, *each)]
            for each in (
                (None, None, 5),
                (frozenset({"heart"}), None, 5),
                (frozenset(), None, 5),
                (None, other, 5),
                (None, None, 1),
            )
        ]
    assert listed == [[other, proposed], [other], [], [proposed], [other]]
