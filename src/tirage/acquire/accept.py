"""Whether an object may come in: its identifiers, its syntax, and whether its pixel data can be what it says.

What the bytes themselves contradict (lengths, nesting, numbers of elements) `dicom.elements.read_header` has
found before; `refuse` turns that into the same kind of answer.
"""

import re

from tirage.acquire.pixels import PixelLimits, check_pixels
from tirage.dicom.dictionary import keyword_of
from tirage.dicom.facts import Facts
from tirage.dicom.malformed import Malformed
from tirage.dicom.meta import MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE
from tirage.dicom.syntaxes import find_syntax
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason
from tirage.model.records import Finding

SOP_CLASS = 0x00080016
SOP_INSTANCE = 0x00080018
STUDY = 0x0020000D
SERIES = 0x0020000E
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"

_REQUIRED = (SOP_CLASS, SOP_INSTANCE, STUDY, SERIES)
# PS3.5 9.1: at most 64 characters, digits and dots, no component with a leading zero.
_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_UID_WITH_ZEROS = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_MOST_CHARACTERS = 64
_DEFAULT_LIMITS = PixelLimits()


def accept(
    facts: Facts,
    stated_sop_class: str = "",
    stated_sop_instance: str = "",
    *,
    allow_leading_zeros: bool = False,
    limits: PixelLimits = _DEFAULT_LIMITS,
) -> Outcome[Facts]:
    """Passed when the object can be catalogued; refused with the first reason found.

    `stated_*` is what the DIMSE command set said; empty for imported files. `allow_leading_zeros` takes UIDs
    with components such as `007`, which some old devices write.
    """
    if facts.meta_text(MEDIA_STORAGE_SOP_CLASS) == MEDIA_DIRECTORY:
        return Refused(RejectReason.DIRECTORY_RECORD)
    for tag in _REQUIRED:
        if not facts.has(tag):
            return _refused(QuarantineReason.MISSING_ID, tag, "absent")
        if not is_uid(facts.text(tag), allow_leading_zeros):
            return _refused(QuarantineReason.BAD_UID, tag, "not a UID")
    for tag, meta_tag, stated in (
        (SOP_CLASS, MEDIA_STORAGE_SOP_CLASS, stated_sop_class),
        (SOP_INSTANCE, MEDIA_STORAGE_SOP_INSTANCE, stated_sop_instance),
    ):
        uid = facts.text(tag)
        if facts.meta_text(meta_tag) not in ("", uid):
            return _refused(QuarantineReason.UID_MISMATCH, tag, "differs from the file meta information")
        if stated not in ("", uid):
            return _refused(QuarantineReason.UID_MISMATCH, tag, "differs from the C-STORE request")
    syntax = find_syntax(facts.transfer_syntax)
    if syntax is None or syntax.by_reference:
        return Refused(QuarantineReason.UNSUPPORTED_TS)
    problem = check_pixels(facts, syntax, limits)
    return problem if problem is not None else Passed(facts)


def refuse(malformed: Malformed) -> Held | Refused:
    """The answer to an object whose header could not be read."""
    where = f"byte {malformed.offset}"
    findings = (Finding(where, f"looks like: {malformed.kind}" if malformed.kind else "contradiction"),)
    match malformed.reason:
        case HoldReason() as reason:
            return Held(reason, findings)
        case reason:
            return Refused(reason, findings)


def is_uid(text: str, allow_leading_zeros: bool = False) -> bool:
    """Whether the text has the form of a UID (PS3.5 9.1)."""
    form = _UID_WITH_ZEROS if allow_leading_zeros else _UID
    return len(text) <= _MOST_CHARACTERS and form.fullmatch(text) is not None


def _refused(reason: QuarantineReason, tag: int, kind: str) -> Refused:
    return Refused(reason, (Finding(keyword_of(tag), kind),))
