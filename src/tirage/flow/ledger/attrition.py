"""How many rows came how far, and where the others went: a flow diagram as CONSORT draws it, as SVG."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tirage.acquire.standing import Step
from tirage.flow.ledger.drawing import Aside, Station, draw
from tirage.flow.ledger.entries import Entry
from tirage.flow.ledger.words import WORDS
from tirage.model.requests import RequestOutcome

TITLES = {
    Step.REQUESTED: "Requested",
    Step.FOUND: "Found in an archive",
    Step.WANTED: "Wanted by the project",
    Step.FETCHED: "Fetched",
    Step.RECEIVED: "Received whole",
    Step.RELEASED: "De-identified and released",
    Step.DELIVERED: "Delivered",
}


@dataclass(frozen=True, slots=True)
class Box:
    """Rows that came so far, and how those of them ended that came no further, the most first.

    The last box has no side: `ended` splits what is in it.
    """

    step: Step
    count: int
    ended: tuple[tuple[RequestOutcome, int], ...]

    @property
    def left(self) -> int:
        """How many came no further."""
        return 0 if self.step is Step.DELIVERED else sum(count for _, count in self.ended)


def boxes(entries: Iterable[Entry]) -> list[Box]:
    """A box for each step; each holds what the one before held, less what left there."""
    stopped: dict[Step, Counter[RequestOutcome]] = {step: Counter() for step in Step}
    for entry in entries:
        stopped[entry.decision.step][entry.decision.outcome] += 1
    found, count = [], sum(each.total() for each in stopped.values())
    for step, outcomes in stopped.items():
        box = Box(step, count, tuple(sorted(outcomes.items(), key=lambda each: (-each[1], each[0]))))
        found.append(box)
        count -= box.left
    return found


def picture(found: Sequence[Box], project: str) -> str:
    """The diagram as an SVG element that stands alone as a file or inside a page."""
    return draw([_station(box) for box in found], f"What became of the requests of {project}")


def _station(box: Box) -> Station:
    if box.step is Step.DELIVERED:
        before = dict(box.ended).get(RequestOutcome.ALREADY_DELIVERED, 0)
        return Station(
            TITLES[box.step], box.count, note=f"{before:,} of them before this cohort" if before else ""
        )
    asides = tuple(Aside(WORDS[outcome].kind, outcome.value, count) for outcome, count in box.ended)
    return Station(TITLES[box.step], box.count, asides)
