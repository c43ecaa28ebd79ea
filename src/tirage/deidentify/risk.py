"""Whether an object's pixels may carry text: no, and nobody looks; perhaps, and they are inspected; or held.

Only classes on the lists below go on; `docs/deid.md` gives the reasons. BurnedInAnnotation `YES` is believed,
`NO` never is. What the chosen options cannot clean is held.
"""

import re
from collections.abc import Iterator
from enum import Enum

from tirage.deidentify.look.devices import fits
from tirage.dicom.dictionary import keyword_of
from tirage.dicom.header import Header
from tirage.dicom.syntaxes import find_syntax
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Finding
from tirage.policy.fields import Pdf
from tirage.policy.options import Option
from tirage.policy.profile import Profile

SOP_CLASS = 0x00080016

_ROOT = "1.2.840.10008.5.1.4.1.1."


class Look(Enum):
    """What an object that may go on asks for."""

    NOTHING = "nothing"
    INSPECT = "inspect"
    DOCUMENT = "document"


SCANNED = frozenset(
    _ROOT + leaf
    for leaf in (
        "2",  # CT Image
        "2.1",  # Enhanced CT
        "2.2",  # Legacy Converted Enhanced CT
        "4",  # MR Image
        "4.1",  # Enhanced MR
        "4.4",  # Legacy Converted Enhanced MR
        "20",  # Nuclear Medicine
        "128",  # Positron Emission Tomography
        "128.1",  # Legacy Converted Enhanced PET
        "130",  # Enhanced PET
        "1.1.1",  # Digital X-Ray, for processing
        "1.2.1",  # Digital Mammography X-Ray, for processing
        "1.3.1",  # Digital Intra-Oral X-Ray, for processing
        "13.1.5",  # Breast Projection X-Ray, for processing
    )
)
"""Images whose pixels a detector or a reconstruction wrote; text gets into them only by a later hand."""

MULTIFRAME = frozenset(_ROOT + leaf for leaf in ("2.1", "2.2", "4.1", "4.4", "128.1", "130"))
"""Those of them that say in each frame how it was made."""

COMPUTED = frozenset(
    _ROOT + leaf
    for leaf in (
        "30",  # Parametric Map
        "66.4",  # Segmentation
        "66.7",  # Label Map Segmentation
        "481.2",  # RT Dose
    )
)
"""Grids of numbers and masks that software computed over scanned images."""

STRUCTURED = frozenset(
    _ROOT + leaf
    for leaf in (
        "4.2",  # MR Spectroscopy
        "66.1",  # Spatial Registration
        "66.2",  # Spatial Fiducials
        "66.3",  # Deformable Spatial Registration
        "66.5",  # Surface Segmentation
        "66.6",  # Tractography Results
        "67",  # Real World Value Mapping
        "481.3",  # RT Structure Set
        "481.5",  # RT Plan
        "481.8",  # RT Ion Plan
    )
)
"""Objects without pixels whose attributes the profile judges one by one; held when a person typed in them."""

PICTURES = frozenset(
    _ROOT + leaf
    for leaf in (
        *("1", "1.1", "1.2", "1.3"),  # CR; DX, mammography, intra-oral for presentation
        *("3", "3.1", "6", "6.1", "6.2", "6.3"),  # ultrasound, photoacoustic
        "4.3",  # Enhanced MR Color
        *("5", "7", "7.1", "7.2", "7.3", "7.4", "8"),  # retired NM, secondary capture, overlay
        *("12.1", "12.1.1", "12.2", "12.2.1", "12.3"),  # angiography, fluoroscopy
        *("13.1.1", "13.1.2", "13.1.3", "13.1.4"),  # 3D X-ray, tomosynthesis for presentation
        *("14.1", "14.2", "81.1", "82.1"),  # intravascular optical coherence, eye maps
        *("481.1", "481.23", "481.24", "601.1", "601.2"),  # RT images, eddy current
    )
)
_PICTURE_FAMILIES = (
    _ROOT + "77.1.",
    _ROOT + "77.2",
    _ROOT + "501.",
    "1.2.840.10008.5.1.1.29",
    "1.2.840.10008.5.1.1.30",
)

_PHOTOGRAPHS = frozenset(_ROOT + leaf for leaf in ("77.1.4", "77.1.4.1"))
"""Photographs of the outside of a body: a face is held, and only the sender can say that there is none."""

_SLIDES = _ROOT + "77.1.6"
_SLIDE_LABELS = frozenset({"LABEL", "OVERVIEW"})
"""Image types of whole-slide images that picture the slide's paper label (PS3.3 C.8.12.4.1.1)."""

