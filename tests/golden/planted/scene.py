"""What the objects of one seed have in common."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.golden.planted import people
from tests.golden.planted.people import Person


@dataclass
class Scene:
    """What the objects of one seed have in common: patient, study, the people around them, their UIDs."""

    seed: int
    patient: Person
    source: random.Random
    started: datetime
    uids: dict[str, str] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, seed: int) -> "Scene":
        """The scene of a seed, always the same."""
        source = random.Random(seed)
        patient = people.patient(source)
        while not is_western(patient.family + patient.given):
            patient = people.patient(source)
        started = datetime(2014, 1, 5, 23, 40, tzinfo=UTC) + timedelta(days=source.randrange(3200))
        return cls(seed, patient, source, started)

    def uid(self, name: str) -> str:
        """The UID of something with this name, the same wherever it is referred to."""
        if name not in self.uids:
            digits = "".join(self.source.choices("123456789", k=14))
            root = self.source.choice(
                ("1.2.840.113619.2.55", "1.3.12.2.1107.5.2", "1.2.276.0.7230010.3", "2.25")
            )
            self.uids[name] = (
                f"{root}.{digits}.{self.source.randrange(10**8, 10**9)}"
                if root != "2.25"
                else ("2.25." + "".join(self.source.choices("123456789", k=37)))
            )
        return self.uids[name]


def is_western(text: str) -> bool:
    """Whether Latin-1 has all the letters."""
    return all(ord(letter) < 256 for letter in text)
