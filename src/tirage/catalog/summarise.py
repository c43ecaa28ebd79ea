"""What the catalogue keeps of an instance: the columns people search by, and the whole header as JSON."""

from tirage.dicom.dictionary import tag_of
from tirage.dicom.facts import Facts
from tirage.dicom.header import Header
from tirage.dicom.json import to_json
from tirage.model.identifiers import Uid
from tirage.model.records import InstanceSummary, PatientIdentity

SOP_CLASS = 0x00080016
SOP_INSTANCE = 0x00080018
STUDY = 0x0020000D
SERIES = 0x0020000E

PATIENT = {
    "patient_id": 0x00100020,
    "issuer": 0x00100021,
    "name": 0x00100010,
    "birth_date": 0x00100030,
    "sex": 0x00100040,
}
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


def promoted_tags() -> dict[str, int]:
    """Tag by keyword of the promoted attributes."""
    return {keyword: tag for keyword in PROMOTED if (tag := tag_of(keyword)) is not None}


def summarise(header: Header) -> InstanceSummary:
    """The catalogue's entry for one object; attributes that are absent or empty are left out."""
    tags = promoted_tags().items()
    attributes = {keyword: text for keyword, tag in tags if (text := text_of(header, tag))}
    return entry(header, attributes, to_json(header))


def text_of(facts: Facts, tag: int) -> str:
    """A promoted value as text: binary numbers in decimal, several values joined by a backslash."""
    number = facts.number(tag) if tag >> 16 == 0x0028 else None
    return facts.text(tag) if number is None else str(number)


def entry(facts: Facts, attributes: dict[str, str], header: bytes) -> InstanceSummary:
    """One summary from its parts."""
    others = tuple(part.strip() for part in facts.text(OTHER_PATIENT_IDS).split("\\") if part.strip())
    return InstanceSummary(
        sop_class=Uid(facts.text(SOP_CLASS)),
        sop_instance=Uid(facts.text(SOP_INSTANCE)),
        series=Uid(facts.text(SERIES)),
        study=Uid(facts.text(STUDY)),
        transfer_syntax=Uid(facts.transfer_syntax),
        patient=PatientIdentity(**{name: facts.text(tag) for name, tag in PATIENT.items()}, other_ids=others),
        attributes=attributes,
        header=header,
    )