_TEXT_FAMILIES = (
    (_ROOT + "88.", Option.CLEAN_STRUCTURED_CONTENT),
    (_ROOT + "11.", Option.CLEAN_GRAPHICS),
    (_ROOT + "131", Option.CLEAN_GRAPHICS),
    (_ROOT + "9.4.", None),  # a voice
    (_ROOT + "104.", None),
    *((_ROOT + leaf, Option.CLEAN_DESCRIPTORS) for leaf in ("9.", "78.", "79.", "80.")),
    *((_ROOT + leaf, Option.CLEAN_DESCRIPTORS) for leaf in ("90.", "91.", "481.", "200.")),
    ("1.2.840.10008.5.1.1.27", None),
)
"""Reports, presentation states, waveforms, documents, annotations, treatment records, protocols: the option
that cleans their text, None where no option does. The first that fits counts.
"""

_BURNED_IN = 0x00280301
_RECOGNIZABLE = 0x00280302
_IMAGE_TYPE = 0x00080008
_FRAME_TYPE = 0x00089007
_MODALITY = 0x00080060
_PHOTOMETRIC = 0x00280004
_SAMPLES = 0x00280002
_MANUFACTURER = 0x00080070
_MODEL = 0x00081090
_SOFTWARE = 0x00181020
_ENCAPSULATED_DOCUMENT = 0x00420011
_MIME_TYPE = 0x00420012
_PDF = _ROOT + "104.1"

_CAPTURE = (
    0x00080064,  # ConversionType
    0x00181010,  # SecondaryCaptureDeviceID
    0x00181012,  # DateOfSecondaryCapture
    0x00181016,  # SecondaryCaptureDeviceManufacturer
    0x00181018,  # SecondaryCaptureDeviceManufacturerModelName
    0x00181019,  # SecondaryCaptureDeviceSoftwareVersions
    0x00181022,  # VideoImageFormatAcquired
)

_CAPTURED_MODALITIES = frozenset({"US", "IVUS", "ES", "XC", "GM", "SC", "OT", "HC", "DOC", "TG", "DG"})

_SCREEN_WORDS = re.compile(
    r"SCREEN|SNAPSHOT|CAPTURE|REPORT|DOSE.?INFO|PROTOCOL|\bPROT\b|PHOTO|PRINT|SHEET|PAPER|FILM|SAVE\b|TABLE|TEXT"
)

_TYPED_TEXT = frozenset(
    {
        0x30060002,  # StructureSetLabel
        0x30060004,  # StructureSetName
        0x30060006,  # StructureSetDescription
        0x30060026,  # ROIName
        0x30060028,  # ROIDescription
        0x30060085,  # ROIObservationLabel
        0x30060088,  # ROIObservationDescription
        0x300A0002,  # RTPlanLabel
        0x300A0003,  # RTPlanName
        0x300A0004,  # RTPlanDescription
        0x300A000E,  # PrescriptionDescription
        0x300A0016,  # DoseReferenceDescription
        0x300A00C3,  # BeamDescription
        0x00700081,  # ContentDescription
    }
)

DECISIVE = (
    frozenset(
        {SOP_CLASS, _BURNED_IN, _RECOGNIZABLE, _IMAGE_TYPE, _FRAME_TYPE, _MODALITY, _PHOTOMETRIC, _SAMPLES}
    )
    | frozenset({_MANUFACTURER, _MODEL, _SOFTWARE, _ENCAPSULATED_DOCUMENT, *_CAPTURE})
    | _TYPED_TEXT
)
"""The attributes that are asked for here; objects that agree in them have the same risk."""


