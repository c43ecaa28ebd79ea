"""All forms of one patient's identifiers, compiled once and searched for in many files."""

import re
from collections.abc import Iterable
from copy import copy
from functools import cached_property
from itertools import chain

from tirage.model.records import Confidential, Identifiers
from tirage.verify.automaton import Automaton, Match, is_in_hash, stands
from tirage.verify.bulk import BulkSearch
from tirage.verify.encodings import encodings
from tirage.verify.likeness import Likeness
from tirage.verify.needles import (
    CODE,
    PERSON,
    UID,
    Needle,
    Rule,
    needles_of,
    originals,
    settled,
    squeezed_needles,
)
from tirage.verify.vocabulary import IDENTITY_GROUPS, IDENTITY_TAGS, TERMED

TEXT_VRS = frozenset(
    {b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM", b"UC", b"UI"}
    | {b"UR", b"UT"}
)
FREE_TEXT = frozenset({b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UT"})
_BINARY_MATCH = 5
"""Characters of a needle that counts between arbitrary bytes: (2/256)^5 is 3e-11 a place. Of four letters,
4e-9, if neither a letter nor a digit is beside them."""
_OF_UIDS = bytes(byte if byte in b"0123456789." else 0x20 for byte in range(256))
_SHORTEST_UID = 6
_STEM = 20
"""Characters from which the beginning of a UID points at one device or study rather than at a vendor."""
# VRs whose numbers mean something else, and the digits from which a number is an identifier all the same.
_NUMBERS = {b"IS": 6, b"DS": 6, b"UI": 6, b"AS": 99, b"TM": 9, b"DA": 9, b"DT": 15}


class Gate(Confidential):
    """What is searched for.

    `everywhere` holds every form in every encoding; `squeezed` forms to look for in text without separators;
    `whole` and `terms` forms too short or too common to be searched for inside anything.
    """

    def __init__(self, identifiers: Identifiers) -> None:
        identifiers = settled(identifiers)
        needles = needles_of(identifiers)
        stems = sorted({stem for uid in identifiers.uids if len(stem := uid.rpartition(".")[0]) >= _STEM})
        by_stem = (Needle(stem, UID, Rule.ANY) for stem in stems)
        self.everywhere = Automaton(
            chain((needle for needle in needles if needle.rule < Rule.WHOLE), by_stem),
            encodings(originals(identifiers)),
        )
        self.squeezed = Automaton(squeezed_needles(identifiers))
        self.whole = _by_text(needles, Rule.WHOLE)
        self.terms = _by_text(needles, Rule.TERM)
        self.uids = frozenset(uid.encode() for uid in identifiers.uids)
        self.bulk = BulkSearch(identifiers, stems, self.everywhere)
        self.clean_text = b""
        """A text nothing was found in: a neighbour in the series often has the same."""
        self._identifiers = identifiers

    @cached_property
    def likeness(self) -> Likeness:
        """What to look for in print; made when the first picture is read."""
        return Likeness(self._identifiers)

    def with_uids(self, uids: Iterable[str]) -> "Gate":
        """The same gate for another object of the same patient, which has these UIDs besides; cheap."""
        other = copy(self)
        other.clean_text = b""
        other.uids = self.uids | {uid.encode() for uid in uids}
        return other

    def has_uid(self, text: bytes) -> bool:
        """Whether an original UID stands anywhere in a text."""
        if b"." not in text:
            return False
        runs = text.translate(_OF_UIDS).split()
        return not self.uids.isdisjoint([run.strip(b".") for run in runs if len(run) >= _SHORTEST_UID])

    def holds_uid(self, data: bytes) -> bool:
        """Whether an original UID stands in bytes of any kind, digits beside it or not."""
        return any(uid in data for uid in self.uids)

    def common_kind(self, tag: int, vr: bytes, folded: bytes) -> str | None:
        """The kind of a short or common identifier that a text value is, None when it is none."""
        values = [value.strip(b" \0") for value in folded.split(b"\\")]
        if vr == b"PN":
            groups = [group.split(b"^")[:3] for value in values for group in value.split(b"=")]
            values += [b"^".join(group).strip(b"^ ") for group in groups]
        if vr == b"PN" or tag >> 16 in IDENTITY_GROUPS or tag in IDENTITY_TAGS:
            for value in values:
                kind = self.whole.get(value)
                # `No` and `M` are surnames, and answers that fill attributes of a patient.
                if kind is not None and (kind != PERSON or vr == b"PN"):
                    return kind
        if vr == b"PN":
            values = re.findall(rb"[^\W_]+", folded)
        elif vr not in FREE_TEXT or tag in TERMED:
            return None
        return next((self.terms[value] for value in values if value in self.terms), None)


def counts(match: Match, data: bytes, low: int, high: int, vr: bytes) -> bool:
    """Whether a match in a value of this VR, which lies from `low` to `high`, is an identifier.

    A VR that is not text stands for arbitrary bytes. `data` is in small letters.
    """
    pattern, start, end = match
    if vr not in TEXT_VRS:
        if pattern.size < _BINARY_MATCH:
            return _is_word(match) and stands(
                match._replace(pattern=pattern._replace(rule=Rule.TOKEN)), data, low, high
            )
        return pattern.rule < Rule.TEXT and stands(match, data, low, high)
    if pattern.rule == Rule.TEXT and vr not in FREE_TEXT:
        return False
    if pattern.is_number and vr in _NUMBERS and pattern.kind == CODE:
        if pattern.size < _NUMBERS[vr]:
            return False
        if vr in (b"IS", b"DS") and not _is_component(data, start, end, low, high):
            return False
    if not stands(match, data, low, high):
        return False
    return pattern.size > 7 or not is_in_hash(start, end, data, low, high)


def _is_word(match: Match) -> bool:
    pattern = match.pattern
    return pattern.size == _BINARY_MATCH - 1 and pattern.rule < Rule.TOKEN and not pattern.is_number


def _is_component(data: bytes, start: int, end: int, low: int, high: int) -> bool:
    before = data[low:start].rpartition(b"\\")[2].strip(b" +0")
    after = data[end:high].partition(b"\\")[0].strip(b" \0")
    return not before and not after


def _by_text(needles: Iterable[Needle], rule: Rule) -> dict[bytes, str]:
    return {needle.text.encode(): needle.kind for needle in needles if needle.rule == rule}
