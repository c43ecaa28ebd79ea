"""Who an object is about, and everything in it that would tell."""

import re
from collections.abc import Iterator

from tirage.dicom.facts import Facts
from tirage.dicom.header import Header
from tirage.dicom.scopes import charsets_inside
from tirage.link.normalise import is_placeholder, normalised_date, normalised_id
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Finding, Identifiers, PatientIdentity

PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
ISSUER_OF_PATIENT_ID = 0x00100021
BIRTH_DATE = 0x00100030
SEX = 0x00100040
OTHER_PATIENT_IDS = 0x00101000

# Source for the five sets: PS3.6. Values that point at a person or their record.
CODES = frozenset(
    {
        PATIENT_ID,
        OTHER_PATIENT_IDS,
        0x00080050,  # AccessionNumber
        0x00080094,  # ReferringPhysicianTelephoneNumbers
        0x00101090,  # MedicalRecordLocator
        0x00102154,  # PatientTelephoneNumbers
        0x00102155,  # PatientTelecomInformation
        0x00120040,  # ClinicalTrialSubjectID, of another trial
        0x00380010,  # AdmissionID
        0x00380060,  # ServiceEpisodeID
        0x00400009,  # ScheduledProcedureStepID
        0x00400253,  # PerformedProcedureStepID
        0x0040050A,  # SpecimenAccessionNumber
        0x00400512,  # ContainerIdentifier
        0x00400551,  # SpecimenIdentifier
        0x00401001,  # RequestedProcedureID
        0x00401006,  # PlacerOrderNumberProcedure
        0x00401007,  # FillerOrderNumberProcedure
        0x00401103,  # PersonTelephoneNumbers
        0x00401104,  # PersonTelecomInformation
        0x00402010,  # OrderCallbackPhoneNumber
        0x00402016,  # PlacerOrderNumberImagingServiceRequest
        0x00402017,  # FillerOrderNumberImagingServiceRequest
    }
)
PLACES = frozenset(
    {
        0x00080092,  # ReferringPhysicianAddress
        0x00101040,  # PatientAddress
        0x00102299,  # ResponsibleOrganization
        0x0038001E,  # ScheduledPatientInstitutionResidence
        0x00380300,  # CurrentPatientLocation
        0x00380400,  # PatientInstitutionResidence
        0x00401102,  # PersonAddress
        0x00404036,  # HumanPerformerOrganization
        0x0040A027,  # VerifyingOrganization
    }
)
INSTITUTIONS = frozenset(
    {
        0x00080080,  # InstitutionName
        0x00080081,  # InstitutionAddress
        0x00081040,  # InstitutionalDepartmentName
    }
)
BIRTH_DATES = frozenset({BIRTH_DATE, 0x00100033, 0x00100034})
_READ_VRS = frozenset({b"PN", b"UI"})
_READ_TAGS = CODES | PLACES | INSTITUTIONS | BIRTH_DATES
# UIDs that name a kind of thing, not a thing: classes, syntaxes, code systems.
_KIND_UIDS = frozenset(
    {
        0x00080016,
        0x0008001A,
        0x0008001B,
        0x0008010C,
        0x00080117,
        0x00080118,
        0x0008010D,
        0x00081150,
        0x0008115A,
    }
)
_WELL_KNOWN_ROOT = "1.2.840.10008."
_MEDIA_STORAGE_INSTANCE = 0x00020003


def unidentified(facts: Facts) -> Held | None:
    """Held `MISSING_IDENTITY` when an object names no patient; otherwise nothing."""
    if is_placeholder(normalised_id(facts.text(PATIENT_ID))):
        return Held(HoldReason.MISSING_IDENTITY, (Finding("PatientID", "no identifier"),))
    return None


def identity_of(header: Header) -> Outcome[PatientIdentity]:
    """The patient an object says it belongs to; held `MISSING_IDENTITY` when it names none."""
    nobody = unidentified(header)
    if nobody is not None:
        return nobody
    patient_id = normalised_id(header.text(PATIENT_ID))
    others = {
        value
        for tag, _, text in _texts(header)
        if tag in (OTHER_PATIENT_IDS, PATIENT_ID)
        for value in map(normalised_id, text.split("\\"))
        if not is_placeholder(value) and value != patient_id
    }
    return Passed(
        PatientIdentity(
            patient_id=patient_id,
            issuer=normalised_id(header.text(ISSUER_OF_PATIENT_ID)),
            name=header.text(PATIENT_NAME),
            birth_date=header.text(BIRTH_DATE),
            sex=header.text(SEX),
            other_ids=tuple(sorted(others)),
        )
    )


def identifiers_of(header: Header) -> Identifiers:
    """Everything in an object, at any depth, that must not be found in what is made of it."""
    words: set[str] = set()
    codes: set[str] = set()
    places: set[str] = set()
    institutions: set[str] = set()
    dates: set[str] = set()
    uids = {header.meta_text(_MEDIA_STORAGE_INSTANCE)}
    for tag, vr, text in _texts(header):
        values = [value for value in (part.strip(" \0") for part in text.split("\\")) if value]
        if vr == b"PN":
            words.update(values)
        elif vr == b"UI":
            if tag not in _KIND_UIDS:
                uids.update(values)
        elif tag in CODES:
            codes.update(value for value in values if not is_placeholder(value))
        elif tag in PLACES:
            places.update(_lines(text))
        elif tag in INSTITUTIONS:
            institutions.update(_lines(text))
        elif tag in BIRTH_DATES:
            dates.update(filter(None, map(normalised_date, values)))
    return Identifiers(
        words=frozenset(words),
        codes=frozenset(codes),
        dates=frozenset(dates),
        uids=frozenset(uid for uid in uids if uid and not uid.startswith(_WELL_KNOWN_ROOT)),
        places=frozenset(places),
        institutions=frozenset(institutions),
    )


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"[\r\n]+", text.strip(" \0")) if line]


def _texts(header: Header) -> Iterator[tuple[int, bytes, str]]:
    """(tag, VR, text) of every element this module reads, in the character set of its item."""
    charsets, buffer, otherwise = charsets_inside(header), header.buffer, header.charset
    for index, (tag, vr, _, start, end, _) in enumerate(header.elements):
        if end > start and (vr in _READ_VRS or tag in _READ_TAGS):
            charset = charsets.get(index, otherwise)
            yield tag, vr, charset.decode(buffer[start:end])[0]
