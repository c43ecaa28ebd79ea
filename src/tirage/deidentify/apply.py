"""Builds the output of one object: our own preamble and file meta, the changed header, the exact pixel data.

Nothing of the source is carried over but what is named here. Source: PS3.10 7.1.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tirage.deidentify.changes import Change, path_of
from tirage.deidentify.chunks import NO_PIXELS, Chunk, Made, Pixels
from tirage.deidentify.documents.redact import redacted_pdf
from tirage.deidentify.encoding import element
from tirage.deidentify.frames import pixel_chunks
from tirage.deidentify.look.inspect import inspect
from tirage.deidentify.plan import LARGEST_JUDGED, Planner, end_of_header
from tirage.deidentify.risk import Look, risk_of
from tirage.deidentify.rules import UNJUDGED
from tirage.dicom.header import Flag, Header
from tirage.dicom.sources import FileRange
from tirage.dicom.syntaxes import DEFLATED_LITTLE, EXPLICIT_LITTLE
from tirage.model.identifiers import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, Uid
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.pixels import NO_MASK
from tirage.model.reasons import HoldReason, QuarantineReason
from tirage.model.records import Finding
from tirage.model.reviews import Mark

MODALITY = 0x00080060
SOP_CLASS = 0x00080016
SOP_INSTANCE = 0x00080018
STUDY = 0x0020000D
SERIES = 0x0020000E
DOCUMENT = 0x00420011
DOCUMENT_LENGTH = 0x00420015

Piece = Chunk | memoryview | Made

PREAMBLE = bytes(128) + b"DICM"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A de-identified object not yet written: its file's bytes in order, and what it is called now.

    A `FileRange` lies in the body of the header it was built from. What is `Made` is made when it is
    written. `is_inspected` when its pixels were looked at for text: then the gate
    should look at them too. `marks` say why a person should.
    """

    chunks: Sequence[Chunk]
    sop_class: Uid
    sop_instance: Uid
    series: Uid
    study: Uid
    modality: str
    transfer_syntax: Uid
    is_inspected: bool = False
    marks: tuple[Mark, ...] = ()


def rebuild(header: Header, planner: Planner) -> Outcome[Rebuilt]:
    """The whole decision on one object: what its pixels need, changes of its header, its pixel data."""
    if header.big_endian:
        # Retired in 2006; converting it would mean to swap every value and every sample.
        return Refused(QuarantineReason.UNSUPPORTED_TS)
    look = risk_of(header, planner.profile)
    if not isinstance(look, Passed):
        return look
    is_inspected, mask = look.value is not Look.NOTHING, NO_MASK
    attributes: Mapping[int, bytes | None] = {}
    marks: tuple[Mark, ...] = ()
    if look.value is Look.INSPECT:
        seen = inspect(header, planner.profile, planner.cleaner, planner.identifiers)
        if not isinstance(seen, Passed):
            return seen
        mask, marks = seen.value.mask, seen.value.marks
    elif look.value is Look.DOCUMENT:
        document = redacted(header, planner)
        if not isinstance(document, Passed):
            return document
        attributes = document.value
    pixels = pixel_chunks(header, mask)
    if not isinstance(pixels, Passed):
        return pixels
    changes = planner.plan(header, {**attributes, **pixels.value.attributes}, is_inspected)
    unjudged = [change for change in changes if (change.action, change.data) == UNJUDGED]
    if unjudged:
        return Held(HoldReason.TEXT_UNCHECKED, tuple(_finding(header, change) for change in unjudged))
    return Passed(replace(apply(header, changes, pixels.value, is_inspected), marks=marks))


def redacted(header: Header, planner: Planner) -> Outcome[Mapping[int, bytes | None]]:
    """The document that takes the place of the object's PDF, and its length, by tag."""
    index = header.find(DOCUMENT)
    where = None if index is None else header.bulk.get(index)
    if where is not None and where.length > LARGEST_JUDGED:
        return Held(HoldReason.TEXT_UNCHECKED, (Finding("EncapsulatedDocument", "too large to be read"),))
    data = b"" if index is None else header.whole_value(index)
    document = redacted_pdf(data, planner.cleaner)
    if not isinstance(document, Passed):
        return document
    return Passed({DOCUMENT: document.value, DOCUMENT_LENGTH: len(document.value).to_bytes(4, "little")})


def _finding(header: Header, change: Change) -> Finding:
    return Finding(path_of(header, change.element), "text that cannot be judged")


