"""Delivery into a project of XNAT.

A study is one ZIP, handed to the import service, and proved by what XNAT lists afterwards. What a session has
already is never overwritten: what is missing in it is added, and another content under a name is a conflict.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Progress,
    Proof,
    Receipt,
)
from tirage.network.https import Service, Unanswered
from tirage.network.send.files import Fault
from tirage.network.send.pace import Pace
from tirage.network.send.xnat.names import resource_label, resource_name
from tirage.network.send.xnat.places import Archive, Place, Prearchive, Resource
from tirage.network.send.xnat.proof import Compared
from tirage.network.send.xnat.rest import Xnat, opened
from tirage.network.send.xnat.sources import Source, SourceFault, read_source

LOOK_S: Final = 1.0
"""Seconds between two looks for what was imported."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: Delivery
    detail: str = ""
    is_worth_retrying: bool = False
    proof: Proof = Proof.NONE


@dataclass(frozen=True, slots=True)
class XnatDestination:
    """A `Destination`: imports each study into `project`, to the archive or the prearchive.

    `scratch` is a folder of the research zone for ZIPs while they are sent. `settle_s` is how long what was
    imported may take to be listed; `connections` is how many subjects are sent at once.
    """

    name: str
    service: Service
    user: str
    password: str = field(repr=False)
    project: str
    scratch: Path
    is_prearchive: bool = False
    kilobytes_per_second: int = 0
    connections: int = 1
    settle_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def check(self) -> None:
        """Sign in and see the project; raises `DestinationUnreachable` or `DestinationRefused`."""
        try:
            with self._open() as xnat:
                xnat.check()
        except Unanswered as fault:
            if fault.is_worth_retrying:
                raise DestinationUnreachable(str(fault)) from fault
            raise DestinationRefused(str(fault)) from fault

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Import each study, and put files that are no objects into a resource of the project."""
        if not consignments:
            return []
        outcomes: dict[int, _Outcome] = {}

        def settle(numbers: Iterable[int], outcome: _Outcome) -> None:
            for number in numbers:
                outcomes[number] = outcome
                progress(_receipt(consignments[number], outcome))

        try:
            with self._open() as xnat, ThreadPoolExecutor(self.connections) as pool:
                pace = Pace(self.kilobytes_per_second * 1000)

                def send(units: Sequence[Sequence[int]]) -> list[list[_Outcome]]:
                    return [self._outcomes(xnat, [consignments[n] for n in unit], pace) for unit in units]

                subjects = _by_subject(consignments)
                for units, answers in zip(subjects, pool.map(send, subjects), strict=True):
                    for unit, outcomes_of_unit in zip(units, answers, strict=True):
                        for number, outcome in zip(unit, outcomes_of_unit, strict=True):
                            settle([number], outcome)
        except Unanswered as fault:
            rest = [number for number in range(len(consignments)) if number not in outcomes]
            settle(rest, _Outcome(Delivery.FAILED, fault.code, fault.is_worth_retrying))
        return [_receipt(each, outcomes[number]) for number, each in enumerate(consignments)]

    def _open(self) -> AbstractContextManager[Xnat]:
        return opened(self.service, self.user, self.password, self.project)

    def _outcomes(self, xnat: Xnat, sent: Sequence[Consignment], pace: Pace) -> list[_Outcome]:
        """How a study, or a list, fared: the same for all its objects but those whose own fault it is."""
        try:
            sources, faults = _read(sent)
            if faults:
                code = next(iter(faults.values()))
                return [_Outcome(Delivery.FAILED, faults.get(number, code)) for number in range(len(sent))]
            outcome = self._placed(self._place(xnat, sources, pace), sources)
        except SourceFault as fault:
            outcome = _Outcome(Delivery.FAILED, str(fault))
        except Fault as failed:
            outcome = _Outcome(Delivery.FAILED, failed.detail, failed.is_worth_retrying)
        except Unanswered as fault:
            outcome = _Outcome(Delivery.FAILED, fault.code, fault.is_worth_retrying)
        except OSError:
            outcome = _Outcome(Delivery.FAILED, "IO_ERROR", True)
        return [outcome] * len(sent)

    def _place(self, xnat: Xnat, sources: Sequence[Source], pace: Pace) -> Place:
        first = sources[0].consignment
        if not first.sop_class:
            return Resource(xnat, self.scratch, pace, resource_label(first.name))
        kind = Prearchive if self.is_prearchive else Archive
        return kind(xnat, self.scratch, pace, self.project, first.subject, first.study)

    def _placed(self, place: Place, sources: Sequence[Source]) -> _Outcome:
        before = place.look(sources)
        if before.other:
            return _Outcome(Delivery.CONFLICT)
        if before.is_whole:
            return _Outcome(Delivery.ALREADY, proof=before.proof)
        fault = _sent(place, before.missing)
        after = self._settled(place, sources) if fault is None else place.look(sources)
        if after.other:
            # What was damaged on its way is this delivery's own: taken back and sent once more.
            place.take_back(after.other)
            fault = _sent(place, place.look(sources).missing)
            after = self._settled(place, sources)
            if after.other:
                raise Fault("READ_BACK", False)
        if after.is_whole:
            return _Outcome(Delivery.DELIVERED, proof=after.proof)
        if fault is not None:
            raise fault
        raise Fault("NOT_LISTED", True)

    def _settled(self, place: Place, sources: Sequence[Source]) -> Compared:
        """What is there once XNAT has taken it in, or when it takes too long."""
        waited = 0.0
        while True:
            found = place.look(sources)
            if not found.missing or waited >= self.settle_s:
                return found
            self.sleep(LOOK_S)
            waited += LOOK_S


def _by_subject(consignments: Sequence[Consignment]) -> list[list[list[int]]]:
    """The numbers of what is sent together, by subject: the objects of a study, each list by itself.

    A subject's studies go one after the other: two that came at once would both make the subject in XNAT.
    """
    subjects: dict[str, dict[str, list[int]]] = {}
    for number, each in enumerate(consignments):
        units = subjects.setdefault(each.subject, {})
        units.setdefault(each.study if each.sop_class else each.name, []).append(number)
    return [list(units.values()) for units in subjects.values()]


def _read(sent: Sequence[Consignment]) -> tuple[list[Source], dict[int, str]]:
    """The files as they are to arrive, and by number which of them are not what was released."""
    sources, faults = [], {}
    for number, each in enumerate(sent):
        try:
            sources.append(read_source(each, "" if each.sop_class else resource_name(each.name)))
        except SourceFault as fault:
            faults[number] = str(fault)
    return sources, faults


def _sent(place: Place, missing: Sequence[Source]) -> Unanswered | None:
    """Send, and say why it may not have worked: an answer that got lost does not tell."""
    try:
        place.send(missing)
    except Unanswered as fault:
        return fault
    return None


def _receipt(consignment: Consignment, outcome: _Outcome) -> Receipt:
    return Receipt(
        consignment.digest, outcome.status, outcome.detail, outcome.is_worth_retrying, outcome.proof
    )
