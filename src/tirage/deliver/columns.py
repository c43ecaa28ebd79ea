"""Every column of a release's tables: what it says, in which unit, and why it may be shared.

The technical ones are read from the released objects, never from originals. What is not listed here is in no
table: free text such as descriptions stays in the objects, where it was cleaned and where it is searched.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"
    """Text of capitals, digits, blanks and underscores (PS3.5 6.2, CS); anything else is left out."""

    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `tag` and `keyword` name the DICOM attribute it is read from, 0 and '' when it is not; `place` picks one
    of several values. `why` says why it may be shared.
    """

    name: str
    kind: Kind
    meaning: str
    why: str
    unit: str = ""
    tag: int = 0
    keyword: str = ""
    place: int | None = None


_REPLACED = "Made for research; leads back to nobody without the key of the hospital."
_OF_FILE = "Says something about the file alone."
_COUNT = "A count of what is in the release anyway."
_CODE = "A coded word (PS3.5 6.2, CS), as the de-identified object has it; no free text."
_STANDARD = "A UID that the standard or a maker gives to all objects of the kind."
_DEVICE = "Make of the scanner, shared by many; no serial number and no station name."
_GEOMETRY = "How the picture is sampled; the picture says so anyway."
_SETTING = "A setting of the scanner; no trait of a person."

PSEUDONYM = Column("pseudonym", Kind.TEXT, "The patient, by the name the project has for them.", _REPLACED)
STUDY = Column("study_uid", Kind.TEXT, "The study: its Study Instance UID in this release.", _REPLACED)
SERIES = Column("series_uid", Kind.TEXT, "The series: its Series Instance UID in this release.", _REPLACED)
SIZE = Column("size_bytes", Kind.INTEGER, "Bytes of the files together.", _OF_FILE, "bytes")
OBJECTS = Column("instances", Kind.INTEGER, "How many objects, rows of instances.parquet.", _COUNT)
FRAMES = Column("total_frames", Kind.INTEGER, "How many frames all objects have together.", _COUNT)

_DATE = Column(
    "study_date",
    Kind.DATE,
    "The day of the study as the objects have it: shifted for each patient, or empty.",
    "Moved by the project's rule, the same for all of a patient; empty where the project keeps no dates.",
    tag=0x00080020,
    keyword="StudyDate",
)


def _text(name: str, tag: int, keyword: str, meaning: str, why: str) -> Column:
    return Column(name, Kind.CODE if why is _CODE else Kind.TEXT, meaning, why, tag=tag, keyword=keyword)


def _whole(name: str, tag: int, keyword: str, meaning: str, why: str) -> Column:
    return Column(name, Kind.INTEGER, meaning, why, tag=tag, keyword=keyword)


def _number(
    name: str, tag: int, keyword: str, unit: str, meaning: str, why: str, place: int | None = 0
) -> Column:
    return Column(name, Kind.NUMBER, meaning, why, unit, tag, keyword, place)


