"""Patients who opted out: what was made of theirs before they did is not released."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.acquire.optout import OptOuts
from tirage.deliver.release import Candidate
from tirage.flow.steps import verdicts
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Refused
from tirage.model.reasons import RejectReason
from tirage.store import patients


def without_opted_out(
    connection: Connection, name: ProjectName, waiting: Sequence[Candidate], opted_out: OptOuts, at: int
) -> list[Candidate]:
    """What may be released by the lists just read; the rest is rejected."""
    out = set(opted(connection, name, [each.received for each in waiting], opted_out))
    reject(connection, name, sorted(out), at)
    return [each for each in waiting if each.received not in out]


def opted(
    connection: Connection, name: ProjectName, numbers: Sequence[ReceivedId], opted_out: OptOuts
) -> list[ReceivedId]:
    """Those of the objects whose patient is on one of the lists just read."""
    if not opted_out.keys:
        return []
    known = patients.identifiers(connection, name, numbers)
    return [number for number in numbers if opted_out.has(known.get(number, ()))]


def reject(connection: Connection, name: ProjectName, numbers: Sequence[ReceivedId], at: int) -> None:
    """Have objects of patients who opted out go no further."""
    verdicts.record(connection, name, [(each, Refused(RejectReason.OPTED_OUT)) for each in numbers], at)
