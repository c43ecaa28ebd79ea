"""Which changes make the header of an object fit for a project. Source: PS3.15 E.1.1.

The list that comes out is applied, previewed (`deid plan`) and counted.
"""

from bisect import bisect
from enum import IntEnum
from typing import NamedTuple

from tirage.deidentify.actions import ACTIONS, Patient, cap, patient_of
from tirage.deidentify.changes import BULK_ORDER, INSERTED_ORDER, REPLACED_ORDER, Change, end_order
from tirage.deidentify.dates import is_over_89, parse_date
from tirage.deidentify.encoding import (
    ITEM,
    ITEM_DELIMITER,
    SEQUENCE_DELIMITER,
    UNDEFINED_LENGTH,
    element,
    opening,
)
from tirage.deidentify.marks import marks_of, names_of
from tirage.deidentify.private import PrivateBlocks, is_creator
from tirage.dicom.dictionary import choice_of_vrs
from tirage.dicom.header import Header
from tirage.model.records import Link
from tirage.policy.actions import Action
from tirage.policy.profile import Profile
from tirage.policy.standard import well_known_uids

SOP_CLASS = 0x00080016
STUDY_DATE = 0x00080020
BIRTH_DATE = 0x00100030
PIXEL_GROUP = 0x7FE0

REMEMBERED_VALUES = 512
"""Accepted values remembered for each attribute; the files of a series repeat most of them."""

LARGEST_JUDGED = 64 << 20
"""Bytes of a value that are read to judge it; larger ones are treated as not accepted."""


class Step(IntEnum):
    """How an element is met."""

    KEEP = 0
    REMOVE = 1
    REPLACE = 2
    DESCEND = 3
    ITEM = 4
    PRIVATE = 5


Made = dict[bytes, tuple[Action, bytes] | None]


class Rule(NamedTuple):
    """What is done with elements of one tag, VR and place.

    `accepted` are values already found fit to be kept; `otherwise` is the action for those that are not.
    `made` are values already replaced, with action and new element; None for one that stays as it is.
    """

    step: Step
    action: Action
    otherwise: Action
    accepted: set[bytes]
    made: Made


Rules = dict[tuple[int, bytes], Rule]


class Planner:
    """Plans for objects of one patient in one project; what it looks up serves the next object too."""

    def __init__(self, profile: Profile, link: Link) -> None:
        self.profile = profile
        self.patient: Patient = patient_of(link, frozenset(uid.encode("ascii") for uid in well_known_uids()))
        self.marks = {explicit: marks_of(profile, explicit) for explicit in (True, False)}
        self.names = {explicit: names_of(self.patient, explicit) for explicit in (True, False)}
        self._rules: dict[tuple[str, bool], tuple[Rules, Rules]] = {}

    def plan(self, header: Header) -> list[Change]:
        """The changes for one object, in the order of the output."""
        sop_class = header.text(SOP_CLASS)
        top, nested = self._rules.setdefault((sop_class, header.explicit), ({}, {}))
        return _Pass(self, header, sop_class, top, nested).run()

    def rule(self, tag: int, vr: bytes, sop_class: str, is_nested: bool) -> Rule:
        """The profile's rule for one kind of element."""
        if tag == ITEM:
            return Rule(Step.ITEM, Action.KEEP, Action.REMOVE, set(), {})
        if tag >> 16 == PIXEL_GROUP:
            # Below the top level pixel data are icons; offset tables say nothing that the fragments do not.
            return Rule(Step.REMOVE, Action.REMOVE, Action.REMOVE, set(), {})
        if tag & 0x10000:
            return Rule(Step.PRIVATE, Action.REMOVE, Action.REMOVE, set(), {})
        action = self.profile.action(tag, vr, sop_class, is_nested=is_nested)
        otherwise = self.profile.rejected(tag, sop_class, is_nested=is_nested)
        if action is Action.REMOVE:
            step = Step.REMOVE
        elif action is not Action.KEEP or vr == b"AS" or tag == BIRTH_DATE:
            step = Step.REPLACE
        else:
            step = Step.DESCEND if vr == b"SQ" else Step.KEEP
        return Rule(step, action, otherwise, set(), {})


def plan(header: Header, profile: Profile, link: Link) -> list[Change]:
    """The changes that make the header of one object fit for the project."""
    return Planner(profile, link).plan(header)


