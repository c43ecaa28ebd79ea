"""What to look for: every form an identifier may take, and how strictly each must stand alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import permutations

from tirage.model.records import Confidential, Identifiers
from tirage.verify import dates
from tirage.verify.fold import fold, spellings, words
from tirage.verify.vocabulary import PARTICLES, PLACE_TERMS, TERMS

PERSON, PLACE, CODE, DATE, UID = (
    "name of a person",
    "name of a place",
    "identifier",
    "birth date",
    "original UID",
)
_JOINTS = ("", " ", "^", ",", ", ", "_", "-", ".")
_LONG = 6
"""Characters from which a word is searched inside other words too: `martinez` in `MARTINEZ1970`."""


class Rule(IntEnum):
    """How a needle must stand for a match to count; lower is stricter on the file."""

    ANY = 0  # anywhere
    EDGE = 1  # no letter beside a letter, no digit beside a digit (leading zeros aside)
    MOMENT = 2  # as EDGE, but a time of day may follow
    TOKEN = 3  # neither letter nor digit beside it
    TEXT = 4  # as TOKEN, in free text only
    WHOLE = 5  # the whole of one value of an identity attribute, a name only of a person's name
    TERM = 6  # a harmless word: in person names, or as the whole value of free text


@dataclass(frozen=True, slots=True, repr=False)
class Needle(Confidential):
    """One folded form of an identifier."""

    text: str
    kind: str
    rule: Rule


def settled(identifiers: Identifiers) -> Identifiers:
    """The same, numbers that stand where a name should be among the codes: their parts are everywhere."""
    numbers = {name for name in identifiers.words if not any(map(str.isalpha, name))}
    codes = {name for name in numbers if len(_bare(name)) >= _LONG}
    return replace(identifiers, words=identifiers.words - numbers, codes=identifiers.codes | codes)


def needles_of(identifiers: Identifiers) -> list[Needle]:
    """Every form of every identifier but UIDs, each once, under its strictest rule."""
    found: dict[str, Needle] = {}
    for needle in _all(identifiers):
        known = found.get(needle.text)
        if needle.text and (known is None or needle.rule < known.rule):
            found[needle.text] = needle
    return list(found.values())


def squeezed_needles(identifiers: Identifiers) -> list[Needle]:
    """Forms to look for in text without its separators, at least 6 characters long."""
    texts: dict[str, str] = {}
    for name in identifiers.words:
        for group in name.split("="):
            texts |= dict.fromkeys(map(_bare, group.split("^")[:3]), PERSON)
        for part in name_words(name):
            texts |= dict.fromkeys(("".join(part), *part), PERSON)
            for pair in permutations(part, 2):
                texts.setdefault("".join(pair), PERSON)
    for place in (*identifiers.places, *identifiers.institutions):
        texts.setdefault("".join(words(place)), PLACE)
    for code in identifiers.codes:
        bare = "".join(words(code))
        texts.setdefault(bare.lstrip("0") if bare.isdigit() else bare, CODE)
        if _is_telephone(code):
            texts.setdefault(bare[-8:], CODE)
    for date in filter(_is_date, identifiers.dates):
        texts |= dict.fromkeys((*dates.whole(date), *map(_bare, dates.worded(date))), DATE)
    return [
        Needle(text, kind, Rule.ANY if len(text) > _LONG else Rule.EDGE)
        for text, kind in texts.items()
        if _is_long(text) and text not in TERMS
    ]


def name_words(name: str) -> Iterator[list[str]]:
    """The folded words of family, given and middle name, of each group that a name has.

    Prefix and suffix (`Dr`, `Jr`) name nobody. Names without `^` are taken word by word.
    """
    for group in name.split("="):
        components = group.split("^")[:3]
        every = [word for component in components for word in words(component) if _names(word)]
        telling = [word for word in every if word not in PARTICLES]
        if every:
            yield telling if len(telling) > 1 else every


def originals(identifiers: Identifiers) -> Iterator[tuple[str, str]]:
    """(text, kind) of name parts and codes that are not ASCII, as written, for other encodings.

    Parts too short to be searched for alone between arbitrary bytes come with their neighbour too.
    """
    for name in identifiers.words:
        for group in name.split("="):
            parts = [part for part in re.split(r"[\^\s,.]+", group) if part]
            yield from ((part, PERSON) for part in parts if _is_telling(part))
            for pair in permutations(parts[:3], 2):
                if not "".join(pair).isascii() and min(map(len, pair)) < _LONG:
                    yield from ((joint.join(pair), PERSON) for joint in _JOINTS)
    for place in (*identifiers.places, *identifiers.institutions):
        yield from ((part, PLACE) for part in re.split(r"[\s,.]+", place) if _is_telling(part))
    for code in identifiers.codes:
        if not code.isascii():
            yield code, CODE


def _names(word: str) -> bool:
    """Whether a word of a name can name somebody: short numbers, as in a UID put there, are everywhere."""
    return not word.isdigit() or len(word) >= _LONG


def _is_long(text: str) -> bool:
    """Whether a text is long enough to be looked for without separators; an ideograph says as much as two."""
    return len(text) + sum(c > "\u2e7f" for c in text) >= _LONG


def _is_telling(part: str) -> bool:
    """Whether a part that is not ASCII is long enough: three letters, or two ideographs."""
    return not part.isascii() and (len(part) > 2 or (len(part) > 1 and ord(max(part)) > 0x2E7F))


def _all(identifiers: Identifiers) -> Iterator[Needle]:
    for name in identifiers.words:
        yield from _of_name(name)
    for place in (*identifiers.places, *identifiers.institutions):
        yield from _of_place(place)
    for code in identifiers.codes:
        yield from _of_code(code)
    for date in filter(_is_date, identifiers.dates):
        yield from _of_date(date)


def _of_name(name: str) -> Iterator[Needle]:
    # Spellings before words: folding would lose that `ü` may be written `ue`.
    for group in name.split("="):
        components = group.split("^")[:3]
        for component in components:
            for raw in re.findall(r"[^\W_]+", component):
                if fold(raw) not in PARTICLES and _names(raw):
                    for spelling in spellings(raw):
                        yield from _word(spelling, PERSON)
            joined = "".join(words(component))
            if _names(joined):
                yield from _word(joined, PERSON)
        whole = words(" ".join(components))
        if any(map(_names, whole)) and all(len(word) < 3 for word in whole):
            for joint in _JOINTS:
                yield Needle(joint.join(whole), PERSON, Rule.WHOLE)
                yield Needle(joint.join(reversed(whole)), PERSON, Rule.WHOLE)
        spelled = [" ".join(filter(_names, words(component))) for component in components[:2]]
        if any(" " in component for component in spelled):
            for one, other in permutations(filter(None, spelled), 2):
                for joint in _JOINTS:
                    yield _compound(one + joint + other, PERSON)
    for part in name_words(name):
        for one, other in permutations(part[:4], 2):
            for joint in _JOINTS:
                yield _compound(one + joint + other, PERSON)
            if len(one) > 2 and one[0].isascii():
                yield _compound(other[0] + one, PERSON)
                yield _compound(one + other[0], PERSON)


def _of_place(place: str) -> Iterator[Needle]:
    parts = words(place)
    if len(parts) > 1:
        for joint in (" ", "", "_", "-"):
            yield _compound(joint.join(parts), PLACE)
        yield _compound(" ".join(fold(place).split()), PLACE)
    elif parts:
        yield from _word(parts[0], PLACE)
    for raw in re.findall(r"[^\W_]+", place):
        if len(raw) > 4 and fold(raw) not in PLACE_TERMS and not fold(raw).isdigit():
            for spelling in spellings(raw):
                yield from _word(spelling, PLACE)


def _word(word: str, kind: str) -> Iterator[Needle]:
    if word in TERMS:
        yield Needle(word, kind, Rule.TERM)
    elif word.isdigit():
        yield from _of_code(word)
    elif not word.isascii():
        # Scripts without spaces between words; a single ideograph is too common.
        if len(word) > 1:
            yield Needle(word, kind, Rule.ANY)
    elif len(word) > 2:
        yield Needle(word, kind, Rule.ANY if len(word) >= _LONG else Rule.EDGE)
    if 3 < len(word) <= _LONG and word.isalpha():
        # Too short to be told from its neighbours once all separators are left out.
        for mark in " -.":
            yield Needle(mark.join(word), kind, Rule.EDGE)


def _compound(text: str, kind: str) -> Needle:
    return Needle(text, kind, Rule.TERM if text in TERMS else Rule.ANY if len(text) > 7 else Rule.EDGE)


def _of_code(code: str) -> Iterator[Needle]:
    plain = fold(code).strip()
    bare = "".join(words(code))
    for text in {plain, bare, bare.lstrip("0") if bare.isdigit() else bare}:
        if text in TERMS:
            yield Needle(text, CODE, Rule.TERM)
        elif len(text) > 5:
            yield Needle(text, CODE, Rule.EDGE)
        else:
            yield Needle(text, CODE, Rule.TOKEN if len(text) > 3 else Rule.WHOLE)
    if _is_telephone(code):
        # Country and trunk prefixes vary; the subscriber's number does not.
        yield Needle(bare[-8:], CODE, Rule.ANY)


def _of_date(date: str) -> Iterator[Needle]:
    for text in dates.whole(date):
        yield Needle(text, DATE, Rule.MOMENT)
    for text in (*dates.separated(date), *dates.worded(date)):
        yield Needle(text, DATE, Rule.EDGE)
    for text in dates.short(date):
        yield Needle(text, DATE, Rule.TEXT)


def _bare(text: str) -> str:
    return "".join(words(text))


def _is_date(date: str) -> bool:
    return len(date) == 8 and date.isdigit() and 1 <= int(date[4:6]) <= 12


def _is_telephone(code: str) -> bool:
    if code.isdigit():
        return False
    return bool(re.fullmatch(r"\+?[\d\s()/.-]{9,}", code.strip())) and sum(map(str.isdigit, code)) > 8
