"""Patients who opted out: what was made of theirs before they did is not released."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.acquire.optout import OptOuts
from tirage.deliver.release import Candidate
from tirage.flow.steps import verdicts
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Refused
from tirage.model.reasons import RejectReason
from tirage.store import patients


def without_opted_out(
    connection: Connection, name: ProjectName, waiting: Sequence[Candidate], opted_out: OptOuts, at: int
) -> list[Candidate]:
    """What may be released by the lists just read; the rest is rejected."""
    if not opted_out.keys:
        return list(waiting)
    known = patients.identifiers(connection, name, [each.received for each in waiting])
    out = {each.received for each in waiting if opted_out.has(known.get(each.received, ()))}
    rejected = [(number, Refused(RejectReason.OPTED_OUT)) for number in sorted(out)]
    verdicts.record(connection, name, rejected, at)
    return [each for each in waiting if each.received not in out]
