"""Every reason an object does not go on, each an enum member with a page entry in `docs/holds.md`.

Three dispositions, never confused: *quarantined* objects cannot be trusted as DICOM; *held* objects wait for
a person; *rejected* objects are ones the project does not want.
"""

from enum import StrEnum


class QuarantineReason(StrEnum):
    """The bytes cannot be taken for the object they claim to be."""

    NOT_DICOM = "NOT_DICOM"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY = "TOO_MANY"
    LENGTH_LIE = "LENGTH_LIE"
    TRUNCATED = "TRUNCATED"
    BOMB = "BOMB"
    PIXEL_LENGTH = "PIXEL_LENGTH"
    BAD_UID = "BAD_UID"
    UID_MISMATCH = "UID_MISMATCH"
    MISSING_ID = "MISSING_ID"
    UNSUPPORTED_TS = "UNSUPPORTED_TS"
    DECODE_FAIL = "DECODE_FAIL"
    STORE_CORRUPT = "STORE_CORRUPT"
    BAD_ARCHIVE = "BAD_ARCHIVE"


class HoldReason(StrEnum):
    """A person must look before anything else happens."""

    NO_PROJECT = "NO_PROJECT"
    UNREQUESTED = "UNREQUESTED"
    WRONG_PATIENT = "WRONG_PATIENT"
    PROJECT_EXPIRED = "PROJECT_EXPIRED"
    CONFLICTING_COPY = "CONFLICTING_COPY"
    IDENTITY_CONFLICT = "IDENTITY_CONFLICT"
    ONE_FIELD_DIFFERS = "ONE_FIELD_DIFFERS"
    IDENTIFIER_REUSED = "IDENTIFIER_REUSED"
    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    MISSING_DEMOGRAPHICS = "MISSING_DEMOGRAPHICS"
    MISSING_IDENTITY = "MISSING_IDENTITY"
    MISSING_PSEUDONYM = "MISSING_PSEUDONYM"
    DUP_TAG = "DUP_TAG"
    UNKNOWN_SOP_CLASS = "UNKNOWN_SOP_CLASS"
    PIXELS_UNCHECKED = "PIXELS_UNCHECKED"
    TEXT_UNCHECKED = "TEXT_UNCHECKED"
    RULE_FAILED = "RULE_FAILED"
    IDENTIFIER_FOUND = "IDENTIFIER_FOUND"
    DECODE_CRASH = "DECODE_CRASH"
    UID_COLLISION = "UID_COLLISION"
    REMOTE_CONFLICT = "REMOTE_CONFLICT"
    REVIEW_FAILED = "REVIEW_FAILED"


class RejectReason(StrEnum):
    """The project's own rules, or a person, say that it does not want this object."""

    MODALITY_EXCLUDED = "MODALITY_EXCLUDED"
    SOP_CLASS_EXCLUDED = "SOP_CLASS_EXCLUDED"
    MANUFACTURER_EXCLUDED = "MANUFACTURER_EXCLUDED"
    DESCRIPTION_EXCLUDED = "DESCRIPTION_EXCLUDED"
    DIRECTORY_RECORD = "DIRECTORY_RECORD"
    OPTED_OUT = "OPTED_OUT"
    DECLINED = "DECLINED"
    ERASED = "ERASED"


TO_RECONCILE = frozenset(
    {
        HoldReason.IDENTITY_CONFLICT,
        HoldReason.ONE_FIELD_DIFFERS,
        HoldReason.IDENTIFIER_REUSED,
        HoldReason.POSSIBLE_DUPLICATE,
        HoldReason.MISSING_DEMOGRAPHICS,
    }
)
"""The reasons for which a person says who is who."""

Reason = QuarantineReason | HoldReason | RejectReason
