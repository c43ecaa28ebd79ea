"""Which outputs people look at before a release: all that carry a mark, and some of every stratum by chance.

Chance is a key that arrives from outside: the same outputs and the same key give the same sample, and nobody
who does not know the key can tell beforehand which object will be looked at.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import ceil

from tirage.model.identifiers import Digest, ReceivedId
from tirage.model.reviews import Mark, Stratum
from tirage.policy.fields import Sampling

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SECONDARY = _STORAGE + "7"
_ULTRASOUND = tuple(_STORAGE + leaf for leaf in ("3", "3.1", "6", "6.1", "6.2", "6.3"))

NEW_DEVICE = 2
"""How many times as many of a stratum are drawn while none of it has ever passed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An output that waits for release."""

    received: ReceivedId
    digest: Digest
    stratum: Stratum
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate to look at; without `marks` it was drawn by chance. `readers` is how many read it."""

    candidate: Candidate
    marks: tuple[Mark, ...]
    readers: int

    @property
    def is_drawn(self) -> bool:
        """Whether chance alone chose it."""
        return not self.marks


def choose(
    candidates: Iterable[Candidate], sampling: Sampling, familiar: Collection[Stratum], chance: bytes
) -> list[Chosen]:
    """The sample, in the order the objects came. `familiar` are the strata of which something has passed."""
    marked, strata = dict[ReceivedId, tuple[Mark, ...]](), defaultdict[Stratum, list[Candidate]](list)
    everything: dict[ReceivedId, Candidate] = {}
    for candidate in candidates:
        marks = marks_of(candidate)
        if marks:
            marked[candidate.received] = marks
            everything[candidate.received] = candidate
        else:
            strata[candidate.stratum].append(candidate)
    for stratum, members in strata.items():
        wanted = size(len(members), sampling, is_familiar=stratum in familiar)
        drawn = sorted(members, key=lambda each: rank(each.digest, chance, b"draw"))[:wanted]
        everything |= {each.received: each for each in drawn}
    twice = _twice(everything.values(), sampling, chance)
    return [
        Chosen(everything[number], marked.get(number, ()), 2 if number in twice else 1)
        for number in sorted(everything)
    ]


def marks_of(candidate: Candidate) -> tuple[Mark, ...]:
    """Why the candidate is looked at whatever chance says: what was seen in it, and what kind it is."""
    found = set(candidate.marks)
    sop_class = candidate.stratum.sop_class
    if sop_class == _SECONDARY or sop_class.startswith(f"{_SECONDARY}."):
        found.add(Mark.SECONDARY)
    if sop_class in _ULTRASOUND:
        found.add(Mark.ULTRASOUND)
    return tuple(sorted(found))


def size(members: int, sampling: Sampling, *, is_familiar: bool) -> int:
    """How many of a stratum are drawn."""
    wanted = max(sampling.per_stratum, ceil(members * sampling.percent / 100))
    return min(members, wanted if is_familiar else wanted * NEW_DEVICE)


def rank(digest: Digest, chance: bytes, purpose: bytes) -> bytes:
    """An object's place in an order that only the key knows."""
    return hashlib.blake2b(bytes.fromhex(digest), key=chance, person=purpose, digest_size=16).digest()


def _twice(sample: Collection[Candidate], sampling: Sampling, chance: bytes) -> set[ReceivedId]:
    """Which of the sample two people read."""
    count = ceil(len(sample) * sampling.double_percent / 100)
    ordered = sorted(sample, key=lambda each: rank(each.digest, chance, b"double"))
    return {each.received for each in ordered[:count]}
