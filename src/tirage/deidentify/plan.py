"""Which changes make the header of an object fit for a project. Source: PS3.15 E.1.1.

The list that comes out is applied, previewed (`deid plan`) and counted.
"""

from bisect import bisect
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from tirage.deidentify import csa
from tirage.deidentify.actions import Patient, patient_of
from tirage.deidentify.changes import BULK_ORDER, INSERTED_ORDER, REPLACED_ORDER, Change, end_order
from tirage.deidentify.content import decided
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
from tirage.deidentify.rules import Outcome, Rule, Rules, Step
from tirage.deidentify.text.cleaner import Cleaner, compile_cleaner
from tirage.dicom.charsets import Charset
from tirage.dicom.dictionary import choice_of_vrs
from tirage.dicom.header import Flag, Header
from tirage.dicom.scopes import charsets_inside
from tirage.model.records import Identifiers, Link
from tirage.policy.actions import Action
from tirage.policy.options import Option
from tirage.policy.profile import Profile
from tirage.policy.standard import well_known_uids

SOP_CLASS = 0x00080016
STUDY_DATE = 0x00080020

LARGEST_JUDGED = 64 << 20
"""Bytes of a value that are read to judge it; larger ones are treated as not accepted."""

BURNED_IN = 0x00280301

_PRIVATE_UID = Rule(Step.VALUE, Action.UID, Action.REMOVE, Action.REMOVE, {})
_PRIVATE_MOMENT = Rule(Step.VALUE, Action.SHIFT, Action.REMOVE, Action.REMOVE, {})

_UNSEEN: Outcome = (Action.KEEP, b"unseen")
_NOTHING: Mapping[int, bytes | None] = MappingProxyType({})


class Planner:
    """Plans for objects of one patient in one project; what it looks up serves the next object too.

    `identifiers` are what is known of the patient, without UIDs: text that is kept must not say them.
    """

    def __init__(self, profile: Profile, link: Link, identifiers: Identifiers) -> None:
        self.profile, self.link, self.identifiers = profile, link, identifiers
        self.patient: Patient = patient_of(link, frozenset(uid.encode("ascii") for uid in well_known_uids()))
        self.names = {explicit: names_of(self.patient, explicit) for explicit in (True, False)}
        self._marks: dict[tuple[bool, bool], list[tuple[int, bytes]]] = {}
        self._rules: dict[tuple[str, bool, Charset], Rules] = {}

    @cached_property
    def cleaner(self) -> Cleaner:
        """What cleans the text of this patient's objects."""
        return compile_cleaner(self.identifiers, self.link, self.profile)

    def plan(
        self, header: Header, attributes: Mapping[int, bytes | None] = _NOTHING, is_inspected: bool = False
    ) -> list[Change]:
        """The changes for one object, in the order of the output.

        `attributes` are values that the output's pixel data asks for, by tag; `is_inspected` says that its
        pixels were looked at, so that the output may say so.
        """
        if is_inspected and Option.CLEAN_PIXELS in self.profile.options:
            attributes = {**attributes, BURNED_IN: b"NO"}
        return Pass(self, header, attributes, is_inspected).run()

    def rules(self, sop_class: str, explicit: bool, charset: Charset) -> Rules:
        """The rules for objects of one SOP class in one encoding."""
        key = sop_class, explicit, charset
        found = self._rules.get(key)
        if found is None:
            found = Rules(self.profile, self.patient, lambda: self.cleaner, *key)
            self._rules[key] = found
        return found

    def marks(self, explicit: bool, is_inspected: bool) -> list[tuple[int, bytes]]:
        """Tag and bytes of what the output says of its own de-identification."""
        key = explicit, is_inspected
        found = self._marks.get(key)
        if found is None:
            found = self._marks[key] = marks_of(self.profile, *key)
        return found


