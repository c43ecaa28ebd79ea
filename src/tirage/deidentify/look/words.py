"""What a line read in a picture is: free to stay, to be blanked, or no lettering at all."""

import re
import unicodedata
from collections.abc import Iterable
from enum import Enum
from itertools import pairwise
from typing import Protocol

from tirage.model.records import Confidential, Identifiers
from tirage.ocr import Line

SURE, LEGIBLE = 0.8, 0.5
"""Scores of the reader: from which on it is believed that a line says nothing else, and that it is a line."""

_DATE = re.compile(
    r"\d{1,4}\s*[-/.\\]\s*\d{1,2}\s*[-/.\\]\s*\d{1,4}"
    r"|\b(19|20)\d{6}\b|\b(19|20)\d\d\b"
    r"|\d{1,2}\s*[:.]\s*\d\d\s*[:.]\s*\d\d|\d{1,2}:\d\d|\d\s*[AP]M\b"
    r"|\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*\b"
)
_LABEL = re.compile(
    r"\b(NAME|PATIENT|PAT|ID|MRN|DOB|BORN|BIRTH\w*|ACC\w*|ACCESSION|STUDY\s*(DATE|ID)|NHS|SSN|TEL|PHONE|FAX"
    r"|DR|DOCTOR|PHYSICIAN|OPERATOR|TECH\w*|REF\w*|HOSPITAL|CLINIC|CENTER|CENTRE|MED\s*CTR|UNIVERSITY)\b\s*[.:#]*"
)
_MARK = re.compile(r"(L|R|A|P|H|F|S|I|LT|RT|LEFT|RIGHT|AP|PA|LAT)\W*")
_SPREAD = re.compile(r"(\b\w\b[\W_]*){4,}")
"""Letters that stand apart: a judge of words would take each for a sign."""

# Letters and digits that a reader takes for one another.
_ALIKE = str.maketrans("0158269", "OISBZGG")


class Judge(Protocol):
    """Says of a text whether every word of it may stay; `deidentify.text` has it."""

    def accepts(self, text: str) -> bool: ...


class Fate(Enum):
    """What becomes of something seen."""

    STAYS = "stays"
    GOES = "goes"
    NOTHING = "nothing"
    UNEXPLAINED = "unexplained"


class Words(Confidential):
    """Judges the lines read in the pictures of one patient."""

    def __init__(self, judge: Judge, identifiers: Identifiers) -> None:
        self._judge = judge
        self._own = frozenset(_own_words(identifiers))

    def fate(self, line: Line) -> Fate:
        """A doubtful line goes; what cannot be read, or is one or two doubtful signs, is no line."""
        text = line.text.strip()
        letters = sum(character.isalnum() for character in text)
        if not letters or line.score < (LEGIBLE if letters >= 3 else SURE):
            return Fate.NOTHING
        if line.score < SURE:
            return Fate.GOES
        return Fate.STAYS if self.may_stay(text) else Fate.GOES

    def may_stay(self, text: str) -> bool:
        """Whether a line that is read rightly tells nothing about anybody."""
        upper = _folded(text)
        if _MARK.fullmatch(upper):
            return True
        if any(pattern.search(upper) for pattern in (_DATE, _LABEL, _SPREAD)) or self.is_own(upper):
            return False
        return self._judge.accepts(text)

    def is_own(self, text: str) -> bool:
        """Whether one of the patient's own names or numbers is in a text, allowing for misread letters."""
        words = [word.translate(_ALIKE) for word in re.findall(r"\w+", _folded(text))]
        words += [first + second for first, second in pairwise(words)]
        return any(
            word == own or (abs(len(word) - len(own)) <= 1 and is_near(word, own, 1 + (len(own) >= 8)))
            for word in words
            if len(word) >= 3
            for own in self._own
        )


def is_near(first: str, second: str, most: int) -> bool:
    """Whether no more than `most` letters have to be put in, left out or changed; words under five: none."""
    if min(len(first), len(second)) < 5:
        return first == second
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(second, 1):
            before, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, before + (letter != other)),
            )
        if min(row) > most:
            return False
    return row[-1] <= most


def _own_words(identifiers: Identifiers) -> Iterable[str]:
    texts = (*identifiers.words, *identifiers.codes, *identifiers.dates, *identifiers.places)
    for text in (*texts, *identifiers.institutions):
        for word in re.findall(r"\w+", _folded(text)):
            if len(word) >= 3:
                yield word.translate(_ALIKE)


def _folded(text: str) -> str:
    """Capitals without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if not unicodedata.combining(character)).upper()
