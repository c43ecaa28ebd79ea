"""Identifiers in text attributes, their own or abused, and in numbers, dates, ages and UIDs."""

from functools import cache

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand, written_date
from tests.golden.planted.header import STAFF
from tests.golden.planted.writing import code, fill, tag_of

TEXTS = """
    InstitutionName InstitutionAddress InstitutionalDepartmentName StationName DeviceSerialNumber
    PatientAddress PatientTelephoneNumbers PatientComments AdditionalPatientHistory AdmissionID Occupation
    EthnicGroup MilitaryRank BranchOfService CountryOfResidence RegionOfResidence PatientReligiousPreference
    IssuerOfPatientID CurrentPatientLocation PatientInstitutionResidence MedicalRecordLocator OtherPatientIDs
    PatientInsurancePlanCodeSequence RequestedProcedureDescription PerformedProcedureStepDescription
    ImageComments FrameComments TextComments Arbitrary StudyComments AcquisitionComments ResultsComments
    InterpretationText DistributionName DistributionAddress InterpretationAuthor StudyStatusID VisitComments
    ReceiveCoilName TransmitCoilName SequenceName PulseSequenceName ContrastBolusAgent ContrastBolusRoute
    ConvolutionKernel FilterType WindowCenterWidthExplanation LUTExplanation RescaleType ContentLabel
    ContentDescription DocumentTitle HL7InstanceIdentifier DerivationDescription
    AcquisitionProtocolDescription
    ContributionDescription PositionReferenceIndicator StackID ImagePresentationComments OutputPower
    AcquisitionDeviceProcessingDescription AcquisitionDeviceProcessingCode DetectorID PlateID
    CassetteID GantryID
    GeneratorID TransducerType SpecialNeeds InterventionDrugName OverlayMagnificationType TypeOfDetectorMotion
    ProcessingFunction TriggerSourceOrType CardiacFramingType ReconstructionMethod ScatterCorrectionMethod
    RandomsCorrectionMethod ReasonForStudy ReasonForTheRequestedProcedure AdmittingDiagnosesDescription
    ClinicalTrialSponsorName ClinicalTrialSiteName ClinicalTrialSubjectReadingID ClinicalTrialProtocolName
    InsurancePlanIdentification CodingSchemeDesignator LongCodeValue MappingResourceName
    EquipmentCoordinateSystemIdentification
    PerformedLocation PerformedStationName ScheduledStationName ScheduledProcedureStepLocation
    RequestingService
    RequestedProcedureID PerformedProcedureStepID ScheduledProcedureStepID
    FillerOrderNumberImagingServiceRequest
    PlacerOrderNumberImagingServiceRequest OrderEnteredBy OrderCallbackPhoneNumber
    ConfidentialityConstraintOnPatientDataDescription
    RetrieveAETitle StationAETitle ScheduledStationAETitle PerformedStationAETitle NetworkID
    RetrieveURL RetrieveLocationUID DeviceDescription ManufacturerDeviceIdentifier UniqueDeviceIdentifier
    ContactDisplayName ContactURI StrainDescription ContainerIdentifier SpecimenIdentifier
    SlideIdentifier BarcodeValue SourceSerialNumber SourceManufacturer
    PatientSpeciesDescription PatientBreedDescription BreedRegistrationNumber PrivateRecordUID
    ScanOptions ScanningSequence SequenceVariant Laterality ViewPosition PatientPosition BodyPartExamined
    ExposureStatus AcquisitionType PresentationIntentType CorrectedImage SeriesType ContextIdentifier
    TypeOfFilters CalibrationImage CollimatorGridName FocalSpots Grid ExposureControlModeDescription
    PresentationSizeMode ShutterShape QualityControlSubject ConversionType Trim RequestedImageSize
    DigitalSignatureDateTime ReviewerName ApprovalStatus EvaluatorName TopicTitle TopicSubject TopicAuthor
    TopicKeywords TherapyDescription MedicalAlerts Allergies LastMenstrualDate PatientState PregnancyStatus
    SmokingStatus TreatmentSites TreatmentMachineName UserContentLabel
    ProductName ProductPackageIdentifier SubstanceAdministrationNotes SubstanceAdministrationDeviceID
    SecondaryCaptureDeviceID HardcopyDeviceManufacturerModelName
    SecondaryCaptureDeviceManufacturer DateOfSecondaryCapture
    RadiopharmaceuticalInformationSequence PersonAddress PersonTelephoneNumbers
"""
NUMBERS = """
    SeriesNumber InstanceNumber AcquisitionNumber SliceLocation TableHeight EchoNumbers
    TemporalPositionIdentifier
    KVP ExposureTime XRayTubeCurrent HeartRate Exposure ReconstructionDiameter TriggerTime NumberOfAverages
"""
DATES = """
    AcquisitionDate InstanceCreationDate DateOfLastCalibration ScheduledProcedureStepStartDate
    LastMenstrualDate
    PerformedProcedureStepStartDate AdmittingDate DischargeDate StudyVerifiedDate StudyReadDate CurveDate
    OverlayDate DateOfSecondaryCapture DateOfManufacture IssueDateOfImagingServiceRequest
"""
MOMENTS = """
    AcquisitionDateTime FrameReferenceDateTime StartAcquisitionDateTime InstanceCoercionDateTime
    FrameAcquisitionDateTime ContributionDateTime DigitalSignatureDateTime SOPAuthorizationDateTime
    RadiopharmaceuticalStartDateTime DateTime ScheduledProcedureStepStartDateTime ExclusionStartDateTime
"""
UIDS = """
    FrameOfReferenceUID DeviceUID IrradiationEventUID CreatorVersionUID InstanceCreatorUID ConcatenationUID
    SynchronizationFrameOfReferenceUID DimensionOrganizationUID StorageMediaFileSetUID TransactionUID
    FailedSOPInstanceUIDList SpecimenUID DoseReferenceUID PaletteColorLookupTableUID
    TemplateExtensionOrganizationUID
    ReferencedFrameOfReferenceUID RelatedFrameOfReferenceUID TargetUID UID TrackingUID
    VolumeFrameOfReferenceUID
"""


