"""Enhanced multi-frame MR and CT: identifiers in shared and per-frame functional groups."""

from datetime import timedelta
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import pixels, same
from tests.golden.planted.objects.tomography import plane
from tests.golden.planted.pictures import body, described
from tests.golden.planted.writing import code, fill, raw, tag_of

CLASSES = {"MR": "1.2.840.10008.5.1.4.1.1.4.1", "CT": "1.2.840.10008.5.1.4.1.1.2.1"}
FRAMES = 3


def enhanced(hand: Hand) -> Dataset:
    """Three frames; each has a comment, a label, dates and a private block of its own."""
    modality = hand.random.choice(("MR", "CT"))
    content = header(
        hand, modality, CLASSES[modality], 5, 1, hand.random.choice(("SIEMENS", "Philips Medical Systems"))
    )
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
            "PixelPresentation": "MONOCHROME",
            "VolumetricProperties": "VOLUME",
            "VolumeBasedCalculationTechnique": "NONE",
            "AcquisitionDuration": 1200.5,
            "AcquisitionNumber": "1",
            "LossyImageCompression": "00",
            "BurnedInAnnotation": "NO",
            "ContentQualification": "PRODUCT",
            "PresentationLUTShape": "IDENTITY",
        },
    )
    hand.put(
        content, "AcquisitionDateTime", hand.moment("AcquisitionDateTime", tag_of("AcquisitionDateTime"))
    )
    plane(hand, content)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceLocation"):
        del content[keyword]
    content.SharedFunctionalGroupsSequence = Sequence([_shared(hand, modality)])
    content.PerFrameFunctionalGroupsSequence = Sequence(
        [_frame(hand, modality, number) for number in range(FRAMES)]
    )
    organization = hand.fresh_uid("DimensionOrganizationUID", tag_of("DimensionOrganizationUID"))
    content.DimensionOrganizationSequence = Sequence(
        [fill(Dataset(), {"DimensionOrganizationUID": organization})]
    )
    label = fill(Dataset(), {"DimensionOrganizationUID": organization, "DimensionIndexPointer": 0x00209057})
    hand.put(label, "DimensionDescriptionLabel")
    content.DimensionIndexSequence = Sequence([label])
    described(content, np.stack([body(hand.random, 64, 64) for _ in range(FRAMES)]))
    first = "PerFrameFunctionalGroupsSequence.1"
    for path in (
        "SharedFunctionalGroupsSequence.0.PixelMeasuresSequence.0.PixelSpacing",
        "AcquisitionDuration",
        f"{first}.PlanePositionSequence.0.ImagePositionPatient",
        "VolumetricProperties",
        "NumberOfFrames",
        f"{first}.FrameContentSequence.0.DimensionIndexValues",
        "ContentQualification",
        f"{first}.FrameContentSequence.0.FrameAcquisitionDuration",
    ):
        hand.keep(path.rpartition(".")[2], same(path))
    if modality == "MR":
        hand.keep("b-value of a frame", same(f"{first}.MRDiffusionSequence.0.DiffusionBValue"))
    hand.keep("pixels", pixels())
    return content


def _shared(hand: Hand, modality: str) -> Dataset:
    converted = Dataset()
    hand.put(
        converted,
        "PatientName",
        hand.person_name("PatientName in converted attributes", tag_of("PatientName")),
    )
    hand.put(converted, "ImageComments")
    anatomy = code("T-D3000", "SRT", hand.phrase("CodeMeaning of frame anatomy", tag_of("CodeMeaning")))
    groups: dict[str, Any] = {
        "PixelMeasuresSequence": [{"PixelSpacing": ["0.7", "0.7"], "SliceThickness": "3"}],
        "PlaneOrientationSequence": [{"ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"]}],
        "FrameAnatomySequence": [{"FrameLaterality": "U", "AnatomicRegionSequence": [anatomy]}],
        "UnassignedSharedConvertedAttributesSequence": [converted],
        "FrameVOILUTSequence": [{"WindowCenter": "40", "WindowWidth": "400"}],
    }
    shared = fill(Dataset(), groups)
    hand.put(shared.FrameVOILUTSequence[0], "WindowCenterWidthExplanation")
    if modality == "MR":
        coil = fill(Dataset(), {"ReceiveCoilType": "MULTICOIL", "QuadratureReceiveCoil": "NO"})
        hand.put(coil, "ReceiveCoilName")
        hand.put(coil, "ReceiveCoilManufacturerName")
        shared.MRReceiveCoilSequence = Sequence([coil])
    return shared


def _frame(hand: Hand, modality: str, number: int) -> Dataset:
    moment = hand.scene.started + timedelta(seconds=number)
    content = fill(
        Dataset(),
        {
            "FrameAcquisitionDuration": 40.5,
            "DimensionIndexValues": [1, number + 1],
            "FrameReferenceDateTime": f"{moment:%Y%m%d%H%M%S}.125",
            "InStackPositionNumber": number + 1,
            "StackID": "1",
        },
    )
    hand.note(
        "FrameReferenceDateTime",
        "date",
        [f"{moment:%Y%m%d}"],
        tag_of("FrameReferenceDateTime"),
        is_shared=True,
    )
    hand.put(
        content,
        "FrameAcquisitionDateTime",
        hand.moment("FrameAcquisitionDateTime", tag_of("FrameAcquisitionDateTime")),
    )
    if number != 1:
        hand.put(content, "FrameComments")
        hand.put(content, "FrameLabel")
    kind = Dataset()
    text = hand.secret("FrameType, value 4", tag_of("FrameType"), 16).upper()
    hand.put(kind, "FrameType", f"ORIGINAL\\PRIMARY\\VOLUME\\{text}")
    frame = fill(
        Dataset(),
        {
            "FrameContentSequence": [content],
            "PlanePositionSequence": [{"ImagePositionPatient": ["-180", "-345", f"{number * 3}"]}],
            f"{modality}ImageFrameTypeSequence": [kind],
        },
    )
    if modality == "MR":
        frame.MRDiffusionSequence = Sequence(
            [fill(Dataset(), {"DiffusionBValue": 500.0 * number, "DiffusionDirectionality": "NONE"})]
        )
    private = Dataset()
    raw(private, 0x00210010, "LO", b"SIEMENS MR SDI 02")
    tag = 0x002111FE & ~0xFF00 | 0x10FE
    raw(private, tag, "LO", hand.phrase("private text of a frame", tag).encode("latin-1", "replace"))
    raw(frame, 0x00210010, "LO", b"SIEMENS MR SDI 02")
    frame.add_new(0x002110FE, "SQ", Sequence([private]))
    return frame
