"""Decisions about what did not go on change all they are about or nothing, and lose nothing."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.event import listen
from tests import many
from tests.arrivals import PROJECT, arrival, summary

from tirage.faults import VARIABLE
from tirage.flow.steps import verdicts
from tirage.flow.steps.holds import Decision, TooMuchAtOnce, Wanted, WayClosed, decide
from tirage.model.advice import MEANING, NEXT, Way
from tirage.model.identifiers import PolicyDigest, ProjectName, ReceivedId
from tirage.model.outcomes import Disposition, Held, Refused, disposition_of
from tirage.model.reasons import HoldReason, Reason
from tirage.model.records import Tally
from tirage.review.remedies import REASONS, WAIVABLE, ways
from tirage.store import audit, catalog, dispositions, holds, ledger, retries
from tirage.store.database import is_postgres, reading, writing
from tirage.store.resolved import resolution, waiver
from tirage.store.schema import custody

AT = 1_780_000_000_000_000
HEARTS = ProjectName("hearts")
ROOT = Path(__file__).parents[2]
SOME = [reason for reason in REASONS.values() if reason not in ("NO_PROJECT", "UNREQUESTED", "ERASED")]


def stopped(engine: Engine, reasons: list[Reason], first: int = 1) -> list[ReceivedId]:
    """Objects of three studies, each stopped for a reason in the project."""
    numbers = range(first, first + len(reasons))
    kept = [each.received for each in ledger.record(engine, [arrival(n) for n in numbers])]
    with writing(engine) as connection:
        entries = [
            (each, summary(n, study=n % 3, series=n % 3)) for each, n in zip(kept, numbers, strict=True)
        ]
        catalog.record(connection, entries, AT)
        for number, reason in zip(kept, reasons, strict=True):
            against = Held(reason) if isinstance(reason, HoldReason) else Refused(reason)
            verdicts.record(connection, PROJECT, [(number, against)], AT)
    return kept


def tallies(engine: Engine) -> dict[ProjectName, Tally]:
    with reading(engine) as connection:
        assert audit.verify_chain(connection) is None
        found = dispositions.tallies(connection)
    assert all(each.is_conserved for each in found.values())
    return found


def groups(engine: Engine) -> list[holds.Group]:
    with reading(engine) as connection:
        return holds.groups(connection, holds.pairs(connection), most=500)


# --- the table of ways ------------------------------------------------------------------------------------


def test_every_reason_is_explained_and_its_ways_are_of_its_disposition() -> None:
    assert set(MEANING) == set(NEXT) == set(REASONS.values())
    for reason in REASONS.values():
        allowed, where = ways(reason), disposition_of(reason)
        assert (Way.RELEASE in allowed) == (reason in WAIVABLE)
        assert (Way.REJECT in allowed) == (where is not Disposition.REJECTED), reason
        assert not (Way.ASSIGN in allowed and Way.RETRY in allowed), reason


# --- decisions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_decide_every_object_stays_in_one_place(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    stopped(engine, [chance.choice(SOME) for _ in range(30)])
    ledger.record(engine, [arrival(n, projects=()) for n in range(100, 105)])
    before = sum(each.received for each in tallies(engine).values())
    for step in range(25):
        found = groups(engine)
        if not found:
            break
        one = chance.choice(found)
        way = chance.choice(list(Way))
        to = HEARTS if way is Way.ASSIGN else ProjectName("")
        decision = Decision(way, one.project, "ada", "because", to, PolicyDigest("ab" * 32))
        wanted = [Wanted(one.reason, one.study)]
        is_open = way in ways(REASONS[one.reason])
        if is_open:
            assert decide(engine, decision, wanted, AT + step).objects == one.objects
            assert decide(engine, decision, wanted, AT + step).objects == 0
        else:
            with pytest.raises(WayClosed):
                decide(engine, decision, wanted, AT + step)
        assert sum(each.received for each in tallies(engine).values()) == before


def test_a_disposition_is_always_that_of_its_reason(engine: Engine) -> None:
    stopped(engine, SOME)
    for one in groups(engine):
        for way in ways(REASONS[one.reason]) - {Way.ASSIGN}:
            decision = Decision(way, one.project, "ada", "why", policy=PolicyDigest("ab" * 32))
            decide(engine, decision, [Wanted(one.reason, one.study)], AT)
    with reading(engine) as connection:
        for row in connection.execute(select(custody.c.disposition, custody.c.reason)):
            expected = disposition_of(REASONS[row.reason]) if row.reason else Disposition.PENDING
            assert row.disposition == expected


def test_one_closed_way_among_many_changes_nothing(engine: Engine) -> None:
    stopped(engine, [HoldReason.PIXELS_UNCHECKED, HoldReason.IDENTIFIER_FOUND])
    both = [Wanted(each.reason, each.study) for each in groups(engine)]
    with pytest.raises(WayClosed):
        decide(engine, Decision(Way.RELEASE, PROJECT, "ada", "looked"), both, AT)
    assert tallies(engine)[PROJECT].held == 2
    with reading(engine) as connection:
        assert connection.execute(select(waiver)).all() == []


def test_what_a_reviewer_saw_leak_is_retried_only_under_other_rules(engine: Engine) -> None:
    (number,) = stopped(engine, [HoldReason.REVIEW_FAILED])
    made, other = PolicyDigest("ab" * 32), PolicyDigest("cd" * 32)
    with writing(engine) as connection:
        connection.execute(update(custody).where(custody.c.received_id == number).values(policy=made))
        study = connection.scalar(select(custody.c.study_id)) or 0
        assert retries.anew(connection, PROJECT, study, AT) == 0
    wanted = [Wanted("REVIEW_FAILED", study)]
    for policy in (made, None):
        with pytest.raises(WayClosed):
            decide(engine, Decision(Way.RETRY, PROJECT, "ada", policy=policy), wanted, AT)
    assert decide(engine, Decision(Way.RETRY, PROJECT, "ada", policy=other), wanted, AT).objects == 1


def test_a_release_is_recorded_with_who_looked_and_why(engine: Engine) -> None:
    (number,) = stopped(engine, [HoldReason.PIXELS_UNCHECKED])
    decide(
        engine,
        Decision(Way.RELEASE, PROJECT, "ada", "nothing to read"),
        [Wanted("PIXELS_UNCHECKED", numbers=(number,))],
        AT,
    )
    with reading(engine) as connection:
        made = connection.execute(select(resolution)).one()
        waived = connection.execute(select(waiver)).one()
    assert (made.made_by, made.why, made.objects) == ("ada", "nothing to read", 1)
    assert (waived.received_id, waived.reason) == (number, "PIXELS_UNCHECKED")


def test_more_than_a_thousand_studies_at_once_are_too_many(engine: Engine) -> None:
    wanted = [Wanted("RULE_FAILED", number) for number in range(1, 1_002)]
    with pytest.raises(TooMuchAtOnce):
        decide(engine, Decision(Way.RETRY, PROJECT, "ada"), wanted, AT)


# --- lists ------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_and_tell_every_study_once(engine: Engine) -> None:
    stopped(engine, [HoldReason.RULE_FAILED, HoldReason.DUP_TAG] * 9)
    whole = groups(engine)
    seen: list[holds.Group] = []
    with reading(engine) as connection:
        chosen = holds.pairs(connection)
        while page := holds.groups(connection, chosen, seen[-1].place if seen else None, most=2):
            seen += page
    assert seen == whole
    assert sum(each.objects for each in whole) == 18
    assert [each.place for each in whole] == sorted(each.place for each in whole)


def test_pages_and_counts_of_very_many_read_the_index_alone(engine: Engine) -> None:
    many.fill(engine, 200_000)
    read: list[str] = []
    listen(engine, "before_cursor_execute", lambda *event: read.append(_explained(engine, event)))
    with reading(engine) as connection:
        pairs = holds.pairs(connection)
        page = holds.groups(connection, pairs, most=50)
        holds.groups(connection, pairs, page[-1].place, most=50)
        holds.objects(connection, *page[5].place, most=50)
        holds.counts(connection, [AT])
    assert len(read) > 10
    for plan in read:
        # PostgreSQL may prefer another index where it expects a single row; none of them is a scan.
        is_good = "Seq Scan on custody" not in plan if is_postgres(engine) else "SCAN custody\n" not in plan
        assert is_good, plan
    assert sum("ix_custody_project_reason_study_id" in plan for plan in read) > 5


def _explained(engine: Engine, event: Any) -> str:
    _, _, statement, parameters, *_ = event
    how = "EXPLAIN " if is_postgres(engine) else "EXPLAIN QUERY PLAN "
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(how + statement, parameters)
        return "\n".join(str(row) for row in cursor.fetchall())
    finally:
        raw.close()


# --- kill -9 ----------------------------------------------------------------------------------------------

DECIDE = """
import sys
from tests.contract.test_holds import AT, PROJECT, groups
from tirage.flow.steps import erasing
from tirage.flow.steps.holds import Decision, Wanted, decide
from tirage.model.advice import Way
from tirage.store.database import open_database
engine = open_database(sys.argv[1])
if sys.argv[2] == "erase":
    erasing.erase(engine, groups(engine)[0].study, "asked for", "ada", AT)
else:
    wanted = [Wanted(each.reason, each.study) for each in groups(engine)]
    decide(engine, Decision(Way(sys.argv[2]), PROJECT, "ada", "why"), wanted, AT)
"""


@pytest.mark.parametrize("act", ["retry", "release", "reject", "erase"])
def test_a_kill_in_the_middle_of_a_decision_leaves_all_as_it_was(
    engine: Engine, database_url: str, act: str
) -> None:
    stopped(engine, [HoldReason.PIXELS_UNCHECKED] * 20)
    before, listed = tallies(engine), groups(engine)
    place = "erase:before-commit" if act == "erase" else "hold:before-commit"
    command = [sys.executable, "-c", DECIDE, database_url, act]
    killed = subprocess.run(
        command, cwd=ROOT, env=os.environ | {VARIABLE: f"{place}:1:kill"}, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tallies(engine), groups(engine)) == (before, listed)
    subprocess.run(command, cwd=ROOT, timeout=60, check=True)
    assert tallies(engine) != before
