"""A CTP anonymizer script, as a project of ours.

CTP keeps an element that no enabled line names, unless `Remove unchecked elements` is on; here what no rule
names is removed, so a script comes out at least as strict as it went in.
"""

import re
from typing import Any

from tirage.policy.fields import Project
from tirage.policy.imports.replacement import Asked, asked
from tirage.policy.imports.report import Imported, Reporter
from tirage.policy.imports.script import Entry, read_script
from tirage.policy.imports.wishes import Grants, Wish, written_tag
from tirage.policy.options import DEFAULT, Option

_PRIVATE = re.compile(r"([0-9A-Fa-f]{3}[13579BDFbdf])\[([^\[\]]{1,64})\]([0-9A-Fa-f]{2})")
_TAG = re.compile(r"[0-9A-Fa-f]{8}")


def import_ctp(data: bytes, name: str) -> Imported:
    """The project made of a script; raises `ProjectInvalid` when it cannot be read."""
    entries = read_script(data, name)
    return _Import(entries).run()


class _Import:
    def __init__(self, entries: list[Entry]) -> None:
        last = {(entry.kind, entry.target.lower()): entry for entry in entries if entry.is_enabled}
        self.entries = list(last.values())
        self.disabled = sum(entry.kind == "e" and not entry.is_enabled for entry in entries)
        self.report = Reporter()
        groups = {entry.target.lower() for entry in self.entries if entry.kind == "r"}
        self.is_list = "unspecifiedelements" in groups
        has_private = "privategroups" not in groups
        options = [option.value for option in DEFAULT if has_private or option is not Option.SAFE_PRIVATE]
        self.deidentify: dict[str, Any] = {"options": options}
        data = {"project": {"name": "imported", "title": "x"}, "deidentify": dict(self.deidentify)}
        self.grants = Grants(Project.model_validate(data), self.report, "CTP")
        self.listed: list[str] = []

    def run(self) -> Imported:
        for entry in self.entries:
            match entry.kind:
                case "p":
                    self._parameter(entry)
                case "e":
                    self._element(entry)
                case "k":
                    self._group(entry)
                case _:
                    self._sweep(entry)
        if self.is_list:
            self.deidentify["only"] = self.listed
        else:
            self.report.tightened(
                "elements without an enabled line", "kept there; here only what a rule keeps"
            )
        if Option.SAFE_PRIVATE in self.deidentify["options"]:
            self.report.tightened("private elements", "kept there; here those on the safe list")
        if self.disabled:
            self.report.noted(f"{self.disabled} disabled lines", "do nothing there, nor here")
        return Imported(
            {
                "project": {"name": "imported-from-ctp", "title": "Imported from a CTP anonymizer script"},
                "identity": {"scheme": "keyed"},
                "deidentify": self.deidentify,
            },
            self.report.lines,
        )

    def _parameter(self, entry: Entry) -> None:
        if entry.target.upper() == "DATEINC":
            words = "each patient's dates move by a secret number of days of its own (`dates.max_shift_days`)"
            self.report.tightened("parameter DATEINC", words)
        else:
            self.report.noted(f"parameter {entry.target}", "not carried over: no text is written from it")

    def _element(self, entry: Entry) -> None:
        wanted = asked(entry.text)
        rule = f"{entry.target} {entry.name}: {_shown(entry.text)}"
        if wanted.unknown:
            self.report.error(rule, f"{wanted.unknown} is not known here; the element is removed")
        if wanted.refuses:
            self.report.error(rule, "an object cannot be refused by a condition here")
        if wanted.branches > 1:
            self.report.tightened(rule, "conditions are not asked: the strictest branch is always taken")
        if private := _PRIVATE.fullmatch(entry.target):
            self._private(private, wanted, rule)
        elif not _TAG.fullmatch(entry.target):
            self.report.error(rule, "is no tag")
        elif int(entry.target, 16) & 0x10000:
            granted = self.report.tightened if wanted.wish is Wish.KEEP else self.report.expressed
            granted(rule, "removed: a private element is kept by its creator only")
        else:
            self._standard(int(entry.target, 16), wanted, rule)

    def _standard(self, tag: int, wanted: Asked, rule: str) -> None:
        if self.is_list and wanted.wish is not Wish.REMOVE:
            self.listed.append(written_tag(tag))
        self.grants.grant(tag, wanted.wish, rule, self.deidentify)

    def _private(self, place: re.Match[str], wanted: Asked, rule: str) -> None:
        if wanted.wish is not Wish.KEEP:
            self.report.expressed(rule, "removed, like every private element that is not listed")
            return
        element = {"group": place[1], "creator": place[2], "element": place[3], "because": "CTP keeps it"}
        self.deidentify.setdefault("private", []).append(element)
        self.report.expressed(rule, "kept")

    def _group(self, entry: Entry) -> None:
        rule = f"keep group {entry.target}"
        if not re.fullmatch(r"[0-9A-Fa-f]{4}", entry.target):
            self.report.tightened(rule, "is no group: nothing is kept by it")
        elif int(entry.target, 16) % 2:
            self.report.tightened(rule, "private elements are kept by creator and element, not by group")
        elif self.is_list:
            self.listed.append(entry.target)
            self.report.tightened(rule, "of the group stays what the profile keeps")
        else:
            self.report.tightened(rule, "stays what the profile keeps")

    def _sweep(self, entry: Entry) -> None:
        rule = f"remove {entry.target}"
        match entry.target.lower():
            case "privategroups" | "curves" | "overlays":
                self.report.expressed(rule, "removed")
            case "unspecifiedelements":
                self.report.expressed(
                    rule, "the elements of enabled lines are the project's own list (`only`)"
                )
            case target if re.fullmatch(r"[0-9a-f]{4}", target):
                self.report.error(rule, "a group is not removed as a whole here: list its attributes")
            case _:
                self.report.error(rule, "is not known here")


def _shown(text: str) -> str:
    """The calls of a replacement; text of its own is not repeated, it may name someone."""
    calls = re.findall(r"@\w+\(\)|@\w+", text)
    return " ".join(calls[:4]) if calls else "(a value)" if text else "(nothing)"
