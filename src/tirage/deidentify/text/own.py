"""Where a text names this patient, their people, places, numbers or birth date, however it is written.

Texts are searched folded and without anything between letters and digits, so that `S M I T H`, `Smith-Jones`,
`SMITHJOHN` and `123 456` are the same as what the header says. Words that would stay are also compared with
small faults of typing and of character recognition.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, permutations

from ahocorasick_rs import AhoCorasick

from tirage.deidentify.text.fold import fold, normalise, spellings
from tirage.deidentify.text.months import month_names
from tirage.model.records import Confidential, Identifiers
from tirage.policy.words import context

ANYWHERE = 6
"""Characters from which an identifier is found inside other words too; the gate searches the same way."""
FUZZY, FUZZIER = 5, 9
"""Letters of a name from which one, and two, faults are forgiven."""

REMEMBERED_WORDS = 20_000

_ALNUM = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_EDGES = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_LOOKALIKES = str.maketrans("0158lj", "oisbii")


@dataclass(frozen=True, slots=True, repr=False)
class Own(Confidential):
    """One patient's identifiers, ready to be looked for.

    `needles` are squeezed forms; a form counts `anywhere`, or only where words begin and end. `short` are
    parts of names: two letters count as a word, one beside another find alone. `known` remembers.
    """

    needles: tuple[str, ...]
    anywhere: frozenset[str]
    short: frozenset[str]
    deleted: frozenset[str]
    twice_deleted: frozenset[str]
    years: frozenset[str]
    automaton: AhoCorasick = field(compare=False)
    known: dict[str, bool] = field(default_factory=dict, compare=False)

    def spans(self, folded: str) -> list[tuple[int, int]]:
        """Where identifiers stand in a folded text, in order; whole words, joined where they touch."""
        pieces = _ALNUM.findall(folded)
        squeezed = "".join(pieces)
        hits = self.automaton.find_matches_as_indexes(squeezed, overlapping=True)
        return self._placed(folded, squeezed, hits) if hits else []

    def is_named(self, folded: str) -> bool:
        """Whether a folded text names the patient, by a name of two letters too."""
        return bool(self.spans(folded)) or any(
            len(word) == 2 and word in self.short for word in _ALNUM.findall(folded)
        )

    def is_like(self, word: str) -> bool:
        """Whether a folded word is one of the patient's with a fault or two."""
        known = self.known.get(word)
        if known is None:
            known = self._is_like(word)
            if len(self.known) < REMEMBERED_WORDS:
                self.known[word] = known
        return known

    def _is_like(self, word: str) -> bool:
        if len(word) < FUZZY - 1:
            return False
        seen = _seen(word)
        if seen in self.deleted or not self.deleted.isdisjoint(_without_one(seen)):
            return True
        if len(word) < FUZZIER - 2 or not self.twice_deleted:
            return False
        return not self.twice_deleted.isdisjoint(_without_two(seen))

    def _placed(
        self, folded: str, squeezed: str, hits: Iterable[tuple[int, int, int]]
    ) -> list[tuple[int, int]]:
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        length = 0
        words = []
        for match in _ALNUM.finditer(folded):
            cuts = [0, *(cut.start() for cut in _EDGES.finditer(match[0])), len(match[0])]
            for first, last in pairwise(cuts):
                starts[length + first] = match.start() + first
                ends[length + last] = match.start() + last
            words.append((length, length + len(match[0]), match.start()))
            length += len(match[0])
        found = []
        for which, start, end in hits:
            if start in starts and (end in ends or (squeezed[end : end + 1] == "s" and end + 1 in ends)):
                found.append((starts[start], ends.get(end) or ends[end + 1]))
            elif self.needles[which] in self.anywhere:
                whole = [(at, at + stop - first) for first, stop, at in words if first < end and start < stop]
                found.append((whole[0][0], whole[-1][1]))
        return _joined(found)


