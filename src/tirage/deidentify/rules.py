"""What is done with the elements of one tag, VR and place, and what became of the values met so far."""

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from tirage.deidentify.actions import ACTIONS, TEXT_VRS, Patient, cap
from tirage.deidentify.encoding import ITEM, element, padded
from tirage.deidentify.icc import cleaned_profile
from tirage.deidentify.text.cleaner import Cleaner
from tirage.deidentify.wording import FREE, clean, names_patient
from tirage.dicom.charsets import Charset
from tirage.dicom.dictionary import choice_of_vrs
from tirage.policy.actions import Action
from tirage.policy.decisions import ICC_PROFILE, Basis
from tirage.policy.fields import Unjudged
from tirage.policy.profile import Profile

BIRTH_DATE = 0x00100030
CODE_MEANING = 0x00080104
PIXEL_GROUP = 0x7FE0

REMEMBERED_VALUES = 512
"""Values of an attribute whose outcome is remembered; the files of a series repeat most of them."""

LONGEST_REMEMBERED = 4096
"""Bytes of a value that is remembered: long text is seldom said twice."""

Outcome = tuple[Action, bytes] | None
"""The action that was taken and the element it leaves, empty when it goes; None when the element stays."""

UNJUDGED: Outcome = (Action.CLEAN, b"")
"""Text that could not be judged, in a project that wants a person to see it: the object is held."""

_CLEANED_AS = {
    b"DA": Action.SHIFT,
    b"DT": Action.SHIFT,
    b"TM": Action.SHIFT,
    b"UI": Action.UID,
    b"PN": Action.DUMMY,
}
"""What cleaning means for values that are no text but a moment, a UID or a name."""


_ENTERED = (Action.KEEP, Action.CLEAN)
_GOES = (Action.REMOVE, Action.REMOVE, Action.REMOVE)


class Step(IntEnum):
    """How an element is met."""

    VALUE = 0
    REMOVE = 1
    DESCEND = 2
    ITEM = 3
    PRIVATE = 4
    BIRTH_DATE = 5


class Rule(NamedTuple):
    """What is done: `refused` to a value that `KEEP` does not accept, `rejected` when cleaning leaves none.

    `made` remembers outcomes. With `is_searched` a value is not accepted that names the patient.
    """

    step: Step
    action: Action
    refused: Action
    rejected: Action
    made: dict[bytes, Outcome]
    is_searched: bool = False


