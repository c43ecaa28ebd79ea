"""The lines of a ledger: one for each requested row of every cohort, and what they add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tirage.acquire.outcome import decide
from tirage.acquire.standing import Decision
from tirage.flow.ledger.availability import Availability, Available
from tirage.model.identifiers import ProjectName
from tirage.model.records import Confidential
from tirage.model.requests import RequestOutcome
from tirage.store.standings import Requested
from tirage.store.times import moment


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Confidential):
    """A row as it was requested, and how it ended; `changed` is when that last changed."""

    cohort: int
    row: int
    participant: str
    patient_id: str
    accession: str
    study: str
    archive: str
    decision: Decision
    changed: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Ledger(Confidential):
    """A project's ledger at a time: `version` when it is about one cohort, else about all of them."""

    project: ProjectName
    made: datetime
    entries: Sequence[Entry]
    availability: Sequence[Available]
    version: int | None = None

    @property
    def outcomes(self) -> dict[RequestOutcome, int]:
        """How many rows ended how, in the order of the outcomes; together they are all rows."""
        counts = Counter(entry.decision.outcome for entry in self.entries)
        return {outcome: counts[outcome] for outcome in RequestOutcome if counts[outcome]}


def make_ledger(
    project: ProjectName,
    rows: Iterable[Requested],
    modalities: Sequence[str],
    made: datetime,
    version: int | None = None,
) -> Ledger:
    """The ledger of these rows; `modalities` are the ones the project wants, none for all."""
    entries, availability = [], Availability(modalities)
    for row in rows:
        asked = row.request
        archives = dict.fromkeys(each.archive for each in row.seen)
        entries.append(
            Entry(
                cohort=row.cohort,
                row=asked.row,
                participant=asked.participant,
                patient_id=asked.patient_id or asked.national_id,
                accession=asked.accession,
                study=asked.study,
                archive=", ".join(archives),
                decision=decide(row.standing),
                changed=moment(row.changed_at),
            )
        )
        availability.add(row)
    return Ledger(project, made, entries, availability.lines(), version)