@cache
def known_texts() -> tuple[str, ...]:
    """Those of the attributes that take text."""
    return tuple(
        keyword
        for keyword in TEXTS.split()
        if dictionary_VR(keyword) in ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
    )


def in_texts(hand: Hand, target: Dataset) -> None:
    """In a few text attributes out of hundreds."""
    for keyword in hand.random.sample(known_texts(), 5):
        if keyword not in target:
            hand.put(target, keyword)


def in_names(hand: Hand, target: Dataset) -> None:
    """In a name attribute with all three component groups, and one with several values."""
    keyword = hand.random.choice(STAFF)
    who = hand.stranger()
    tag = tag_of(keyword)
    written = hand.person_name(f"{keyword}, ideographic group", tag)
    hand.put(target, keyword, f"{hand.person_name(keyword, tag)}={written}\\{who.given} {who.family}")
    hand.note(f"{keyword}, second value", "name", [who.family], tag)


def in_image_type(hand: Hand, target: Dataset) -> None:
    """In the free values of Image Type."""
    text = hand.secret("ImageType, value 4", tag_of("ImageType"), 16).upper()
    values = [*(str(value) for value in target.get("ImageType", ["ORIGINAL", "PRIMARY", "OTHER"]))][:3]
    hand.put(target, "ImageType", "\\".join([*values, text]))


def in_numbers(hand: Hand, target: Dataset) -> None:
    """As a record number in attributes that take numbers."""
    for keyword in hand.random.sample(NUMBERS.split(), 2):
        text = str(hand.random.randrange(12345671, 99999999, 2))
        hand.note(f"{keyword} as number", "id", [text], tag_of(keyword))
        hand.put(target, keyword, text)


