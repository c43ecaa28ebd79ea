"""Whether a line read in a picture is like an identifier: readers of print mistake letters for others.

Both sides are written in one alphabet where what looks alike is alike; then a few letters may still differ,
the more the longer the word.
"""

from tirage.model.records import Confidential, Identifiers
from tirage.verify.dates import whole
from tirage.verify.fold import words
from tirage.verify.needles import CODE, DATE, PERSON, PLACE, name_words
from tirage.verify.vocabulary import PLACE_TERMS, TERMS

_LOOKS = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "j": "l", "5": "s", "8": "b", "2": "z"}
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SHORTEST = 4
_INSIDE = 6
"""Characters from which a word is looked for inside others too: `smithjohn`."""


class Likeness(Confidential):
    """One patient's identifiers in the alphabet of looks."""

    def __init__(self, identifiers: Identifiers) -> None:
        found: dict[str, str] = {}
        for name in identifiers.words:
            for part in name_words(name):
                found |= {word: PERSON for word in (*part, "".join(part)) if word not in TERMS}
        for place in (*identifiers.places, *identifiers.institutions):
            found |= {word: PLACE for word in words(place) if len(word) > _INSIDE and word not in PLACE_TERMS}
        for code in identifiers.codes:
            found.setdefault("".join(words(code)).lstrip("0"), CODE)
        for date in identifiers.dates:
            found |= dict.fromkeys(whole(date), DATE) if len(date) == 8 else {}
        self._forms = {_looks(text): kind for text, kind in found.items() if len(text) >= _SHORTEST}

    def kinds(self, text: str) -> set[str]:
        """The kinds of identifier that a line is like, in part or as a whole."""
        every = [_looks(word) for word in words(text)]
        joined = "".join(every)
        return {
            kind
            for form, kind in self._forms.items()
            if (form in every)
            or (len(form) >= _INSIDE and _is_within(form, joined, _slack(form)))
            or (
                len(form) == _INSIDE - 1 and any(_is_within(form, word, 1) for word in every if len(word) < 8)
            )
        }


def _looks(word: str) -> str:
    for pair, one in _PAIRS:
        word = word.replace(pair, one)
    return word.translate(_LOOKS)


def _slack(form: str) -> int:
    """How many letters may differ."""
    return 1 if len(form) < 9 else 2


def _is_within(form: str, text: str, slack: int) -> bool:
    """Whether the text holds the form with at most `slack` letters changed, lost or added (Sellers 1980)."""
    column = list(range(len(form) + 1))
    for letter in text:
        previous, column[0] = column[0], 0
        for row, wanted in enumerate(form, 1):
            previous, column[row] = (
                column[row],
                min(previous + (letter != wanted), column[row] + 1, column[row - 1] + 1),
            )
        if column[-1] <= slack:
            return True
    return False
