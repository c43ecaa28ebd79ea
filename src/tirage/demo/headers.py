"""Headers as modalities write them: what every image carries, and what each kind adds."""

from datetime import date, timedelta
from typing import Any

from tirage.demo.people import DEPARTMENT, INSTITUTION, Person, accession, study_day, uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
DX_IMAGE = "1.2.840.10008.5.1.4.1.1.1.1"
TEXT_REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
SOP_CLASSES = {"CT": CT_IMAGE, "MR": MR_IMAGE, "US": US_IMAGE, "DX": DX_IMAGE, "SR": TEXT_REPORT}
PROCEDURES = {
    "CT": ("CT Chest with contrast", "CHEST", "CTCHC"),
    "MR": ("MR Brain", "HEAD", "MRBRA"),
    "US": ("US Abdomen", "ABDOMEN", "USABD"),
    "DX": ("XR Chest PA", "CHEST", "XRCHE"),
    "SR": ("US Abdomen report", "ABDOMEN", "USABD"),
}
Attributes = dict[str, Any]


def code(value: str, scheme: str, meaning: str) -> Attributes:
    """A code sequence item (PS3.3 8.8)."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def general(
    who: Person, seed: int, study: int, series: int, instance: int, modality: str, description: str
) -> Attributes:
    """Patient, study, series and equipment attributes common to all kinds."""
    day = study_day(seed, who.number, study)
    hour = 8 + (who.number * 3 + study) % 9
    procedure, body_part, procedure_code = PROCEDURES[modality]
    number = accession(seed, who.number, study)
    study_uid = uid(seed, who.number, study)
    start = f"{hour:02d}{series:02d}"
    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "InstanceCreationDate": dicom_date(day),
        "InstanceCreationTime": f"{start}{instance % 60:02d}.104000",
        "SOPClassUID": SOP_CLASSES[modality],
        "SOPInstanceUID": uid(seed, who.number, study, series, instance),
        "StudyDate": dicom_date(day),
        "SeriesDate": dicom_date(day),
        "AcquisitionDate": dicom_date(day),
        "ContentDate": dicom_date(day),
        "StudyTime": f"{hour:02d}0000.000000",
        "SeriesTime": f"{start}00.000000",
        "AcquisitionTime": f"{start}{instance % 60:02d}.000000",
        "ContentTime": f"{start}{instance % 60:02d}.052000",
        "AccessionNumber": number,
        "Modality": modality,
        "Manufacturer": {"CT": "SIEMENS", "MR": "GE MEDICAL SYSTEMS"}.get(
            modality, "Philips Medical Systems"
        ),
        "InstitutionName": INSTITUTION,
        "InstitutionAddress": "4 Pilgrimgate, Wendelhaven",
        "ReferringPhysicianName": who.referring,
        "StationName": f"{modality}ROOM{who.number % 4 + 1}",
        "ProcedureCodeSequence": [code(procedure_code, "99WEND", procedure)],
        "StudyDescription": procedure,
        "SeriesDescription": description,
        "InstitutionalDepartmentName": DEPARTMENT,
        "PhysiciansOfRecord": who.referring,
        "PerformingPhysicianName": who.operator,
        "NameOfPhysiciansReadingStudy": who.operator,
        "OperatorsName": who.operator,
        "ManufacturerModelName": {"CT": "SOMATOM Definition AS+", "MR": "DISCOVERY MR750"}.get(
            modality, "EPIQ 7G"
        ),
        "ReferencedStudySequence": [
            {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1", "ReferencedSOPInstanceUID": study_uid}
        ],
        "PatientName": who.name,
        "PatientID": who.patient_id,
        "IssuerOfPatientID": "WENDELINE",
        "PatientBirthDate": dicom_date(who.birth_date),
        "PatientSex": who.sex,
        "OtherPatientIDsSequence": [
            {"PatientID": who.other_id, "IssuerOfPatientID": "REGIONAL", "TypeOfPatientID": "TEXT"}
        ],
        "PatientAge": f"{(day - who.birth_date).days // 365:03d}Y",
        "PatientSize": who.height_m,
        "PatientWeight": str(who.weight_kg),
        "AdditionalPatientHistory": f"Cough for six weeks, seen by {who.referring.split('^')[0]}",
        "ReasonForStudy": "Cough, weight loss",
        "AdmissionID": f"ADM{number}",
        "CurrentPatientLocation": "Ward 7 East",
        "MedicalAlerts": "",
        "Allergies": "",
        "PregnancyStatus": 4,
        "PatientAddress": who.address,
        "PatientTelephoneNumbers": who.phone,
        "EthnicGroup": "NOT STATED",
        "PatientComments": f"{who.given} is hard of hearing",
        "BodyPartExamined": body_part,
        "DeviceSerialNumber": f"{70_000 + who.number}",
        "SoftwareVersions": "syngo CT VA48A",
        "ProtocolName": f"{procedure} 1",
        "PatientPosition": "HFS",
        "StudyInstanceUID": study_uid,
        "SeriesInstanceUID": uid(seed, who.number, study, series),
        "StudyID": f"{who.number}{study:02d}",
        "SeriesNumber": str(series),
        "AcquisitionNumber": "1",
        "InstanceNumber": str(instance),
        "RequestingPhysician": who.referring,
        "RequestedProcedureDescription": procedure,
        "PerformedProcedureStepStartDate": dicom_date(day),
        "PerformedProcedureStepStartTime": f"{hour:02d}0000.000000",
        "PerformedProcedureStepID": f"PPS{number}",
        "PerformedProcedureStepDescription": procedure,
        "RequestAttributesSequence": [
            {
                "RequestedProcedureID": f"RP{number}",
                "RequestedProcedureDescription": procedure,
                "ScheduledProcedureStepID": f"SPS{number}",
                "ScheduledProcedureStepDescription": f"{procedure} for {who.family}",
                "ScheduledProtocolCodeSequence": [code(procedure_code, "99WEND", procedure)],
            }
        ],
    }


def image_plane(
    seed: int, who: Person, study: int, series: int, instance: int, spacing_mm: float
) -> Attributes:
    """Where a slice lies in the patient (PS3.3 C.7.6.2)."""
    return {
        "IrradiationEventUID": uid(seed, who.number, study, series, "irradiation"),
        "SynchronizationFrameOfReferenceUID": uid(seed, who.number, study, "synchronization"),
        "FrameOfReferenceUID": uid(seed, who.number, study, "frame of reference"),
        "PositionReferenceIndicator": "",
        "ImagePositionPatient": ["-180.5", "-345.5", f"{-820.0 + instance * spacing_mm:.1f}"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "SliceLocation": f"{-820.0 + instance * spacing_mm:.1f}",
        "SliceThickness": f"{spacing_mm:.1f}",
        "PixelSpacing": ["0.703125", "0.703125"],
        "SourceImageSequence": [
            {
                "ReferencedSOPClassUID": CT_IMAGE,
                "ReferencedSOPInstanceUID": uid(seed, who.number, study, series, instance - 1),
                "PurposeOfReferenceCodeSequence": [
                    code("113130", "DCM", "Predecessor containing group of imaging subjects")
                ],
            }
        ],
    }


def ct(spacing_mm: float) -> Attributes:
    """What a CT scanner adds (PS3.3 C.8.2.1, C.8.15.3)."""
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
        "ContrastBolusAgent": "Omnipaque 350",
        "ScanOptions": "FAST SCAN",
        "KVP": "120",
        "DataCollectionDiameter": "500",
        "ReconstructionDiameter": "360",
        "GantryDetectorTilt": "0",
        "TableHeight": "155",
        "RotationDirection": "CW",
        "ExposureTime": "500",
        "XRayTubeCurrent": "214",
        "Exposure": "107",
        "FilterType": "FLAT",
        "GeneratorPower": "37",
        "FocalSpots": ["1.2"],
        "DistanceSourceToDetector": "1085.6",
        "DistanceSourceToPatient": "595",
        "DateOfLastCalibration": "20240102",
        "TimeOfLastCalibration": "061500.000000",
        "ConvolutionKernel": ["I31f", "3"],
        "RevolutionTime": 0.5,
        "SingleCollimationWidth": 0.6,
        "TotalCollimationWidth": 38.4,
        "TableSpeed": 46.0,
        "TableFeedPerRotation": 23.0,
        "SpiralPitchFactor": 0.6,
        "CTDIvol": 7.21,
        "EstimatedDoseSaving": 18.0,
        "SliceThickness": f"{spacing_mm:.1f}",
        "ContrastBolusVolume": "90",
        "ContrastFlowRate": ["3.5"],
        "ContrastBolusIngredient": "IODINE",
        "ContrastBolusIngredientConcentration": "350",
        "DataCollectionCenterPatient": [-0.5, -165.5, -820.0],
        "ReconstructionTargetCenterPatient": [-0.5, -165.5, -820.0],
        "AcquisitionType": "SPIRAL",
        "CTDIPhantomTypeCodeSequence": [code("113691", "DCM", "IEC Body Dosimetry Phantom")],
        "ExposureModulationType": "XYZ_EC",
        "WindowCenter": ["40", "-600"],
        "WindowWidth": ["400", "1200"],
        "WindowCenterWidthExplanation": ["WINDOW1", "WINDOW2"],
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "LossyImageCompression": "00",
    }


def mr(weighting: str) -> Attributes:
    """What an MR scanner adds (PS3.3 C.8.3.1)."""
    slow = weighting == "T2"
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "SequenceName": "fse",
        "RepetitionTime": "4200" if slow else "620",
        "EchoTime": "98.4" if slow else "11.2",
        "NumberOfAverages": "1",
        "ImagingFrequency": "127.744",
        "ImagedNucleus": "1H",
        "EchoNumbers": "1",
        "MagneticFieldStrength": "3",
        "SpacingBetweenSlices": "5.5",
        "NumberOfPhaseEncodingSteps": "256",
        "EchoTrainLength": "16",
        "PercentSampling": "100",
        "PercentPhaseFieldOfView": "100",
        "PixelBandwidth": "162.773",
        "ReceiveCoilName": "HNS Head",
        "AcquisitionMatrix": [0, 256, 256, 0],
        "InPlanePhaseEncodingDirection": "ROW",
        "FlipAngle": "111",
        "VariableFlipAngleFlag": "N",
        "SAR": "0.41",
        "WindowCenter": "300",
        "WindowWidth": "700",
    }


def projection() -> Attributes:
    """What a digital radiography unit adds (PS3.3 C.8.11)."""
    return {
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "DetectorType": "DIRECT",
        "ImagerPixelSpacing": ["0.143", "0.143"],
        "PositionerType": "",
        "AcquisitionContextSequence": [],
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
        "LossyImageCompression": "00",
        "PresentationIntentType": "FOR PRESENTATION",
        "PatientOrientation": ["L", "F"],
        "ImageLaterality": "U",
        "AnatomicRegionSequence": [code("43799004", "SCT", "Intrathoracic structure")],
        "PixelIntensityRelationship": "LIN",
        "PixelIntensityRelationshipSign": 1,
        "PresentationLUTShape": "IDENTITY",
        "BurnedInAnnotation": "NO",
    }


def pixels(rows: int, columns: int, *, colour: bool = False) -> Attributes:
    """How the picture is stored (PS3.3 C.7.6.3): 16-bit signed grey, or 8-bit RGB."""
    bits = 8 if colour else 16
    described: Attributes = {
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0 if colour else 1,
    }
    if colour:
        described["PlanarConfiguration"] = 0
    return described


def dicom_date(day: date) -> str:
    """A DA value (PS3.5 6.2)."""
    return f"{day:%Y%m%d}"


def in_words(day: date) -> str:
    """A date as a person would write it in a report."""
    return f"{day.day} {day:%B %Y}"


def days_before(day: date, days: int) -> date:
    """A day earlier, for reports that speak of previous examinations."""
    return day - timedelta(days=days)
