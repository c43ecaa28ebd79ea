"""What is done with the elements of one tag, VR and place, and what became of the values met so far."""

from enum import IntEnum
from typing import NamedTuple

from tirage.deidentify.actions import ACTIONS, TEXT_VRS, Patient, cap
from tirage.deidentify.encoding import ITEM, element, padded
from tirage.dicom.dictionary import choice_of_vrs
from tirage.policy.actions import Action
from tirage.policy.profile import Profile

BIRTH_DATE = 0x00100030
PIXEL_GROUP = 0x7FE0

REMEMBERED_VALUES = 512
"""Values of an attribute whose outcome is remembered; the files of a series repeat most of them."""

Outcome = tuple[Action, bytes] | None
"""The action that was taken and the element it leaves, empty when it goes; None when the element stays."""


class Step(IntEnum):
    """How an element is met."""

    VALUE = 0
    REMOVE = 1
    DESCEND = 2
    ITEM = 3
    PRIVATE = 4
    BIRTH_DATE = 5


class Rule(NamedTuple):
    """`otherwise` is done when `action` is `KEEP` and the value is refused; `made` remembers outcomes."""

    step: Step
    action: Action
    otherwise: Action
    made: dict[bytes, Outcome]


class Rules:
    """The rules of a profile for one patient's objects of one SOP class, in one encoding."""

    def __init__(self, profile: Profile, patient: Patient, sop_class: str, explicit: bool) -> None:
        self.profile, self.patient = profile, patient
        self.sop_class, self.explicit = sop_class, explicit
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
        outcome = self.judged(rule.action, rule.otherwise, tag, vr, content)
        if len(made) < REMEMBERED_VALUES:
            made[content] = outcome
        return outcome

    def judged(
        self, action: Action, otherwise: Action, tag: int, vr: bytes, content: bytes | None
    ) -> Outcome:
        """As `outcome`, without memory; `content` is None for a value too large to be judged."""
        if vr == b"UN" or (vr in TEXT_VRS and choice_of_vrs(tag) == (b"UI",)):
            # A sequence of defined length may hide behind UN. A UID of another VR is still one: a dummy for
            # it would make one study of many.
            vr = next(iter(choice_of_vrs(tag)), vr)
        data = self._new_value(tag, vr, content, action)
        if data is None and action is Action.KEEP:
            action = otherwise
            data = self._new_value(tag, vr, content, action)
        if data is None:
            return action, b""
        if padded(vr, data) == content:
            return None
        return action, element(tag, vr, data, self.explicit)

    def _made(self, tag: int, vr: bytes, is_nested: bool) -> Rule:
        if tag == ITEM:
            return Rule(Step.ITEM, Action.KEEP, Action.REMOVE, {})
        if tag >> 16 == PIXEL_GROUP:
            # Below the top level pixel data are icons; offset tables say nothing that the fragments do not.
            return Rule(Step.REMOVE, Action.REMOVE, Action.REMOVE, {})
        if tag & 0x10000:
            return Rule(Step.PRIVATE, Action.REMOVE, Action.REMOVE, {})
        action = self.profile.action(tag, vr, self.sop_class, is_nested=is_nested)
        otherwise = self.profile.rejected(tag, self.sop_class, is_nested=is_nested)
        if action is Action.REMOVE:
            step = Step.REMOVE
        elif tag == BIRTH_DATE:
            step = Step.BIRTH_DATE
        else:
            step = Step.DESCEND if vr == b"SQ" and action is Action.KEEP else Step.VALUE
        return Rule(step, action, otherwise, {})

    def _new_value(self, tag: int, vr: bytes, content: bytes | None, action: Action) -> bytes | None:
        """What an action puts in place of `content`; None when the element goes, or `KEEP` refuses it."""
        if action is Action.KEEP:
            if content is None or not self.profile.accepts(tag, vr, content):
                return None
            return cap(content) if vr == b"AS" else content
        if vr == b"SQ":
            return None if action is Action.REMOVE else b""
        return ACTIONS[action](self.patient, tag, vr, (content or b"").rstrip(b" \0"))
