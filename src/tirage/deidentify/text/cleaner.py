"""What is left of one text: words of the vocabulary and measurements, in the lines they stood in."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tirage.deidentify.text.dates import Days, age_edits, date_edits
from tirage.deidentify.text.fold import fold, normalise
from tirage.deidentify.text.own import Own, own_of
from tirage.deidentify.text.patterns import Edit, Start, net_edits, number_edits, place_edits, uid_edits
from tirage.deidentify.text.tidy import GONE, tidy
from tirage.deidentify.text.words import Judge
from tirage.deidentify.uids import map_uid
from tirage.model.records import Confidential, Identifiers, Link
from tirage.policy.options import Option
from tirage.policy.profile import Profile
from tirage.policy.standard import well_known_uids

_WORD = re.compile(r"[^\W_]+")
KEPT = "\x01"
"""Stands in the folded text for what was judged already and stays, letter for letter."""
_JUDGED = frozenset((KEPT, GONE))


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned(Confidential):
    """A text without what identifies; `removed` counts words and numbers that went.

    `is_judged` is false when words are in a script that nobody here can judge, or could not be decoded;
    `text` holds none of them, whatever `is_judged` says.
    """

    text: str
    removed: int
    is_judged: bool


@dataclass(frozen=True, slots=True, repr=False)
class Cleaner(Confidential):
    """Judges texts of one patient's objects; made by `compile_cleaner`."""

    own: Own
    judge: Judge
    days: Days
    offset_days: int
    map_uid: Callable[[str], str]

    def clean(self, text: str) -> Cleaned:
        """The text with only what may stay; lines stay lines, and no gap shows what went."""
        if not text or text.isspace():
            return Cleaned(text, 0, True)
        plain = normalise(text)
        folded = fold(plain)
        edits: list[Edit] = []
        starts = [(match.start(), match[0]) for match in _WORD.finditer(folded)]
        for found in self._stages(plain, starts):
            proposed = found(folded)
            if not proposed:
                continue
            letters = list(folded)
            for start, end, new in proposed:
                if not _JUDGED.isdisjoint(letters[start:end]):
                    continue
                edits.append((start, end, new))
                letters[start:end] = (KEPT if new else GONE) * (end - start)
            folded = "".join(letters)
        gone, is_judged = self.judge.gone(folded, plain)
        edits.extend((start, end, "") for start, end in gone)
        if not edits:
            return Cleaned(plain, 0, is_judged)
        return Cleaned(_edited(plain, sorted(edits)), sum(not new for _, _, new in edits), is_judged)

    def accepts(self, text: str) -> bool:
        """Whether every word of a text would stay as it is."""
        cleaned = self.clean(text)
        return cleaned.is_judged and not cleaned.removed and cleaned.text == text

    def _stages(self, plain: str, starts: Sequence[Start]) -> Iterator[Callable[[str], list[Edit]]]:
        """What looks for identifiers, in this order: what one finds the next does not see."""
        has_digits = any(map(str.isdigit, plain))
        if has_digits:
            yield lambda folded: list(uid_edits(folded, starts, self.map_uid))
        yield lambda folded: list(net_edits(folded, starts))
        yield lambda folded: [(start, end, "") for start, end in self.own.spans(folded)]
        yield lambda folded: list(date_edits(folded, plain, starts, self.days, self.offset_days))
        if has_digits:
            yield lambda folded: list(age_edits(folded))
            yield lambda folded: list(number_edits(folded, starts))
            yield lambda folded: list(place_edits(folded, starts))


def compile_cleaner(identifiers: Identifiers, link: Link, profile: Profile) -> Cleaner:
    """The cleaner of one patient's texts in one project."""
    own = own_of(profile.hidden(identifiers))
    options = profile.options

    def mapped(uid: str) -> str:
        if uid in well_known_uids() or Option.RETAIN_UIDS in options:
            return uid
        return map_uid(link.uid_key, uid.encode("ascii")).decode("ascii")

    if Option.FULL_DATES in options:
        days = Days.KEPT
    else:
        days = Days.MOVED if Option.MODIFIED_DATES in options else Days.REMOVED
    return Cleaner(own, Judge(own), days, link.date_offset_days, mapped)


def _edited(plain: str, edits: list[Edit]) -> str:
    pieces, place = [], 0
    for start, end, new in edits:
        pieces += [plain[place:start], new or GONE]
        place = end
    return tidy("".join((*pieces, plain[place:])))
