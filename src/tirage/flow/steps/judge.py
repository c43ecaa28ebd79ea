"""What a reader says of a sample: kept, counted, and followed at once where somebody saw a leak."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, update

from tirage.flow.steps import verdicts
from tirage.model.identifiers import ReceivedId
from tirage.model.outcomes import Disposition, Held
from tirage.model.reasons import HoldReason
from tirage.model.reviews import UNREAD, Drawn, Verdict
from tirage.review.decide import is_stopped, state_of
from tirage.store import audit, readings, samples
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.readings import ReadingRow
from tirage.store.samples import SampleRow
from tirage.store.schema import custody


class Refusal(StrEnum):
    """Why a reading is not taken."""

    CHANGED = "changed"
    """Somebody else read it meanwhile."""

    DECIDED = "decided"
    """It waits for no reader any more; who has read it may still change what they said."""

    GONE = "gone"
    """A release holds it, or it has been made anew since."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a sample in the version that they saw; `holds_all` holds all of its device."""

    sample: int
    version: int
    verdict: Verdict
    boxes: tuple[Drawn, ...] = ()
    seconds: int = 0
    holds_all: bool = False


def read(database: Engine, account: str, said: Said, at: int) -> SampleRow | Refusal:
    """Keep a reading; the sample as it is then."""

    def unit(connection: Connection) -> SampleRow | Refusal:
        row = _found(connection, said.sample, said.version)
        if isinstance(row, Refusal):
            return row
        if row.state not in UNREAD and account not in _readers(connection, row.id):
            return Refusal.DECIDED
        kept = ReadingRow(account, said.verdict, said.boxes, said.seconds, at)
        readings.put(connection, row.id, kept)
        others = samples.alike(connection, row) if said.holds_all and said.verdict is Verdict.LEAK else ()
        detail = {"verdict": said.verdict.value, "boxes": len(said.boxes)}
        return _followed(connection, row, account, "read", detail, others, at)

    return repeated(database, unit)


def take_back(database: Engine, account: str, number: int, version: int, at: int) -> SampleRow | Refusal:
    """Forget what the person said of a sample; the sample as it is then."""

    def unit(connection: Connection) -> SampleRow | Refusal:
        row = _found(connection, number, version)
        if isinstance(row, Refusal):
            return row
        if not readings.take_back(connection, row.id, account):
            return Refusal.DECIDED
        return _followed(connection, row, account, "unread", {}, (), at)

    return repeated(database, unit)


def _found(connection: Connection, number: int, version: int) -> SampleRow | Refusal:
    seen = samples.get(connection, number)
    if seen is not None:
        samples.lock(connection, seen.project, seen.policy)
    row = samples.get(connection, number)
    if row is None or row.is_released or not row.is_current:
        return Refusal.GONE
    return row if row.version == version else Refusal.CHANGED


def _followed(
    connection: Connection,
    row: SampleRow,
    account: str,
    action: str,
    detail: dict[str, str | int],
    others: Sequence[ReceivedId],
    at: int,
) -> SampleRow:
    """Work the sample's state out anew, hold its object or let it go on, and write down who did it."""
    said = [each.verdict for each in readings.listed(connection, row.id)]
    state = state_of(said, row.readers)
    samples.change(connection, row, state, at)
    if is_stopped(said, state):
        stopped = {*others, row.received} if row.disposition == Disposition.PENDING.value else {*others}
        held = [(number, Held(HoldReason.REVIEW_FAILED)) for number in sorted(stopped)]
        verdicts.record(connection, row.project, held, at)
        samples.count(connection, row.project, row.policy, -len(held))
        detail = detail | {"held": len(held)}
    else:
        samples.count(connection, row.project, row.policy, _let_go(connection, row))
    line = Line(account, action, f"sample:{row.id}", detail | {"project": row.project, "state": state.value})
    audit.append(connection, [line], at)
    found = samples.get(connection, row.id)
    assert found is not None
    return found


def _let_go(connection: Connection, row: SampleRow) -> int:
    """Let the object go on when its review alone held it; 1 when it does.

    It is no newer for that than what the sample was drawn of.
    """
    draw = samples.draw(connection, row.project, row.policy)
    assert draw is not None
    is_held = (
        (custody.c.project == row.project)
        & (custody.c.received_id == row.received)
        & (custody.c.disposition == Disposition.HELD.value)
        & (custody.c.reason == HoldReason.REVIEW_FAILED.value)
    )
    values = {"disposition": Disposition.PENDING.value, "reason": "", "updated_at": draw.newest}
    return connection.execute(update(custody).where(is_held).values(values)).rowcount


def _readers(connection: Connection, number: int) -> set[str]:
    return {each.reader for each in readings.listed(connection, number)}