class Pass:
    """One walk over one header.

    `safe` maps the index of each private element on the safe list to (group, creator, element), `forced` the
    index of elements that are decided already to what takes their place, `decided` that of values of content
    items to what is done because of their concept.
    """

    def __init__(
        self,
        planner: Planner,
        header: Header,
        attributes: Mapping[int, bytes | None] = _NOTHING,
        is_inspected: bool = False,
    ) -> None:
        self.planner, self.profile, self.header = planner, planner.profile, header
        self.is_inspected = is_inspected
        self.rules = planner.rules(header.text(SOP_CLASS), header.explicit, header.charset)
        self.charsets = charsets_inside(header)
        self.forced: dict[int, Outcome] = {}
        self.missing: list[tuple[int, bytes]] = []
        self.decided = decided(header, self.profile.options)
        for tag, value in attributes.items():
            data = b"" if value is None else element(tag, choice_of_vrs(tag)[0], value, header.explicit)
            index = header.find(tag)
            if index is not None:
                self.forced[index] = Action.REMOVE if value is None else Action.DUMMY, data
            elif value is not None:
                self.missing.append((tag, data))
        self.changes: list[Change] = []
        self.safe: dict[int, tuple[int, str, int]] = {}
        # The open sequence and item of each depth, outermost first, and those of all whose content changes.
        self.containers: list[int] = []
        self.dirty: set[int] = set()
        self.blocks = PrivateBlocks()
        # Elements may be encoded otherwise than their VR says only inside, or as, elements of VR UN or none.
        self.may_be_foreign = header.explicit and (
            bool(header.implicit_ranges) or b"UN" in header.buffer or Flag.UNKNOWN_VR in header.flags
        )

    def run(self) -> list[Change]:
        """The changes, in the order of the output."""
        header, rules, changes, buffer = self.header, self.rules, self.changes, self.header.buffer
        top, nested = rules.top, rules.nested
        is_plain = not (self.may_be_foreign or header.bulk or self.charsets or self.forced or self.decided)
        is_undecided = not (self.forced or self.decided)
        skipped = 0
        for index, (tag, vr, start, value, end, depth) in enumerate(header.elements):
            if start < skipped:
                continue
            rule = (nested if depth else top).get((tag, vr)) or rules.find(tag, vr, bool(depth))
            step = rule.step
            if step is Step.VALUE and is_plain:
                outcome = rule.made.get(buffer[value:end], _UNSEEN)
                if outcome is _UNSEEN:
                    outcome = rules.outcome(rule, tag, vr, buffer[value:end])
                if outcome is not None:
                    if depth:
                        self._soil(depth)
                    changes.append(Change(start, end, REPLACED_ORDER, index, tag, *outcome))
                    skipped = end  # an emptied sequence
            elif step is Step.REMOVE and index not in self.forced:
                if depth:
                    self._soil(depth)
                changes.append(Change(start, end, REPLACED_ORDER, index, tag, Action.REMOVE, b""))
                skipped = end
            elif step is Step.ITEM and is_undecided:
                self.containers[depth * 2 - 1 :] = [index]
            elif step is Step.PRIVATE and is_undecided:
                if self._take_private(index):
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
        tag, vr, _, _, _, depth = self.header.elements[index]
        if index in self.forced:
            self._put(index, self.forced[index])
            return True
        rules = self._rules_at(index)
        if index in self.decided:
            self._put(index, self._outcome_decided(index, rule, rules))
            return True
        match rule.step:
            case Step.ITEM:
                self.containers[depth * 2 - 1 :] = [index]
                return False
            case Step.DESCEND:
                self._descend(index)
                return False
            case Step.PRIVATE:
                return self._take_private(index)
            case Step.BIRTH_DATE if rule.action in (Action.KEEP, Action.SHIFT) and self._was_over_89(index):
                outcome = rules.judged(rule._replace(action=Action.EMPTY), tag, vr, self._content(index))
            case Step.VALUE if index not in self.header.bulk:
                own = rule if rules is self.rules else rules.find(tag, vr, bool(depth))
                outcome = rules.outcome(own, tag, vr, self.header.value(index))
            case _:
                outcome = rules.judged(rule, tag, vr, self._content(index))
        self._put(index, outcome)
        return True

    def _outcome_decided(self, index: int, rule: Rule, rules: Rules) -> Outcome:
        """What becomes of a value that its content item decides; what goes anyway goes."""
        tag, vr, *_ = self.header.elements[index]
        done = self.decided[index]
        if isinstance(done, bytes):
            return Action.DUMMY, element(tag, vr, done, self.header.explicit)
        return rules.judged(rule._replace(action=done), tag, vr, self._content(index))

    def _rules_at(self, index: int) -> Rules:
        """The rules where an element stands: an item may have a character set of its own."""
        charset = self.charsets.get(index)
        rules = self.rules
        return rules if charset is None else self.planner.rules(rules.sop_class, rules.explicit, charset)

    def _descend(self, index: int) -> None:
        depth = self.header.elements[index][5]
        self.containers[depth * 2 :] = [index]
        if self.may_be_foreign and self._is_foreign(index):
            self._soil(depth + 1)

    def _content(self, index: int) -> bytes | None:
        """An element's value, wherever it lies; None when it is too large to be judged."""
        where = self.header.bulk.get(index)
        is_too_large = where is not None and where.length > LARGEST_JUDGED
        return None if is_too_large else self.header.whole_value(index)

    def _put(self, index: int, outcome: Outcome) -> None:
        """Note what takes an element's place, or that it stays."""
        if outcome is None:
            self._keep(index)
            return
        tag, _, start, _, end, depth = self.header.elements[index]
        self.changes.append(Change(start, end, REPLACED_ORDER, index, tag, *outcome))
        self._soil(depth)

    def _keep(self, index: int) -> None:
        """Let an element stay: its bytes, when they say its VR, and its large value."""
        tag, vr, start, value, _, depth = self.header.elements[index]
        where = self.header.bulk.get(index)
        if where is not None:
            self.changes.append(Change(value, value, BULK_ORDER, index, tag, None, where))
        if self.may_be_foreign and self._is_foreign(index):
            length = where.length if where is not None else len(self.header.value(index))
            head = opening(tag, vr, length, explicit=True)
            self.changes.append(Change(start, value, REPLACED_ORDER, index, tag, None, head))
            self._soil(depth)

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
        self.safe[index] = group, block.creator, number
        if vr == b"SQ":
            block.is_used = True
            self._descend(index)
            return False
        outcome = private_outcome(self.rules, self.safe[index], tag, vr, self._content(index))
        block.is_used = block.is_used or outcome is None or bool(outcome[1])
        self._put(index, outcome)
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
        marks = self.planner.marks(header.explicit, self.is_inspected)
        missing = [new for new in self.planner.names[header.explicit] if header.find(new[0]) is None]
        missing += self.missing
        tops = header.elements[: header.tail_index]
        places = [(tag, start) for tag, _, start, _, _, depth in tops if not depth]
        behind = end_of_header(header)
        for tag, data in [*missing, *marks]:
            position = bisect(places, (tag, len(header.buffer)))
            start = places[position][1] if position < len(places) else behind
            self.changes.append(Change(start, start, INSERTED_ORDER, -1, tag, Action.DUMMY, data))


def private_outcome(
    rules: Rules, place: tuple[int, str, int], tag: int, vr: bytes, content: bytes | None
) -> Outcome:
    """What becomes of the value of a private element on the safe list; `place` as in `Pass.safe`."""
    if place == csa.PLACE:
        cleaned = None if content is None else csa.cleaned_csa(content)
        if not cleaned:
            return Action.REMOVE, b""
        return Action.CLEAN, element(tag, vr, cleaned, rules.explicit)
    if vr == b"UI":
        return rules.judged(_PRIVATE_UID, tag, vr, content)
    if vr in (b"DA", b"DT", b"TM"):
        return rules.judged(_PRIVATE_MOMENT, tag, vr, content)
    if vr == b"PN" or content is None or not rules.profile.accepts_private(*place, vr, content):
        return Action.REMOVE, b""
    return None


def end_of_header(header: Header) -> int:
    """The position in the buffer where the pixel data element stood, or the end."""
    if header.tail_index < len(header.elements):
        return header.elements[header.tail_index][2]
    return len(header.buffer)
