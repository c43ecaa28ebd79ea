"""Which identifiers are in one text, or in bytes that may hold one."""

import re
from collections.abc import Iterator

from tirage.model.records import View
from tirage.verify.automaton import stands
from tirage.verify.fold import fold
from tirage.verify.gate import FREE_TEXT, TEXT_VRS, Gate, counts
from tirage.verify.needles import UID, Rule
from tirage.verify.orders import reordered, wide_texts

SQUEEZED = FREE_TEXT | {b"AE", b"CS", b"UR"}
"""VRs whose text is read without its separators too."""
# All but the mark between values; the zero bytes of UTF-16 go too.
_SEPARATORS = bytes(byte for byte in range(0x80) if byte != 1 and not chr(byte).isalnum())
_PRINTABLE = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\n\r\f\x1b")
_ASCII = bytes(range(0x80))
# In noise, 12 printable bytes in a row are in one place of 140,000, 20 in one of 390 million.
_RUN = re.compile(rb"(?:[\t\x20-\x7e]|[\xc3-\xf4][\x80-\xbf]{1,3}){12,}")
_LONG_RUN = re.compile(rb"(?:[\t\x20-\x7e]|[\xc3-\xf4][\x80-\xbf]{1,3}){20,}")
_UTF8 = re.compile(rb"(?:[\t\x20-\x7e]|[\xc3-\xf4][\x80-\xbf]{1,3}){3,}").fullmatch
_OF_UTF8 = bytes((9, *range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xC3, 0xF5)))
_OF_LATIN = bytes((*range(0x20, 0x7F), *range(0xC0, 0x100)))
_SHORTEST_LATIN = 6
_PRINTED = 4
"""Letters of a name that counts in a picture."""
_ZEROS = re.compile(rb"\0{16,}")
_LONG = 64 << 10
_TURNED = 6
"""Characters of a needle that counts backwards or swapped: `Noel` is Leon, and `tram` is Mart."""

Kinds = Iterator[tuple[str, View | None]]
"""(kind, view): None where the view is the caller's."""


def kinds_in(gate: Gate, folded: bytes, vr: bytes) -> Kinds:
    """What is in one text in small letters, or in arbitrary bytes when the VR is not text."""
    for match in gate.everywhere.matches(folded):
        if counts(match, folded, 0, len(folded), vr):
            yield match.pattern.kind, View.UTF16 if match.pattern.wide else None
    if vr in SQUEEZED or vr not in TEXT_VRS:
        for kind in kinds_in_squeezed(gate, folded, vr):
            yield kind, None
    if gate.has_uid(folded):
        yield UID, None


def kinds_in_squeezed(gate: Gate, folded: bytes, vr: bytes) -> Iterator[str]:
    """What is in a text once its separators are left out."""
    squeezed = folded.translate(None, _SEPARATORS)
    for match in gate.squeezed.matches(squeezed):
        if counts(match, squeezed, 0, len(squeezed), vr):
            yield match.pattern.kind


def kinds_in_text(gate: Gate, text: str) -> set[str]:
    """The kinds of identifier in a text that stands by itself."""
    return {kind for kind, _ in kinds_in(gate, fold(text).encode("utf-8", "replace"), b"LT")}


def kinds_in_print(gate: Gate, text: str) -> set[str]:
    """The kinds in a line read in a picture; texture is now and then read as two or three letters."""
    folded = fold(text).encode("utf-8", "replace")
    found = {
        match.pattern.kind
        for match in gate.everywhere.matches(folded)
        if match.pattern.size >= _PRINTED and counts(match, folded, 0, len(folded), b"LT")
    }
    found.update(kinds_in_squeezed(gate, folded, b"LT"))
    return found | {UID} if gate.has_uid(folded) else found


def kinds_in_bytes(gate: Gate, value: bytes) -> Kinds:
    """What is in bytes that are no text as a whole: between them, in runs of text, in wide characters."""
    yield from kinds_in(gate, value.lower(), b"UN")
    yield from kinds_in_runs(gate, value)


def without_zeros(value: bytes) -> bytes:
    """A value of which long stretches of zeros are cut short: there is nothing in them."""
    return _ZEROS.sub(bytes(8), value)


def kinds_in_runs(gate: Gate, value: bytes) -> Kinds:
    """What is in the runs of text between other bytes; long values must have longer ones."""
    runs = (_LONG_RUN if len(value) > _LONG else _RUN).findall(value)
    # Between zeros, as programs keep text: shorter in UTF-8 than in ISO 8859-1.
    ended = [piece for piece in value.split(b"\0") if len(piece) > 2]
    runs += [piece for piece in ended if not piece.translate(None, _OF_UTF8) and _UTF8(piece)]
    text = b"\x01".join(runs)
    if text:
        folded = text.lower() if text.isascii() else fold(text.decode("utf-8", "ignore")).encode()
        yield from kinds_in(gate, folded, b"UT")
    latin = b"\x01".join(
        [piece for piece in ended if len(piece) >= _SHORTEST_LATIN and not piece.translate(None, _OF_LATIN)]
    )
    if not latin.isascii():
        for kind in kinds_in_text(gate, latin.decode("latin-1")):
            yield kind, None
    for wide in wide_texts(value):
        for kind in kinds_in_text(gate, wide):
            yield kind, View.UTF16


def kinds_backwards(gate: Gate, data: bytes) -> Iterator[str]:
    """What is in text in small letters when it is read from its end."""
    backwards = data[::-1] if data.isascii() else data.decode("utf-8", "ignore")[::-1].encode()
    yield from _kinds_out_of_order(gate, backwards, _TURNED)


def kinds_turned(gate: Gate, value: bytes) -> set[str]:
    """What is in bytes read backwards, with swapped words, or without zeros."""
    is_long = len(value) > _LONG
    found: set[str] = set()
    for reading in reordered(value):
        found.update(_kinds_out_of_order(gate, reading.lower(), _TURNED + 2 * is_long))
        if not is_long:
            found.update(kind for kind, _ in kinds_in_runs(gate, reading))
    return found


def _kinds_out_of_order(gate: Gate, data: bytes, shortest: int) -> Iterator[str]:
    for match in gate.everywhere.matches(data):
        is_long = match.pattern.size >= shortest and match.pattern.rule < Rule.TEXT
        if is_long and stands(match, data, 0, len(data)):
            yield match.pattern.kind
    yield from kinds_in_squeezed(gate, data, b"UT")
    if gate.has_uid(data):
        yield UID


def may_hold(gate: Gate, payload: bytes) -> bool:
    """Whether anything at all may be in an unpacked payload: cheaper to ask than what it is."""
    small = payload.lower()
    return bool(
        gate.everywhere.has_match(small)
        or gate.squeezed.has_match(small.translate(None, _SEPARATORS))
        or gate.has_uid(small)
        or 5 * payload.count(0) > 2 * len(payload)  # UTF-16
        or (not small.isascii() and (_RUN.search(payload) or is_text(payload.replace(b"\x01", b" "))))
    )


def is_text(value: bytes) -> bool:
    """Whether an opaque value holds text: no control characters, and UTF-8 or mostly ASCII."""
    bare = value.rstrip(b"\0")
    if bare.translate(None, _PRINTABLE):
        return False
    if 4 * len(bare.translate(None, _ASCII)) <= len(bare):
        return True
    try:
        bare.decode()
    except UnicodeDecodeError:
        return False
    return True
