"""De-identifies a header by its likeness to a neighbour's, with the same bytes as the full walk.

`dicom.pattern` finds what a series' headers share. Equal bytes in the same place have the same outcome, since
every action is decided by the element, the class and the patient; so the neighbour's output is reused but for
the values that vary, and those are judged one by one. What varies where it decides about other elements, or
changes how containers are written, is left to the walk.
"""

from bisect import bisect_left
from copy import copy
from dataclasses import dataclass
from enum import Enum

from tirage.deidentify.apply import (
    PREAMBLE,
    SERIES,
    SOP_CLASS,
    SOP_INSTANCE,
    STUDY,
    Piece,
    Rebuilt,
    apply,
    file_meta,
    spliced,
)
from tirage.deidentify.content import has_items
from tirage.deidentify.frames import pixel_chunks
from tirage.deidentify.plan import STUDY_DATE, Pass, Planner, end_of_header, private_outcome
from tirage.deidentify.risk import DECISIVE, Look, risk_of
from tirage.deidentify.rules import BIRTH_DATE, UNJUDGED, Outcome, Rule, Rules, Step
from tirage.dicom.header import Header
from tirage.dicom.pattern import Pattern
from tirage.dicom.shape import (
    BITS_ALLOCATED,
    BITS_STORED,
    COLUMNS,
    FRAMES,
    HIGH_BIT,
    PHOTOMETRIC,
    PLANAR,
    REPRESENTATION,
    ROWS,
    SAMPLES,
)
from tirage.dicom.sibling import Sibling
from tirage.dicom.sources import Source
from tirage.dicom.syntaxes import DEFLATED_LITTLE
from tirage.model.identifiers import Uid
from tirage.model.outcomes import Outcome as Verdict
from tirage.model.outcomes import Passed
from tirage.policy.actions import Action

_UNREPLAYED = (
    frozenset({SOP_CLASS, STUDY_DATE, BIRTH_DATE, BITS_ALLOCATED, BITS_STORED, HIGH_BIT, REPRESENTATION})
    | frozenset({COLUMNS, FRAMES, PHOTOMETRIC, PLANAR, ROWS, SAMPLES})
    | DECISIVE
)
"""Attributes that decide about others, about the pixels, or about the object as a whole."""


class Fate(Enum):
    """What may happen to a value."""

    STAYS = 0
    REPLACED = 1
    GOES = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A varying element of the output, after the constant bytes `before`.

    `place` is its number among the pattern's varying values, `head` the bytes of its tag, VR and length.
    `fate` is what it has to share with the neighbour's, because containers or creators depend on it.
    """

    before: bytes
    place: int
    tag: int
    vr: bytes
    head: int
    rule: Rule
    safe: tuple[int, str, int] | None
    depth: int
    fate: Fate | None


class Replay:
    """The output of one pattern's headers, varying values left open."""

    def __init__(
        self, planner: Planner, header: Header, slots: list[Slot], rest: bytes, like: Rebuilt
    ) -> None:
        self._rules: Rules = planner.rules(header.text(SOP_CLASS), header.explicit, header.charset)
        self._header, self._slots, self._rest, self._like = header, slots, rest, like

    def rebuild(self, sibling: Sibling, body: Source) -> Verdict[Rebuilt] | None:
        """The output for a header that matched the pattern; None when the walk must decide."""
        start, spans = sibling.start, sibling.spans
        pieces: list[bytes] = []
        uids = {SOP_INSTANCE: self._like.sop_instance, SERIES: self._like.series, STUDY: self._like.study}
        for slot in self._slots:
            value, end = spans[slot.place]
            content = start[value:end]
            outcome = self._outcome(slot, content)
            if (slot.fate is not None and slot.fate is not _fate(outcome)) or outcome == UNJUDGED:
                return None
            element = start[value - slot.head : end] if outcome is None else outcome[1]
            if slot.tag in uids and not slot.depth:
                uids[slot.tag] = Uid(element[slot.head :].strip(b" \0").decode("ascii"))
            pieces += slot.before, element
        pixels = pixel_chunks(self._header_of(sibling, body))
        if not isinstance(pixels, Passed):
            return pixels
        if pixels.value.attributes or pixels.value.transfer_syntax is not None:
            return None
        like = self._like
        meta = file_meta(like.sop_class, uids[SOP_INSTANCE], like.transfer_syntax)
        first = b"".join([PREAMBLE, meta, *pieces, self._rest])
        chunks = pixels.value.chunks
        if chunks and isinstance(chunks[0], bytes):
            first, chunks = first + chunks[0], chunks[1:]
        return Passed(
            Rebuilt(
                chunks=[first, *chunks],
                sop_class=like.sop_class,
                sop_instance=uids[SOP_INSTANCE],
                series=uids[SERIES],
                study=uids[STUDY],
                modality=like.modality,
                transfer_syntax=like.transfer_syntax,
            )
        )

    def _outcome(self, slot: Slot, content: bytes) -> Outcome:
        if slot.safe is None:
            return self._rules.outcome(slot.rule, slot.tag, slot.vr, content)
        return private_outcome(self._rules, slot.safe, slot.tag, slot.vr, content)

    def _header_of(self, sibling: Sibling, body: Source) -> Header:
        """The neighbour's header, with the sibling's own pixel data."""
        header = copy(self._header)
        header.body = body
        header.pixel, header.fragments = sibling.pixel, sibling.fragments
        header.offset_table, header.codestream = sibling.offset_table, sibling.codestream
        return header