def own_of(identifiers: Identifiers) -> Own:
    """The identifiers of one patient in every form they are looked for."""
    aligned: set[str] = set()
    anywhere: set[str] = set()
    initials: set[str] = set()
    short: set[str] = set()
    fuzzy: set[str] = set()
    for name in identifiers.words:
        for group in name.split("="):
            parts = _name_parts(group)
            every = [form for forms in parts for form in forms]
            short.update(form for form in every if len(form) < 3 and form.isascii())
            aligned.update(form for form in every if len(form) > 2 or not form.isascii())
            fuzzy.update(form for form in every if len(form) >= FUZZY and form.isascii())
            plain = [min(forms) for forms in parts][:4]
            for count in (2, 3):
                aligned.update("".join(chosen) for chosen in permutations(plain, count))
            for one, other in permutations(plain, 2):
                if len(one) > 2:
                    initials |= {one + other[0], other[0] + one}
    for place in (*identifiers.places, *identifiers.institutions):
        words = [form for raw in _LETTERS.findall(normalise(place)) for form in spellings(raw)]
        aligned.update(word for word in words if len(word) > 2 and word not in context("generic place"))
        aligned.add("".join(_ALNUM.findall(fold(normalise(place)))))
        aligned.update(digits for digits in re.findall(r"\d{4,}", place))
    for code in identifiers.codes:
        aligned |= set(_code_forms(code))
    for date in identifiers.dates:
        aligned |= set(_date_forms(date))
    aligned = {form for form in aligned if len(form) > 1}
    anywhere = {form for form in aligned if len(form) >= ANYWHERE or not form.isascii()}
    # An initial is the last letter of the word in front as often as not: whole words alone.
    needles = tuple(sorted(aligned | initials))
    return Own(
        needles,
        frozenset(anywhere),
        frozenset(short),
        frozenset(form for word in fuzzy for seen in [_seen(word)] for form in (seen, *_without_one(seen))),
        frozenset(
            form
            for word in fuzzy
            if len(word) >= FUZZIER
            for seen in [_seen(word)]
            for form in (*_without_one(seen), *_without_two(seen))
        ),
        frozenset(date[:4] for date in identifiers.dates if len(date) == 8),
        AhoCorasick(needles),
    )


def _name_parts(group: str) -> list[set[str]]:
    """The forms of each word of family, given and middle name; titles and particles tell nothing."""
    found = []
    for component in group.split("^")[:3]:
        words = _LETTERS.findall(normalise(component))
        found += [spellings(word) for word in words if fold(word) not in context("name particle")]
        joined = "".join(_LETTERS.findall(fold(normalise(component))))
        if len(joined) > 4 and len(words) > 1:
            found.append({joined})
    return found


def _code_forms(code: str) -> Iterator[str]:
    bare = "".join(_ALNUM.findall(fold(normalise(code))))
    if len(bare) > 3:
        yield bare
        if bare.isdigit() and len(bare.lstrip("0")) > 3:
            yield bare.lstrip("0")
    yield from re.findall(r"\d{6,}", bare)
    if sum(map(str.isdigit, bare)) > 8 and re.fullmatch(r"\+?[\d\s()/.-]{9,}", code.strip()):
        # Country and trunk prefixes vary, the subscriber's number does not.
        for first in range(len(bare) - 7):
            yield from (bare[first:], "0" + bare[first:])
        yield "00" + bare


def _date_forms(date: str) -> Iterator[str]:
    """A birth date squeezed, in every order, with and without leading zeros, its month in words."""
    if not (len(date) == 8 and date.isdigit() and 1 <= int(date[4:6]) <= 12):
        return
    year, month, day = date[:4], date[4:6], date[6:]
    for m, d in {(month, day), (month.lstrip("0"), day.lstrip("0"))}:
        for y in (year, year[2:]):
            yield from (y + m + d, d + m + y, m + d + y)
    for d in {day, day.lstrip("0")}:
        for name in month_names(int(month)):
            for suffix in ("", "st", "nd", "rd", "th"):
                yield from (d + suffix + name + year, name + d + suffix + year)
            yield from (d + name + year[2:], year + name + d)


def _seen(word: str) -> str:
    """A word as a reader of characters may see it: one letter for those that look alike."""
    return word.translate(_LOOKALIKES).replace("rn", "m").replace("vv", "w").replace("cl", "d")


def _without_one(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def _without_two(word: str) -> list[str]:
    return [
        word[:first] + word[first + 1 : second] + word[second + 1 :]
        for second in range(1, len(word))
        for first in range(second)
    ]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
