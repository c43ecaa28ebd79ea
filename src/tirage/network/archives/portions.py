"""What is wanted of a study as requests: the study, whole series, or instances by lists of their UIDs."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tirage.model.archives import Wanted
from tirage.model.identifiers import Uid


class Level(StrEnum):
    """Query/Retrieve Level (0008,0052)."""

    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


@dataclass(frozen=True, slots=True, repr=False)
class Portion:
    """One request: a study, one of its series, or instances of one series."""

    study: Uid
    series: Uid | None = None
    instances: tuple[Uid, ...] = ()

    @property
    def level(self) -> Level:
        """At which level it is asked for."""
        if self.instances:
            return Level.IMAGE
        return Level.SERIES if self.series else Level.STUDY

    def singly(self) -> Iterator["Portion"]:
        """The same instances, one a request; what names no instances stays as it is."""
        if not self.instances:
            yield self
        for instance in self.instances:
            yield Portion(self.study, self.series, (instance,))


def portions(wanted: Wanted, most: int) -> Iterator[Portion]:
    """Requests for what is wanted, at most `most` instances in each.

    A list never crosses series, because the Series Instance UID is a unique key that must be single
    (PS3.4 C.4.2.2.1).
    """
    if wanted.whole:
        yield Portion(wanted.study)
        return
    by_series: dict[Uid, list[Uid]] = {series: [] for series in sorted(wanted.whole_series)}
    for instance in wanted.instances:
        by_series.setdefault(instance.series, []).append(instance.sop_instance)
    for series, instances in by_series.items():
        if series in wanted.whole_series:
            yield Portion(wanted.study, series)
            continue
        for start in range(0, len(instances), most):
            yield Portion(wanted.study, series, tuple(instances[start : start + most]))
