"""Words that a name may share with harmless content: DICOM terms, body parts, months, vendors, our own marks.

A patient may be called Head, May or Philips. Such a word alone is no evidence in a coded attribute or inside
a longer description; it is in a person's name, and where it is the whole value of free text.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Source: enumerated values and defined terms of PS3.3, anatomic regions of PS3.16 CID 4, code meanings of
# CID 7050; months; vendors.
TERMS = _words("""
    abdomen adrenal agfa agility angio ankle anonymized anonymous anterior aorta application apr april ar
    arm arterial artery asmt au aug august average axial axis back basic bdus bi black bladder bladders
    blue bmd body bone both brain breast bronchus calf canon cardiac carestream carotid caudal cervix
    characteristics chest clavicle clean coccyx colon color confidentiality content contrast coronal cr
    cranial cspine ct data dates day dcm de dec december decubitus default delay derived descriptors
    device dg diffusion dis2d dis3d distal doc dorsal dose duodenum dx dynamic ear early ecg echo elbow
    elekta eps erect es esaote esophagus extremity eye face fast fat features feb february feet female fid
    field filter finger first flow foot frame frames friday fuji fujifilm full gallbladder gated ge
    general gm gradient graphics gray green grey groin hand hc hd head healthcare healthineers heart
    helical high hip hitachi hologic humerus identification identity iliac image images imaginary inferior
    information institution intestine io iol ivoct ivus jan january jaw jul july jun june ker kernel
    kidney knee ko kodak konica larynx late lateral left leg level linear liver localizer long
    longitudinal low lower lp ls lspine lung magnitude male mandible mar march max maxilla may medial
    mediastinum medical medtronic mfsplit mg mid middle min mindray minip minolta mip mixed modified
    monday monochrome month mouth mpr mr name native neck nm no none norm nose nov november oam oblique
    oct october op opm opt option opv orbit original ot other ovary palette pancreas parotid partial
    patient pelvis penis perfusion person phantom pharynx phase philips picker pixel plan plane portal
    post posterior pr pre primary private profile projection prone prostate proximal pt px real
    recognizable rectum red reformatted reg removed reprojection resp rest retain rf rg rgb rib ribs right
    routine rtdose rtimage rtplan rtrecord rtstruct rwv sacrum safe sagittal sample samsung saturday scalp
    scan scapula scout scrotum sct secondary seg sep september series sharp shimadzu shoot short shoulder
    siemens sigmoid sinus skin skull slice sm smooth smr soft spin spine spiral spleen sr srf stain
    standard standing static step sternum stomach stress structured study subject sunday superior supine
    survey systems temporal test testis tg thigh thorax thumb thursday thymus thyroid tirage toe tof
    tongue topogram toshiba trachea transverse tspine tuesday turbo uids unknown unpaired upper ureter
    urethra us uterus va vagina varian vein venous ventral view visual vl volume vulva water wednesday
    week white whole wide with wrist xa xc ybr year yes zygoma
""")
PLACE_TERMS = TERMS | _words("""
    academic and army at avenue bureau cardiology center central centre centro centrum children city
    clinic clinica clinical clinico clinique community county department dept der des diagnostic
    diagnostics district east emergency for foundation gmbh group health hopital hospital hospitals house
    imaging in inc infirmary institute institution international klinik klinikum krankenhaus laboratory
    limited llc ltd memorial mercy mount national neurology north northern nuclear of office oncology
    outpatient paediatric pediatric pediatrics practice public radiologia radiologie radiology regional
    research road royal saint school science sciences service services siemens south southern spital state
    strasse street suite surgery the trust und unit universitair universitaire universitario universitat
    universite university veterans von ward west western women ziekenhuis
""")
# Parts that a thousand names share.
PARTICLES = _words("""
    al bin bint da dal das de del della den der di dipl do don dona dos dr du el esq frau herr het ibn ii
    iii ing iv jr la las le les los mac mc md med miss mlle mme mr mrs ms of op phd prof saint san sant
    santa sir sr st te ten ter the und van vande vanden vander von y zu zum zur
""")
# Attributes whose values are written by the equipment's maker or by code lists, or are terms by their nature:
# a protocol called `Head` is no evidence about a patient of that name. Both names are, side by side.
TERMED = frozenset(
    {
        0x00080070,  # Manufacturer
        0x00081090,  # ManufacturerModelName
        0x00080104,  # CodeMeaning
        0x00080100,  # CodeValue
        0x00080102,  # CodingSchemeDesignator
        0x00120063,  # DeidentificationMethod
        0x00020013,  # ImplementationVersionName
        0x00181020,  # SoftwareVersions
        0x00180015,  # BodyPartExamined
        0x00181210,  # ConvolutionKernel
        0x00180024,  # SequenceName
        0x00080008,  # ImageType
        0x00081030,  # StudyDescription
        0x0008103E,  # SeriesDescription
        0x00082111,  # DerivationDescription
        0x00180010,  # ContrastBolusAgent
        0x00181030,  # ProtocolName
        0x00181250,  # ReceiveCoilName
        0x00181251,  # TransmitCoilName
        0x00181400,  # AcquisitionDeviceProcessingDescription
        0x00189005,  # PulseSequenceName
        0x00321060,  # RequestedProcedureDescription
        0x003A0203,  # ChannelLabel
        0x00400007,  # ScheduledProcedureStepDescription
        0x00400254,  # PerformedProcedureStepDescription
        0x00620005,  # SegmentLabel
        0x00620006,  # SegmentDescription
        0x00620009,  # SegmentAlgorithmName
        0x00660036,  # AlgorithmName
        0x00700002,  # GraphicLayer
        0x00700068,  # GraphicLayerDescription
        0x00700081,  # ContentDescription
        0x30060002,  # StructureSetLabel
        0x30060004,  # StructureSetName
        0x30060026,  # ROIName
        0x30060028,  # ROIDescription
        0x30060085,  # ROIObservationLabel
        0x300A0002,  # RTPlanLabel
        0x300A0003,  # RTPlanName
        0x300A00C2,  # BeamName
    }
)
# Groups whose short texts are identifiers of a patient, a visit or a request.
IDENTITY_GROUPS = frozenset({0x0010, 0x0032, 0x0038})
IDENTITY_TAGS = frozenset({0x00080050, 0x00401001, 0x00402016, 0x00402017})
