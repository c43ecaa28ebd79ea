"""CT, MR and PET slices with the private blocks of their makers."""

from datetime import timedelta

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header, procedure_codes
from tests.golden.planted.keeping import interval, pixels, private, same
from tests.golden.planted.pictures import body, described
from tests.golden.planted.writing import code, fill, raw, tag_of

CT, MR, PET = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.128"


def ct(hand: Hand) -> Dataset:
    """A CT slice, 12 of 16 bits, an overlay of old style in the unused ones."""
    maker = hand.random.choice(("SIEMENS", "GE MEDICAL SYSTEMS"))
    content = header(hand, "CT", CT, 2, 7, maker)
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "KVP": "120",
            "Exposure": "107",
            "ExposureTime": "500",
            "XRayTubeCurrent": "214",
            "ConvolutionKernel": "I31f" if maker == "SIEMENS" else "STANDARD",
            "RescaleSlope": "1",
            "RescaleIntercept": "-1024",
            "RescaleType": "HU",
            "SliceThickness": "2.5",
            "PatientPosition": "HFS",
            "ContrastBolusAgent": "Omnipaque 350",
            "GantryDetectorTilt": "0",
            "SpiralPitchFactor": 0.6,
            "CTDIvol": 7.21,
            "WindowCenter": ["40", "-600"],
            "WindowWidth": ["400", "1200"],
            "WindowCenterWidthExplanation": ["WINDOW1", "WINDOW2"],
            "AcquisitionDate": f"{hand.scene.started:%Y%m%d}",
            "AcquisitionTime": "234512.250000",
        },
    )
    plane(hand, content)
    content.IrradiationEventUID = hand.fresh_uid("IrradiationEventUID", tag_of("IrradiationEventUID"))
    procedure_codes(content, hand)
    block = content.private_block(0x0019, "SIEMENS CT VA0 COAD", create=True)
    block.add_new(0x10, "DS", "500")
    block.add_new(0xB0, "OB", hand.secret("private OB of a CT", 0x001910B0).encode("latin-1", "replace"))
    picture = body(hand.random, 96, 128)
    described(content, picture[None])
    for keyword in (
        "KVP",
        "Exposure",
        "ConvolutionKernel",
        "RescaleIntercept",
        "CTDIvol",
        "ContrastBolusAgent",
        "WindowCenterWidthExplanation",
        "ImagePositionPatient",
        "PixelSpacing",
        "ImageType",
        "SpiralPitchFactor",
        "AcquisitionTime",
        "RescaleType",
    ):
        hand.keep(keyword, same(keyword))
    hand.keep(
        "interval from study to acquisition", interval("StudyDate", "AcquisitionDate"), "AcquisitionDate"
    )
    hand.keep("pixels", pixels())
    return content


def plane(hand: Hand, content: Dataset, z: float = -820.0) -> None:
    """Where a slice lies (PS3.3 C.7.6.2)."""
    fill(
        content,
        {
            "FrameOfReferenceUID": hand.scene.uid("frame of reference"),
            "PositionReferenceIndicator": "",
            "ImagePositionPatient": ["-180.5", "-345.5", f"{z:.1f}"],
            "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
            "SliceLocation": f"{z:.1f}",
            "PixelSpacing": ["0.703125", "0.703125"],
        },
    )


def mr(hand: Hand) -> Dataset:
    """A diffusion-weighted MR slice with its b-value where its maker writes it."""
    maker = hand.random.choice(("SIEMENS", "GE MEDICAL SYSTEMS", "Philips Medical Systems"))
    content = header(hand, "MR", MR, 3, 5, maker)
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"]
            if maker == "SIEMENS"
            else ["ORIGINAL", "PRIMARY", "OTHER"],
            "ScanningSequence": "EP",
            "SequenceVariant": "SK",
            "ScanOptions": "FS",
            "MRAcquisitionType": "2D",
            "SequenceName": "*ep_b1000t" if maker == "SIEMENS" else "fse",
            "RepetitionTime": "4200",
            "EchoTime": "98.4",
            "FlipAngle": "90",
            "MagneticFieldStrength": "3",
            "ImagedNucleus": "1H",
            "ReceiveCoilName": {"SIEMENS": "HeadMatrix", "GE MEDICAL SYSTEMS": "HNS Head"}.get(
                maker, "SENSE-Head-8"
            ),
            "TriggerTime": "425.5",
            "PatientPosition": "HFS",
            "DiffusionBValue": 1000.0,
            "AcquisitionDateTime": f"{hand.scene.started + timedelta(minutes=25):%Y%m%d%H%M%S}.250000",
            "WindowCenter": "300",
            "WindowWidth": "700",
        },
    )
    plane(hand, content, 12.5)
    _diffusion(hand, content, maker)
    picture = body(hand.random, 96, 96)
    described(content, picture[None])
    for keyword in (
        "RepetitionTime",
        "EchoTime",
        "FlipAngle",
        "SequenceName",
        "ReceiveCoilName",
        "TriggerTime",
        "MagneticFieldStrength",
        "ScanningSequence",
        "ImageType",
        "DiffusionBValue",
        "ImageOrientationPatient",
    ):
        hand.keep(keyword, same(keyword))
    hand.keep("interval across midnight", interval("StudyDate", "AcquisitionDateTime"), "AcquisitionDateTime")
    hand.keep("pixels", pixels())
    return content


