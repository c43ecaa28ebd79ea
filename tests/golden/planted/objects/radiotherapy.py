"""RTSTRUCT, RTPLAN and RTDOSE: identifiers in labels, names of structures, operators, comments."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import pixels, refers, same, says
from tests.golden.planted.objects.tomography import CT
from tests.golden.planted.writing import fill, tag_of

STRUCT, PLAN, DOSE = (f"1.2.840.10008.5.1.4.1.1.481.{number}" for number in (3, 5, 2))
ROIS = ("GTV", "PTV_5040", "Heart", "Spinal Cord", "Lung_L", "CTVn 1", "Bladder", "Femoral Head R", "BODY")


def structures(hand: Hand) -> Dataset:
    """Contours with names to keep among names that name somebody."""
    content = header(hand, "RTSTRUCT", STRUCT, 13)
    for keyword in ("StructureSetLabel", "StructureSetName", "StructureSetDescription"):
        hand.put(content, keyword)
    hand.put(content, "StructureSetDate", hand.day("StructureSetDate", tag_of("StructureSetDate")))
    content.StructureSetTime = "101500"
    names = hand.random.sample(ROIS, 4)
    frame = hand.scene.uid("frame of reference")
    rois, contours, observations = [], [], []
    for number in range(6):
        roi = fill(
            Dataset(),
            {
                "ROINumber": number + 1,
                "ReferencedFrameOfReferenceUID": frame,
                "ROIGenerationAlgorithm": "MANUAL",
            },
        )
        hand.put(roi, "ROIName", names[number] if number < 4 else hand.phrase("ROIName", tag_of("ROIName")))
        observation = fill(
            Dataset(),
            {
                "ObservationNumber": number + 1,
                "ReferencedROINumber": number + 1,
                "RTROIInterpretedType": "GTV",
            },
        )
        hand.put(
            observation,
            "ROIInterpreter",
            hand.person_name("ROIInterpreter", tag_of("ROIInterpreter")) if number > 3 else "",
        )
        if number > 3:
            hand.put(roi, "ROIDescription")
            hand.put(observation, "ROIObservationLabel")
            hand.put(observation, "ROIObservationDescription")
        rois.append(roi)
        observations.append(observation)
        contour = {
            "ContourGeometricType": "CLOSED_PLANAR",
            "NumberOfContourPoints": 3,
            "ContourData": ["1", "2", "3", "4", "5.5", "3", "7", "8", "3"],
            "ContourImageSequence": [
                {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
            ],
        }
        contours.append(
            fill(
                Dataset(),
                {
                    "ROIDisplayColor": [255, 0, number],
                    "ContourSequence": [contour],
                    "ReferencedROINumber": number + 1,
                },
            )
        )
    content.StructureSetROISequence = Sequence(rois)
    content.ROIContourSequence = Sequence(contours)
    content.RTROIObservationsSequence = Sequence(observations)
    hand.put(content, "ReviewerName", hand.person_name("ReviewerName", tag_of("ReviewerName")))
    content.ApprovalStatus = "APPROVED"
    for number, name in enumerate(names):
        hand.keep(f"ROIName {name}", same(f"StructureSetROISequence.{number}.ROIName"))
    contour_path = "ROIContourSequence.0.ContourSequence.0"
    hand.keep("ContourData", same(f"{contour_path}.ContourData"))
    hand.keep("ROIDisplayColor", same("ROIContourSequence.1.ROIDisplayColor"))
    hand.keep("RTROIInterpretedType", same("RTROIObservationsSequence.0.RTROIInterpretedType"))
    hand.keep(
        "reference of a contour",
        refers(f"{contour_path}.ContourImageSequence.0.ReferencedSOPInstanceUID", "ct"),
    )
    hand.keep(
        "frame of reference",
        refers("StructureSetROISequence.0.ReferencedFrameOfReferenceUID", "ct", "FrameOfReferenceUID"),
    )
    return content


def plan(hand: Hand) -> Dataset:
    """A plan with labels, machine, beam names, prescription and the people who approved it."""
    content = header(hand, "RTPLAN", PLAN, 14)
    hand.put(content, "RTPlanLabel", "Prostate boost" if hand.chance(0.5) else None)
    harmless = (
        content["RTPlanLabel"].value == b"Prostate boost" or str(content.RTPlanLabel) == "Prostate boost"
    )
    for keyword in ("RTPlanName", "RTPlanDescription", "PrescriptionDescription", "TreatmentProtocols"):
        hand.put(content, keyword)
    hand.put(content, "RTPlanDate", hand.day("RTPlanDate", tag_of("RTPlanDate")))
    content.PlanIntent, content.RTPlanGeometry, content.ApprovalStatus = "CURATIVE", "PATIENT", "APPROVED"
    hand.put(content, "ReviewerName", hand.person_name("ReviewerName", tag_of("ReviewerName")))
    hand.put(content, "ReviewDate", hand.day("ReviewDate", tag_of("ReviewDate")))
    beam = fill(
        Dataset(),
        {
            "BeamNumber": 1,
            "BeamType": "STATIC",
            "RadiationType": "PHOTON",
            "SourceAxisDistance": "1000",
            "BeamName": "AP 1",
            "NumberOfControlPoints": 2,
            "TreatmentDeliveryType": "TREATMENT",
            "PrimaryDosimeterUnit": "MU",
            "FinalCumulativeMetersetWeight": "1",
        },
    )
    second = fill(Dataset(), {"BeamNumber": 2, "BeamType": "STATIC", "RadiationType": "PHOTON"})
    hand.put(beam, "TreatmentMachineName")
    hand.put(beam, "DeviceSerialNumber")
    hand.put(second, "BeamName")
    hand.put(second, "BeamDescription")
    beam.ControlPointSequence = Sequence(
        [fill(Dataset(), {"ControlPointIndex": 0, "GantryAngle": "270", "NominalBeamEnergy": "6"})]
    )
    content.BeamSequence = Sequence([beam, second])
    setup = fill(Dataset(), {"PatientSetupNumber": 1, "PatientPosition": "HFS"})
    hand.put(setup, "SetupTechniqueDescription")
    hand.put(setup, "FixationDevicePosition")
    content.PatientSetupSequence = Sequence([setup])
    dose = fill(
        Dataset(),
        {"DoseReferenceNumber": 1, "DoseReferenceStructureType": "VOLUME", "TargetPrescriptionDose": "50.4"},
    )
    hand.put(dose, "DoseReferenceDescription")
    content.DoseReferenceSequence = Sequence([dose])
    fill(
        content,
        {
            "FractionGroupSequence": [{"FractionGroupNumber": 1, "NumberOfFractionsPlanned": 28}],
            "ReferencedStructureSetSequence": [
                {"ReferencedSOPClassUID": STRUCT, "ReferencedSOPInstanceUID": hand.scene.uid("structures")}
            ],
        },
    )
    if harmless:
        hand.keep("RTPlanLabel", says("RTPlanLabel", "prostate", "boost"))
    for path in (
        "BeamSequence.0.BeamName",
        "BeamSequence.0.ControlPointSequence.0.GantryAngle",
        "PlanIntent",
        "FractionGroupSequence.0.NumberOfFractionsPlanned",
        "DoseReferenceSequence.0.TargetPrescriptionDose",
    ):
        hand.keep(path.rpartition(".")[2], same(path))
    hand.keep(
        "reference of a plan",
        refers("ReferencedStructureSetSequence.0.ReferencedSOPInstanceUID", "structures"),
    )
    return content


def dose(hand: Hand) -> Dataset:
    """A dose grid with a comment."""
    content = header(hand, "RTDOSE", DOSE, 15)
    grid = np.arange(2 * 24 * 32, dtype="<u2").reshape(2, 24, 32) * 7
    fill(
        content,
        {
            "DoseUnits": "GY",
            "DoseType": "PHYSICAL",
            "DoseSummationType": "PLAN",
            "DoseGridScaling": "0.001",
            "GridFrameOffsetVector": ["0", "3"],
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 24,
            "Columns": 32,
            "BitsAllocated": 16,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 0,
            "NumberOfFrames": 2,
            "FrameIncrementPointer": 0x3004000C,
            "ReferencedRTPlanSequence": [
                {"ReferencedSOPClassUID": PLAN, "ReferencedSOPInstanceUID": hand.scene.uid("plan")}
            ],
        },
    )
    content.add_new(0x7FE00010, "OW", grid.tobytes())
    hand.put(content, "DoseComment")
    hand.put(content, "ContentLabel")
    for keyword in (
        "DoseUnits",
        "DoseSummationType",
        "DoseGridScaling",
        "GridFrameOffsetVector",
    ):
        hand.keep(keyword, same(keyword))
    hand.keep("pixels", pixels())
    hand.keep("reference of a dose", refers("ReferencedRTPlanSequence.0.ReferencedSOPInstanceUID", "plan"))
    return content
