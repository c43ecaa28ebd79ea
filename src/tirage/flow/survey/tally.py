"""Counts over a catalogue what a project would do, object by object."""

import re
from collections import Counter
from typing import NamedTuple

from tirage.deidentify.risk import risk_of
from tirage.deidentify.text import compile_cleaner
from tirage.dicom.dictionary import keyword_of, private_name
from tirage.flow.steps.reading import kind_of
from tirage.flow.survey.facts import Facts, Part
from tirage.link.pseudonym import stand_in_link
from tirage.model.outcomes import Passed
from tirage.model.records import Confidential, Identifiers
from tirage.policy.actions import Action
from tirage.policy.decisions import Basis
from tirage.policy.profile import Profile

MOST_TEXTS = 50_000
"""Distinct texts that are remembered with their counts; of later ones only the words are counted."""

_WORD = re.compile(r"\w+")
_NO_RULE = frozenset({Basis.BACKSTOP, Basis.UNKNOWN})


class Met(NamedTuple):
    """An attribute, what happens to it and which rule says so."""

    attribute: str
    action: Action
    basis: Basis


class Private(NamedTuple):
    """A private element by creator; `creator` is free text, and may be a name when nobody knows it."""

    creator: str
    element: str
    is_kept: bool

    def __repr__(self) -> str:
        return "<Private, hidden>"


class Device(NamedTuple):
    """What made an object."""

    modality: str
    manufacturer: str
    model: str


class Description(NamedTuple):
    """A text that is cleaned, and what is left of it."""

    attribute: str
    before: str
    after: str

    def __repr__(self) -> str:
        return "<Description, hidden>"


class Survey(Confidential):
    """Sums; each counter counts objects, `words` occurrences of words that cleaning drops."""

    def __init__(self, profile: Profile) -> None:
        project = profile.project
        link = stand_in_link(project.name, project.dates.max_shift_days)
        self._profile, self._cleaner = profile, compile_cleaner(Identifiers(), link, profile)
        self._cleaned: dict[str, str] = {}
        self.objects = 0
        self.attributes: Counter[Met] = Counter()
        self.private: Counter[Private] = Counter()
        self.devices: Counter[Device] = Counter()
        self.descriptions: Counter[Description] = Counter()
        self.words: Counter[str] = Counter()
        self.looks: Counter[tuple[str, str]] = Counter()
        self.stops: Counter[tuple[str, str]] = Counter()

    def add(self, facts: Facts) -> None:
        """Count one object."""
        said = kind_of(facts.text)
        profile = self._profile.variant(*said)
        self.objects += 1
        self.devices[Device(*said[1:])] += 1
        self._judge(facts, profile, said)
        met: set[Met] = set()
        private: set[Private] = set()
        descriptions: set[Description] = set()
        for part in facts.parts():
            if part.tag & 0x10000:
                private.add(_private(part, profile))
                continue
            action = profile.action(part.tag, part.vr, said[0], is_nested=part.is_nested)
            met.add(Met(keyword_of(part.tag), action, profile.decision(part.tag).basis))
            if action is Action.CLEAN:
                descriptions.update(self._clean(part))
        self.attributes.update(met)
        self.private.update(private)
        self.descriptions.update(each for each in descriptions if self._has_room(each))

    def no_rule(self) -> Counter[Met]:
        """The attributes that no rule names: decided by their kind alone, or unknown to the standard."""
        return Counter({met: count for met, count in self.attributes.items() if met.basis in _NO_RULE})

    def _judge(self, facts: Facts, profile: Profile, said: tuple[str, ...]) -> None:
        outcome = profile.project.include.refuses(said[1], said[0], said[2])
        if outcome is not None:
            self.stops[outcome.value, ""] += 1
            return
        risk = risk_of(facts.header(), profile)
        if isinstance(risk, Passed):
            self.looks[risk.value.value, said[1]] += 1
        else:
            where = ", ".join(f"{finding.where}: {finding.kind}" for finding in risk.findings)
            self.stops[risk.reason.value, where] += 1

    def _clean(self, part: Part) -> list[Description]:
        """The texts of an element that lose words."""
        found = []
        for text in part.texts:
            after = self._cleaned.get(text)
            if after is None:
                after = self._cleaner.clean(text).text
                if len(self._cleaned) < MOST_TEXTS:
                    self._cleaned[text] = after
            if after != text:
                self.words.update(
                    Counter(_WORD.findall(text.casefold())) - Counter(_WORD.findall(after.casefold()))
                )
                found.append(Description(keyword_of(part.tag), text, after))
        return found

    def _has_room(self, each: Description) -> bool:
        return each in self.descriptions or len(self.descriptions) < MOST_TEXTS


def _private(part: Part, profile: Profile) -> Private:
    group, element, creator = part.tag >> 16, part.tag & 0xFF, part.creator
    if creator is None:
        return Private("", f"({group:04X},{part.tag & 0xFFFF:04X})", False)
    is_kept = profile.private(group, creator, element) is Action.KEEP
    name = private_name(part.tag, creator.encode("latin-1", "replace"))
    return Private(creator, name if " " in name else f"({group:04X},xx{element:02X})", is_kept)