def _diffusion(hand: Hand, content: Dataset, maker: str) -> None:
    if maker == "SIEMENS":
        block = content.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x08, "CS", hand.secret("private CS beside a b-value", 0x00191008, 16))
        block.add_new(0x0C, "IS", "1000")
        block.add_new(0x0E, "FD", [0.57735, 0.57735, -0.57735])
        csa = content.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        who = hand.person_name("CSA header", 0x00291010, None)
        needle = who.encode("latin-1", "replace").ljust(64, b"\0")
        csa.add_new(0x08, "CS", "IMAGE NUM 4")
        csa.add_new(
            0x10,
            "OB",
            b"SV10\4\3\2\1"
            + (2).to_bytes(4, "little")
            + b"M\0\0\0"
            + b"PatientName".ljust(64, b"\0")
            + needle,
        )
        hand.keep("Siemens b-value", private(0x0019, "SIEMENS MR HEADER", 0x0C))
        hand.keep("Siemens diffusion direction", private(0x0019, "SIEMENS MR HEADER", 0x0E))
    elif maker.startswith("GE"):
        block = content.private_block(0x0043, "GEMS_PARM_01", create=True)
        block.add_new(0x39, "IS", ["1000", "8", "0", "0"])
        block.add_new(
            0x2A, "OB", hand.secret("private OB beside a GE b-value", 0x0043102A).encode("latin-1", "replace")
        )
        acquisition = content.private_block(0x0019, "GEMS_ACQU_01", create=True)
        for element, value in ((0xBB, "0.5"), (0xBC, "0.25"), (0xBD, "-0.82")):
            acquisition.add_new(element, "DS", value)
        hand.keep("GE b-value", private(0x0043, "GEMS_PARM_01", 0x39))
        hand.keep("GE diffusion direction", private(0x0019, "GEMS_ACQU_01", 0xBB))
    else:
        block = content.private_block(0x2001, "Philips Imaging DD 001", create=True)
        block.add_new(0x03, "FL", 1000.0)
        block.add_new(0x04, "CS", "I")
        block.add_new(0x21, "CS", hand.secret("private CS beside a Philips b-value", 0x20011021, 16))
        other = content.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        for element, value in ((0xB0, 0.5), (0xB1, 0.25), (0xB2, -0.82)):
            other.add_new(element, "FL", value)
        other.add_new(0x37, "LO", hand.secret("private LO beside a Philips direction", 0x20051037))
        hand.keep("Philips b-value", private(0x2001, "Philips Imaging DD 001", 0x03))
        hand.keep("Philips diffusion direction", private(0x2005, "Philips MR Imaging DD 001", 0xB0))


def pet(hand: Hand) -> Dataset:
    """A PET slice with everything that SUV needs."""
    content = header(hand, "PT", PET, 4, 3, hand.random.choice(("SIEMENS", "GE MEDICAL SYSTEMS")))
    started = hand.scene.started
    injected = started - timedelta(minutes=61)
    drug = {
        "RadionuclideTotalDose": "370000000",
        "RadionuclideHalfLife": "6586.2",
        "RadionuclidePositronFraction": "0.97",
        "RadiopharmaceuticalStartTime": f"{injected:%H%M%S}.00",
        "RadiopharmaceuticalStartDateTime": f"{injected:%Y%m%d%H%M%S}.00",
        "RadionuclideCodeSequence": [code("C-111A1", "SRT", "^18^Fluorine")],
        "RadiopharmaceuticalCodeSequence": [code("C-B1031", "SRT", "Fluorodeoxyglucose F^18^")],
    }
    item = fill(Dataset(), drug)
    item.Radiopharmaceutical = "FDG"
    hand.put(item, "RadiopharmaceuticalVolume", "5.5")
    raw(
        item,
        tag_of("ReasonForVisit"),
        "LO",
        hand.phrase("text beside the dose", tag_of("ReasonForVisit")).encode("latin-1", "replace"),
    )
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "Units": "BQML",
            "DecayCorrection": "START",
            "CountsSource": "EMISSION",
            "CorrectedImage": ["NORM", "DTIM", "ATTN", "SCAT", "DECY"],
            "SeriesType": ["WHOLE BODY", "IMAGE"],
            "ActualFrameDuration": "120000",
            "FrameReferenceTime": "60000",
            "DecayFactor": "1.02",
            "RescaleSlope": "2.31",
            "RescaleIntercept": "0",
            "AcquisitionDate": f"{started:%Y%m%d}",
            "AcquisitionTime": f"{started:%H%M%S}.00",
            "ReconstructionMethod": "OSEM",
            "AttenuationCorrectionMethod": "measured",
        },
    )
    content.RadiopharmaceuticalInformationSequence = Sequence([item])
    plane(hand, content, -300)
    described(content, np.stack([body(hand.random, 64, 64, 16)]), 16)
    path = "RadiopharmaceuticalInformationSequence.0"
    for keyword in (
        "Units",
        "DecayCorrection",
        "CorrectedImage",
        "ActualFrameDuration",
        "RescaleSlope",
        "PatientWeight",
        f"{path}.RadionuclideTotalDose",
        f"{path}.RadionuclideHalfLife",
        f"{path}.RadiopharmaceuticalStartTime",
        f"{path}.RadionuclideCodeSequence.0.CodeMeaning",
        f"{path}.Radiopharmaceutical",
        "SeriesType",
        "ReconstructionMethod",
    ):
        hand.keep(keyword, same(keyword))
    hand.keep(
        "interval from injection to scan",
        interval(f"{path}.RadiopharmaceuticalStartDateTime", "AcquisitionDate"),
        "AcquisitionDate",
    )
    hand.keep("pixels", pixels())
    return content
