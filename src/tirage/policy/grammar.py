"""Which values of a kept attribute are taken for what they should be.

A value is judged as bytes, padding included; everything is precompiled: one lookup and one match a value.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from struct import iter_unpack

Check = Callable[[bytes], bool]

# A whole number of more than six digits, unless a round one, is a record number or a date, not a measurement.
# 1000000000 and up is how GE writes a b-value.
_WHOLE = rb"\d{1,6}|\d{1,4}0{3,8}|10000\d{5}"
_NUMBER = (
    rb"[ ]*[+-]?(?:(?:" + _WHOLE + rb")(?:\.0*)?|\d{0,7}\.\d*[1-9]\d*|\d(?:\.\d*)?[eE][+-]?\d{1,3})"
    rb"(?:[eE][+-]?\d{1,3})?[ ]*"
)
_INTEGER = rb"[ ]*[+-]?(?:" + _WHOLE + rb")[ ]*"
_DATE = rb"\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_CLOCK = rb"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?(?:\.\d{1,6})?"
_MOMENT = (
    rb"\d{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:" + _CLOCK + rb")?)?)?(?:[+-][01]\d[0-5]\d)?"
)
SIZES = {
    b"US": 2,
    b"SS": 2,
    b"OW": 2,
    b"UL": 4,
    b"SL": 4,
    b"FL": 4,
    b"AT": 4,
    b"OL": 4,
    b"OF": 4,
    b"FD": 8,
    b"SV": 8,
    b"UV": 8,
    b"OD": 8,
    b"OV": 8,
    b"OB": 1,
    b"UN": 1,
}


def values_of(pattern: bytes) -> Check:
    """A check for zero or more values of `pattern`, separated by backslashes, each padded or empty."""
    one = rb"(?:" + pattern + rb")?[ ]*"
    matches = re.compile(one + rb"(?:\\" + one + rb")*\0?", re.ASCII).fullmatch
    return lambda value: matches(value) is not None


def numbers(size: int, highest: int | None) -> Check:
    """A check for whole binary numbers of `size` bytes, at most `highest` of them when that is known."""
    return partial(_is_numbers, size, highest)


def _is_numbers(size: int, highest: int | None, value: bytes) -> bool:
    count, rest = divmod(len(value), size)
    return rest == 0 and (highest is None or count <= highest) and no_print(value)


_ACCENTED = rb"(?:\xc3[\x80-\xbf]|[\xc0-\xff])"
_PIECE = (
    rb"(?:[A-Z]{0,3}[0-9]+|[0-9]+[A-Z]{1,2}|[A-Z]+|[A-Z]?[a-z]+|(?:[A-Z][a-z]{2,})+"
    rb"|[A-Z]?[a-z]*" + _ACCENTED + rb"[a-z]+|[A-Z]*" + _ACCENTED + rb"[A-Z]+)"
)
_TEXT = re.compile(rb"[(+]?" + _PIECE + rb"(?:[ ^,.=_:;@/()+'-]+" + _PIECE + rb")*[.)]?[ \0]*")
_LONG_TEXT = re.compile(rb"(?=(?:[^A-Za-z0-9]*[A-Za-z0-9]){4})(?:[\x20-\x7e]|" + _ACCENTED + rb")+[ \0]*")
_PRINTED = re.compile(rb"(?=.*[A-Za-z0-9]{2})[A-Za-z0-9 ^,.=_:;@/()+'&#-]+")
SHORTEST_TEXT = 6
SHORTEST_LONG_TEXT = 12
SHORTEST_PRINTED = 4
LONGEST_EDGE = 4
_UNPRINTED = bytes(range(32))


def no_text(value: bytes) -> bool:
    """Accept binary values, unless the whole of one reads as words or a record number.

    Eight random bytes do with a probability of 1e-6, so do twelve; numbers in use are further from it.
    """
    value = _narrow(value)
    length = len(value.rstrip(b" \0"))
    if length >= SHORTEST_LONG_TEXT and _LONG_TEXT.fullmatch(value):
        return False
    return length < SHORTEST_TEXT or _TEXT.fullmatch(value) is None


def no_print(value: bytes) -> bool:
    """Accept whole binary numbers, unless all their bytes, four and more, are printed ones.

    Such numbers are large: sizes, counts and tables have bytes below 32 among theirs, most often zeros. Up to
    four such bytes around eight and more printed ones are taken for a length or an end of text.
    """
    if not no_text(value):
        return False
    inner = _narrow(value).strip(_UNPRINTED)
    if len(inner) >= LONGEST_EDGE * 2 and len(value) - len(inner) <= LONGEST_EDGE and not no_text(inner):
        return False
    printed = _narrow(value).rstrip(b" \0")
    is_padded = value.endswith(b"  ") and len(printed) > 1
    return not (len(printed) >= SHORTEST_PRINTED or is_padded) or _PRINTED.fullmatch(printed) is None


def _narrow(value: bytes) -> bytes:
    """Text of two bytes a letter as one of one byte a letter; other values as they are."""
    if not any(value[1::2]):
        return value[::2]
    return value if any(value[::2]) else value[1::2]


_PLAUSIBLE = {"f": (1e-17, 1e19), "d": (1e-60, 1e40)}
"""Magnitudes of measured numbers; as numbers, small letters are larger, spaces and many digits smaller."""


def floats(code: str, highest: int | None) -> Check:
    """A check for floating point numbers (`f` or `d`) that somebody may have measured, at most `highest`."""
    size = 4 if code == "f" else 8
    return partial(_is_floats, code, size, highest)


def _is_floats(code: str, size: int, highest: int | None, value: bytes) -> bool:
    count, rest = divmod(len(value), size)
    if rest or (highest is not None and count > highest) or not no_text(value):
        return False
    smallest, largest = _PLAUSIBLE[code]
    return all(
        number == 0 or smallest < abs(number) < largest for (number,) in iter_unpack(f"<{code}", value)
    )


_LINE = re.compile(rb"[^\x00-\x1a\x1c-\x1f]*\0?")


def line(value: bytes) -> bool:
    """Accept text without control characters, but for the escape of ISO 2022."""
    return _LINE.fullmatch(value) is not None


def anything(value: bytes) -> bool:
    """Accept all: the project approved it, or the rebuild judges it by other means."""
    return True


def nothing(value: bytes) -> bool:
    """Accept only the empty value."""
    return not value.strip(b" \0")


def terms(listed: Mapping[bytes, None] | frozenset[bytes], fallback: Check | None = None) -> Check:
    """A check that every value is one of the listed ones."""

    def is_listed(value: bytes) -> bool:
        for part in value.split(b"\\"):
            part = part.strip(b" \0")
            if part and part not in listed and (fallback is None or not fallback(part)):
                return False
        return True

    return is_listed


MOST_DIGITS = 6
MOST_DIGITS_OF_VERSIONS = 9
SHORT = 10
_SEPARATOR = re.compile(rb"[ _/.,;:+()\[\]*\-]+")
_MONTH = rb"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
_SUSPECT = re.compile(
    # Dates, telephone numbers, words spelt letter by letter.
    rb"\d[-./, ]*" + _MONTH + rb"[-./, ]*\d|\b" + _MONTH + rb"[-./, ]*\d{1,4}[-./, ]+\d\d"
    rb"|\b\d{1,4}[-./ ]\d{1,2}[-./ ]\d{2,4}\b|\d\d[-/ ]+\d\d"
    rb"|(?<![A-Z0-9])[A-Z](?:[^A-Z0-9\\]{1,2}[A-Z]){2}(?![A-Z0-9])",
    re.ASCII,
)
_PART = re.compile(rb"[0-9]?[A-Z]{0,3}[0-9]{1,3}[A-Z]{0,2}|[A-Z]?[0-9]{4}[A-Z]?|[A-Z]", re.ASCII)
_ALONE = re.compile(rb"(?:[0-9]?[A-Z]{0,3}[0-9]{1,3}[A-Z]{0,2}|[A-Z])", re.ASCII)
MOST_DIGITS_ALONE = 4


def words(known: frozenset[bytes], most_digits: int = MOST_DIGITS) -> Check:
    """A check that values are made of known words, with short numbers and part codes between them.

    Known words, and phrases accepted whole, are in upper case; the case of a value does not matter. Numbers
    without any word are accepted only when few and short: more of them, or a date, may identify someone.
    """

    def is_made_of_words(value: bytes) -> bool:
        value = value.strip(b" \0").upper()
        found = [_words_in(single.strip(), known, most_digits) for single in value.split(b"\\")]
        if None in found:
            return False
        return any(found) or _is_short(value)

    return is_made_of_words


def _words_in(value: bytes, known: frozenset[bytes], most_digits: int) -> int | None:
    """How many known words a value holds; None when anything else but numbers and part codes is in it."""
    if value in known:
        return 1
    if _digits(value) > most_digits or _SUSPECT.search(value):
        return None
    count = 0
    for part in _SEPARATOR.split(value):
        if part in known:
            count += 1
        elif part and not _PART.fullmatch(part):
            return None
    return count


def _is_short(value: bytes) -> bool:
    parts = [part for part in _SEPARATOR.split(value.replace(b"\\", b" ")) if part]
    is_small = len(value) <= SHORT and _digits(value) <= MOST_DIGITS_ALONE
    return is_small and all(_ALONE.fullmatch(part) for part in parts)


def _digits(value: bytes) -> int:
    return sum(48 <= byte <= 57 for byte in value)


BY_VR: Mapping[bytes, Check] = {
    b"DS": values_of(_NUMBER),
    b"IS": values_of(_INTEGER),
    b"DA": values_of(_DATE),
    b"TM": values_of(_CLOCK),
    b"DT": values_of(_MOMENT),
    b"AS": values_of(rb"\d{3}[DWMY]"),
    b"UI": values_of(rb"[0-9.]{1,64}"),
    b"SQ": anything,
    **{vr: numbers(size, None) for vr, size in SIZES.items() if vr not in (b"OB", b"OW", b"UN")},
}
"""What a value must look like when its attribute has no grammar of its own; an absent VR keeps nothing."""