class _Pass:
    """One walk over one header."""

    def __init__(self, planner: Planner, header: Header, sop_class: str, top: Rules, nested: Rules) -> None:
        self.planner, self.profile, self.patient = planner, planner.profile, planner.patient
        self.header, self.sop_class, self.top, self.nested = header, sop_class, top, nested
        self.changes: list[Change] = []
        # The open sequence and item of each depth, outermost first, and those of all whose content changes.
        self.containers: list[int] = []
        self.dirty: set[int] = set()
        self.blocks = PrivateBlocks()
        # Elements may be encoded otherwise than their VR says only inside, or as, elements of VR UN.
        self.may_be_foreign = header.explicit and (bool(header.implicit_ranges) or b"UN" in header.buffer)

    def run(self) -> list[Change]:
        header, buffer, changes = self.header, self.header.buffer, self.changes
        top, nested = self.top, self.nested
        is_plain = not self.may_be_foreign and not header.bulk
        skipped = 0
        for index, (tag, vr, start, value, end, depth) in enumerate(header.elements):
            if start < skipped:
                continue
            table = nested if depth else top
            rule = table.get((tag, vr))
            if rule is None:
                rule = table[tag, vr] = self.planner.rule(tag, vr, self.sop_class, bool(depth))
            step = rule.step
            if step is Step.KEEP and is_plain and buffer[value:end] in rule.accepted:
                continue
            if step is Step.REMOVE:
                if depth:
                    self._soil(depth)
                changes.append(Change(start, end, REPLACED_ORDER, index, tag, Action.REMOVE, b""))
                skipped = end
            elif step is Step.REPLACE and is_plain and (content := buffer[value:end]) in rule.made:
                made = rule.made[content]
                if made is not None:
                    if depth:
                        self._soil(depth)
                    changes.append(Change(start, end, REPLACED_ORDER, index, tag, *made))
                skipped = end
            elif self._is_done(rule, index):
                skipped = end
        self._settle_creators()
        self._frame()
        self._mark()
        changes.sort()
        return changes

    def _is_done(self, rule: Rule, index: int) -> bool:
        """Take one element that needs a closer look; False when what it contains comes next."""
        depth = self.header.elements[index][5]
        match rule.step:
            case Step.ITEM:
                self.containers[depth * 2 - 1 :] = [index]
                return False
            case Step.DESCEND:
                self._descend(index)
                return False
            case Step.PRIVATE:
                return self._take_private(index)
            case Step.REPLACE:
                self._replace(index, rule.action, rule.otherwise, rule.made)
            case _:
                self._judge(index, rule)
        return True

    def _descend(self, index: int) -> None:
        depth = self.header.elements[index][5]
        self.containers[depth * 2 :] = [index]
        if self.may_be_foreign and self._is_foreign(index):
            self._soil(depth + 1)

    def _judge(self, index: int, rule: Rule) -> None:
        """Keep a value that its attribute's grammar accepts, otherwise do what the profile says instead."""
        tag, vr, _, _, _, _ = self.header.elements[index]
        content = self._content(index)
        if content is not None and (content in rule.accepted or self.profile.accepts(tag, vr, content)):
            if len(rule.accepted) < REMEMBERED_VALUES and index not in self.header.bulk:
                rule.accepted.add(content)
            self._keep(index)
        else:
            self._replace(index, rule.otherwise, rule.otherwise)

    def _content(self, index: int) -> bytes | None:
        """An element's value, wherever it lies; None when it is too large to be judged."""
        where = self.header.bulk.get(index)
        if where is None:
            return self.header.value(index)
        return self.header.body.read(where.offset, where.length) if where.length <= LARGEST_JUDGED else None

    def _keep(self, index: int) -> None:
        tag, vr, start, value, _, depth = self.header.elements[index]
        where = self.header.bulk.get(index)
        if where is not None:
            self.changes.append(Change(value, value, BULK_ORDER, index, tag, None, where))
        if self.may_be_foreign and self._is_foreign(index):
            length = where.length if where is not None else len(self.header.value(index))
            head = opening(tag, vr, length, explicit=True)
            self.changes.append(Change(start, value, REPLACED_ORDER, index, tag, None, head))
            self._soil(depth)

    def _replace(self, index: int, action: Action, otherwise: Action, made: Made | None = None) -> None:
        """Put the action's value in place, unless it is the one that stands there; note it in `made`."""
        tag, vr, start, _, end, depth = self.header.elements[index]
        content = self._content(index)
        if tag == BIRTH_DATE:
            made = None  # what becomes of it depends on another element
            if action in (Action.KEEP, Action.SHIFT) and self._was_over_89(index):
                action = Action.EMPTY
        if vr == b"UN":
            vr = next(iter(choice_of_vrs(tag)), vr)  # a sequence of defined length may hide behind UN
        data = self._new_value(tag, vr, content, action)
        if data is None and action is Action.KEEP:
            action = otherwise
            data = self._new_value(tag, vr, content, action)
        encoded = b"" if data is None else element(tag, vr, data, self.header.explicit)
        is_same = encoded == self.header.buffer[start:end]
        if made is not None and content is not None and len(made) < REMEMBERED_VALUES:
            made[content] = None if is_same else (action, encoded)
        if not is_same:
            self.changes.append(Change(start, end, REPLACED_ORDER, index, tag, action, encoded))
            self._soil(depth)

    def _new_value(self, tag: int, vr: bytes, content: bytes | None, action: Action) -> bytes | None:
        """What an action puts in place of `content`; None when the element goes, or `KEEP` refuses it."""
        if action is Action.KEEP:
            # Ages, and birth dates of a project that keeps full dates.
            if content is None or not self.profile.accepts(tag, vr, content):
                return None
            return cap(content) if vr == b"AS" else content
        if vr == b"SQ":
            return None if action is Action.REMOVE else b""
        return ACTIONS[action](self.patient, tag, vr, (content or b"").rstrip(b" \0"))

    def _remove(self, index: int) -> None:
        tag, _, start, _, end, depth = self.header.elements[index]
        self.changes.append(Change(start, end, REPLACED_ORDER, index, tag, Action.REMOVE, b""))
        self._soil(depth)

    def _take_private(self, index: int) -> bool:
        """Keep a private element on the safe list, in a form its list accepts; remove every other."""
        tag, vr, _, _, _, depth = self.header.elements[index]
        scope = self.containers[depth * 2 - 1] if depth else -1
        if is_creator(tag):
            self.blocks.declare(scope, tag, self.header.value(index), index)
            self._soil(depth)
            return True
        block = self.blocks.find(scope, tag)
        group, number = tag >> 16, tag & 0xFF
        if block is None or self.profile.private(group, block.creator, number) is not Action.KEEP:
            self._remove(index)
            return True
        if vr == b"SQ":
            block.is_used = True
            self._descend(index)
            return False
        content = self._content(index)
        if vr == b"UI":
            self._replace(index, Action.UID, Action.REMOVE)
        elif vr in (b"DA", b"DT", b"TM"):
            self._replace(index, Action.SHIFT, Action.REMOVE)
        elif (
            vr != b"PN"
            and content is not None
            and self.profile.accepts_private(group, block.creator, number, vr, content)
        ):
            self._keep(index)
        else:
            self._remove(index)
            return True
        block.is_used = True
        return True

    def _settle_creators(self) -> None:
        """Creators stay only where something of their block does: their names are free text."""
        for block in self.blocks:
            (self._keep if block.is_used else self._remove)(block.index)

    def _was_over_89(self, index: int) -> bool:
        """Whether the patient was 90 or older on the day of the study."""
        study = self.header.find(STUDY_DATE)
        birth = parse_date(self.header.value(index).strip(b" \0"))
        day = parse_date(self.header.value(study).strip(b" \0")) if study is not None else None
        return birth is not None and day is not None and is_over_89(birth, day)

    def _is_foreign(self, index: int) -> bool:
        """Whether an element's bytes do not say its VR: inside, or as, an element of VR UN (PS3.5 6.2.2)."""
        _, vr, start, _, _, _ = self.header.elements[index]
        return self.header.buffer[start + 4 : start + 6] != vr or any(
            first <= start < last for first, last in self.header.implicit_ranges
        )

    def _soil(self, depth: int) -> None:
        """Note that the content of the open containers above `depth` changes its length."""
        for index in reversed(self.containers[: depth * 2]):
            if index in self.dirty:
                break
            self.dirty.add(index)

    def _frame(self) -> None:
        """Give sequences and items whose content changes an undefined length and a delimiter.

        Chosen over counted lengths: each container is written without knowing what is in it.
        """
        header, explicit = self.header, self.header.explicit
        for index in self.dirty:
            tag, vr, start, value, end, _ = header.elements[index]
            is_defined = header.buffer[value - 4 : value] != b"\xff\xff\xff\xff"
            if is_defined or (tag != ITEM and self.may_be_foreign and self._is_foreign(index)):
                head = opening(tag, vr, UNDEFINED_LENGTH, explicit)
                self.changes.append(Change(start, value, REPLACED_ORDER, index, tag, None, head))
            if is_defined:
                delimiter = ITEM_DELIMITER if tag == ITEM else SEQUENCE_DELIMITER
                self.changes.append(Change(end, end, end_order(index), index, tag, None, delimiter))

    def _mark(self) -> None:
        """Insert what the output says of itself, and the pseudonym where an object leaves the patient out."""
        header = self.header
        marks = self.planner.marks[header.explicit]
        missing = [new for new in self.planner.names[header.explicit] if header.find(new[0]) is None]
        tops = header.elements[: header.tail_index]
        places = [(tag, start) for tag, _, start, _, _, depth in tops if not depth]
        behind = end_of_header(header)
        for tag, data in [*missing, *marks]:
            position = bisect(places, (tag, len(header.buffer)))
            start = places[position][1] if position < len(places) else behind
            self.changes.append(Change(start, start, INSERTED_ORDER, -1, tag, Action.DUMMY, data))


def end_of_header(header: Header) -> int:
    """The position in the buffer where the pixel data element stood, or the end."""
    if header.tail_index < len(header.elements):
        return header.elements[header.tail_index][2]
    return len(header.buffer)
