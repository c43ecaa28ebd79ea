"""One synthetic DICOM object from a few numbers: which patient, study, series and instance."""

import io
import zlib
from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from tirage.demo import drawing, headers
from tirage.demo.people import INSTITUTION, Person, person, study_day, uid

SLICES = 40
"""Slices the drawn anatomy is spread over."""


def dataset(
    patient: int = 1,
    study: int = 1,
    series: int = 1,
    instance: int = 1,
    *,
    modality: str = "CT",
    rows: int = 512,
    columns: int = 512,
    seed: int = 1,
    description: str = "",
    private: bool = True,
    attributes: Mapping[str, Any] | None = None,
) -> Dataset:
    """A data set of `modality` (CT, MR, US, DX or SR), always the same for the same arguments.

    `attributes` replace what the modality would write, by keyword; None removes an attribute.
    """
    who = person(patient, seed)
    described = headers.general(
        who, seed, study, series, instance, modality, description or f"{modality} {series}"
    )
    built = fill(Dataset(), described)
    if modality == "SR":
        fill(built, _report(who, seed, study))
    else:
        _add_picture(built, who, seed, study, series, instance, modality, rows, columns)
    if private and modality in ("CT", "MR"):
        _add_private(built, who, modality)
    return fill(built, attributes or {})


