"""Identifiers in forms easily passed over: glued, spread, behind control characters, in wrong grammar."""

import random

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.writing import raw, tag_of

KEPT = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "SequenceName",
    "ReceiveCoilName",
    "ContentLabel",
    "ImageComments",
    "DerivationDescription",
    "ContrastBolusAgent",
    "ConvolutionKernel",
)
GRAMMARS = (
    "StudyTime",
    "AcquisitionTime",
    "AcquisitionDate",
    "PatientAge",
    "SliceThickness",
    "EchoTime",
    "KVP",
    "SeriesNumber",
    "InstanceNumber",
    "SynchronizationFrameOfReferenceUID",
    "PatientWeight",
    "ContentTime",
    "TriggerTime",
    "WindowCenter",
    "PatientSex",
    "Modality",
    "Exposure",
    "SpecificCharacterSet",
    "TimezoneOffsetFromUTC",
)


def in_disguise(hand: Hand, target: Dataset) -> None:
    """In text that is kept, in a form that no list of names has."""
    keyword = hand.random.choice(KEPT)
    tag = tag_of(keyword)
    limit = 16 if dictionary_VR(tag) in ("SH", "CS") else 60
    who = hand.stranger()
    name = (
        who.family
        if who.family.isascii() and who.family.isalpha() and len(who.family) < 9
        else ascii_name(hand.random)
    )
    text = hand.random.choice(
        (
            " ".join(name.upper()),
            ".".join(name.upper()),
            f"CHEST{name.upper()}",
            f"{name.lower()}Head",
            f"{name}1954",
            f"{name}'s",
            f"{name.upper()}:CT",
            f"x{name}x",
            f"({name})",
            f"{name}&CT",
            f"CT\x00{name}",
            f"CT\x1b{name}",
            f"CT\r\n{name}",
            f"CT\t{name}",
            f"{name}_CHEST_{name}",
            f"c/o{name}",
            f"#{name}",
            f"{name}@CT",
            f"MR={name}",
            f"CT{name}MR",
            name.swapcase(),
            "-".join((name[:3], name[3:])),
        )
    )
    hand.note(f"{keyword} in disguise", "name", [name], tag, is_shared=True)
    hand.put(target, keyword, text[:limit] if limit == 60 or len(text) <= limit else name)


def in_wrong_grammar(hand: Hand, target: Dataset) -> None:
    """As text in attributes that take times, numbers, ages and UIDs."""
    for keyword in hand.random.sample(GRAMMARS, 2):
        tag = tag_of(keyword)
        if keyword in target and keyword in ("Modality", "SpecificCharacterSet"):
            continue
        who = hand.stranger()
        name = who.family if who.family.isascii() and who.family.isalpha() else ascii_name(hand.random)
        hand.note(f"text in {keyword}", "name", [name], tag, is_shared=True)
        before = f"{target[keyword].value}\\" if keyword in target and hand.chance(0.3) else ""
        hand.put(target, keyword, before + name)


def in_long_text(hand: Hand, target: Dataset) -> None:
    """At the end of a long text, and in a late one of many values."""
    tag = tag_of("ImageComments")
    words = " ".join(hand.random.choices(("axial", "chest", "contrast", "normal", "series", "left"), k=4000))
    who = hand.stranger()
    hand.note("end of a long text", "name", [who.family], tag)
    hand.put(target, "ImageComments", f"{words} {who.family}")
    tag = tag_of("WindowCenterWidthExplanation")
    other = hand.stranger()
    hand.note("late one of many values", "name", [other.family], tag)
    hand.put(
        target,
        "WindowCenterWidthExplanation",
        "\\".join([*(f"WINDOW{number}" for number in range(30)), other.family]),
    )


def in_item_charset(hand: Hand, target: Dataset) -> None:
    """In an item with a character set of its own."""
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 144"
    name = hand.random.choice(("Терентьева", "Щербакова", "Филаретов", "Гриценкова"))
    for keyword in ("PatientName", "SeriesDescription"):
        raw(item, tag_of(keyword), dictionary_VR(tag_of(keyword)), name.encode("iso8859-5"))
        hand.note_script(f"{keyword} in an item of another character set", [name], tag_of(keyword))
    target.ReferencedPatientSequence = Sequence([item])


def in_safe_numbers(hand: Hand, target: Dataset) -> None:
    """In private elements that are on safe lists, with their own VR: numbers too long, text as floats."""
    if 0x00190010 in target:
        return
    raw(target, 0x00190013, "LO", b"SIEMENS MR HEADER")
    number = str(hand.random.randrange(12345671, 99999999, 2))
    hand.note("record number as Siemens b-value", "id", [number], 0x0019130C)
    raw(target, 0x0019130C, "IS", number.encode())
    name = ascii_name(hand.random)
    hand.note("text as Siemens direction", "name", [name], 0x0019130E)
    raw(target, 0x0019130E, "FD", name.encode().ljust(24))


def in_uid_of_own(hand: Hand, target: Dataset) -> None:
    """The patient's number within a UID."""
    digits = "".join(filter(str.isdigit, hand.patient.patient_id)).lstrip("0")
    keyword = hand.random.choice(("DeviceUID", "IrradiationEventUID", "TransactionUID", "InstanceCreatorUID"))
    if keyword in target or len(digits) < 7:
        return
    hand.note(f"own id within {keyword}", "own id", [digits], tag_of(keyword), is_shared=True)
    hand.put(target, keyword, f"1.2.840.113619.2.1.{digits}.7")


def ascii_name(source: random.Random) -> str:
    """Eight to ten letters that are nobody's name and no word."""
    return "".join(source.choice("BDFGKLMNPRSTVZ") + source.choice("aeiou") for _ in range(4)) + "xq"
