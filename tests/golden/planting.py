"""Hides secrets in synthetic objects, wherever a header or the structure of a file can hold one.

A secret is unique to its place, so what is found in an output tells where it came from. Secrets are either
invented, and then only the allow-list can keep them out; or the patient's own.
"""

import base64
import binascii
import random
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

TEXTS = """
    StudyDescription SeriesDescription ProtocolName InstitutionName RequestedProcedureDescription
    PerformedProcedureStepDescription DeviceSerialNumber ManufacturerModelName Manufacturer SoftwareVersions
    ContrastBolusAgent DetectorID PlateID CassetteID GantryID GeneratorID SpecialNeeds InterventionDrugName
    TransducerType OverlayMagnificationType WindowCenterWidthExplanation LUTExplanation
    ImagePresentationComments AcquisitionDeviceProcessingDescription CodeMeaning ContentDescription
    DocumentTitle PatientMotherBirthName InsurancePlanIdentification AdmittingDiagnosesDescription
    ClinicalTrialSponsorName ConsultingPhysicianName ProcessingFunction TriggerSourceOrType
    CardiacFramingType FilterType ReconstructionMethod ScatterCorrectionMethod ReasonForStudy StudyStatusID
    VisitComments IssuerOfPatientID StationName ReceiveCoilName TransmitCoilName SequenceName
    ConvolutionKernel StudyID AccessionNumber PulseSequenceName RescaleType ContentLabel PerformedLocation
    PositionReferenceIndicator EthnicGroup OutputPower StackID CodeValue CodingSchemeDesignator
    ImageComments PatientComments FrameComments Arbitrary TextComments StudyComments AcquisitionComments
    AdditionalPatientHistory DistributionName ResultsComments InstitutionAddress DerivationDescription
    HL7InstanceIdentifier ContributionDescription AcquisitionProtocolDescription BodyPartExamined
    ScanOptions ScanningSequence SequenceVariant PatientPosition Laterality ViewPosition TypeOfFilters
    ExposureStatus AcquisitionType PresentationIntentType VolumetricProperties SeriesType CorrectedImage
    ContextIdentifier PatientBirthName OperatorsName PerformingPhysicianName ReferringPhysicianName
    RequestingPhysician ResponsiblePerson PhysiciansOfRecord ContentCreatorName OtherPatientNames
    EvaluatorName RetrieveAETitle StationAETitle ScheduledStationAETitle TextValue LongCodeValue RetrieveURL
    CodingSchemeURL StrainDescription
"""
NUMBERS = """
    SeriesNumber InstanceNumber AcquisitionNumber SliceLocation TableHeight EchoNumbers
    TemporalPositionIdentifier KVP ExposureTime XRayTubeCurrent HeartRate Exposure ReconstructionDiameter
    TriggerTime NumberOfAverages
"""
DATES = """
    StudyDate SeriesDate AcquisitionDate ContentDate DateOfLastCalibration ScheduledProcedureStepStartDate
"""
MOMENTS = """
    AcquisitionDateTime FrameReferenceDateTime StartAcquisitionDateTime InstanceCoercionDateTime
"""
UIDS = """
    FrameOfReferenceUID DeviceUID IrradiationEventUID CreatorVersionUID InstanceCreatorUID ConcatenationUID
"""


WRONG_FORMS = (
    (0x00181020, "UN"),
    (0x00180050, "UN"),
    (0x00189087, "UN"),
    (0x00280030, "LO"),
    (0x00200013, "LO"),
    (0x00080070, "OB"),
    (0x00189073, "UN"),
    (0x00181310, "UN"),
    (0x00201041, "PN"),
    (0x00180024, "UT"),
)
"""Public attributes by tag, with a VR that is not theirs."""


