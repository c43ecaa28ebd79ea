"""What the catalogue keeps of an instance: the columns people search by, and the whole header as JSON."""

from functools import cache, lru_cache

from tirage.dicom.dictionary import tag_of
from tirage.dicom.facts import Facts
from tirage.dicom.header import Header
from tirage.dicom.json import to_json
from tirage.dicom.sibling import Likeness, Sibling
from tirage.model.identifiers import Uid
from tirage.model.records import InstanceSummary, PatientIdentity

SOP_CLASS = 0x00080016
SOP_INSTANCE = 0x00080018
STUDY = 0x0020000D
SERIES = 0x0020000E

PATIENT_ID = 0x00100020
ISSUER = 0x00100021
NAME = 0x00100010
BIRTH_DATE = 0x00100030
SEX = 0x00100040
OTHER_PATIENT_IDS = 0x00101000

# fmt: off
PROMOTED = (
    "StudyDate", "StudyTime", "AccessionNumber", "StudyID", "StudyDescription",
    "ReferringPhysicianName", "InstitutionName", "PatientAge", "PatientSize", "PatientWeight",
    "PatientIdentityRemoved", "NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances",
    "ImagesInAcquisition", "Modality", "SeriesNumber", "SeriesDate", "SeriesTime", "SeriesDescription",
    "BodyPartExamined", "Laterality", "ProtocolName", "RequestedProcedureDescription",
    "PerformedProcedureStepDescription", "Manufacturer", "ManufacturerModelName", "StationName",
    "DeviceSerialNumber", "SoftwareVersions", "FrameOfReferenceUID", "PatientPosition",
    "ContrastBolusAgent", "PresentationIntentType", "TimezoneOffsetFromUTC", "SliceThickness",
    "SpacingBetweenSlices", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
    "SliceLocation", "KVP", "ConvolutionKernel", "MagneticFieldStrength", "ScanningSequence",
    "SequenceName", "RepetitionTime", "EchoTime", "InstanceNumber", "AcquisitionNumber", "ImageType",
    "AcquisitionDate", "AcquisitionTime", "ContentDate", "ContentTime", "Rows", "Columns",
    "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "BurnedInAnnotation", "LossyImageCompression", "ConversionType", "SpecificCharacterSet",
)
# fmt: on
"""The attributes kept as columns, by keyword."""


@cache
def promoted_tags() -> dict[str, int]:
    """Tag by keyword of the promoted attributes."""
    return {keyword: tag for keyword in PROMOTED if (tag := tag_of(keyword)) is not None}


def summarise(header: Header | Sibling) -> InstanceSummary:
    """The catalogue's entry for one object; attributes that are absent or empty are left out."""
    if isinstance(header, Sibling):
        return _entry(header, _sibling_attributes(header), header.json())
    return _entry(header, header.texts(promoted_tags().items()), to_json(header))


def _sibling_attributes(sibling: Sibling) -> dict[str, str]:
    """As for a header; what does not vary is taken over from the neighbour in one piece."""
    constant, varying = _split(sibling.likeness)
    return constant | sibling.texts(varying)


@lru_cache(maxsize=64)
def _split(likeness: Likeness) -> tuple[dict[str, str], tuple[tuple[str, int], ...]]:
    """The promoted attributes that do not vary, and the tags of those that do."""
    places, tags = likeness.places, promoted_tags().items()
    varying = tuple((keyword, tag) for keyword, tag in tags if tag in places)
    return likeness.header.texts((keyword, tag) for keyword, tag in tags if tag not in places), varying


def _entry(facts: Facts, attributes: dict[str, str], header: bytes) -> InstanceSummary:
    text = facts.text
    others = tuple(part.strip() for part in text(OTHER_PATIENT_IDS).split("\\") if part.strip())
    return InstanceSummary(
        sop_class=Uid(text(SOP_CLASS)),
        sop_instance=Uid(text(SOP_INSTANCE)),
        series=Uid(text(SERIES)),
        study=Uid(text(STUDY)),
        transfer_syntax=Uid(facts.transfer_syntax),
        patient=PatientIdentity(
            patient_id=text(PATIENT_ID),
            issuer=text(ISSUER),
            name=text(NAME),
            birth_date=text(BIRTH_DATE),
            sex=text(SEX),
            other_ids=others,
        ),
        attributes=attributes,
        header=header,
    )
