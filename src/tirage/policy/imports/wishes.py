"""What a foreign rule asks for an attribute, and how much of it this profile grants.

A wish to keep is granted as far as the profile keeps by itself; a wish to take away is always granted.
"""

from enum import StrEnum
from typing import Any

from tirage.policy.cleaned import TEXT
from tirage.policy.compiled import compile_rules
from tirage.policy.decisions import Basis, Decision
from tirage.policy.fields import Project
from tirage.policy.imports.report import Reporter
from tirage.policy.options import FACTS, Option
from tirage.policy.overlay import IMMOVABLE
from tirage.policy.standard import confidentiality, dictionary

PATIENT = frozenset({0x00100010, 0x00100020})
UIDS = frozenset({0x00080018, 0x0020000D, 0x0020000E})


class Wish(StrEnum):
    """What a rule asks, from the mildest to the strictest."""

    KEEP = "keep"
    CLEAN = "clean"
    SHIFT = "shift"
    UID = "uid"
    DUMMY = "dummy"
    EMPTY = "empty"
    REMOVE = "remove"


STRICTNESS = tuple(Wish)
FIELDS = ("keep", "clean", "dummy", "empty", "remove")
"""The lists of departures, from the mildest to the strictest."""


def strictest(wishes: list[Wish]) -> Wish:
    """The strictest of several wishes for one attribute."""
    return max(wishes, key=STRICTNESS.index)


class Grants:
    """Grants wishes under one choice of options, and says what became of each."""

    def __init__(self, project: Project, report: Reporter, source: str) -> None:
        self._compiled = compile_rules(project)
        self._report, self._source = report, source

    def grant(self, tag: int, wish: Wish, rule: str, into: dict[str, Any]) -> None:
        """Put a wish into the lists of departures `into`, or find that the profile does it already."""
        decision = self._compiled.decision(tag)
        if tag in IMMOVABLE or decision.basis is Basis.STRUCTURE or tag not in dictionary():
            self._own(tag, wish, rule, decision)
        elif wish is Wish.KEEP:
            self._keep(tag, rule, decision, into)
        else:
            self._take(tag, wish, rule, decision, into)

    def grant_unlisted(self, tag: int, wish: Wish, rule: str, into: dict[str, Any]) -> None:
        """As `grant`, for an attribute not on the project's own list: it is removed unless put back."""
        decision = self._compiled.decision(tag)
        if tag in IMMOVABLE or decision.basis is Basis.STRUCTURE or tag not in dictionary():
            self._own(tag, wish, rule, decision)
        elif wish is not Wish.KEEP:
            self._report.expressed(rule, "not on the list of attributes: removed, emptied or replaced")
        elif decision.code == "K":
            _put(into, "keep", tag)
            self._report.expressed(rule, "kept, if its value is what the attribute is for")
        elif decision.code == "C":
            _put(into, "clean", tag)
            self._report.tightened(rule, "kept in cleaned words")
        elif set(decision.code) & set("Us"):
            self._report.tightened(rule, "not kept: only lists for all objects keep dates and UIDs")
        else:
            self._keep(tag, rule, decision, into)

    def _own(self, tag: int, wish: Wish, rule: str, decision: Decision) -> None:
        """What Tirage decides itself whatever is asked."""
        if tag in PATIENT:
            self._report.expressed(rule, "the patient's pseudonym takes its place")
        elif tag in UIDS:
            granted = self._report.tightened if wish is Wish.KEEP else self._report.expressed
            granted(rule, "the project's own UID takes its place")
        elif tag not in IMMOVABLE:
            granted = self._report.tightened if wish is Wish.KEEP else self._report.expressed
            granted(rule, f"removed: {decision.why}")
        elif wish is Wish.KEEP:
            self._report.expressed(rule, "kept")
        else:
            self._report.error(rule, "an object cannot be read without it; it is kept")

    def _keep(self, tag: int, rule: str, decision: Decision, into: dict[str, Any]) -> None:
        match decision.code:
            case "K":
                self._report.expressed(rule, "kept, if its value is what the attribute is for")
            case "C":
                self._report.tightened(rule, "kept in cleaned words")
            case "shift":
                self._report.tightened(rule, "moved by the patient's number of days")
            case "U" | "X/Z/U*":
                self._report.tightened(rule, "the project's own UIDs take the place of UIDs")
            case _ if tag not in confidentiality() and set(dictionary()[tag].vrs) <= TEXT:
                _put(into, "clean", tag, f"{self._source} keeps it")
                self._report.tightened(rule, "kept in cleaned words")
            case _:
                self._report.tightened(rule, f"not kept ({decision.why}){_hint(tag)}")

    def _take(self, tag: int, wish: Wish, rule: str, decision: Decision, into: dict[str, Any]) -> None:
        fulfilled = {Wish.CLEAN: "C", Wish.SHIFT: "shift", Wish.UID: "U"}
        if decision.code == fulfilled.get(wish):
            self._report.expressed(rule, decision.why)
        elif not set(decision.code) & set("KCUs"):
            self._report.expressed(rule, f"removed, emptied or replaced ({decision.why})")
        elif wish is Wish.DUMMY and decision.code == "U":
            self._report.expressed(rule, "the project's own UID takes its place")
        elif wish is Wish.CLEAN and set(dictionary()[tag].vrs) <= TEXT:
            _put(into, "clean", tag)
            self._report.expressed(rule, "kept in cleaned words")
        else:
            field = wish.value if wish in (Wish.DUMMY, Wish.EMPTY, Wish.REMOVE) else "empty"
            _put(into, field, tag)
            granted = self._report.expressed if field == wish.value else self._report.tightened
            granted(rule, f"under `{field}`")


def _put(into: dict[str, Any], field: str, tag: int, because: str = "") -> None:
    """List an attribute under one field; where it is listed already, the stricter field stands."""
    name = _name(tag)
    for other in FIELDS:
        if any(entry["attribute"] == name for entry in into.get(other, ())):
            if FIELDS.index(other) >= FIELDS.index(field):
                return
            into[other] = [entry for entry in into[other] if entry["attribute"] != name]
    entry = {"attribute": name, "because": because} if because else {"attribute": name}
    into.setdefault(field, []).append(entry)


def written_tag(tag: int) -> str:
    """A tag as a project file writes it: `0010,0020`."""
    return f"{tag >> 16:04X},{tag & 0xFFFF:04X}"


def _name(tag: int) -> str:
    return dictionary()[tag].keyword or written_tag(tag)


def _hint(tag: int) -> str:
    rule = confidentiality().get(tag)
    keeping = [option for option in Option if rule and rule.options.get(FACTS[option].column, "") == "K"]
    return f"; the option `{keeping[0]}` would keep it" if keeping else ""
