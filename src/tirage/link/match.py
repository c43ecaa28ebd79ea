"""How alike two identities are, field by field, and what follows: one patient, two, or a person decides.

Only equal demographics make two identities one, and only under one identifier. Everything that is merely close
(same sound, swapped, written in another script, one letter off) is shown to a person as what it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from anyascii import anyascii
from jellyfish import damerau_levenshtein_distance, metaphone

from tirage.link.normalise import (
    normalised_date,
    normalised_id,
    normalised_names,
    normalised_sex,
    patient_key,
)
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity

FIELDS = ("patient_id", "issuer", "name", "birth_date", "sex")
DEMOGRAPHICS = ("name", "birth_date", "sex")
SHORTEST_TYPO = 4
"""Letters a word must have for one wrong letter to be a slip: shorter names differ by one letter in truth."""

KEY_BYTES = 16

Words = tuple[str, ...]


class Agreement(StrEnum):
    """What one field says about two identities."""

    SAME = "same"
    SWAPPED = "swapped"
    TRANSLITERATED = "transliterated"
    SOUNDS_ALIKE = "sounds alike"
    TYPO = "typo"
    SHORTENED = "shortened"
    DIFFERS = "differs"
    MISSING = "missing"

    @property
    def is_close(self) -> bool:
        """Whether the values are not equal but may well mean the same."""
        return self not in (Agreement.SAME, Agreement.DIFFERS, Agreement.MISSING)

    @property
    def contradicts(self) -> bool:
        """Whether the field keeps two identities from being taken for one."""
        return self.is_close or self is Agreement.DIFFERS


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two identities compare: `fields` in the order of `FIELDS`."""

    fields: tuple[Agreement, ...]

    def __getitem__(self, field: str) -> Agreement:
        return self.fields[FIELDS.index(field)]

    @property
    def has_one_identifier(self) -> bool:
        """Whether identifier and issuer are the same."""
        return self["patient_id"] is Agreement.SAME and self["issuer"] is Agreement.SAME

    @property
    def contradictions(self) -> int:
        """How many demographics contradict each other, be it closely."""
        return sum(self[field].contradicts for field in DEMOGRAPHICS)

    @property
    def comparable(self) -> int:
        """How many demographics both identities give."""
        return sum(self[field] is not Agreement.MISSING for field in DEMOGRAPHICS)

    @property
    def has_same_demographics(self) -> bool:
        """Whether name and birth date are given and agree, be it closely for the name, and sex does not differ."""
        name = self["name"]
        return (
            (name is Agreement.SAME or name.is_close)
            and self["birth_date"] is Agreement.SAME
            and not self["sex"].contradicts
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows for a new identity: `person` when it is the same, `reason` and `rival` when a person decides.

    Neither: it is a new patient.
    """

    person: int | None = None
    reason: HoldReason | None = None
    rival: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """A known identity by the number of its row, and the person it belongs to."""

    number: int
    person: int
    identity: PatientIdentity


def compare(old: PatientIdentity, new: PatientIdentity) -> Comparison:
    """How two identities compare; the same whichever comes first."""
    return Comparison(
        (
            _plain(normalised_id(old.patient_id), normalised_id(new.patient_id)),
            _issuers(old.issuer, new.issuer),
            _names(old.name, new.name),
            _dates(normalised_date(old.birth_date), normalised_date(new.birth_date)),
            _plain(normalised_sex(old.sex), normalised_sex(new.sex)),
        )
    )


def judge(new: PatientIdentity, known: Iterable[Candidate], *, asks_demographics: bool = False) -> Verdict:
    """Whether `new` is one of the persons in `known`, a new patient, or a case for a person to decide.

    With `asks_demographics` an identity without name or birth date is such a case. The order of `known` does
    not matter.
    """
    rated = [(each, compare(each.identity, new)) for each in sorted(known, key=lambda each: each.number)]
    under = [(each, seen) for each, seen in rated if seen.has_one_identifier]
    if asks_demographics and not (normalised_names(new.name) and normalised_date(new.birth_date)):
        return Verdict(reason=HoldReason.MISSING_DEMOGRAPHICS, rival=under[0][0].number if under else None)
    persons = {
        each.person: _relation([s for e, s in under if e.person == each.person], new) for each, _ in under
    }
    agreeing = [person for person, relation in persons.items() if relation is _Relation.AGREES]
    silent = [person for person, relation in persons.items() if relation is _Relation.SILENT]
    if len(agreeing) == 1:
        return Verdict(person=agreeing[0])
    if len(persons) == 1 and silent:
        return Verdict(person=silent[0])
    if agreeing or silent:
        rival = next(each for each, _ in under if each.person in (agreeing or silent))
        return Verdict(reason=HoldReason.MISSING_DEMOGRAPHICS, rival=rival.number)
    if under:
        closest, seen = min(
            ((each, seen) for each, seen in under if seen.contradictions),
            key=lambda pair: pair[1].contradictions,
        )
        is_one = seen.contradictions == 1
        return Verdict(
            reason=HoldReason.ONE_FIELD_DIFFERS if is_one else HoldReason.IDENTIFIER_REUSED,
            rival=closest.number,
        )
    alike = next((each for each, seen in rated if seen.has_same_demographics), None)
    return Verdict() if alike is None else Verdict(reason=HoldReason.POSSIBLE_DUPLICATE, rival=alike.number)


def search_keys(identity: PatientIdentity) -> frozenset[bytes]:
    """The keys an identity is looked up by; those of one patient share at least one.

    One for identifier and issuer; for each writing of the name with a whole birth date, one each for how it
    sounds, for the initials of its first two words and for its letters, so that order, script, a word left
    out and a slip of the pen after a word's first letter do not matter.
    """
    texts = [b"identifier\0" + patient_key(identity)]
    date = normalised_date(identity.birth_date)
    if date:
        for words in normalised_names(identity.name):
            plain = _transliterated(words)
            sounds = " ".join(sorted(map(metaphone, plain)))
            initials = "".join(sorted(word[0] for word in plain[:2]))
            letters = "".join(sorted("".join(plain)))
            for kind, text in (("sounds", sounds), ("initials", initials), ("letters", letters)):
                texts.append(f"{kind}\0{date}\0{text}".encode())
    return frozenset(sha256(text).digest()[:KEY_BYTES] for text in texts)


class _Relation(StrEnum):
    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


def _relation(seen: Sequence[Comparison], new: PatientIdentity) -> _Relation:
    """What all that is known of one person says about `new`.

    A spelling that was accepted once counts even where another spelling of the same person contradicts.
    """
    given = (
        bool(normalised_names(new.name))
        + bool(normalised_date(new.birth_date))
        + bool(normalised_sex(new.sex))
    )
    if given and any(sum(c[f] is Agreement.SAME for f in DEMOGRAPHICS) == given for c in seen):
        return _Relation.AGREES
    if any(each.contradictions for each in seen):
        return _Relation.CONTRADICTS
    return _Relation.AGREES if any(each.comparable for each in seen) else _Relation.SILENT


def _plain(old: str, new: str) -> Agreement:
    if not old or not new:
        return Agreement.MISSING
    return Agreement.SAME if old == new else Agreement.DIFFERS


def _issuers(old: str, new: str) -> Agreement:
    # No issuer is one of its own: identifiers are compared strictly.
    return Agreement.SAME if normalised_id(old) == normalised_id(new) else Agreement.DIFFERS


def _dates(old: str, new: str) -> Agreement:
    plain = _plain(old, new)
    if plain is not Agreement.DIFFERS:
        return plain
    if old[:4] == new[:4] and (old[4:6], old[6:]) == (new[6:], new[4:6]):
        return Agreement.SWAPPED
    return Agreement.TYPO if damerau_levenshtein_distance(old, new) == 1 else Agreement.DIFFERS


def _names(old: str, new: str) -> Agreement:
    olds, news = normalised_names(old), normalised_names(new)
    if not olds or not news:
        return Agreement.MISSING
    if olds & news:
        return Agreement.SAME
    found = {_words(one, other) for one in olds for other in news}
    return min(found, key=list(Agreement).index)


def _words(old: Words, new: Words) -> Agreement:
    if sorted(old) == sorted(new):
        return Agreement.SWAPPED
    plain, other = _transliterated(old), _transliterated(new)
    if sorted("".join(plain)) == sorted("".join(other)) and _is_foreign(old, new):
        return Agreement.TRANSLITERATED
    if _sound_alike(plain, other):
        return Agreement.SOUNDS_ALIKE
    if len(plain) == len(other):
        unlike = [(a, b) for a, b in zip(sorted(plain), sorted(other), strict=True) if a != b]
        if len(unlike) == 1 and _is_slip(*unlike[0]):
            return Agreement.TYPO
    if _is_short_for(plain, other) or _is_short_for(other, plain):
        return Agreement.SHORTENED
    return Agreement.DIFFERS


def _is_foreign(old: Words, new: Words) -> bool:
    """Whether either needed transliterating: the same letters in another order are no evidence by themselves."""
    return not ("".join(old).isascii() and "".join(new).isascii())


def _is_slip(one: str, other: str) -> bool:
    is_long = min(len(one), len(other)) >= SHORTEST_TYPO
    return is_long and damerau_levenshtein_distance(one, other) == 1


def _is_short_for(short: Words, full: Words) -> bool:
    """Whether `short` leaves words of `full` out, or gives initials in place of them, and keeps a whole one."""
    left = list(full)
    whole = 0
    for word in sorted(short, key=len, reverse=True):
        fitting = next((w for w in left if w == word or (len(word) == 1 and w.startswith(word))), None)
        if fitting is None:
            return False
        left.remove(fitting)
        whole += len(word) > 1
    return whole > 0


def _sound_alike(plain: Words, other: Words) -> bool:
    """Whether the words sound the same, in any order; of short ones the vowels count too: Tim is not Tom."""
    pairs = zip(sorted(plain, key=_by_sound), sorted(other, key=_by_sound), strict=False)
    return len(plain) == len(other) and all(
        metaphone(a) == metaphone(b) and (min(len(a), len(b)) >= SHORTEST_TYPO or _vowels(a) == _vowels(b))
        for a, b in pairs
    )


def _by_sound(word: str) -> tuple[str, str]:
    return metaphone(word), word


def _vowels(word: str) -> str:
    return "".join(c for c in word if c in "aeiouy")


@lru_cache(maxsize=4096)
def _transliterated(words: Words) -> Words:
    latin = (anyascii(word).casefold() for word in words)
    return tuple(word for word in ("".join(c for c in each if c.isalnum()) for each in latin) if word)
