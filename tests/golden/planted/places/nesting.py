"""Identifiers in sequences to depth 20, in unknown groups, retired elements and UN."""

import struct

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.writing import fill, raw, tag_of
from tests.golden.planting import WRONG_FORMS

RETIRED = {
    0x00080041: "LO",
    0x40080115: "LT",
    0x00321060: "LO",
    0x00080042: "CS",
    0x0010_1050: "LO",
    0x00380300: "LO",
    0x40080040: "SH",
    0x40080042: "LO",
    0x40080114: "PN",
    0x40080200: "SH",
    0x00324000: "LT",
    0x00104000: "LT",
    0x00284000: "LT",
    0x00184000: "LT",
    0x21000140: "AE",
    0x00203401: "CS",
    0x00203404: "LO",
    0x00203406: "LO",
    0x00281080: "CS",
    0x00402001: "LO",
    0x0040A307: "PN",
    0x0040A353: "ST",
}
SEQUENCES = (
    "SourceImageSequence",
    "ReferencedStudySequence",
    "ReferencedPatientSequence",
    "RelatedSeriesSequence",
    "ReferencedImageSequence",
    "ContributingEquipmentSequence",
    "OriginalAttributesSequence",
    "PatientInsurancePlanCodeSequence",
    "DerivationImageSequence",
)


def in_depth(hand: Hand, target: Dataset) -> None:
    """In sequences within sequences, to depth 20."""
    deepest = hand.random.randrange(3, 21)
    inner = Dataset()
    hand.put(inner, "PatientName", hand.person_name(f"PatientName at depth {deepest}", tag_of("PatientName")))
    hand.put(inner, "ImageComments")
    hand.put(inner, "SeriesDescription")
    for _ in range(deepest - 1):
        inner = fill(Dataset(), {hand.random.choice(SEQUENCES[:5]): [inner]})
    tag = tag_of("PatientID")
    raw(inner, tag, "LO", hand.secret("PatientID in a nested item", tag).encode("latin-1", "replace"))
    target.DerivationImageSequence = Sequence([inner])


def in_equipment(hand: Hand, target: Dataset) -> None:
    """In what other devices did, in the attributes a change replaced, in other identifiers of the patient."""
    equipment, before, modified, other = Dataset(), Dataset(), Dataset(), Dataset()
    hand.put(equipment, "InstitutionName")
    hand.put(equipment, "ContributionDescription")
    raw(equipment, tag_of("Manufacturer"), "LO", b"ACME")
    hand.put(modified, "PatientName", hand.person_name("PatientName before a change", tag_of("PatientName")))
    hand.put(before, "ModifyingSystem")
    hand.put(before, "SourceOfPreviousValues")
    before.ModifiedAttributesSequence = Sequence([modified])
    hand.put(other, "PatientID")
    hand.put(other, "IssuerOfPatientID")
    fill(
        target,
        {
            "ContributingEquipmentSequence": [equipment],
            "OriginalAttributesSequence": [before],
            "OtherPatientIDsSequence": [other],
        },
    )


def in_unknown(hand: Hand, target: Dataset) -> None:
    """In even groups and elements nobody knows."""
    for tag, vr in (
        (0x00120F01, "LO"),
        (0x07000010, "LO"),
        (0x00140101, "UN"),
        (0x00081FFF, "UT"),
        (0x7776_0010, "OB"),
    ):
        if hand.chance(0.6):
            raw(target, tag, vr, hand.phrase(f"unknown {tag:08X} {vr}", tag).encode("latin-1", "replace"))


def in_retired(hand: Hand, target: Dataset) -> None:
    """In elements of earlier editions."""
    for tag in hand.random.sample(sorted(RETIRED), 3):
        vr = RETIRED[tag]
        value = hand.value_for(f"retired {tag:08X}", tag, vr, keyword_for_tag(tag))
        raw(target, tag, vr, value.encode("latin-1", "replace"))


def in_wrong_vr(hand: Hand, target: Dataset) -> None:
    """In known attributes whose VR is not theirs, or with bytes where numbers go."""
    choices = (
        *WRONG_FORMS,
        (0x00204000, "UN"),
        (0x00081030, "UN"),
        (0x0008103E, "OB"),
        (0x54001010, "OW"),
        (0x00281201, "OW"),
        (0x00283006, "OW"),
        (0x00282000, "OB"),
        (0x00660016, "OF"),
        (0x00700022, "FL"),
        (0x00720072, "FL"),
        (0x00189089, "FD"),
        (0x00280009, "UN"),
        (0x00280106, "OW"),
        (0x00181060, "UC"),
        (0x00400244, "LO"),
    )
    for tag, vr in hand.random.sample(choices, 3):
        if tag not in target:
            value = hand.secret(f"{tag:08X} as {vr}", tag).encode("latin-1", "replace")
            raw(target, tag, vr, value.ljust(-len(value) // 8 * -8))


def in_sequence_as_un(hand: Hand, target: Dataset) -> None:
    """In a sequence that calls itself UN, implicit inside (PS3.5 6.2.2)."""
    tag = tag_of("PatientName")
    name = hand.person_name("PatientName in a sequence as UN", tag).encode("latin-1", "replace")
    name += b" " * (len(name) % 2)
    element = struct.pack("<HHL", 0x0010, 0x0010, len(name)) + name
    raw(target, 0x00082112, "UN", struct.pack("<HHL", 0xFFFE, 0xE000, len(element)) + element)
