"""Sign a proposed release or refuse it, and void what was signed as soon as anything of it changes.

Whoever asks, at the console or by command, comes through here; the worker looks again before it freezes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from tirage.deliver import signing
from tirage.deliver.signing import CandidateState, Standing, Unfit, Voided
from tirage.faults import reach
from tirage.flow.context import Context, Rules
from tirage.flow.steps import consent
from tirage.model.identifiers import Digest, ProjectName, ReceivedId
from tirage.model.reasons import HoldReason
from tirage.store import audit, candidates, optouts, readings, signatures
from tirage.store.audit import Line
from tirage.store.candidates import CandidateRow
from tirage.store.database import reading, repeated
from tirage.store.times import Clock, micros

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Desk:
    """What signing needs: the record, the rules in force, and the folder of opt-out lists."""

    database: Engine
    rules: Mapping[ProjectName, Rules]
    lists: Path
    clock: Clock


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature was given; `given` of `needed` there are now."""

    given: int
    needed: int


def desk_of(context: Context) -> Desk:
    """What a worker signs with."""
    return Desk(context.database, context.rules, context.lists, context.clock)


def sign(desk: Desk, number: int, account: str, seen: Digest) -> Signed | Unfit | Voided:
    """Sign a candidate whose statement is `seen`, or say why not; what has changed is void instead."""

    def unit(connection: Connection) -> Signed | Unfit | Voided:
        row = candidates.get(connection, number)
        if row is None:
            return Unfit.ENDED
        if row.is_open and (voided := void_if_changed(connection, desk, row)) is not None:
            return voided
        now = standing(connection, row)
        unfit = signing.why_not(now, account, seen)
        if unfit is not None:
            return unfit
        at = micros(desk.clock())
        signatures.add(connection, number, account, seen, at)
        signed_by = (*now.signed_by, account)
        if signing.is_signed(signed_by, row.signatures):
            candidates.mark_signed(connection, number)
        given = len(signed_by)
        detail: audit.Detail = {
            "project": row.project,
            "version": row.version,
            "statement": seen,
            "signature": given,
            "needed": row.signatures,
        }
        audit.append(connection, [Line(account, "sign-release", f"candidate:{number}", detail)], at)
        reach("sign:before-commit")
        return Signed(given, row.signatures)

    done = repeated(desk.database, unit)
    reach("sign:after-commit")
    return done


def refuse(desk: Desk, number: int, account: str, words: str) -> bool:
    """Decline a candidate: nothing of it leaves until somebody asks anew; False when it had ended before."""

    def unit(connection: Connection) -> bool:
        row, at = candidates.get(connection, number), micros(desk.clock())
        ended = row is not None and candidates.end(
            connection, number, CandidateState.REFUSED, account, at, why=REFUSED, words=words
        )
        if row is None or not ended:
            return False
        given = signatures.void(connection, number, REFUSED, at)
        detail: audit.Detail = {"project": row.project, "version": row.version, "signatures": given}
        audit.append(connection, [Line(account, "refuse-release", f"candidate:{number}", detail)], at)
        return True

    return repeated(desk.database, unit)


def watch(desk: Desk, row: CandidateRow) -> Voided | None:
    """Void an open candidate if anything of it has changed; why, or None when all is as it was."""
    with reading(desk.database) as connection:
        if _change(connection, desk, row) is None:
            return None

    def unit(connection: Connection) -> Voided | None:
        now = candidates.get(connection, row.id)
        return void_if_changed(connection, desk, now) if now is not None and now.is_open else None

    return repeated(desk.database, unit)


def void_if_changed(connection: Connection, desk: Desk, row: CandidateRow) -> Voided | None:
    """Void the candidate and every signature on it if anything has changed; why, or None.

    Objects of patients who opted out meanwhile are rejected in the same transaction.
    """
    change = _change(connection, desk, row)
    if change is None:
        return None
    why, counts = change
    at = micros(desk.clock())
    if why is Voided.OPTED_OUT:
        consent.reject(connection, row.project, _opted(connection, desk, row), at)
    candidates.end(connection, row.id, CandidateState.VOIDED, candidates.SYSTEM, at, why=why.value)
    given = signatures.void(connection, row.id, why.value, at)
    detail: dict[str, str | int] = {
        "project": row.project,
        "version": row.version,
        "why": why.value,
        "signatures": given,
        **counts,
    }
    line = Line(candidates.SYSTEM, "void-release", f"candidate:{row.id}", detail)
    audit.append(connection, [line], at)
    return why


def standing(connection: Connection, row: CandidateRow) -> Standing:
    """How a candidate stands, for the rules of who may sign it."""
    return Standing(
        state=row.state,
        statement=row.statement,
        requester=row.requester,
        last_reviewer=readings.last_reader(connection, row.id),
        signed_by=tuple(each.account for each in signatures.listed(connection, row.id) if each.counts),
        needed=row.signatures,
    )


def _change(connection: Connection, desk: Desk, row: CandidateRow) -> tuple[Voided, dict[str, int]] | None:
    """What has changed since the candidate was proposed, with counts; the cheap looks first."""
    rules = desk.rules.get(row.project)
    if rules is None or rules.terms != row.terms:
        return Voided.RULES_CHANGED, {}
    if rules.project.is_expired(desk.clock().date()):
        return Voided.PROJECT_EXPIRED, {}
    changed = candidates.changed(connection, row)
    if changed:
        is_leak = HoldReason.REVIEW_FAILED.value in changed
        why = Voided.SAMPLE_FAILED if is_leak else Voided.OBJECTS_CHANGED
        return why, {f"objects-{reason}": count for reason, count in changed.items()}
    opted = _opted(connection, desk, row)
    if opted:
        return Voided.OPTED_OUT, {"objects": len(opted)}
    return None


def _opted(connection: Connection, desk: Desk, row: CandidateRow) -> list[ReceivedId]:
    opted_out = optouts.read(desk.lists, desk.rules[row.project].project)
    if not opted_out.keys:
        return []
    return consent.opted(connection, row.project, candidates.numbers(connection, row.id), opted_out)