def apply(
    header: Header, changes: Sequence[Change], pixels: Pixels = NO_PIXELS, is_inspected: bool = False
) -> Rebuilt:
    """The output with `changes` made and `pixels` as its pixel data element."""
    uids = {
        tag: _final_text(header, changes, tag) for tag in (SOP_CLASS, SOP_INSTANCE, SERIES, STUDY, MODALITY)
    }
    syntax = EXPLICIT_LITTLE if header.transfer_syntax == DEFLATED_LITTLE else header.transfer_syntax
    syntax = pixels.transfer_syntax or syntax
    meta = file_meta(uids[SOP_CLASS], uids[SOP_INSTANCE], syntax)
    body = _ordered(header, changes) if Flag.OUT_OF_ORDER in header.flags else _in_place(header, changes)
    return Rebuilt(
        chunks=_joined([PREAMBLE, meta, *body, *pixels.chunks]),
        sop_class=Uid(uids[SOP_CLASS]),
        sop_instance=Uid(uids[SOP_INSTANCE]),
        series=Uid(uids[SERIES]),
        study=Uid(uids[STUDY]),
        modality=uids[MODALITY],
        transfer_syntax=Uid(syntax),
        is_inspected=is_inspected,
    )


def file_meta(sop_class: str, sop_instance: str, transfer_syntax: str) -> bytes:
    """A file meta information group that says what PS3.10 7.1 asks for and nothing else."""
    group = b"".join(
        element(tag, vr, value, explicit=True)
        for tag, vr, value in (
            (0x00020001, b"OB", b"\0\1"),
            (0x00020002, b"UI", sop_class.encode("ascii")),
            (0x00020003, b"UI", sop_instance.encode("ascii")),
            (0x00020010, b"UI", transfer_syntax.encode("ascii")),
            (0x00020012, b"UI", IMPLEMENTATION_CLASS.encode("ascii")),
            (0x00020013, b"SH", IMPLEMENTATION_VERSION.encode("ascii")),
        )
    )
    return element(0x00020000, b"UL", len(group).to_bytes(4, "little"), explicit=True) + group


def spliced(buffer: bytes, start: int, end: int, changes: Sequence[Change]) -> list[Piece]:
    """The bytes of `buffer` from `start` to `end` with `changes`, which lie within, made."""
    view = memoryview(buffer)
    chunks: list[Piece] = []
    for change in changes:
        if change.start > start:
            chunks.append(view[start : change.start])
        if change.data:
            chunks.append(change.data)
        start = change.end
    if end > start:
        chunks.append(view[start:end])
    return chunks


def _in_place(header: Header, changes: Sequence[Change]) -> list[Piece]:
    """The header in the order of the source; what follows the pixel data is left behind."""
    end = end_of_header(header)
    last = bisect_left(changes, (end, end + 1))
    return spliced(header.buffer, 0, end, changes[:last])


def _ordered(header: Header, changes: Sequence[Change]) -> list[Piece]:
    """The top-level elements in the order of their tags, as PS3.5 7.1 asks, for a source that is not."""
    tops = [index for index, element in enumerate(header.elements) if not element[5]]
    inside: dict[int, list[Change]] = {index: [] for index in tops}
    pieces: list[tuple[int, list[Piece]]] = []
    for change in changes:
        if change.element < 0:
            pieces.append((change.tag, [change.data]))
        else:
            inside[tops[bisect_right(tops, change.element) - 1]].append(change)
    for index in tops:
        tag, _, start, _, end, _ = header.elements[index]
        if header.pixel is None or tag < header.pixel_tag:
            pieces.append((tag, spliced(header.buffer, start, end, inside[index])))
    return [chunk for _, piece in sorted(pieces, key=lambda piece: piece[0]) for chunk in piece]


def _final_text(header: Header, changes: Sequence[Change], tag: int) -> str:
    """The output's value of a top-level UID or code, empty when it has none."""
    index = header.find(tag)
    if index is None:
        return ""
    start = header.elements[index][2]
    position = bisect_left(changes, (start, start + 1))
    value = header.value(index)
    if position < len(changes):
        change = changes[position]
        if change.element == index and change.action is not None and isinstance(change.data, bytes):
            value = change.data[8:]  # short form of the VR, or implicit VR
    return value.strip(b" \0").decode("ascii")


def _joined(chunks: Sequence[Piece]) -> list[Chunk]:
    """Neighbouring bytes as one chunk."""
    joined: list[Chunk] = []
    run: list[bytes | memoryview] = []
    for chunk in chunks:
        if isinstance(chunk, FileRange | Made):
            joined.extend([b"".join(run), chunk] if run else [chunk])
            run = []
        else:
            run.append(chunk)
    return [*joined, b"".join(run)] if run else joined
