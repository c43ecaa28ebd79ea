"""What is put back is judged anew, once, and counted once; on SQLite and PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Engine, select, update
from tests.arrivals import PROJECT, arrival, summary

from tirage.flow.steps import verdicts
from tirage.model.identifiers import PolicyDigest, ProjectName, ReceivedId
from tirage.model.outcomes import Held, Refused
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason
from tirage.model.records import Finding
from tirage.store import catalog, contents, dispositions, ledger, retries, studies, work
from tirage.store.database import reading, writing
from tirage.store.schema import custody, finding

AT = 1_780_000_000_000_000
POLICY = PolicyDigest("ab" * 32)
NOBODY = ProjectName("")


def stopped(engine: Engine, *reasons: HoldReason | QuarantineReason | RejectReason) -> list[ReceivedId]:
    """Catalogued objects of one study, each stopped for a reason."""
    found = [Finding("PatientComments", "patient name")]
    numbers = [each.received for each in ledger.record(engine, [arrival(n) for n in range(len(reasons))])]
    with writing(engine) as connection:
        catalog.record(connection, [(each, summary(int(each))) for each in numbers], AT)
        items = work.claim(connection, work.WorkKind.CATALOGUE, 100, "test")
        work.finish(connection, [each.id for each in items])
        for number, reason in zip(numbers, reasons, strict=True):
            verdict = Held(reason, found) if isinstance(reason, HoldReason) else Refused(reason, found)
            verdicts.record(connection, PROJECT, [(number, verdict)], AT)
    return numbers


def again(engine: Engine, numbers: Sequence[ReceivedId], project: ProjectName = PROJECT) -> int:
    with writing(engine) as connection:
        return retries.again(connection, project, numbers, AT + 1)


def standing(engine: Engine, number: ReceivedId) -> tuple[str, str, str]:
    with reading(engine) as connection:
        assert all(each.is_conserved for each in dispositions.tallies(connection).values())
        row = connection.execute(select(custody).where(custody.c.received_id == number)).one()
    return row.stage, row.disposition, row.reason


def test_what_was_stopped_later_goes_on_from_the_catalogue_and_the_rest_is_read_again(engine: Engine) -> None:
    held, excluded = stopped(engine, HoldReason.PIXELS_UNCHECKED, RejectReason.MODALITY_EXCLUDED)
    assert again(engine, [held, excluded]) == 2
    assert standing(engine, held) == ("catalogued", "pending", "")
    assert standing(engine, excluded) == ("received", "pending", "")
    with writing(engine) as connection:
        assert [each.received for each in work.claim(connection, "catalogue", 9, "t")] == [excluded]


def test_what_was_never_catalogued_is_read_again(engine: Engine) -> None:
    (number,) = [each.received for each in ledger.record(engine, [arrival(1)])]
    with writing(engine) as connection:
        items = work.claim(connection, work.WorkKind.CATALOGUE, 100, "test")
        work.finish(connection, [each.id for each in items])
        refused = Refused(QuarantineReason.TRUNCATED)
        verdicts.record(connection, PROJECT, [(number, refused)], AT)
    assert again(engine, [number]) == 1
    assert standing(engine, number) == ("received", "pending", "")
    with reading(engine) as connection:
        assert work.has_free(connection, work.WorkKind.CATALOGUE)


def test_every_time_the_study_waits_under_another_name(engine: Engine) -> None:
    (number,) = stopped(engine, HoldReason.RULE_FAILED)
    counts = []
    for _ in range(2):
        again(engine, [number])
        with writing(engine) as connection:
            (waiting,) = studies.waiting(connection, PROJECT, POLICY)
            assert retries.is_count(connection, PROJECT, waiting.study, waiting.retries)
            counts.append(waiting.retries)
            verdicts.record(connection, PROJECT, [(number, Held(HoldReason.RULE_FAILED))], AT)
    assert counts == [1, 2]


def test_earlier_findings_are_kept_and_shown_no_more(engine: Engine) -> None:
    (number,) = stopped(engine, HoldReason.IDENTIFIER_FOUND)
    again(engine, [number])
    with writing(engine) as connection:
        verdicts.record(connection, PROJECT, [(number, Held(HoldReason.RULE_FAILED))], AT + 2)
        (shown,) = contents.study_in_project(connection, "1.2.5.1", PROJECT)
        kept = connection.execute(select(finding.c.superseded_at)).scalars().all()
    assert (shown.findings, kept) == ((), [AT + 1])


def test_what_is_pending_released_or_nobodys_stays_where_it_is(engine: Engine) -> None:
    held, pending = stopped(engine, HoldReason.RULE_FAILED, HoldReason.RULE_FAILED)
    assert again(engine, [pending]) == 1
    assert again(engine, [pending]) == 0
    with writing(engine) as connection:
        connection.execute(update(custody).where(custody.c.received_id == held).values(project=""))
        assert retries.again(connection, NOBODY, [held], AT) == 0


def test_a_decision_about_the_patient_takes_back_what_waits_to_be_released(engine: Engine) -> None:
    made, excluded = stopped(engine, HoldReason.RULE_FAILED, RejectReason.MODALITY_EXCLUDED)
    again(engine, [made])
    with writing(engine) as connection:
        is_made = custody.c.received_id == made
        connection.execute(update(custody).where(is_made).values(stage="deidentified", policy=POLICY))
        (number,) = set(connection.execute(select(custody.c.study_id)).scalars())
        assert retries.anew(connection, PROJECT, number or 0, AT) == 1
    assert standing(engine, made) == ("catalogued", "pending", "")
    assert standing(engine, excluded)[1] == "rejected"
