"""Which rule decides an attribute: overlay, structure, Table E.1-1, allow-list, then the backstop by VR.

A decision holds a code that may still be open (`X/Z/D`); the attribute's type in the object's IOD closes it.
Source: PS3.15 Table E.1-1 and E.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tirage.policy.actions import Action
from tirage.policy.attributetypes import EMPTIABLE, MANDATORY
from tirage.policy.cleaned import TEXT, cleaned
from tirage.policy.options import FACTS, Option
from tirage.policy.standard import EDITION, Attribute, Rule, confidentiality

TEMPORAL = frozenset({"DA", "DT", "TM"})
HARMLESS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "DS", "IS", "CS"})
BY_TYPE = "X/Z/D"
UNKEPT_SEQUENCES = frozenset({0x0040A730, 0x00700001, 0x0040B020})
"""Content, graphic annotation and waveform annotation: a dummy for `D` would be content nobody has judged."""
ICC_PROFILE = 0x00282000
WAVEFORM_DATA = 0x54001010
AUDIO_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"})
WRITTEN_HERE = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})
"""What an earlier de-identification said of itself; ours says it anew."""


class Basis(StrEnum):
    """Which kind of rule decided."""

    OVERLAY = "project"
    STRUCTURE = "structure"
    TABLE = "PS3.15 Table E.1-1"
    OPTION = "PS3.15 option"
    ALLOWED = "allow-list"
    BACKSTOP = "backstop by value representation"
    UNKNOWN = "unknown attribute"


@dataclass(frozen=True, slots=True)
class Decision:
    """A code, perhaps open, and where it comes from, in words."""

    code: str
    basis: Basis
    why: str


def decide(
    tag: int, attribute: Attribute | None, options: frozenset[Option], allowed: Mapping[int, str]
) -> Decision:
    """The decision for a standard attribute, without the project's overlay."""
    group, element = tag >> 16, tag & 0xFFFF
    if structural := _structural(group, element, tag):
        return Decision("X", Basis.STRUCTURE, structural)
    rule = confidentiality().get(tag)
    if rule is not None:
        return _by_table(tag, rule, attribute, options)
    if attribute is None:
        return Decision("X", Basis.UNKNOWN, "not in the data dictionary: nothing is known of its content")
    if tag == ICC_PROFILE:
        return Decision("K", Basis.ALLOWED, "a colour profile, built anew from its numbers without its texts")
    if tag in allowed:
        return Decision("K", Basis.ALLOWED, f"technical: {allowed[tag]}; only values of its grammar are kept")
    return _cleaned(tag, attribute, options) or _by_vr(attribute.vrs, options)


def _structural(group: int, element: int, tag: int) -> str | None:
    if group in (0x0000, 0x0002, 0x0004):
        return "command, file meta and directory elements are never carried over"
    if element == 0 or tag == 0x00080001:
        return "lengths of groups are not carried over"
    if group % 2:
        return "private: kept only by group, creator and element"
    if group in (0x0014, 0x4010):
        return "testing of materials, screening of baggage: no part of a medical object"
    if group >> 8 in (0x50, 0x60):
        return "curves, audio, and overlays may show text"
    if group in (0xFFFA, 0xFFFC):
        return "signatures and padding do not outlive a change"
    if tag in WRITTEN_HERE:
        return "written anew with what was done"
    return None


def _by_table(tag: int, rule: Rule, attribute: Attribute | None, options: frozenset[Option]) -> Decision:
    vrs = set(attribute.vrs) if attribute else set()
    for option in sorted(options):
        if rule.options.get(FACTS[option].column, "") == "K":
            return Decision("K", Basis.OPTION, f"{FACTS[option].words} ({option})")
    if Option.MODIFIED_DATES in options and rule.options.get("modified_dates") == "C" and TEMPORAL & vrs:
        words = FACTS[Option.MODIFIED_DATES].words
        return Decision("shift", Basis.OPTION, f"{words} ({Option.MODIFIED_DATES})")
    for option in sorted(options - {Option.MODIFIED_DATES}) if vrs and vrs <= TEXT | {"SQ"} else ():
        if rule.options.get(FACTS[option].column, "") == "C":
            return _clean(attribute, f"{FACTS[option].words} ({option})")
    if found := _cleaned(tag, attribute, options):
        return found
    why = f"edition {EDITION}, Basic Profile: {rule.basic}"
    if attribute and attribute.vrs == ("UI",) and rule.basic == "D":
        return Decision("U", Basis.TABLE, f"{why}; a dummy for a UID is the project's own UID")
    return Decision(rule.basic, Basis.TABLE, why)


def _cleaned(tag: int, attribute: Attribute | None, options: frozenset[Option]) -> Decision | None:
    """The decision for an attribute that is worth cleaning though Table E.1-1 does not say so."""
    option, why = cleaned().get(tag, (None, ""))
    if option is None or option not in options:
        return None
    return _clean(attribute, f"{why}; {FACTS[option].words} ({option})")


def _clean(attribute: Attribute | None, why: str) -> Decision:
    is_sequence = attribute is not None and attribute.vrs == ("SQ",)
    return Decision("K" if is_sequence else "C", Basis.OPTION, why)


def _by_vr(vrs: tuple[str, ...], options: frozenset[Option]) -> Decision:
    kinds = set(vrs)
    if kinds == {"SQ"}:
        return Decision("K", Basis.BACKSTOP, "a sequence: each attribute in its items is decided by itself")
    if kinds <= HARMLESS:
        return Decision("K", Basis.BACKSTOP, "numbers and defined terms; only values of its grammar are kept")
    if kinds <= TEMPORAL:
        if Option.FULL_DATES in options:
            return Decision("K", Basis.BACKSTOP, FACTS[Option.FULL_DATES].words)
        if Option.MODIFIED_DATES in options:
            return Decision("shift", Basis.BACKSTOP, FACTS[Option.MODIFIED_DATES].words)
        return Decision(BY_TYPE, Basis.BACKSTOP, "a date or time")
    if kinds == {"UI"}:
        code = "K" if Option.RETAIN_UIDS in options else "U"
        return Decision(code, Basis.BACKSTOP, "a UID; well-known ones stay")
    return Decision(BY_TYPE, Basis.BACKSTOP, "may hold free text or hidden data")


def close(code: str, attribute_type: int, *, is_sequence: bool, tag: int) -> Action:
    """The action for a code, given the type of the attribute (1, 2 or 3) in the object's IOD."""
    if code == "X/Z/U*":
        return Action.KEEP
    letters = code.split("/")
    if len(letters) > 1:
        wanted = {MANDATORY: ("D", "Z", "X"), EMPTIABLE: ("Z", "D", "X")}.get(attribute_type, ("X", "Z", "D"))
        code = next(letter for letter in wanted if letter in letters)
    if is_sequence and code == "D":
        return Action.REMOVE if tag in UNKEPT_SEQUENCES else Action.KEEP
    return Action(code)
