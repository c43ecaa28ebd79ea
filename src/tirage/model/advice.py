"""What each reason means and what to do next, in the words of `docs/holds.md`, and the ways out of it."""

from collections.abc import Mapping
from enum import StrEnum

from tirage.model.reasons import HoldReason, QuarantineReason, Reason, RejectReason


class Way(StrEnum):
    """How a person ends a hold, a quarantine or a rejection."""

    RETRY = "retry"
    """Judge it anew, from the bytes that are here."""

    RELEASE = "release"
    """Let it go on without the one check that held it: a person has done that."""

    REJECT = "reject"
    """The project shall not have it."""

    ASSIGN = "assign"
    """Give it to a project."""


MEANING: Mapping[Reason, str] = {
    QuarantineReason.NOT_DICOM: "not a DICOM object",
    QuarantineReason.TOO_DEEP: "sequences nested too deep",
    QuarantineReason.TOO_MANY: "too many elements",
    QuarantineReason.LENGTH_LIE: "claims more bytes than there are",
    QuarantineReason.TRUNCATED: "ends too early",
    QuarantineReason.BOMB: "unpacks to an unreasonable size",
    QuarantineReason.PIXEL_LENGTH: "pixels missing or too many",
    QuarantineReason.BAD_UID: "a UID that is none",
    QuarantineReason.UID_MISMATCH: "carries two different UIDs",
    QuarantineReason.MISSING_ID: "one of its UIDs is missing",
    QuarantineReason.UNSUPPORTED_TS: "unknown transfer syntax",
    QuarantineReason.DECODE_FAIL: "pixels cannot be decoded",
    QuarantineReason.STORE_CORRUPT: "damaged on our disk",
    QuarantineReason.BAD_ARCHIVE: "archive member cannot be unpacked safely",
    HoldReason.NO_PROJECT: "no project claims it",
    HoldReason.UNREQUESTED: "an archive sent it unasked",
    HoldReason.WRONG_PATIENT: "of another patient than asked for",
    HoldReason.PROJECT_EXPIRED: "the project has ended",
    HoldReason.CONFLICTING_COPY: "another object has the same UID",
    HoldReason.IDENTITY_CONFLICT: "two patients in one study",
    HoldReason.ONE_FIELD_DIFFERS: "known identifier, one detail differs",
    HoldReason.IDENTIFIER_REUSED: "known identifier, another person",
    HoldReason.POSSIBLE_DUPLICATE: "known person, another identifier",
    HoldReason.MISSING_DEMOGRAPHICS: "too little said about the patient",
    HoldReason.MISSING_IDENTITY: "no patient identifier",
    HoldReason.MISSING_PSEUDONYM: "no pseudonym supplied",
    HoldReason.DUP_TAG: "an attribute stands in it twice",
    HoldReason.UNKNOWN_SOP_CLASS: "a kind of object without rules",
    HoldReason.PIXELS_UNCHECKED: "the picture may show text",
    HoldReason.TEXT_UNCHECKED: "written text may name people",
    HoldReason.RULE_FAILED: "a rule could not be applied",
    HoldReason.IDENTIFIER_FOUND: "the gate saw an identifier",
    HoldReason.DECODE_CRASH: "the decoder crashed on it",
    HoldReason.UID_COLLISION: "two objects would get one UID",
    HoldReason.REMOTE_CONFLICT: "the destination has another copy",
    HoldReason.REVIEW_FAILED: "a reviewer saw a leak",
    RejectReason.MODALITY_EXCLUDED: "modality not asked for",
    RejectReason.SOP_CLASS_EXCLUDED: "kind of object not asked for",
    RejectReason.MANUFACTURER_EXCLUDED: "manufacturer not asked for",
    RejectReason.DESCRIPTION_EXCLUDED: "description not asked for",
    RejectReason.DIRECTORY_RECORD: "a list of files, not an object",
    RejectReason.OPTED_OUT: "the patient opted out",
    RejectReason.DECLINED: "a person declined it",
    RejectReason.ERASED: "its study was erased",
}


