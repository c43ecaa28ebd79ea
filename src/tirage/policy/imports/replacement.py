"""What the replacement of one element in a CTP anonymizer script asks for.

A replacement is text with function calls: `@keep()`, `@hash(this,16)`, `@if(X,exists){@remove()}{@keep()}`.
"""

import re
from dataclasses import dataclass

from tirage.policy.imports.wishes import Wish, strictest

_CALL = re.compile(r"@(\w+)\(([^()]*)\)")
_BRANCHING = frozenset({"if", "select"})
_MEANT = {
    "keep": Wish.KEEP,
    "require": Wish.KEEP,
    "process": Wish.KEEP,
    "remove": Wish.REMOVE,
    "empty": Wish.EMPTY,
    "blank": Wish.EMPTY,
    "hashuid": Wish.UID,
    "hashuidwithroot": Wish.UID,
    "incrementdate": Wish.SHIFT,
    "hashdate": Wish.SHIFT,
    "contents": Wish.CLEAN,
    "modifydate": Wish.EMPTY,
    "round": Wish.REMOVE,
    "truncate": Wish.REMOVE,
}
_REPLACING = frozenset(
    {"accession", "date", "dateinterval", "encrypt", "hash", "hashname", "hashptid", "initials", "integer"}
    | {"lookup", "lowercase", "param", "pathelement", "ptid", "time", "uppercase", "value"}
)
_REFUSING = frozenset({"quarantine", "skip"})
MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """The strictest wish of all branches, how many there are, and the calls nobody here can follow."""

    wish: Wish
    branches: int = 1
    refuses: bool = False
    unknown: str = ""


def asked(text: str, depth: int = 0) -> Asked:
    """What a replacement asks; text that is no call is a value to put in place."""
    text = text.strip().removeprefix("@always()").strip()
    if not text:
        return Asked(Wish.REMOVE)
    call = _CALL.match(text)
    if call is None:
        return Asked(Wish.DUMMY, unknown="" if "@" not in text else text.split("(")[0][:40])
    function = call[1].lower()
    if function in _BRANCHING:
        is_certain = call[2].replace(" ", "").lower() == "this,exists"
        return _branches(text[call.end() :], is_certain, depth)
    if function in _REFUSING:
        return Asked(Wish.REMOVE, refuses=True)
    if function == "append":
        return Asked(Wish.DUMMY)
    if function in _MEANT and not text[call.end() :].strip():
        return Asked(_MEANT[function])
    if function in _MEANT or function in _REPLACING:
        return Asked(Wish.DUMMY)
    return Asked(Wish.REMOVE, unknown=f"@{call[1]}"[:40])


def _branches(text: str, is_certain: bool, depth: int) -> Asked:
    """The strictest of `{...}{...}`, or the first when its condition is always met.

    A branch that refuses the object says nothing of the element when there is another.
    """
    parts = _braced(text)
    if parts is None or depth >= MAX_DEPTH:
        return Asked(Wish.REMOVE, unknown="a condition")
    found = [asked(part, depth + 1) for part in (parts[:1] if is_certain else parts)]
    taken = [one for one in found if not one.refuses] or found
    return Asked(
        strictest([one.wish for one in taken]),
        sum(one.branches for one in found),
        any(one.refuses for one in found),
        next((one.unknown for one in found if one.unknown), ""),
    )


def _braced(text: str) -> list[str] | None:
    """The contents of `{...}{...}`, braces in them balanced; None when they are not."""
    parts, level, start = [], 0, 0
    for place, letter in enumerate(text):
        if letter == "{":
            if level == 0:
                start = place + 1
            level += 1
        elif letter == "}":
            level -= 1
            if level == 0:
                parts.append(text[start:place])
        elif level == 0 and not letter.isspace():
            return None
        if level < 0:
            return None
    return parts if parts and level == 0 else None