@dataclass
class Planter:
    """Draws secrets and remembers where each was hidden."""

    seed: int
    planted: dict[str, list[bytes]] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        pick = self.random.randrange
        self.day = f"{pick(1985, 2005)}{pick(1, 13):02d}{pick(1, 29):02d}"

    def name(self, place: str) -> str:
        """An invented name, or one of the patient's own identifiers."""
        return self.kept(place, self.random.choice(self.own) if self.own else self._syllables())

    def code(self, place: str) -> str:
        """Something like a record number."""
        if self.own:
            return self.name(place)
        form = self.random.choice(
            ("99999999", "MRN9999999", "A9999999", "99-999-9999", "AAA999999", "999 999 9999", "HEAD AA99999")
        )
        text = "".join(
            self.random.choice("123456789") if c == "9" else self.random.choice("JKQXZ") if c == "A" else c
            for c in form
        )
        return self.kept(place, text)

    def date(self, place: str) -> str:
        """A day that is nobody's birthday; one for all places, since a moved date may fall on another one."""
        return self.kept(place, self.day)

    def uid(self, place: str) -> str:
        """An unregistered UID."""
        pick = self.random.randrange
        return self.kept(place, f"1.2.826.0.1.3680043.{pick(10**4, 10**5)}.{pick(10**8, 10**9)}")

    def chance(self, share: float) -> bool:
        """Whether to plant here this time."""
        return self.random.random() < share

    def _syllables(self) -> str:
        pick = self.random.choice
        return "".join(pick("BDFGKLMNPRSTVZ") + pick("AEIOU") for _ in range(4)) + pick("XQW")

    def kept(self, place: str, secret: str) -> str:
        """The secret, its place remembered."""
        self.planted.setdefault(place, []).append(secret.encode())
        return secret


MADE_UID = re.compile(rb"2\.25\.[0-9]{30,39}")


def found_in(output: bytes, planter: Planter) -> list[str]:
    """The places whose secrets an output still shows, in any view.

    UIDs made by the project are left out: among their many digits a number of eight stands by chance.
    """
    seen = list(views(MADE_UID.sub(b"", output)))
    return sorted(
        place
        for place, secrets in planter.planted.items()
        if any(secret.lower() in view for secret in secrets for view in seen)
    )


def views(data: bytes, depth: int = 2) -> Iterator[bytes]:
    """The bytes in small letters: as they are, without zeros (UTF-16), unpacked from base64 and deflate."""
    yield data.lower()
    yield data.replace(b"\0", b"").lower()
    if not depth:
        return
    for token in re.findall(rb"[A-Za-z0-9+/]{12,}={0,2}", data):
        try:
            yield from views(base64.b64decode(token + b"=" * (-len(token) % 4)), depth - 1)
        except binascii.Error:
            continue
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        try:
            yield from views(zlib.decompressobj().decompress(data[start:], 1 << 20), depth - 1)
        except zlib.error:
            continue


# Places within a data set.


def in_texts(planter: Planter, target: Dataset) -> None:
    """In text attributes, their own or abused."""
    for keyword in TEXTS.split():
        if planter.chance(0.5):
            secret = planter.name(keyword) if planter.chance(0.5) else planter.code(keyword)
            form = planter.random.choice(("{}", "HEAD {}", "CHEST\\{}"))
            # A person called Head would cost every coil and body part its name.
            _put(target, keyword, secret if dictionary_VR(keyword) == "PN" else form.format(secret))


def in_image_type(planter: Planter, target: Dataset) -> None:
    """In the free values of Image Type."""
    target.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", planter.name("ImageType")]


def in_numbers(planter: Planter, target: Dataset) -> None:
    """As a number of eight digits in attributes that take numbers."""
    for keyword in NUMBERS.split():
        if planter.chance(0.3):
            secret = str(planter.random.randrange(12345671, 99999999, 2))
            _put(target, keyword, planter.kept(f"{keyword} as number", secret))


def in_dates(planter: Planter, target: Dataset) -> None:
    """As dates, moments with fraction and zone, and in text."""
    for keyword in DATES.split():
        if planter.chance(0.5):
            _put(target, keyword, planter.date(keyword))
    for keyword in MOMENTS.split():
        if planter.chance(0.5):
            _put(target, keyword, planter.date(keyword) + "235959.999999-0500")
    day = planter.date("a date in text")
    _put(target, "SequenceName", f"se {day}")
    _put(target, "ProtocolName", f"{day[:4]}-{day[4:6]}-{day[6:]}")


def in_uids(planter: Planter, target: Dataset) -> None:
    """As UIDs, and UIDs in text."""
    for keyword in UIDS.split():
        _put(target, keyword, planter.uid(keyword))
    _put(target, "ReceiveCoilName", planter.uid("a UID in text"))
    _put(target, "ContentLabel", planter.uid("a UID in a code"))


