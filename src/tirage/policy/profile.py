"""A project's de-identification profile, compiled: one action for every attribute of every SOP class."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

from tirage.model.identifiers import short
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers
from tirage.policy.actions import Action
from tirage.policy.attributetypes import has_attribute, type_of
from tirage.policy.codes import meaning_of
from tirage.policy.compiled import Compiled, compile_rules, policy_digest
from tirage.policy.decisions import (
    AUDIO_CLASSES,
    BY_TYPE,
    ICC_PROFILE,
    WAVEFORM_DATA,
    Basis,
    Decision,
    close,
)
from tirage.policy.fields import Project
from tirage.policy.grammar import BY_VR, Check, nothing
from tirage.policy.options import Option
from tirage.policy.standard import EDITION, dictionary
from tirage.policy.vocabulary import only_in_iod

__all__ = ["Action", "Profile", "compile_profile"]

_FAMILIES = (
    frozenset({b"CS", b"SH", b"LO", b"ST", b"LT", b"UC", b"UT"}),
    frozenset({b"DS", b"IS"}),
    frozenset({b"US", b"SS"}),
    frozenset({b"UL", b"SL"}),
    frozenset({b"FL", b"FD"}),
    frozenset({b"OB", b"OW"}),
)


class Profile:
    """What happens to each attribute, private element and value in a project; made by `compile_profile`."""

    def __init__(self, project: Project, fitting: tuple[int, ...] = ()) -> None:
        compiled = compile_rules(project, fitting)
        self.project = project
        self.digest = policy_digest(project)
        self.edition = EDITION
        self.options = compiled.options
        self.method_codes = compiled.method_codes
        self.inspected_codes = compiled.inspected_codes
        self.method_text = (*compiled.method_text, f"policy {short(self.digest)}")
        self._compiled: Compiled = compiled
        self._checks = compiled.checks
        self._by_class: dict[tuple[str, bool], dict[int, Action]] = {}
        self._fitting = fitting
        self._variants: dict[tuple[int, ...], Profile] = {fitting: self}
        self.waived: frozenset[HoldReason] = frozenset()

    def __reduce__(self) -> tuple[type["Profile"], tuple[Project, tuple[int, ...]]]:
        """A worker process compiles its own copy from the project."""
        return Profile, (self.project, self._fitting)

    def waiving(self, reasons: frozenset[HoldReason]) -> "Profile":
        """The profile for an object of which a person has done these checks; all else holds as before."""
        if reasons == self.waived:
            return self
        waiving = copy(self)
        waiving.waived, waiving._variants = reasons, {self._fitting: waiving}
        return waiving

    @property
    def has_variants(self) -> bool:
        """Whether some objects are treated otherwise than others: `variant` tells which."""
        return bool(self.project.deidentify.overlays)

    def variant(self, sop_class: str, modality: str, manufacturer: str, model: str) -> "Profile":
        """The profile for objects that say this of themselves, with the project's overlays for them.

        The same profile for the same overlays; itself when none fits. Its digest is that of the project.
        """
        overlays = self.project.deidentify.overlays
        if not overlays:
            return self
        said = sop_class, modality, manufacturer, model
        fitting = tuple(number for number, overlay in enumerate(overlays) if overlay.when.fits(*said))
        found = self._variants.get(fitting)
        if found is None:
            found = self._variants[fitting] = Profile(self.project, fitting).waiving(self.waived)
        return found

    @property
    def temporal(self) -> str:
        """The value for Longitudinal Temporal Information Modified (0028,0303)."""
        if Option.FULL_DATES in self.options:
            return "UNMODIFIED"
        return "MODIFIED" if Option.MODIFIED_DATES in self.options else "REMOVED"

    def for_sop_class(self, sop_class: str, *, is_nested: bool = False) -> Mapping[int, Action]:
        """The action of every known attribute in objects of a class; what is absent is removed.

        `is_nested` asks for attributes in the items of sequences. Valid for elements that carry the VR the
        dictionary says; `action` also judges others.
        """
        found = self._by_class.get((sop_class, is_nested))
        if found is None:
            found = {
                tag: self._close(tag, decision, sop_class, is_nested)
                for tag, decision in self._compiled.decisions.items()
            }
            self._by_class[sop_class, is_nested] = found
        return found

    def action(self, tag: int, vr: bytes, sop_class: str, *, is_nested: bool = False) -> Action:
        """What happens to one element; an element of another VR than the standard's is not kept as it is."""
        action = self.for_sop_class(sop_class, is_nested=is_nested).get(tag, Action.REMOVE)
        if action in (Action.REMOVE, Action.EMPTY, Action.DUMMY) or self._is_expected(tag, vr):
            return action
        return self.rejected(tag, sop_class, is_nested=is_nested)

    def refused(self, tag: int, sop_class: str, *, is_nested: bool = False) -> Action:
        """What happens to a value that was to be kept and is not accepted: words are cleaned, others go."""
        if tag in self._compiled.cleanable:
            return Action.CLEAN
        return self.rejected(tag, sop_class, is_nested=is_nested)

    def rejected(self, tag: int, sop_class: str, *, is_nested: bool = False) -> Action:
        """What happens to an attribute whose value is not accepted, or of which cleaning leaves nothing."""
        if tag == ICC_PROFILE:
            return Action.REMOVE  # an invented one would change the colours
        attribute_type = type_of(sop_class, tag, is_nested=is_nested)
        return close(BY_TYPE, attribute_type, is_sequence=False, tag=tag)

    def accepts(self, tag: int, vr: bytes, value: bytes) -> bool:
        """Whether a value of a kept attribute is what it should be; padding included, `\\` between values."""
        check = self._checks.get(tag)
        return check(value) if check is not None else BY_VR.get(vr, nothing)(value)

    def code_meaning(self, scheme: str, value: str) -> str | None:
        """The words to write beside a code: registered ones, or the code; None when the code must go."""
        return meaning_of(scheme, value)

    def private(self, group: int, creator: str, element: int) -> Action:
        """What happens to a private element; `element` is its place 0x00 to 0xFF in the creator's block."""
        is_safe = (group, creator.strip(), element & 0xFF) in self._compiled.private
        return Action.KEEP if is_safe else Action.REMOVE

    def accepts_private(self, group: int, creator: str, element: int, vr: bytes, value: bytes) -> bool:
        """Whether the value of a safe private element has the form its list says."""
        check: Check | None = self._compiled.private.get((group, creator.strip(), element & 0xFF))
        return check is not None and check(value)

    def hidden(self, identifiers: Identifiers) -> Identifiers:
        """What an output must not show of the identifiers of its object: all but what an option retains."""
        if Option.RETAIN_INSTITUTION in self.options:
            identifiers = replace(identifiers, institutions=frozenset())
        if Option.RETAIN_UIDS in self.options:
            identifiers = replace(identifiers, uids=frozenset())
        return identifiers

    def decision(self, tag: int) -> Decision:
        """Which rule decides an attribute, before its type in an IOD is known."""
        return self._compiled.decision(tag)

    def _close(self, tag: int, decision: Decision, sop_class: str, is_nested: bool) -> Action:
        if tag == WAVEFORM_DATA and sop_class in AUDIO_CLASSES:
            return Action.REMOVE
        if (
            decision.basis in (Basis.ALLOWED, Basis.BACKSTOP)
            and tag in only_in_iod()
            and not has_attribute(sop_class, tag, is_nested=is_nested)
        ):
            return Action.REMOVE
        attribute = dictionary().get(tag)
        is_sequence = attribute is not None and attribute.vrs == ("SQ",)
        attribute_type = 0 if "/" not in decision.code else type_of(sop_class, tag, is_nested=is_nested)
        return close(decision.code, attribute_type, is_sequence=is_sequence, tag=tag)

    def _is_expected(self, tag: int, vr: bytes) -> bool:
        attribute = dictionary().get(tag)
        if attribute is None:
            return False
        expected = {name.encode("ascii") for name in attribute.vrs}
        if vr in expected or (vr == b"UN" and b"SQ" not in expected):
            return True
        return any(vr in family and expected & family for family in _FAMILIES)


def compile_profile(project: Project) -> Profile:
    """The profile of a project; raises `ProjectInvalid` when it names an attribute nobody knows."""
    return Profile(project)
