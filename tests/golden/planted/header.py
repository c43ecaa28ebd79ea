"""The header every object has, as a modality writes it, with the patient and staff of the scene in it."""

from datetime import timedelta
from typing import Any

from pydicom.dataset import Dataset
from tests.golden.planted.hand import Hand, parts
from tests.golden.planted.keeping import interval, same, says
from tests.golden.planted.writing import code, fill, tag_of

PROCEDURES = {
    "CT": ("CT chest abdomen with contrast", "CHEST"),
    "MR": ("MR brain without contrast", "BRAIN"),
    "PT": ("PET whole body FDG", "WHOLEBODY"),
    "US": ("US abdomen complete", "ABDOMEN"),
    "OT": ("Secondary capture", "HEAD"),
    "DX": ("XR chest PA lateral", "CHEST"),
    "CR": ("XR knee left AP", "KNEE"),
    "MG": ("Mammography screening bilateral", "BREAST"),
    "SR": ("CT thorax report", "CHEST"),
    "PR": ("CT chest presentation", "CHEST"),
    "KO": ("Key images", "CHEST"),
    "RTSTRUCT": ("RT planning CT pelvis", "PELVIS"),
    "RTPLAN": ("RT planning CT pelvis", "PELVIS"),
    "RTDOSE": ("RT planning CT pelvis", "PELVIS"),
    "ECG": ("ECG 12 lead rest", "HEART"),
    "SEG": ("Liver segmentation", "LIVER"),
    "DOC": ("Report document", "CHEST"),
    "M3D": ("Model", "SKULL"),
}
MAKERS = {
    "SIEMENS": ("SOMATOM Definition AS+", "syngo CT VA48A"),
    "GE MEDICAL SYSTEMS": ("DISCOVERY MR750", "27\\LX\\MR Software release:DV25.0"),
    "Philips Medical Systems": ("Ingenia", "5.4.1\\5.4.1.2"),
    "Philips": ("EPIQ 7G", "3.1.5"),
    "FUJIFILM Corporation": ("DR-ID 700", "V8.0"),
}
STAFF = (
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "NameOfPhysiciansReadingStudy",
    "PhysiciansOfRecord",
    "RequestingPhysician",
    "ConsultingPhysicianName",
    "ScheduledPerformingPhysicianName",
    "PatientMotherBirthName",
    "ResponsiblePerson",
    "PatientBirthName",
    "OtherPatientNames",
    "NamesOfIntendedRecipientsOfResults",
    "HumanPerformerName",
    "PersonName",
    "EvaluatorName",
)


def header(
    hand: Hand, modality: str, sop_class: str, series: int, instance: int = 1, maker: str = "SIEMENS"
) -> Dataset:
    """Patient, study, series and equipment, with the attributes everybody knows to hold identifiers."""
    scene, mine, pick = hand.scene, hand.patient, hand.random
    day = scene.started
    procedure, body_part = PROCEDURES[modality]
    model, software = MAKERS[maker]
    study = "study" if mine is scene.patient else f"study of {hand.name}"
    started = day + timedelta(minutes=series)
    content = Dataset()
    content.SpecificCharacterSet = hand.charset.split("\\") if "\\" in hand.charset else hand.charset
    described: dict[str, Any] = {
        "SOPClassUID": sop_class,
        "SOPInstanceUID": scene.uid(hand.name),
        "StudyInstanceUID": scene.uid(study),
        "SeriesInstanceUID": scene.uid(f"series of {hand.name}"),
        "Modality": {"DX": "DX"}.get(modality, modality),
        "StudyDate": f"{day:%Y%m%d}",
        "SeriesDate": f"{started:%Y%m%d}",
        "ContentDate": f"{started:%Y%m%d}",
        "StudyTime": f"{day:%H%M%S}.120000",
        "SeriesTime": f"{started:%H%M%S}",
        "ContentTime": f"{started:%H%M%S}.500000",
        "AccessionNumber": "",
        "Manufacturer": maker,
        "ManufacturerModelName": model,
        "PatientName": mine.dicom,
        "PatientID": mine.patient_id,
        "PatientBirthDate": f"{mine.birth:%Y%m%d}",
        "PatientSex": pick.choice("FM"),
        "PatientAge": f"{(day.date() - mine.birth).days // 365:03d}Y",
        "PatientSize": f"1.{pick.randrange(50, 95)}",
        "PatientWeight": f"{pick.randrange(45, 110)}",
        "ReferringPhysicianName": "",
        "StudyID": str(pick.randrange(1, 99)),
        "SeriesNumber": str(series),
        "InstanceNumber": str(instance),
        "BodyPartExamined": body_part,
        "StudyDescription": procedure,
        "SeriesDescription": f"{procedure} {series}",
        "ProtocolName": procedure,
    }
    fill(content, described)
    content.SoftwareVersions = software.split("\\")
    hand.note("PatientName", "own name", parts(mine), tag_of("PatientName"), is_shared=True)
    hand.note("PatientID", "own id", [mine.patient_id], tag_of("PatientID"), is_shared=True)
    hand.note(
        "PatientBirthDate", "birth date", [f"{mine.birth:%Y%m%d}"], tag_of("PatientBirthDate"), is_shared=True
    )
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if hand.chance(0.3):
            hand.note(keyword, "uid", [str(content[keyword].value)], tag_of(keyword), is_shared=True)
    for keyword in pick.sample(STAFF, 3):
        hand.put(content, keyword, hand.person_name(keyword, tag_of(keyword)))
    _keep(hand, content, procedure)
    return content


def _keep(hand: Hand, content: Dataset, procedure: str) -> None:
    """What should survive of every header; a description may get a plant between its words."""
    for keyword in ("StudyDescription", "SeriesDescription", "ProtocolName"):
        if hand.chance(0.35):
            words = str(content[keyword].value)
            planted = hand.secret(f"{keyword} beside clinical words", tag_of(keyword), 63 - len(words))
            hand.put(content, keyword, f"{planted} {words}" if hand.chance(0.5) else f"{words} {planted}")
        hand.keep(f"{keyword}: clinical words", says(keyword, *procedure.split()))
    for keyword in ("Manufacturer", "ManufacturerModelName", "PatientSex", "BodyPartExamined", "Modality"):
        hand.keep(keyword, same(keyword))
    for keyword in hand.random.sample(("PatientSize", "PatientWeight", "StudyTime", "SeriesNumber"), 2):
        hand.keep(keyword, same(keyword))
    hand.keep("SoftwareVersions", same("SoftwareVersions"))
    hand.keep("interval from study to series", interval("StudyDate", "SeriesDate"))
    # An age over 89 is an identifier (45 CFR 164.514), a younger one is kept.
    old = int(str(content.PatientAge)[:3]) >= 89
    if old:
        hand.note(
            "PatientAge over 89", "age", [str(content.PatientAge)], tag_of("PatientAge"), is_shared=True
        )
    else:
        hand.keep("PatientAge", same("PatientAge"))


def procedure_codes(content: Dataset, hand: Hand) -> None:
    """Registered codes with their meaning, and a local one with a name for its meaning."""
    region = code("T-D3000", "SRT", "Chest")
    local = code(f"X{hand.random.randrange(100, 999)}", "99HOSP", "")
    local["CodeMeaning"] = hand.phrase("CodeMeaning of a local code", tag_of("CodeMeaning"))
    fill(content, {"AnatomicRegionSequence": [region], "ProcedureCodeSequence": [local]})
    hand.keep("CodeMeaning of a registered code", same("AnatomicRegionSequence.0.CodeMeaning"))
