"""What is left of one text: words of the vocabulary and measurements, in the lines they stood in."""

import re
from dataclasses import dataclass

from tirage.model.records import Confidential, Identifiers, Link
from tirage.policy.profile import Profile
from tirage.policy.words import clinical_words

_TOKEN = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{1,3}[a-z]{0,2}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned(Confidential):
    """A text without what identifies; `removed` counts words, `is_judged` is false when some had no judge.

    `text` holds no word that could not be judged, whatever `is_judged` says.
    """

    text: str
    removed: int
    is_judged: bool


class Cleaner(Confidential):
    """Judges texts of one patient's objects; made by `compile_cleaner`."""

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own

    def clean(self, text: str) -> Cleaned:
        """The text with only what may stay, its lines as they were, runs of spaces one space."""
        removed = 0

        def judged(match: re.Match[str]) -> str:
            nonlocal removed
            word = match[0].casefold()
            if word not in self._own and (word in clinical_words() or _NUMBER.fullmatch(word)):
                return match[0]
            removed += 1
            return ""

        cleaned = _TOKEN.sub(judged, text)
        return Cleaned(" ".join(cleaned.split(" ")), removed, text.isascii())

    def accepts(self, text: str) -> bool:
        """Whether every word of a text would stay."""
        cleaned = self.clean(text)
        return cleaned.is_judged and not cleaned.removed


def compile_cleaner(identifiers: Identifiers, link: Link, profile: Profile) -> Cleaner:
    """The cleaner of one patient's texts in one project."""
    words = (*identifiers.words, *identifiers.codes, *identifiers.places, *identifiers.institutions)
    return Cleaner(frozenset(word.casefold() for text in words for word in _TOKEN.findall(text)))