def fill(target: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    """`target` with attributes set by keyword; lists of mappings become sequences, None removes."""
    for keyword, value in attributes.items():
        if value is None:
            if keyword in target:
                delattr(target, keyword)
        elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            setattr(target, keyword, Sequence([fill(Dataset(), item) for item in value]))
        else:
            setattr(target, keyword, value)
    return target


def encode(content: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A DICOM file (PS3.10) of the data set in an uncompressed or deflated transfer syntax."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = content.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = content.get("SOPInstanceUID", "")
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID("2.25.271828182845904523536028747135266249")
    meta.ImplementationVersionName = "WENDELINE_1"
    meta.SourceApplicationEntityTitle = "MODALITY"
    syntax = meta.TransferSyntaxUID
    target = io.BytesIO()
    whole = Dataset()
    whole.update(content)
    whole.file_meta = meta
    dcmwrite(
        target,
        whole,
        enforce_file_format=True,
        implicit_vr=syntax.is_implicit_VR,
        little_endian=syntax.is_little_endian,
    )
    return target.getvalue()


def _add_picture(
    built: Dataset,
    who: Person,
    seed: int,
    study: int,
    series: int,
    instance: int,
    modality: str,
    rows: int,
    columns: int,
) -> None:
    grain = zlib.crc32(f"{seed}.{who.number}.{study}.{series}.{instance}".encode())
    share = (instance % SLICES) / SLICES
    if modality == "US":
        fill(
            built,
            {"ImageType": ["ORIGINAL", "PRIMARY", "ABDOMINAL"], **headers.pixels(rows, columns, colour=True)},
        )
        picture = drawing.fan(rows, columns, grain)
        day = study_day(seed, who.number, study)
        drawing.write(picture, columns, f"{who.name}  {who.patient_id}", 12, 8)
        drawing.write(picture, columns, f"{day:%d/%m/%Y} {INSTITUTION}", 12, 30)
        built.add_new("PixelData", "OW", bytes(picture))
        return
    spacing_mm = {"CT": 2.5, "MR": 5.5}.get(modality, 1.0)
    if modality in ("CT", "MR"):
        fill(built, headers.image_plane(seed, who, study, series, instance, spacing_mm))
    described = {"CT": headers.ct(spacing_mm), "MR": headers.mr("T2" if series % 2 == 0 else "T1")}
    fill(built, described.get(modality) or headers.projection())
    fill(built, headers.pixels(rows, columns))
    if modality == "DX":
        built.PixelRepresentation = 0
    shapes = drawing.head(share) if modality == "MR" else drawing.body(share)
    built.add_new("PixelData", "OW", drawing.phantom(rows, columns, shapes, noise=14, seed=grain))


def _add_private(built: Dataset, who: Person, modality: str) -> None:
    """The private attributes of a vendor: settings worth keeping, and a name where nobody would look."""
    if modality == "CT":
        numbers = built.private_block(0x0019, "SIEMENS CT VA0 COAD", create=True)
        for element, value in (
            (0x10, "500"),
            (0x26, "360"),
            (0x61, "0"),
            (0x72, "1.5"),
            (0x92, "0"),
            (0x93, "0"),
        ):
            numbers.add_new(element, "DS", value)
        numbers.add_new(0x90, "IS", "0")
        for element, text in ((0x70, "SPI"), (0x96, "I31f")):
            numbers.add_new(element, "LO", text)
        numbers.add_new(0xB0, "OB", bytes(range(64)))
        image = built.private_block(0x0021, "SIEMENS MED", create=True)
        image.add_new(0x10, "DS", "0.7031")
        image.add_new(0x11, "DS", ["0", "0"])
        image.add_new(0x20, "LO", f"{who.family} {who.given}")
        workflow = built.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
        workflow.add_new(0x08, "CS", "SOM 5 NULL")
        workflow.add_new(0x09, "LO", "VA10A 971201")
        nested = fill(Dataset(), {"PatientName": who.name, "PatientID": who.patient_id})
        workflow.add_new(0x40, "SQ", Sequence([nested]))
        return
    numbers = built.private_block(0x0019, "GEMS_ACQU_01", create=True)
    for element, value in ((0x0F, "424"), (0x11, "0"), (0x12, "22"), (0x1A, "0")):
        numbers.add_new(element, "DS", value)
    parameters = built.private_block(0x0043, "GEMS_PARM_01", create=True)
    for element, number in ((0x01, 11), (0x02, 2), (0x03, 0), (0x04, -1)):
        parameters.add_new(element, "SS", number)
    parameters.add_new(0x2A, "OB", f"{who.name}\0{who.patient_id}\0".encode("latin-1").ljust(64, b"\0"))


def _report(who: Person, seed: int, study: int) -> headers.Attributes:
    """A short report in the words of a radiologist, as a Basic Text SR (PS3.3 A.35.1)."""
    day = study_day(seed, who.number, study)
    before = headers.in_words(headers.days_before(day, 64))
    text = (
        f"Ultrasound of the abdomen of {who.given} {who.family}, hospital number {who.patient_id}. "
        f"Compared with {before}. Liver of normal size and echotexture. Gallbladder without stones. "
        f"Discussed with {who.referring.split('^')[0]} by telephone."
    )
    image = {
        "ReferencedSOPClassUID": headers.US_IMAGE,
        "ReferencedSOPInstanceUID": uid(seed, who.number, study, 1, 1),
    }
    return {
        "CompletionFlag": "COMPLETE",
        "VerificationFlag": "VERIFIED",
        "VerifyingObserverSequence": [
            {
                "VerifyingOrganization": INSTITUTION,
                "VerificationDateTime": f"{day:%Y%m%d}174500",
                "VerifyingObserverName": who.operator,
                "VerifyingObserverIdentificationCodeSequence": [],
            }
        ],
        "CurrentRequestedProcedureEvidenceSequence": [
            {
                "StudyInstanceUID": uid(seed, who.number, study),
                "ReferencedSeriesSequence": [
                    {
                        "SeriesInstanceUID": uid(seed, who.number, study, 1),
                        "ReferencedSOPSequence": [image],
                    }
                ],
            }
        ],
        "ReferencedPerformedProcedureStepSequence": [],
        "PerformedProcedureCodeSequence": [],
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "ConceptNameCodeSequence": [headers.code("11528-7", "LN", "Radiology Report")],
        "ContentSequence": [
            {
                "RelationshipType": "CONTAINS",
                "ValueType": "TEXT",
                "ConceptNameCodeSequence": [headers.code("121070", "DCM", "Findings")],
                "TextValue": text,
            },
            {
                "RelationshipType": "CONTAINS",
                "ValueType": "IMAGE",
                "ReferencedSOPSequence": [image],
            },
        ],
    }