SHARED = (
    _text("modality", 0x00080060, "Modality", "What made the picture: CT, MR, DX …", _CODE),
    _text("manufacturer", 0x00080070, "Manufacturer", "Who made the scanner.", _DEVICE),
    _text("model", 0x00081090, "ManufacturerModelName", "Model of the scanner.", _DEVICE),
    _text("body_part", 0x00180015, "BodyPartExamined", "Part of the body that was looked at.", _CODE),
    _text("laterality", 0x00200060, "Laterality", "Left or right, of paired parts.", _CODE),
    _text("view_position", 0x00185101, "ViewPosition", "Direction of a projection: PA, AP, LL …", _CODE),
    _text("patient_position", 0x00185100, "PatientPosition", "How the patient lay: HFS, FFP …", _CODE),
    _text("kernel", 0x00181210, "ConvolutionKernel", "Kernel of the reconstruction.", _SETTING),
    _text("scanning_sequence", 0x00180020, "ScanningSequence", "Kind of an MR sequence: SE, GR …", _CODE),
    _text("sequence_variant", 0x00180021, "SequenceVariant", "Variant of an MR sequence.", _CODE),
    _text("acquisition_type", 0x00180023, "MRAcquisitionType", "2D or 3D.", _CODE),
    _text("photometric", 0x00280004, "PhotometricInterpretation", "What pixel values mean.", _CODE),
    _text("lossy_compression", 0x00282110, "LossyImageCompression", "01 after lossy compression.", _CODE),
    _text("image_type", 0x00080008, "ImageType", "Values of Image Type, joined by a backslash.", _CODE),
    _whole("rows", 0x00280010, "Rows", "Height of a frame in pixels.", _GEOMETRY),
    _whole("columns", 0x00280011, "Columns", "Width of a frame in pixels.", _GEOMETRY),
    _whole("samples_per_pixel", 0x00280002, "SamplesPerPixel", "1 for grey, 3 for colour.", _GEOMETRY),
    _whole("bits_allocated", 0x00280100, "BitsAllocated", "Bits a sample takes.", _GEOMETRY),
    _whole("bits_stored", 0x00280101, "BitsStored", "Bits of a sample that count.", _GEOMETRY),
    _number("slice_thickness", 0x00180050, "SliceThickness", "mm", "Thickness of a slice.", _GEOMETRY),
    _number("slice_spacing", 0x00180088, "SpacingBetweenSlices", "mm", "Slice to slice.", _GEOMETRY),
    _number("row_spacing", 0x00280030, "PixelSpacing", "mm", "Row to row, first of two values.", _GEOMETRY),
    _number("column_spacing", 0x00280030, "PixelSpacing", "mm", "Column to column.", _GEOMETRY, 1),
    _number("detector_row_spacing", 0x00181164, "ImagerPixelSpacing", "mm", "At the detector.", _GEOMETRY),
    _number(
        "detector_column_spacing", 0x00181164, "ImagerPixelSpacing", "mm", "At the detector.", _GEOMETRY, 1
    ),
    _number("kvp", 0x00180060, "KVP", "kV", "Peak voltage of the tube.", _SETTING),
    _number("tube_current", 0x00181151, "XRayTubeCurrent", "mA", "Current of the tube.", _SETTING),
    _number("exposure_time", 0x00181150, "ExposureTime", "ms", "How long X-rays were on.", _SETTING),
    _number("repetition_time", 0x00180080, "RepetitionTime", "ms", "TR.", _SETTING),
    _number("echo_time", 0x00180081, "EchoTime", "ms", "TE.", _SETTING),
    _number("inversion_time", 0x00180082, "InversionTime", "ms", "TI.", _SETTING),
    _number("flip_angle", 0x00181314, "FlipAngle", "°", "Flip angle.", _SETTING),
    _number("field_strength", 0x00180087, "MagneticFieldStrength", "T", "Field of the magnet.", _SETTING),
)
"""Read from every object; a series shows what all of its objects that say something agree on."""

_OWN = (
    _whole("instance_number", 0x00200013, "InstanceNumber", "Number of the object in its series.", _OF_FILE),
    _whole(
        "frames", 0x00280008, "NumberOfFrames", "Frames of the object; 1 where it does not say.", _GEOMETRY
    ),
)
READ = (_DATE, *_OWN, *SHARED)
"""Everything that is read from a header, in this order."""

_FILE = (
    Column("path", Kind.TEXT, "Where the object lies in the release.", _REPLACED),
    Column("sha256", Kind.TEXT, "SHA-256 of the file, as in SHA256SUMS.", _OF_FILE),
    Column("size_bytes", Kind.INTEGER, "Bytes of the file.", _OF_FILE, "bytes"),
    PSEUDONYM,
    STUDY,
    SERIES,
    Column("sop_instance_uid", Kind.TEXT, "The object: its SOP Instance UID in this release.", _REPLACED),
    Column("sop_class_uid", Kind.TEXT, "What kind of object it is, PS3.4 B.5.", _STANDARD),
    Column("transfer_syntax_uid", Kind.TEXT, "How the object is encoded, PS3.5 10.", _STANDARD),
)
INSTANCE_COLUMNS = (*_FILE, *_OWN, *SHARED)
SERIES_COLUMNS = (PSEUDONYM, STUDY, SERIES, OBJECTS, FRAMES, SIZE, *SHARED)
STUDY_COLUMNS = (
    PSEUDONYM,
    STUDY,
    _DATE,
    Column("modalities", Kind.TEXT, "Modalities of its series, in order, joined by a backslash.", _CODE),
    Column("series", Kind.INTEGER, "How many series, rows of series.parquet.", _COUNT),
    OBJECTS,
    FRAMES,
    SIZE,
    Column("instances_before", Kind.INTEGER, "How many of its objects earlier versions hold.", _COUNT),
)
LINKER_COLUMNS = (
    Column(
        "procedure_occurrence_id",
        Kind.TEXT,
        "The procedure in PROCEDURE_OCCURRENCE, of the type it has there.",
        "Stands in the extract's public tables, which its makers released.",
    ),
    Column("pseudo_study_uid", Kind.TEXT, "The study: `study_uid` of the other tables.", _REPLACED),
    PSEUDONYM,
    Column("cohort", Kind.INTEGER, "Version of the list: the tables are in `tables/<cohort>/`.", _COUNT),
)
MANIFEST_COLUMNS = (
    *_FILE[:8],
    SHARED[0],
    _FILE[8],
)