def in_wrong_form(planter: Planter, target: Dataset) -> None:
    """In public attributes whose VR is not theirs."""
    for tag, vr in WRONG_FORMS:
        if planter.chance(0.4):
            secret = planter.name(f"{tag:08X} as {vr}")
            raw(target, tag, vr, secret.encode().ljust(-len(secret.encode()) // 8 * -8))


def in_binary(planter: Planter, target: Dataset) -> None:
    """In attributes that take bytes and arrays of numbers, whether or not the object should have them."""
    for tag, vr in (
        (0x54001010, "OW"),
        (0x5400100A, "OB"),
        (0x54000110, "OW"),
        (0x00281201, "OW"),
        (0x00283006, "OW"),
        (0x00282000, "OB"),
        (0x00660016, "OF"),
        (0x00700022, "FL"),
        (0x00189073, "FD"),
        (0x00720072, "FL"),
        (0x00420011, "OB") if planter.chance(0.1) else (0x00660023, "OW"),
    ):
        if planter.chance(0.6):
            value = planter.name(f"{tag:08X} as bytes").encode()
            value = value.ljust(-len(value) // 8 * -8)
            raw(target, tag, vr, value)


def in_private(planter: Planter, target: Dataset) -> None:
    """In private elements: with creator, without, in blobs, nested, as dates and UIDs, in creators."""
    target.add_new(0x00110010, "LO", "UNKNOWN VENDOR")
    secret = planter.name
    for number, (vr, value) in enumerate(
        [
            ("LO", secret("private text")),
            ("PN", secret("private name")),
            ("UI", planter.uid("private UID")),
            ("DA", planter.date("private date")),
            ("UN", secret("private UN").encode()),
            ("OB", secret("private UTF-16").encode("utf-16-le")),
            ("OB", zlib.compress(secret("private zlib").encode() * 9)),
            ("OB", b"SV10\4\3\2\1" + secret("private CSA").encode().ljust(64, b"\0")),
            ("UT", base64.b64encode(secret("private base64").encode() * 3).decode()),
            ("SQ", Sequence([_nested_private(planter)])),
        ]
    ):
        target.add_new(0x00111001 + number, vr, value)
    target.add_new(0x00131001, "LO", secret("private without a creator"))
    target.add_new(0x00150010, "LO", secret("private creator"))
    target.add_new(0x00190011, "LO", "SIEMENS MR HEADER")
    target.add_new(0x0019110C, "IS", "1000")
    target.add_new(0x00191108, "CS", secret("private code beside a b-value"))
    target.add_new(0x0019110B, "LO", secret("safe private, other VR"))
    direction = secret("safe private direction as UN").encode()
    raw(target, 0x0019110E, "UN", direction.ljust(24))
    target.add_new(0x00430010, "LO", "GEMS_PARM_01")
    target.add_new(0x00431039, "IS", ["1000", "8", "0", "0"])
    target.add_new(0x0043102A, "OB", secret("private beside a GE b-value").encode().ljust(32, b"\0"))


def _nested_private(planter: Planter) -> Dataset:
    item = Dataset()
    item.add_new(0x00110010, "LO", planter.name("nested private creator"))
    item.add_new(0x00111001, "LO", planter.name("nested private text"))
    return item


def in_overlays(planter: Planter, target: Dataset) -> None:
    """In overlays, curves and audio."""
    for group in (0x6000, 0x601E, 0x5000, 0x501E):
        target.add_new(group << 16 | 0x22, "LO", planter.name(f"{group:04X} description"))
        target.add_new(group << 16 | 0x1500, "LO", planter.name(f"{group:04X} label"))
        target.add_new(group << 16 | 0x3000, "OW", planter.name(f"{group:04X} data").encode().ljust(64))
    target.add_new(0x50022004, "OW", planter.name("audio").encode().ljust(32))


def in_icon(planter: Planter, target: Dataset) -> None:
    """In an icon's pixels and beside them."""
    icon = Dataset()
    icon.Rows, icon.Columns, icon.BitsAllocated = 4, 4, 8
    icon.add_new(0x00204000, "LT", planter.name("icon comment"))
    icon.add_new(0x7FE00010, "OW", planter.name("icon pixels").encode().ljust(16))
    target.IconImageSequence = Sequence([icon])


def in_codes(planter: Planter, target: Dataset) -> None:
    """In coded concepts."""
    items = []
    for scheme, value in (("SRT", "T-D1100"), ("DCM", "113130"), ("99LOCAL", None)):
        item = Dataset()
        item.CodeValue = value or planter.name("CodeValue")[:16]
        item.CodingSchemeDesignator = scheme
        item.CodeMeaning = planter.name(f"CodeMeaning of {scheme}")
        item.add_new(0x00080105, "CS", planter.name("MappingResource"))
        items.append(item)
    target.AnatomicRegionSequence = Sequence(items[:1])
    target.ProcedureCodeSequence = Sequence(items[1:])


def in_unknown(planter: Planter, target: Dataset) -> None:
    """In even groups and elements nobody knows, in retired ones, in padding and signatures."""
    target.add_new(0x00120F01, "LO", planter.name("unknown element"))
    target.add_new(0x00140101, "UN", planter.name("unknown UN").encode())
    target.add_new(0x07000010, "LO", planter.name("unknown group"))
    raw(target, 0x00204000, "UN", planter.name("ImageComments as UN").encode())
    target.add_new(0x00080041, "LO", planter.name("retired DataSetSubtype"))
    target.add_new(0x40080115, "LT", planter.name("retired InterpretationText"))
    target.add_new(0x00321060, "LO", planter.name("requested procedure"))
    target.add_new(0xFFFCFFFC, "OB", planter.name("trailing padding").encode().ljust(128, b"\0"))
    target.add_new(0x4FFE0001, "SQ", Sequence([_named(planter, "MAC parameters")]))


def in_depth(planter: Planter, target: Dataset) -> None:
    """Twenty sequences deep."""
    inner = _named(planter, "depth 20")
    in_texts(planter, inner)
    for depth in range(19, 0, -1):
        outer = _named(planter, f"depth {depth}")
        outer.SourceImageSequence = Sequence([inner])
        inner = outer
    target.SourceImageSequence = Sequence([inner])


def _named(planter: Planter, place: str) -> Dataset:
    item = Dataset()
    item.PatientName = planter.name(f"{place}, name")
    item.PatientID = planter.code(f"{place}, id")
    item.ReferencedSOPInstanceUID = planter.uid(f"{place}, UID")
    return item


def in_frames(planter: Planter, target: Dataset) -> None:
    """In functional groups."""
    frame = Dataset()
    content = Dataset()
    content.add_new(0x00209158, "LT", planter.name("FrameComments"))
    content.add_new(0x00189074, "DT", planter.date("frame date") + "101500.25")
    content.add_new(0x00209453, "LO", planter.name("FrameLabel"))
    content.add_new(0x00209056, "SH", planter.name("StackID"))
    frame.FrameContentSequence = Sequence([content])
    kind = Dataset()
    kind.add_new(0x00089007, "CS", ["ORIGINAL", "PRIMARY", "M", planter.name("FrameType")])
    frame.MRImageFrameTypeSequence = Sequence([kind])
    target.PerFrameFunctionalGroupsSequence = Sequence([frame])
    shared = Dataset()
    shared.UnassignedSharedConvertedAttributesSequence = Sequence([_named(planter, "converted attributes")])
    target.SharedFunctionalGroupsSequence = Sequence([shared])


def in_charset(planter: Planter, target: Dataset) -> None:
    """In another character set; not where the patient's own name needs letters that the set may lack."""
    if planter.own:
        return
    charset, name = planter.random.choice(
        (
            ("ISO_IR 192", "Цюйрихова Žofie"),
            ("GB18030", "曲姆比东"),
            ("ISO 2022 IR 87", "曲姆太郎"),
            ("ISO_IR 100", "Quïmbÿjörg"),
        )
    )
    target.SpecificCharacterSet = ["", charset] if "2022" in charset else charset
    codec = {"ISO_IR 192": "utf-8", "GB18030": "gb18030", "ISO_IR 100": "latin-1"}.get(charset, "iso2022_jp")
    for keyword in ("StudyDescription", "ImageComments", "ReceiveCoilName", "PatientComments"):
        setattr(target, keyword, name)
        planter.planted.setdefault(f"{keyword} in {charset}", []).append(name.encode(codec).strip(b"\x1b(B"))


PLACES: tuple[Callable[[Planter, Dataset], None], ...] = (
    in_texts,
    in_image_type,
    in_numbers,
    in_dates,
    in_uids,
    in_wrong_form,
    in_binary,
    in_private,
    in_overlays,
    in_icon,
    in_codes,
    in_unknown,
    in_depth,
    in_frames,
    in_charset,
)


def _put(target: Dataset, keyword: str, value: str) -> None:
    tag = tag_for_keyword(keyword)
    if tag is None or dictionary_VR(tag) == "SQ":
        return
    raw(target, tag, dictionary_VR(tag), value.encode("utf-8"))


def raw(target: Dataset, tag: int, vr: str, value: bytes) -> None:
    """An element whatever its value: pydicom would refuse to make some of them."""
    value += b" " * (len(value) % 2)
    target[tag] = RawDataElement(BaseTag(tag), vr, len(value), value, 0, False, True)
