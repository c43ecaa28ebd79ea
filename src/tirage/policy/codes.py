"""Which coded concepts are kept, and in which words.

A code's meaning is free text as far as the file is concerned, so only the registered wording is let through.
A code that is not registered here but has the form of its public scheme keeps its value and loses its words.
Source: PS3.16; check digits of SNOMED CT and LOINC as those schemes define them.
"""

import re
from collections.abc import Mapping
from functools import cache

from tirage.policy.standard import table_rows

_FORMS = {
    "SRT": r"[A-Z]-[0-9A-F]{4,6}",
    "SNM3": r"[A-Z]-[0-9A-F]{4,6}",
    "99SDM": r"[A-Z]-[0-9A-F]{4,6}",
    "RADLEX": r"RID[0-9]{1,6}|RPID[0-9]{1,6}",
    "NCIt": r"C[0-9]{3,7}",
    "I10": r"[A-Z][0-9]{2}(?:\.[0-9A-Z]{1,4})?",
    "ICD10": r"[A-Z][0-9]{2}(?:\.[0-9A-Z]{1,4})?",
    "UCUM": r"[A-Za-z%]{1,6}(?:[0-9]{1,2})?(?:[./][A-Za-z]{1,5}[0-9]{0,2}){0,3}|1|10\*[0-9]",
    "ISO639_2": r"[a-z]{3}",
    "ISO639_1": r"[a-z]{2}",
    "RFC5646": r"[a-z]{2,3}(?:-[A-Z]{2})?",
}
_TIMES = (
    "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210"
)
_TURNS = "01234567891576283094580379614289160435279453126870428657390127938064157046913258"


_LOCAL = re.compile(
    # Local codes too short to be anybody's number, codes of SCP-ECG (ISO/IEEE 11073-91064), languages.
    r"(?:[A-Z]{1,4}[-.]?)?\d{1,3}|\d{4}"
    r"|[1-9]\.\d{1,2}(?:\.\d){1,2}-\d{1,2}(?:-\d{1,2}){0,2}"
    r"|en|eng|de|deu|ger|fr|fra|fre|es|spa|it|ita|nl|nld|dut|pt|por|ja|jpn|zh|zho|chi|ko|kor"
    r"|(?:en|de|fr|es|it|nl|pt)-[A-Z]{2}|ja-JP|zh-CN|ko-KR|msec",
    re.ASCII,
)

LANGUAGES = frozenset(
    {
        b"English",
        b"German",
        b"French",
        b"Spanish",
        b"Italian",
        b"Dutch",
        b"Portuguese",
        b"Japanese",
        b"Chinese",
    }
)
"""Languages of a report as they are most often written; English and French are names, too."""


@cache
def registered() -> Mapping[tuple[str, str], str]:
    """The registered wording of each (scheme, value)."""
    return {(row["scheme"], row["value"]): row["meaning"] for row in table_rows("codes.csv")}


@cache
def registered_values() -> frozenset[bytes]:
    """Every registered code value, whatever its scheme."""
    return frozenset(value.encode("utf-8") for _, value in registered())


@cache
def registered_meanings() -> frozenset[bytes]:
    """Every registered wording."""
    return frozenset(meaning.encode("utf-8") for meaning in registered().values())


@cache
def _form(scheme: str) -> re.Pattern[str]:
    return re.compile(_FORMS[scheme], re.ASCII)


def meaning_of(scheme: str, value: str) -> str | None:
    """The words to write for a code: registered, or the code itself; None when the code cannot be trusted."""
    words = registered().get((scheme, value))
    if words is not None:
        return words
    return value if has_form(scheme, value) else None


def has_form(scheme: str, value: str) -> bool:
    """Whether an unregistered value has the form of its scheme."""
    if scheme in ("SCT", "SNM-CT"):
        return is_snomed(value)
    if scheme == "LN":
        return is_loinc(value)
    return scheme in _FORMS and _form(scheme).fullmatch(value) is not None


def is_snomed(value: str) -> bool:
    """Whether digits are a SNOMED CT concept: partition 00 or 10 and a right check digit (Verhoeff)."""
    if not (value.isascii() and value.isdigit() and 6 <= len(value) <= 18 and value[-3:-1] in ("00", "10")):
        return False
    check = 0
    for place, digit in enumerate(reversed(value)):
        turned = _turned(place % 8, int(digit))
        check = int(_TIMES[check * 10 + turned])
    return check == 0


def is_loinc(value: str) -> bool:
    """Whether a value is a LOINC code: digits, a hyphen and a right check digit (modulo 10)."""
    number, _, digit = value.rpartition("-")
    if not (
        number.isascii() and number.isdigit() and len(number) <= 5 and len(digit) == 1 and digit.isdigit()
    ):
        return False
    doubled = str(int(number[::-2][::-1]) * 2)
    total = sum(map(int, doubled)) + sum(map(int, number[-2::-2]))
    return -total % 10 == int(digit)


def is_plausible_value(value: bytes) -> bool:
    """Whether a code value is registered, a SNOMED CT concept or a local code that is short.

    Its scheme is not known here. The forms of other schemes would let record numbers pass: one in ten as
    LOINC, every `A-12345` as SNOMED RT.
    """
    text = value.strip(b" \0").decode("ascii", "replace")
    if not text or text.encode("ascii", "replace") in registered_values():
        return True
    return is_snomed(text) or _LOCAL.fullmatch(text) is not None


def is_registered_meaning(value: bytes) -> bool:
    """Whether the words are those of some registered code, or a language."""
    text = value.strip(b" \0")
    return not text or text in registered_meanings() or text in LANGUAGES


def _turned(place: int, digit: int) -> int:
    return int(_TURNS[place * 10 + digit])
