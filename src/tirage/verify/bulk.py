"""Looks through pixel data and other large values, fast and with few false alarms.

Two steps. A vector search (Teddy, the packed prefilter of Aho-Corasick, at most 64 strings a pass) over the
bytes as they are finds candidates: distinctive parts of needles in capitals and small letters. Around a
candidate the whole set of needles decides.

How long a needle must be: an N-byte needle is in L random bytes with probability L / 256^N; for a CT of
530 KB and 6 bytes that is 2e-9, for 60 needles and 500 files 6e-5. Where samples are 8 bits wide, noise can
lie wholly within the letters, 20 values in effect: 8 letters then have 530,000 / 20^8 = 2e-5, times about
1/50 for having no letter on either side. So: 6 bytes in compressed and 16-bit data, 8 in 8-bit data, 2 more
for digits, which are fewer. Characters of 16 bits are not searched for among samples: the noise of a CT can
be made of them.
"""

from collections.abc import Callable, Iterable
from itertools import permutations

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from tirage.dicom.sources import Source
from tirage.model.records import Confidential, Finding, Identifiers, View
from tirage.verify.automaton import Automaton, Match, stands, view_of
from tirage.verify.dates import separated, whole
from tirage.verify.fold import words
from tirage.verify.needles import UID, Rule, name_words, originals
from tirage.verify.reader import Bulk
from tirage.verify.vocabulary import PLACE_TERMS, TERMS

_PASS = 64
"""Strings for one vector search: 64 take 0.065 ms for 530 KB, 65 fall back to an automaton and 0.86 ms."""
_CHUNK = 1 << 20
_AROUND = 128
_JOINTS = ("^", " ", ", ")


class BulkSearch(Confidential):
    """Candidates of one set of identifiers; `decide` holds all their forms."""

    __slots__ = ("_decide", "_for_samples", "_for_streams")

    def __init__(self, identifiers: Identifiers, stems: Iterable[str], decide: Automaton) -> None:
        narrow = _strings(identifiers, stems)
        wide = {string.decode().encode("utf-16-le")[:-1] for string in narrow if string.isascii()}
        self._for_samples = _searches(narrow)
        self._for_streams = _searches(narrow | wide)
        self._decide = decide

    def scan(
        self, source: Source, bulk: Bulk, where: str, holds_uid: Callable[[bytes], bool]
    ) -> set[Finding]:
        """What is in one large value; constant memory. `holds_uid` knows the original UIDs."""
        found: set[Finding] = set()
        offset, end = bulk.range.offset, bulk.range.offset + bulk.range.length
        searches = self._for_samples if bulk.bits else self._for_streams
        while searches and offset < end:
            chunk = source.read(offset, min(_CHUNK, end - offset))
            for search in searches:
                for _, start, stop in search.find_matches_as_indexes(chunk):
                    found |= self._judge(chunk, start, stop, bulk.bits, where)
                    if holds_uid(chunk[max(0, start - _AROUND) : stop + _AROUND]):
                        found.add(Finding(where, UID, View.RAW))
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


def _searches(strings: set[bytes]) -> list[BytesAhoCorasick]:
    ordered = sorted(strings)
    return [
        BytesAhoCorasick(ordered[start : start + _PASS], matchkind=MatchKind.LeftmostFirst)
        for start in range(0, len(ordered), _PASS)
    ]


def _is_evidence(match: Match, data: bytes, bits: int) -> bool:
    pattern = match.pattern
    if pattern.rule >= Rule.TEXT or (bits and pattern.wide):
        return False
    is_narrow = bits == 8
    if pattern.size < (8 if is_narrow else 6) + 2 * pattern.is_number:
        return False
    if pattern.size >= (12 if is_narrow else 8):
        return True  # whatever is beside it: samples may look like digits
    strict = match._replace(pattern=pattern._replace(rule=max(pattern.rule, Rule.EDGE)))
    return stands(strict if is_narrow else match, data, 0, len(data))


def _strings(identifiers: Identifiers, stems: Iterable[str]) -> set[bytes]:
    # UIDs made of a GUID (PS3.5 B.2) have no beginning of their own.
    parts = {*stems, "2.25."}
    for name in identifiers.words:
        for part in name_words(name):
            telling = {word for word in part if len(word) > 3 and word not in TERMS}
            parts |= telling
            if not telling:
                parts |= {one + joint + two for one, two in permutations(part[:2], 2) for joint in _JOINTS}
    for place in (*identifiers.places, *identifiers.institutions):
        every = words(place)
        telling = {word for word in every if len(word) > 5} - PLACE_TERMS
        parts |= telling or {joint.join(every) for joint in ("", " ", "_")}
    for code in identifiers.codes:
        pieces = words(code)
        bare = "".join(pieces)
        longest = max(pieces, default="", key=len)
        parts |= {piece for piece in (code.strip(), bare.lstrip("0"), longest) if len(piece) > 5}
    for date in identifiers.dates:
        parts |= {*whole(date), *(form for form in separated(date) if len(form) == 10)}
    ascii_ones = {data for part in parts if part.isascii() for data in _cases(part)}
    return ascii_ones | {
        data for text, _ in originals(identifiers) if text.isalpha() for data in _foreign(text)
    }


def _foreign(text: str) -> set[bytes]:
    cases = (text, text.upper(), text.lower())
    coded = {case.encode(codec, "ignore") for case in cases for codec in ("utf-8", "latin-1")}
    return {data for data in coded if len(data) > 5}


def _cases(part: str) -> set[bytes]:
    # Without its first letter the small form stands for the capitalised one too.
    cases = {part} if part.upper() == part else {part.upper(), part[1:], part.title()[1:]}
    return {case.encode() for case in cases}