NEXT: Mapping[Reason, str] = {
    QuarantineReason.NOT_DICOM: "nothing, unless it should have been one.",
    QuarantineReason.TOO_DEEP: "report it to whoever made the file.",
    QuarantineReason.TOO_MANY: "report it to whoever made the file.",
    QuarantineReason.LENGTH_LIE: "send the object again; if it stays, it is damaged in the archive.",
    QuarantineReason.TRUNCATED: "send the object again; the transfer or the disk it came from lost its end.",
    QuarantineReason.BOMB: "treat the sender with suspicion.",
    QuarantineReason.PIXEL_LENGTH: "send the object again; if it stays, it is damaged in the archive.",
    QuarantineReason.BAD_UID: "report it to the vendor of the sending system.",
    QuarantineReason.UID_MISMATCH: "report it to the vendor of the sending system.",
    QuarantineReason.MISSING_ID: "report it to the vendor of the sending system.",
    QuarantineReason.UNSUPPORTED_TS: "have the sender convert it; `docs/conformance.md` lists what is taken.",
    QuarantineReason.DECODE_FAIL: "send the object again in another transfer syntax.",
    QuarantineReason.STORE_CORRUPT: (
        "check the disk, send the object again (the archive still has it), and retry."
    ),
    QuarantineReason.BAD_ARCHIVE: "unpack it elsewhere, look at it, and import the folder.",
    HoldReason.NO_PROJECT: (
        "assign it to the project it belongs to (Holds, or `tirage hold assign`), and add the route under"
        " `sources` so that the next comes in by itself."
    ),
    HoldReason.UNREQUESTED: (
        "ask the archive's vendor why. Assign it to a project that wants it, or reject it; a project that"
        " requests the study later takes it from here."
    ),
    HoldReason.WRONG_PATIENT: (
        "tell the archive's administrators: their archive answers for one patient with another. If the "
        "identifier was changed there (a merge), correct the cohort, load it again and retry; otherwise "
        "reject."
    ),
    HoldReason.PROJECT_EXPIRED: (
        "renew the approval, change `expires` in the project file and retry; or stop the sender."
    ),
    HoldReason.CONFLICTING_COPY: (
        "ask the archive which one is right, reject the others, then retry the study. Common causes: an "
        "edit in the archive, a modality that reuses UIDs."
    ),
    HoldReason.IDENTITY_CONFLICT: (
        'compare the two under Identities. One person with two identifiers: say "the same person", and '
        "the study goes on. Two people: reject the objects that do not belong. One UID in two places: "
        "correct it in the archive."
    ),
    HoldReason.ONE_FIELD_DIFFERS: (
        "compare the candidates under Identities; the field is marked, and the page says whether it "
        'sounds alike, is swapped, written in another script or one letter off. Say "the same person" or '
        '"a different person".'
    ),
    HoldReason.IDENTIFIER_REUSED: (
        'compare the candidates under Identities. "A different person" gives the new one a pseudonym of '
        "their own under the same identifier. With `identity.on_conflict: new-patient` this happens by "
        "itself and is flagged there."
    ),
    HoldReason.POSSIBLE_DUPLICATE: (
        'compare the candidates under Identities. "The same person" lets both identifiers lead to one '
        "pseudonym. With `identity.on_conflict: new-patient` the new identifier becomes a patient of its "
        "own, flagged there."
    ),
    HoldReason.MISSING_DEMOGRAPHICS: (
        "look at the candidates under Identities and decide, or correct the patient on the study's page."
    ),
    HoldReason.MISSING_IDENTITY: (
        "correct the patient on the study's page, or in the archive and send it again; reject phantoms "
        "and test objects."
    ),
    HoldReason.MISSING_PSEUDONYM: (
        "add the patient to the list and retry. Nothing is invented in the meantime."
    ),
    HoldReason.DUP_TAG: (
        "report it to the vendor of the sending system and reject it: there is no safe reading."
    ),
    HoldReason.UNKNOWN_SOP_CLASS: (
        "find out what it contains. If the project needs it, its rules must be written first; otherwise "
        "reject it."
    ),
    HoldReason.PIXELS_UNCHECKED: (
        "look at every frame. Release it when it shows nothing that identifies: the gate still reads it. "
        "Better, where many come: a device rule under `pixels.devices` blanks what is always in one "
        "place, `pixels.unexplained: blank` what cannot be read; then retry."
    ),
    HoldReason.TEXT_UNCHECKED: (
        "redact PDF with `documents.pdf: redact`, or turn the option on that cleans such text, and retry;"
        " reject the others."
    ),
    HoldReason.RULE_FAILED: (
        "see with `tirage deid explain` which attribute it was; retry after an update, and report it if "
        "the file is sound."
    ),
    HoldReason.IDENTIFIER_FOUND: (
        "look where the finding points, let the project `remove` or `empty` that attribute, and retry. "
        "Nobody can overrule the gate."
    ),
    HoldReason.DECODE_CRASH: (
        "report it with its transfer syntax; retry after an update. Other objects are not affected."
    ),
    HoldReason.UID_COLLISION: "almost always two copies of one object: reject one and retry the other.",
    HoldReason.REVIEW_FAILED: (
        "open it on the console's page *Review*; draw a box over what was seen and promote it to a rule, or "
        "change the project's profile, and put the objects back: they are made and read anew. A leak seen by "
        "mistake is taken back by its reader there."
    ),
    HoldReason.REMOTE_CONFLICT: (
        "find out who put it there; remove it at the destination or release under a new version."
    ),
    RejectReason.MODALITY_EXCLUDED: "nothing, or add the modality to the project and retry.",
    RejectReason.SOP_CLASS_EXCLUDED: "nothing, or add the SOP class to the project and retry.",
    RejectReason.MANUFACTURER_EXCLUDED: "nothing, or add the manufacturer to the project and retry.",
    RejectReason.DESCRIPTION_EXCLUDED: "nothing, or change the list.",
    RejectReason.DIRECTORY_RECORD: "nothing.",
    RejectReason.OPTED_OUT: "nothing, unless the list is wrong: then mend it and retry.",
    RejectReason.DECLINED: "nothing; retry takes the decision back.",
    RejectReason.ERASED: (
        "nothing. If it was a mistake, lift the tombstone (`tirage study lift`) and send the study again."
    ),
}
"""What a person does about it; `docs/holds.md` says the same."""


def meaning(reason: str) -> str:
    """A few words for the reason of that name."""
    return {str(known): words for known, words in MEANING.items()}.get(reason, "")


def advice(reason: str) -> str:
    """What to do about the reason of that name."""
    return {str(known): words for known, words in NEXT.items()}.get(reason, "")
