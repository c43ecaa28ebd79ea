"""What medical staff write about a patient or a study, and which forms a field of theirs may have."""

import re
from datetime import date
from enum import StrEnum

LONGEST_TEXT = 4_000
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?")
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


class Kind(StrEnum):
    """Of which kind a note's text is."""

    TEXT = "text"
    YES_NO = "yes/no"
    NUMBER = "number"
    DATE = "date"


def tidied(kind: Kind, text: str) -> str | None:
    """The text as it is kept: `yes` or `no`, a number, a date as YYYY-MM-DD; None when it is none."""
    plain = text.strip()
    match kind:
        case Kind.TEXT:
            return plain if 0 < len(plain) <= LONGEST_TEXT else None
        case Kind.YES_NO:
            folded = plain.casefold()
            return "yes" if folded in _YES else "no" if folded in _NO else None
        case Kind.NUMBER:
            return plain if _NUMBER.fullmatch(plain) and plain.isascii() else None
        case Kind.DATE:
            return _date(plain)


def _date(text: str) -> str | None:
    if not re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text, re.ASCII):
        return None
    digits = text.replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None
