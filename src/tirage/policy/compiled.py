"""Everything a profile knows, worked out once from the tables and a project."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import orjson

from tirage.model.identifiers import PolicyDigest
from tirage.policy.decisions import Basis, Decision, decide
from tirage.policy.fields import Project
from tirage.policy.grammar import Check, line
from tirage.policy.options import BASIC_CODE, CLAIMED_WHEN_INSPECTED, FACTS, NEVER_CLAIMED, Option
from tirage.policy.overlay import Overlay, read_overlay
from tirage.policy.private import safe_private
from tirage.policy.standard import EDITION, confidentiality, dictionary, table_digest, table_names
from tirage.policy.vocabulary import check_for, reasons, worded

RULES_VERSION = 3
"""Raised whenever the code of this package decides anything differently."""

RETAINED = frozenset({"AE", "SH", "LO", "ST", "UC", "UT"})
"""Text that only an option of the standard keeps: the project approved it whatever it says."""

Code = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Decisions and checks by tag, safe private elements, and how to record what was done.

    Values refused by the checks of `cleanable` tags are cleaned.
    """

    options: frozenset[Option]
    cleanable: frozenset[int]
    decisions: Mapping[int, Decision]
    checks: Mapping[int, Check]
    private: Mapping[tuple[int, str, int], Check]
    method_codes: tuple[Code, ...]
    inspected_codes: tuple[Code, ...]
    method_text: tuple[str, ...]

    def decision(self, tag: int) -> Decision:
        """The decision for a tag, known or not."""
        return self.decisions.get(tag) or decide(tag, None, self.options, {})


@cache
def _standard(options: frozenset[Option]) -> tuple[Mapping[int, Decision], Mapping[int, Check]]:
    """Decisions and checks without any project's overlay."""
    attributes = dictionary()
    decisions = {
        tag: decide(tag, attributes.get(tag), options, reasons())
        for tag in attributes.keys() | confidentiality().keys()
    }
    checks = {}
    for tag, attribute in attributes.items():
        check = check_for(tag, attribute)
        if check is None and decisions[tag].basis is Basis.OPTION and RETAINED & set(attribute.vrs):
            check = line
        if check is not None:
            checks[tag] = check
    return decisions, checks


def compile_rules(project: Project, fitting: tuple[int, ...] = ()) -> Compiled:
    """The rules of a project, with those of its `overlays` that fit an object, by number.

    Raises `ProjectInvalid` when its overlay cannot be applied.
    """
    options = frozenset(project.deidentify.options)
    decisions, checks = _standard(options)
    overlay = read_overlay(project, decisions, fitting)
    private = dict(safe_private()) if Option.SAFE_PRIVATE in options else {}
    decisions = {**decisions, **overlay.decisions}
    return Compiled(
        options,
        _cleanable(options, decisions),
        decisions,
        {**checks, **overlay.checks},
        {**private, **overlay.private},
        _method_codes(options - CLAIMED_WHEN_INSPECTED, overlay),
        _method_codes(options, overlay),
        _method_text(overlay),
    )


def _cleanable(options: frozenset[Option], decisions: Mapping[int, Decision]) -> frozenset[int]:
    """Attributes kept by a vocabulary of their own whose other values are cleaned rather than lost."""
    if Option.CLEAN_DESCRIPTORS not in options:
        return frozenset()
    kept = (Basis.ALLOWED, Basis.BACKSTOP)
    return frozenset(tag for tag in worded() if decisions[tag].code == "K" and decisions[tag].basis in kept)


def policy_digest(project: Project, tables: tuple[str, ...] | None = None) -> PolicyDigest:
    """SHA-256 over all that decides a project's output: its rules, the tables, the version of the code."""
    decisive = {
        "rules": RULES_VERSION,
        "tables": table_digest(*(table_names() if tables is None else tables)),
        "dictionary": version("pydicom"),
        "project": project.name,
        "include": project.include.model_dump(mode="json"),
        # Who is who changes an object's link, not what is done to the object.
        "identity": project.identity.model_dump(mode="json", include={"scheme", "prefix"}),
        "deidentify": project.deidentify.model_dump(mode="json"),
        "pixels": project.pixels.model_dump(mode="json"),
        "text": project.text.model_dump(mode="json"),
        "documents": project.documents.model_dump(mode="json"),
        "dates": project.dates.model_dump(mode="json"),
    }
    return PolicyDigest(hashlib.sha256(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)).hexdigest())


def _method_codes(options: frozenset[Option], overlay: Overlay) -> tuple[Code, ...]:
    """Codes of PS3.16 CID 7050 for what is done; the Basic Profile only when nothing listed is loosened."""
    chosen = [
        (FACTS[option].code, "DCM", FACTS[option].meaning) for option in sorted(options - NEVER_CLAIMED)
    ]
    return tuple(sorted(chosen if overlay.loosens else [BASIC_CODE, *chosen]))


def _method_text(overlay: Overlay) -> tuple[str, ...]:
    basis = f"Tirage, PS3.15 {EDITION} Basic Profile"
    changed = sum(decision.basis is Basis.OVERLAY for decision in overlay.decisions.values())
    return (basis, f"{changed} project exceptions") if changed else (basis,)
