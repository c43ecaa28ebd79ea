"""What the output says of its own de-identification, and of no other. Source: PS3.3 C.12.1, PS3.15 E.1.1."""

from tirage.deidentify.actions import PATIENT_ID, PATIENT_NAME, Patient
from tirage.deidentify.encoding import ITEM, element
from tirage.policy.profile import Profile

IDENTITY_REMOVED = 0x00120062
METHOD = 0x00120063
METHOD_CODES = 0x00120064
TEMPORAL = 0x00280303


def marks_of(profile: Profile, explicit: bool, is_inspected: bool) -> list[tuple[int, bytes]]:
    """Tag and bytes of the elements that record what the profile does, in tag order.

    Cleaned pixel data is claimed only for objects whose pixels were looked at.
    """
    codes = b"".join(
        element(ITEM, b"", _code_item(value, scheme, meaning, explicit), explicit)
        for value, scheme, meaning in (profile.inspected_codes if is_inspected else profile.method_codes)
    )
    method = "\\".join(profile.method_text).encode("ascii")
    return [
        (IDENTITY_REMOVED, element(IDENTITY_REMOVED, b"CS", b"YES", explicit)),
        (METHOD, element(METHOD, b"LO", method, explicit)),
        (METHOD_CODES, element(METHOD_CODES, b"SQ", codes, explicit)),
        (TEMPORAL, element(TEMPORAL, b"CS", profile.temporal.encode("ascii"), explicit)),
    ]


def names_of(patient: Patient, explicit: bool) -> list[tuple[int, bytes]]:
    """Tag and bytes of the elements that name the patient, for objects that leave them out."""
    return [
        (PATIENT_NAME, element(PATIENT_NAME, b"PN", patient.pseudonym, explicit)),
        (PATIENT_ID, element(PATIENT_ID, b"LO", patient.pseudonym, explicit)),
    ]


def _code_item(value: str, scheme: str, meaning: str, explicit: bool) -> bytes:
    return (
        element(0x00080100, b"SH", value.encode("ascii"), explicit)
        + element(0x00080102, b"SH", scheme.encode("ascii"), explicit)
        + element(0x00080104, b"LO", meaning.encode("ascii"), explicit)
    )
