"""What each action makes of one value: value bytes in, value bytes out, `None` for an element that goes.

Values are little endian and without padding; `b""` is an empty value. Whatever cannot be read is emptied,
never kept.
"""

import hmac
from collections.abc import Callable, Container
from dataclasses import dataclass

from tirage.deidentify.dates import cap_age, keep_time, shift_date, shift_datetime
from tirage.deidentify.uids import map_uid, map_value
from tirage.model.records import Confidential, Link
from tirage.policy.actions import Action

PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
GRAPHIC_LAYER = 0x00700002

TEXT_VRS = frozenset({b"AE", b"CS", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"})

_DUMMIES = {
    b"AE": b"REMOVED",
    b"AS": b"000Y",
    b"AT": bytes(4),
    b"CS": b"REMOVED",
    b"DA": b"19000101",
    b"DS": b"0",
    b"DT": b"19000101000000",
    b"FD": bytes(8),
    b"FL": bytes(4),
    b"IS": b"0",
    b"LO": b"REMOVED",
    b"LT": b"REMOVED",
    b"OB": bytes(2),
    b"OD": bytes(8),
    b"OF": bytes(4),
    b"OL": bytes(4),
    b"OV": bytes(8),
    b"OW": bytes(2),
    b"PN": b"REMOVED",
    b"SH": b"REMOVED",
    b"SL": bytes(4),
    b"SS": bytes(2),
    b"ST": b"REMOVED",
    b"SV": bytes(8),
    b"TM": b"000000",
    b"UC": b"REMOVED",
    b"UL": bytes(4),
    b"UN": bytes(2),
    b"UR": b"urn:removed",
    b"US": bytes(2),
    b"UT": b"REMOVED",
    b"UV": bytes(8),
}


@dataclass(frozen=True, slots=True, repr=False)
class Patient(Confidential):
    """What the actions need to know: the link, which UIDs stay, and the pseudonym as bytes."""

    uid_key: bytes
    days: int
    pseudonym: bytes
    well_known: Container[bytes]


def patient_of(link: Link, well_known: Container[bytes]) -> Patient:
    """The link in the form the actions use."""
    return Patient(link.uid_key, link.date_offset_days, link.pseudonym.encode("ascii"), well_known)


def remove(patient: Patient, tag: int, vr: bytes, value: bytes) -> bytes | None:
    """Nothing: the element goes."""
    return None


def empty(patient: Patient, tag: int, vr: bytes, value: bytes) -> bytes | None:
    """An empty value, but the pseudonym where the patient is named."""
    return patient.pseudonym if tag in (PATIENT_NAME, PATIENT_ID) else b""


def dummy(patient: Patient, tag: int, vr: bytes, value: bytes) -> bytes | None:
    """A valid value that says nothing; for a UID the project's own, for a date a fixed one.

    Graphic layers are told apart: graphics name the layer they are on.
    """
    if tag in (PATIENT_NAME, PATIENT_ID):
        return patient.pseudonym
    if vr == b"UI":
        return map_value(patient.uid_key, value, patient.well_known) or map_uid(patient.uid_key, b"")
    if tag == GRAPHIC_LAYER:
        return b"LAYER %08X" % int.from_bytes(hmac.digest(patient.uid_key, b"layer\0" + value, "sha256")[:4])
    return _DUMMIES[vr]


def uid(patient: Patient, tag: int, vr: bytes, value: bytes) -> bytes | None:
    """The project's UIDs; an element of another VR is emptied."""
    return map_value(patient.uid_key, value, patient.well_known) if vr == b"UI" else b""


def shift(patient: Patient, tag: int, vr: bytes, value: bytes) -> bytes | None:
    """Dates moved by the patient's offset, each of several; times as they are; anything else is emptied."""
    match vr:
        case b"DA":
            parts = [shift_date(part.strip(b" \0"), patient.days) for part in value.split(b"\\")]
        case b"DT":
            parts = [shift_datetime(part.strip(b" \0"), patient.days) for part in value.split(b"\\")]
        case b"TM":
            parts = [keep_time(part.strip(b" \0")) for part in value.split(b"\\")]
        case _:
            return b""
    return b"\\".join(parts) if any(parts) else b""


def cap(value: bytes) -> bytes:
    """An AS value with ages above 89 in one category; emptied when it is no age."""
    parts = [cap_age(part.strip(b" \0")) for part in value.split(b"\\")]
    return b"\\".join(parts) if any(parts) else b""


ACTIONS: dict[Action, Callable[[Patient, int, bytes, bytes], bytes | None]] = {
    Action.REMOVE: remove,
    Action.EMPTY: empty,
    Action.DUMMY: dummy,
    Action.UID: uid,
    Action.SHIFT: shift,
}
"""Everything but `KEEP` and `CLEAN`, which judge the value."""
