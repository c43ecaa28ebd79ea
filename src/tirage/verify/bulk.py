"""Looks through pixel data and other large values, fast and with few false alarms.

Two steps. A vector search (Teddy, the packed prefilter of Aho-Corasick, at most 64 strings a pass) over the
bytes as they are finds candidates: distinctive parts of needles in capitals and small letters. Around a
candidate the whole set of needles decides.

How long a needle must be: an N-byte needle is in L random bytes with probability L / 256^N; for a CT of
530 KB and 6 bytes that is 2e-9, for 60 needles and 500 files 6e-5. Where samples are 8 bits wide, noise can
lie wholly within the letters, 20 values in effect: 8 letters then have 530,000 / 20^8 = 2e-5, times about
1/50 for having no letter on either side. So: 6 bytes in compressed and 16-bit data, 8 in 8-bit data (and for
characters 16 bits wide in 16-bit data), 2 more for digits, which are fewer.
"""

from collections.abc import Iterable

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from tirage.dicom.sources import Source
from tirage.model.records import Confidential, Finding, Identifiers, View
from tirage.verify.automaton import Automaton, Match, stands, view_of
from tirage.verify.dates import whole
from tirage.verify.fold import words
from tirage.verify.needles import Rule, name_words
from tirage.verify.reader import Bulk
from tirage.verify.vocabulary import PLACE_TERMS, TERMS

_PASS = 64
"""Strings for one vector search: 64 take 0.065 ms for 530 KB, 65 fall back to an automaton and 0.86 ms."""
_CHUNK = 1 << 20
_AROUND = 128


class BulkSearch(Confidential):
    """Candidates of one set of identifiers; `decide` holds all their forms."""

    __slots__ = ("_decide", "_searches")

    def __init__(self, identifiers: Identifiers, stems: Iterable[str], decide: Automaton) -> None:
        strings = sorted(_strings(identifiers, stems))
        self._searches = [
            BytesAhoCorasick(strings[start : start + _PASS], matchkind=MatchKind.LeftmostFirst)
            for start in range(0, len(strings), _PASS)
        ]
        self._decide = decide

    def scan(self, source: Source, bulk: Bulk, where: str) -> set[Finding]:
        """What is in one large value; constant memory."""
        found: set[Finding] = set()
        offset, end = bulk.range.offset, bulk.range.offset + bulk.range.length
        while self._searches and offset < end:
            chunk = source.read(offset, min(_CHUNK, end - offset))
            for search in self._searches:
                for _, start, stop in search.find_matches_as_indexes(chunk):
                    found |= self._judge(chunk, start, stop, bulk.bits, where)
            if len(chunk) < _CHUNK:
                break
            offset += _CHUNK - 2 * _AROUND  # what lies across two chunks is whole in one of them
        return found

    def _judge(self, chunk: bytes, start: int, stop: int, bits: int, where: str) -> set[Finding]:
        low = max(0, start - _AROUND)
        data = chunk[low : stop + _AROUND].lower()
        start, stop = start - low, stop - low
        return {
            Finding(where, match.pattern.kind, view_of(match.pattern, View.RAW))
            for match in self._decide.matches(data)
            if match.start < stop and match.end > start and _is_evidence(match, data, bits)
        }


def _is_evidence(match: Match, data: bytes, bits: int) -> bool:
    pattern = match.pattern
    if pattern.rule >= Rule.TEXT:
        return False
    is_narrow = bits == 8 or (bits == 16 and pattern.wide)
    if pattern.size < (8 if is_narrow else 6) + 2 * pattern.is_number:
        return False
    strict = match._replace(pattern=pattern._replace(rule=max(pattern.rule, Rule.EDGE)))
    return stands(strict if is_narrow else match, data, 0, len(data))


def _strings(identifiers: Identifiers, stems: Iterable[str]) -> set[bytes]:
    parts = {
        word
        for name in identifiers.words
        for part in name_words(name)
        for word in part
        if len(word) > 3 and (word not in TERMS)
    }
    parts |= {word for place in identifiers.places for word in words(place) if len(word) > 5} - PLACE_TERMS
    for code in identifiers.codes:
        pieces = words(code)
        bare = "".join(pieces)
        parts |= {piece for piece in (bare.lstrip("0"), max(pieces, default="", key=len)) if len(piece) > 5}
    for date in identifiers.dates:
        year, month, day = date[:4], date[4:6], date[6:]
        parts |= set(whole(date))
        for mark in "-/.":
            parts |= {mark.join(o) for o in ((year, month, day), (day, month, year), (month, day, year))}
    parts |= set(stems)
    return {string for part in parts if part.isascii() for string in _cases(part)}


def _cases(part: str) -> set[bytes]:
    # Without its first letter the small form stands for the capitalised one too.
    cases = {part} if part.upper() == part else {part.upper(), part[1:]}
    return {data for case in cases for data in (case.encode(), case.encode("utf-16-le")[:-1])}