class Rules:
    """The rules of a profile for one patient's objects of one SOP class, in one encoding.

    `cleaner` gives the patient's text cleaner; it is not asked before there is text to clean.
    """

    def __init__(
        self,
        profile: Profile,
        patient: Patient,
        cleaner: Callable[[], Cleaner],
        sop_class: str,
        explicit: bool,
        charset: Charset,
    ) -> None:
        self.profile, self.patient, self.cleaner = profile, patient, cleaner
        self.sop_class, self.explicit, self.charset = sop_class, explicit, charset
        self._holds_unjudged = profile.project.text.unjudged is Unjudged.HOLD
        self.top: dict[tuple[int, bytes], Rule] = {}
        self.nested: dict[tuple[int, bytes], Rule] = {}

    def find(self, tag: int, vr: bytes, is_nested: bool) -> Rule:
        """The rule for one kind of element."""
        table = self.nested if is_nested else self.top
        rule = table.get((tag, vr))
        if rule is None:
            rule = table[tag, vr] = self._made(tag, vr, is_nested)
        return rule

    def outcome(self, rule: Rule, tag: int, vr: bytes, content: bytes) -> Outcome:
        """What becomes of one value, padding included."""
        made = rule.made
        if content in made:
            return made[content]
        outcome = self.judged(rule, tag, vr, content)
        if len(made) < REMEMBERED_VALUES and len(content) <= LONGEST_REMEMBERED:
            made[content] = outcome
        return outcome

    def judged(self, rule: Rule, tag: int, vr: bytes, content: bytes | None) -> Outcome:
        """As `outcome`, without memory; `content` is None for a value too large to be judged."""
        if vr == b"UN" or (vr in TEXT_VRS and choice_of_vrs(tag) == (b"UI",)):
            # A sequence of defined length may hide behind UN. A UID of another VR is still one: a dummy for
            # it would make one study of many.
            vr = next(iter(choice_of_vrs(tag)), vr)
        action = rule.action
        if action is Action.KEEP:
            data = self._kept(rule, tag, vr, content)
            if data is not None:
                return self._written(action, tag, vr, data, content)
            action = rule.refused
        if action is Action.CLEAN:
            action = _CLEANED_AS.get(vr, action) if vr in TEXT_VRS or vr in _CLEANED_AS else rule.rejected
        if action is Action.CLEAN:
            if content is not None and not content.strip(b" \0"):
                return self._written(Action.EMPTY, tag, vr, b"", content)
            accepts = partial(self._accepts, rule, tag, vr) if rule.action is Action.KEEP else None
            cleaned = clean(self.cleaner(), self.charset, vr, content, accepts)
            if not cleaned.is_judged and self._holds_unjudged:
                return UNJUDGED
            if cleaned.value:
                return self._written(action, tag, vr, cleaned.value, content)
            action = rule.rejected
        return self._written(action, tag, vr, self._replaced(tag, vr, content, action), content)

    def _written(
        self, action: Action, tag: int, vr: bytes, data: bytes | None, content: bytes | None
    ) -> Outcome:
        """The element with a value, or without one, as an outcome."""
        if data is None:
            return action, b""
        if padded(vr, data) == content:
            return None
        return action, element(tag, vr, data, self.explicit)

    def _kept(self, rule: Rule, tag: int, vr: bytes, content: bytes | None) -> bytes | None:
        """A value that the profile accepts; None for another."""
        if tag == ICC_PROFILE:
            return None if content is None else cleaned_profile(content)
        if content is None or not self._accepts(rule, tag, vr, content):
            return None
        return cap(content) if vr == b"AS" else content

    def _accepts(self, rule: Rule, tag: int, vr: bytes, content: bytes) -> bool:
        """Whether a value may stay as it is."""
        if not self.profile.accepts(tag, vr, content):
            return False
        return not rule.is_searched or not names_patient(self.cleaner(), self.charset, content)

    def _replaced(self, tag: int, vr: bytes, content: bytes | None, action: Action) -> bytes | None:
        """What takes the place of a value that does not stay; None when the element goes."""
        if vr == b"SQ":
            return None if action is Action.REMOVE else b""
        return ACTIONS[action](self.patient, tag, vr, (content or b"").rstrip(b" \0"))

    def _made(self, tag: int, vr: bytes, is_nested: bool) -> Rule:
        if tag == ITEM:
            return Rule(Step.ITEM, *_GOES, {})
        if tag >> 16 == PIXEL_GROUP:
            # Below the top level pixel data are icons; offset tables say nothing that the fragments do not.
            return Rule(Step.REMOVE, *_GOES, {})
        if tag & 0x10000:
            return Rule(Step.PRIVATE, *_GOES, {})
        action = self.profile.action(tag, vr, self.sop_class, is_nested=is_nested)
        refused = self.profile.refused(tag, self.sop_class, is_nested=is_nested)
        rejected = self.profile.rejected(tag, self.sop_class, is_nested=is_nested)
        if action is Action.REMOVE:
            step = Step.REMOVE
        elif tag == BIRTH_DATE:
            step = Step.BIRTH_DATE
        else:
            step = Step.DESCEND if vr == b"SQ" and action in _ENTERED else Step.VALUE
        # What the project or an option keeps whatever it says is the project's to answer for, and the gate's.
        # The registered words of a code name nobody.
        is_ours = self.profile.decision(tag).basis in (Basis.ALLOWED, Basis.BACKSTOP)
        is_searched = is_ours and tag != CODE_MEANING and (vr in FREE or refused is Action.CLEAN)
        return Rule(step, action, refused, rejected, {}, is_searched)
