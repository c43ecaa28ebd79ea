"""Which modalities there are for whom, and on which days counted from the participant's index date."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tirage.acquire.answers import day_of
from tirage.acquire.outcome import DELIVERED, decide_study
from tirage.model.records import Confidential
from tirage.model.requests import Match, Verdict
from tirage.store.standings import Requested

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class Available(Confidential):
    """Studies of one modality of a participant: wanted ones and those delivered of them.

    Days are relative to the index date; None when there is none, or no study has a date.
    """

    participant: str
    modality: str
    studies: int
    delivered: int
    first_day: int | None
    last_day: int | None


@dataclass(slots=True)
class _Cell:
    studies: dict[str, bool] = field(default_factory=dict)
    days: set[int] = field(default_factory=set)


class Availability:
    """Adds up rows; a study that several ask for counts once. Of `modalities` alone, when some are given."""

    def __init__(self, modalities: Sequence[str]) -> None:
        self._wanted = frozenset(modalities)
        self._cells: dict[tuple[str, str], _Cell] = {}

    def add(self, row: Requested) -> None:
        """Take the wanted studies of one row."""
        asked = row.request
        participant = asked.participant or asked.patient_id or asked.national_id
        for seen in row.seen:
            standing = seen.standing
            if standing.match is not Match.AS_ASKED or standing.verdict is not Verdict.WANTED:
                continue
            is_delivered = decide_study(standing).outcome in DELIVERED
            day = day_of(seen.study_date)
            for modality in self._modalities(seen.modalities):
                cell = self._cells.setdefault((participant, modality), _Cell())
                cell.studies[seen.study] = is_delivered
                if day is not None and asked.index_date is not None:
                    cell.days.add((day - asked.index_date).days)

    def lines(self) -> list[Available]:
        """One line for each participant and modality, in order."""
        return [
            Available(
                participant,
                modality,
                len(cell.studies),
                sum(cell.studies.values()),
                min(cell.days, default=None),
                max(cell.days, default=None),
            )
            for (participant, modality), cell in sorted(self._cells.items())
        ]

    def _modalities(self, found: Sequence[str]) -> list[str]:
        wanted = [each for each in found if not self._wanted or each in self._wanted]
        return wanted or [UNKNOWN]