def risk_of(header: Header, profile: Profile) -> Outcome[Look]:
    """What the pixels of an object ask for; held when neither inspecting nor cleaning will do."""
    sop_class, options = header.text(SOP_CLASS), profile.options
    if header.text(_RECOGNIZABLE).upper() == "YES":
        return _held(HoldReason.PIXELS_UNCHECKED, "RecognizableVisualFeatures", "says a face may be seen")
    if header.find(_ENCAPSULATED_DOCUMENT) is not None:
        return _judge_document(header, profile, sop_class)
    if sop_class in SCANNED or sop_class in COMPUTED:
        why = _why_inspect(header, sop_class)
    elif sop_class in STRUCTURED:
        return _judge_structured(header, profile)
    elif sop_class in PICTURES or sop_class.startswith(_PICTURE_FAMILIES):
        why = "SOPClassUID", "class whose images often carry text"
    else:
        return _judge_text(header, profile, sop_class)
    if header.pixel is None:
        return Passed(Look.NOTHING)
    syntax = find_syntax(header.transfer_syntax)
    if syntax is None or syntax.codec == "mpeg":
        return _held(HoldReason.PIXELS_UNCHECKED, "TransferSyntaxUID", "video")
    if sop_class == _SLIDES and _SLIDE_LABELS & set(header.text(_IMAGE_TYPE).upper().split("\\")[2:3]):
        return _held(HoldReason.PIXELS_UNCHECKED, "ImageType", "picture of a slide's label")
    if sop_class in _PHOTOGRAPHS and header.text(_RECOGNIZABLE).upper() != "NO":
        return _held(HoldReason.PIXELS_UNCHECKED, "RecognizableVisualFeatures", "photograph, may show a face")
    if why is None and any(fits(header, rule.when) for rule in profile.project.pixels.devices):
        why = "Manufacturer", "device for which the project has a rule"
    if why is not None and Option.CLEAN_PIXELS not in options:
        if HoldReason.PIXELS_UNCHECKED in profile.waived:
            return Passed(Look.NOTHING)
        return _held(HoldReason.PIXELS_UNCHECKED, *why)
    return Passed(Look.NOTHING if why is None else Look.INSPECT)


def _judge_document(header: Header, profile: Profile, sop_class: str) -> Outcome[Look]:
    """A PDF may be drawn anew when the project says so; no other document can be cleaned."""
    is_pdf = sop_class == _PDF and header.text(_MIME_TYPE).lower() == "application/pdf"
    if is_pdf and header.pixel is None and profile.project.documents.pdf is Pdf.REDACT:
        return Passed(Look.DOCUMENT)
    return _held(HoldReason.TEXT_UNCHECKED, "EncapsulatedDocument", "embedded document")


def _why_inspect(header: Header, sop_class: str) -> tuple[str, str] | None:
    """Where and why an image that is usually free of text may carry some; None when nothing says so."""
    if sop_class in COMPUTED:
        return None
    if header.text(_BURNED_IN).upper() == "YES":
        return "BurnedInAnnotation", "says that text is burned in"
    if header.text(_MODALITY) in _CAPTURED_MODALITIES:
        return "Modality", "modality whose images often carry text"
    for tag in _CAPTURE:
        if header.text(tag):
            return keyword_of(tag), "digitised or captured image"
    if _is_captured(header.text(_IMAGE_TYPE)):
        return "ImageType", "derived or captured from a screen"
    if sop_class in MULTIFRAME and any(map(_is_captured, _frame_types(header))):
        return "FrameType", "derived or captured from a screen"
    if not _is_grey(header):
        return "PhotometricInterpretation", "colour, where scanners write grey"
    return None


def _judge_structured(header: Header, profile: Profile) -> Outcome[Look]:
    if Option.CLEAN_DESCRIPTORS not in profile.options:
        for index, element in enumerate(header.elements):
            if element[0] in _TYPED_TEXT and header.value(index).strip(b" \0"):
                return _held(HoldReason.TEXT_UNCHECKED, keyword_of(element[0]), "text that a person typed")
    return _without_pixels(header)


def _judge_text(header: Header, profile: Profile, sop_class: str) -> Outcome[Look]:
    for family, option in _TEXT_FAMILIES:
        if sop_class.startswith(family):
            if option is None or option not in profile.options:
                return _held(HoldReason.TEXT_UNCHECKED, "SOPClassUID", "class made of free text")
            return _without_pixels(header)
    return _held(HoldReason.UNKNOWN_SOP_CLASS, "SOPClassUID", "class without a rule")


def _without_pixels(header: Header) -> Outcome[Look]:
    if header.pixel is not None:
        return _held(HoldReason.PIXELS_UNCHECKED, "PixelData", "pixels in a class without them")
    return Passed(Look.NOTHING)


def _is_captured(image_type: str) -> bool:
    """Whether an Image Type speaks of a picture of a picture (PS3.3 C.7.6.1.1.2: value 2 SECONDARY)."""
    values = image_type.upper().split("\\")
    return values[1:2] == ["SECONDARY"] or any(_SCREEN_WORDS.search(value) for value in values[2:])


def _is_grey(header: Header) -> bool:
    return header.number(_SAMPLES) == 1 and header.text(_PHOTOMETRIC) in ("MONOCHROME1", "MONOCHROME2")


def _frame_types(header: Header) -> Iterator[str]:
    """Every distinct FrameType, at any depth."""
    seen = {header.value(index) for index, element in enumerate(header.elements) if element[0] == _FRAME_TYPE}
    return (value.decode("latin-1") for value in seen)


def _held(reason: HoldReason, where: str, kind: str) -> Held:
    return Held(reason, (Finding(where, kind),))
