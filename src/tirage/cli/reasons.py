"""What each reason means, in a few words for a screen; `docs/holds.md` says what to do next."""

from collections.abc import Mapping

from tirage.model.reasons import HoldReason, QuarantineReason, Reason, RejectReason

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
    HoldReason.IDENTITY_CONFLICT: "patient details disagree",
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
}


def meaning(reason: str) -> str:
    """A few words for the reason of that name."""
    return {str(known): words for known, words in MEANING.items()}.get(reason, "")
