"""Gives real files invented identities: who was in them is overwritten, who is in them now is in the key."""

import random
from collections import defaultdict
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
from pydicom.dataset import Dataset
from pydicom.uid import UID
from tests.golden.planted import ink
from tests.golden.planted.people import fold, stranger
from tests.golden.planted.search import UNREADABLE
from tests.golden.planted.suite import lenient
from tests.make import corpus

from benchmarks.midi.key import Entry

RETAINED = (
    "Modality Manufacturer Rows Columns BitsStored PixelSpacing SliceThickness ImageOrientationPatient "
    "ImagePositionPatient KVP RepetitionTime EchoTime FlipAngle MagneticFieldStrength RescaleSlope "
    "RescaleIntercept "
    "SeriesNumber InstanceNumber PatientSex PatientPosition PhotometricInterpretation SamplesPerPixel"
)
NOT_NULL = (
    "PatientName PatientID StudyInstanceUID SeriesInstanceUID SOPInstanceUID SOPClassUID Modality StudyDate"
)
DATES = "StudyDate SeriesDate AcquisitionDate ContentDate"
UIDS = "StudyInstanceUID SeriesInstanceUID SOPInstanceUID FrameOfReferenceUID"
PATIENTS = 7
"""Files are dealt to so many invented patients."""


def prepared(folder: Path, count: int) -> list[Entry]:
    """Write about `count` files below a folder, and answer their key."""
    folder.mkdir(parents=True)
    entries: list[Entry] = []
    with lenient():
        for path in _chosen(count):
            content = _read(path)
            if content is not None:
                place = folder / f"{len(entries):04d}.dcm"
                entries.append(_renamed(content, place))
    return entries


def _chosen(count: int) -> list[Path]:
    """Files of every SOP class in turn, so that the many slices of one scanner do not decide alone."""
    kinds: dict[str, list[Path]] = defaultdict(list)
    for path in sorted({*corpus(), *shipped()}):
        try:
            head = pydicom.dcmread(path, specific_tags=["SOPClassUID"])
        except (*UNREADABLE, pydicom.errors.InvalidDicomError):
            continue
        kinds[str(head.get("SOPClassUID", ""))].append(path)
    turns = zip_longest(*kinds.values())
    return [path for turn in turns for path in turn if path is not None][:count]


def shipped() -> list[Path]:
    """pydicom's own test files, those that are here without a download."""
    return sorted((Path(pydicom.data.DATA_ROOT) / "test_files").rglob("*.dcm"))


def _read(path: Path) -> Dataset | None:
    """The file, when it is a whole object of a study."""
    try:
        content = pydicom.dcmread(path)
        if all(
            keyword in content
            for keyword in ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality")
        ):
            list(content.iterall())
            return content
    except (*UNREADABLE, pydicom.errors.InvalidDicomError):
        return None
    return None


def _renamed(content: Dataset, place: Path) -> Entry:
    """One file with an invented patient, and its entry of the key."""
    study = UID(content.StudyInstanceUID)
    number = sum(map(ord, study)) % PATIENTS
    dice = random.Random(f"{study}")
    who, doctor = (stranger(random.Random(f"midi/{kind}/{number}")) for kind in ("patient", "doctor"))
    while not fold(who.family + doctor.family).isascii():
        who, doctor = stranger(dice), stranger(dice)
    entry = Entry(place.name, who.patient_id, needles=[fold(who.family), fold(doctor.family), who.patient_id])
    family, other = fold(who.family).title(), fold(doctor.family).title()
    for element in content.iterall():
        if element.VR == "PN":
            element.value = f"{other}^{fold(doctor.given).title()}"
    content.PatientName = f"{family}^{fold(who.given).title()}"
    content.PatientID = who.patient_id
    content.PatientBirthDate = f"{who.birth:%Y%m%d}"
    content.AccessionNumber = "".join(dice.choices("123456789", k=9))
    content.ReferringPhysicianName = f"{other}^{fold(doctor.given).title()}"
    content.InstitutionName = f"{fold(who.city).title()} General Hospital"
    content.StudyDescription = f"CT chest {family}"
    content.ImageComments = f"seen by Dr. {other}, tel {who.phone}"
    entry.removed = {
        "PatientName": [family],
        "PatientID": [who.patient_id],
        "AccessionNumber": [str(content.AccessionNumber)],
        "ReferringPhysicianName": [other],
        "InstitutionName": [fold(who.city).title()],
        "StudyDescription": [family],
        "ImageComments": [other, who.phone],
        "PatientBirthDate": [f"{who.birth:%Y%m%d}"],
    }
    entry.texts = {"StudyDescription": "CT chest", "Modality": str(content.Modality)}
    day = (who.birth + timedelta(days=365 * 18 + dice.randrange(8000))).replace(year=2015 + number)
    for step, keyword in enumerate(DATES.split()):
        if keyword in content or keyword == "StudyDate":
            moved = f"{day + timedelta(days=3 * step):%Y%m%d}"
            setattr(content, keyword, moved)
            entry.dates[keyword] = moved
    entry.retained = [each for each in RETAINED.split() if content.get(each) not in (None, "", [])]
    entry.not_null = [each for each in NOT_NULL.split() if content.get(each) not in (None, "")]
    entry.uids = {each: str(content[each].value) for each in UIDS.split() if content.get(each)}
    _burn(content, entry, family, dice)
    content.file_meta.MediaStorageSOPInstanceUID = content.SOPInstanceUID
    content.save_as(place)
    return entry


def _burn(content: Dataset, entry: Entry, text: str, dice: random.Random) -> None:
    """Text into the first frame of what is large enough, native and by its class likely to have some."""
    if content.file_meta.TransferSyntaxUID.is_compressed or content.Modality not in (
        "OT",
        "US",
        "CR",
        "DX",
        "XA",
        "MG",
    ):
        return
    if (
        content.get("Rows", 0) < 120
        or content.get("Columns", 0) < 160
        or content.get("NumberOfFrames", 1) not in (1, "1")
    ):
        return
    pixels = content.pixel_array.copy()
    mask = ink.fitted(text, dice, 18, content.Columns - 12)
    high = (
        np.iinfo(pixels.dtype).max
        if content.BitsStored == content.BitsAllocated
        else (1 << content.BitsStored) - 1
    )
    ink.burn(pixels, mask, (6, 6), high)
    content.PixelData = pixels.tobytes()
    entry.box = [6, 6, 6 + mask.shape[0], 6 + mask.shape[1]]