def in_dates(hand: Hand, target: Dataset) -> None:
    """As dates and moments."""
    for keyword in hand.random.sample(DATES.split(), 2):
        hand.put(target, keyword, hand.day(keyword, tag_of(keyword)))
    keyword = hand.random.choice(MOMENTS.split())
    hand.put(target, keyword, hand.moment(keyword, tag_of(keyword)))


def in_dates_of_text(hand: Hand, target: Dataset) -> None:
    """As dates within kept or dropped text, in many formats."""
    keyword = hand.random.choice(
        (
            "SeriesDescription",
            "ProtocolName",
            "SequenceName",
            "DerivationDescription",
            "ContentLabel",
            "ImageComments",
            "StudyDescription",
            "AcquisitionProtocolDescription",
        )
    )
    day = hand.scene.started.date()
    text = written_date(
        day.replace(year=day.year - hand.random.randrange(30, 60), day=min(day.day, 28)), hand.random
    )
    hand.note(f"date in {keyword}", "date", [text], tag_of(keyword), is_shared=True)
    limit = 16 if keyword in ("SequenceName", "ContentLabel") else 60
    hand.put(target, keyword, text if limit == 16 else f"{target.get(keyword, 'CHEST')} {text}"[-limit:])


def in_ages(hand: Hand, target: Dataset) -> None:
    """An age over 89 in text."""
    age = hand.random.randrange(91, 109)
    text = hand.random.choice(("{}Y", "{} year old", "aged {}", "{} yo F", "{}-year-old", "age: {}")).format(
        age
    )
    keyword = hand.random.choice(
        ("SeriesDescription", "ImageComments", "AdditionalPatientHistory", "ContentDescription")
    )
    hand.note(f"age over 89 in {keyword}", "age", [str(age), text], tag_of(keyword), is_shared=True)
    hand.put(target, keyword, f"{target.get(keyword, 'CHEST')} {text}"[-60:])


def in_uids(hand: Hand, target: Dataset) -> None:
    """As UIDs, UIDs in text and in the wrong VR."""
    for keyword in hand.random.sample(UIDS.split(), 2):
        if keyword not in target:
            hand.put(target, keyword, hand.fresh_uid(keyword, tag_of(keyword)))
    keyword = hand.random.choice(
        ("SeriesDescription", "ImageComments", "DerivationDescription", "ReceiveCoilName")
    )
    uid = hand.new_uid()
    hand.note(f"UID in {keyword}", "uid", [uid], tag_of(keyword))
    hand.put(target, keyword, uid if keyword == "ReceiveCoilName" else f"copy of {uid}")


def in_codes(hand: Hand, target: Dataset) -> None:
    """In the meaning, value and scheme of codes, registered ones among them."""
    tag = tag_of("CodeMeaning")
    registered = code("T-04000", "SRT", hand.phrase("CodeMeaning of a registered code", tag))
    local = code(hand.secret("CodeValue", tag_of("CodeValue"), 16), "99HOSP", hand.phrase("CodeMeaning", tag))
    local["CodingSchemeVersion"] = hand.secret("CodingSchemeVersion", tag_of("CodingSchemeVersion"), 16)
    fill(
        target,
        {
            "PrimaryAnatomicStructureSequence": [registered],
            "ReasonForRequestedProcedureCodeSequence": [local],
        },
    )


def in_request(hand: Hand, target: Dataset) -> None:
    """In the request an image answers, where the order system copies everything to."""
    item = Dataset()
    for keyword in hand.random.sample(
        (
            "RequestedProcedureDescription",
            "ScheduledProcedureStepDescription",
            "RequestedProcedureID",
            "ScheduledProcedureStepID",
            "AccessionNumber",
            "ReasonForTheRequestedProcedure",
            "RequestedProcedureComments",
            "PatientName",
            "PatientID",
            "RequestingPhysician",
            "CommentsOnTheScheduledProcedureStep",
        ),
        3,
    ):
        hand.put(item, keyword)
    target.RequestAttributesSequence = Sequence([item])