def learn_replay(planner: Planner, pattern: Pattern) -> Replay | None:
    """A replay for the pattern; None when its sample does not pass, or too much depends on what varies."""
    header = pattern.sample.header
    varying = {index: place for place, index in enumerate(pattern.varying) if index >= 0}
    if header.transfer_syntax == DEFLATED_LITTLE or (header.explicit and b"UN" in header.buffer):
        return None
    if any(header.elements[index][0] in _UNREPLAYED for index in varying):
        return None
    if risk_of(header, planner.profile) != Passed(Look.NOTHING):
        return None
    walk = Pass(planner, header)
    changes = walk.run()
    if has_items(header) or any((change.action, change.data) == UNJUDGED for change in changes):
        return None
    slots: list[Slot] = []
    done, position = 0, 0
    for index in sorted(varying):
        tag, vr, start, value, end, depth = header.elements[index]
        rule, safe = walk.rules.find(tag, vr, bool(depth)), walk.safe.get(index)
        stop = bisect_left(changes, (start, start + 1))
        covered = any(change.end > start for change in changes[max(position, stop - 1) : stop])
        if covered or rule.step is Step.REMOVE or (rule.step is Step.PRIVATE and safe is None):
            continue  # goes whatever it says
        before = _bytes_of(spliced(header.buffer, done, start, changes[position:stop]))
        is_changed = stop < len(changes) and changes[stop].element == index
        outcome = (Action.KEEP, changes[stop].data) if is_changed else None
        fate = _fate(outcome) if depth or safe is not None else None
        slots.append(Slot(before, varying[index], tag, vr, value - start, rule, safe, depth, fate))
        done, position = end, stop + is_changed
    stop = end_of_header(header)
    rest = _bytes_of(spliced(header.buffer, done, stop, changes[position:]))
    return Replay(planner, header, slots, rest, apply(header, changes))


def _fate(outcome: tuple[Action, object] | None) -> Fate:
    """Whether a value stays, is replaced, or goes with its element."""
    if outcome is None:
        return Fate.STAYS
    return Fate.REPLACED if outcome[1] else Fate.GOES


def _bytes_of(pieces: list[Piece]) -> bytes:
    """Pieces as one; headers a pattern can be learnt from have no values outside their buffer."""
    return b"".join(piece for piece in pieces if isinstance(piece, bytes | memoryview))
