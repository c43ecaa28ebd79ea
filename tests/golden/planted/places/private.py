"""Identifiers in private elements: any VR, any encoding, with creator and without, beside safe ones."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.encodings import ENCODERS
from tests.golden.planted.hand import Hand
from tests.golden.planted.writing import raw

CREATORS = (
    "ACME RIS 1.0",
    "HOSPITAL_EXT",
    "Vendor Workflow",
    "SIEMENS MEDCOM OOG",
    "GEMS_PETD_01",
    "ELSCINT1",
    "Philips Imaging DD 001",
    "SPI-P-Private_ICS Release 1",
    "AGFA",
    "MITRA LINKED ATTRIBUTES 1.0",
    "CTP",
    "PAPYRUS 3.0",
    "TOSHIBA_MEC_CT3",
    "INTELERAD MEDICAL SYSTEMS",
    "SECTRA_Ident_01",
)


def in_private_texts(hand: Hand, target: Dataset) -> None:
    """As text, name, date, moment, UID and number of a vendor's block."""
    group = hand.random.choice((0x13, 0x15, 0x1B, 0x1D, 0x1F))
    raw(target, group << 16 | 0x10, "LO", hand.random.choice(CREATORS).encode())
    for number, vr in enumerate(
        hand.random.sample(("LO", "PN", "SH", "LT", "UT", "ST", "UN", "CS", "UC"), 3)
    ):
        tag = group << 16 | 0x1001 + number
        raw(
            target,
            tag,
            vr,
            hand.value_for(f"private {vr}", tag, vr).encode("latin-1"),
        )
    for number, vr in enumerate(("DA", "DT", "UI")):
        if hand.chance(0.5):
            tag = group << 16 | 0x1011 + number
            text = hand.fresh_uid("private UI", tag) if vr == "UI" else hand.day(f"private {vr}", tag)
            raw(target, tag, vr, text.encode())


def in_private_blobs(hand: Hand, target: Dataset) -> None:
    """As blobs, in encodings that only a curious reader undoes."""
    group = hand.random.randrange(0x21, 0x2F, 2)
    raw(target, group << 16 | 0x11, "LO", hand.random.choice(CREATORS).encode())
    for number, (name, encode) in enumerate(hand.random.sample(sorted(ENCODERS.items()), 3)):
        tag = group << 16 | 0x1101 + number
        who = hand.stranger()
        needle = (
            who.family
            if who.family.isascii() and who.family.isalpha()
            else "".join(filter(str.isalnum, who.patient_id))
        )
        hand.note(f"private blob, {name}", "name", [needle], tag)
        text = f"{needle} {who.patient_id}" if name != "spread" else needle
        raw(target, tag, hand.random.choice(("OB", "UN", "OW")), encode(text))


def in_private_structure(hand: Hand, target: Dataset) -> None:
    """Without a creator, as the creator itself, in a creator's reservation, nested in a private sequence."""
    raw(target, 0x00171001, "LO", hand.secret("private without a creator", 0x00171001).encode("latin-1"))
    raw(target, 0x00310010, "LO", hand.secret("private creator", 0x00310010).encode("latin-1"))
    raw(target, 0x00311001, "LO", b"x")
    raw(target, 0x00330010, "LO", b"ACME NESTED")
    item = Dataset()
    raw(item, 0x00330010, "LO", hand.secret("nested private creator", 0x00330010).encode("latin-1"))
    raw(item, 0x00331001, "UT", hand.phrase("nested private text", 0x00331001).encode("latin-1"))
    raw(item, 0x00100020, "LO", hand.secret("PatientID in a private sequence", 0x00100020).encode("latin-1"))
    target.add_new(0x00331002, "SQ", Sequence([item]))
    raw(target, 0x00090010, "LO", b"SIEMENS CT VA0 COAD")
    raw(target, 0x00090001, "LO", hand.secret("private below the blocks", 0x00090001).encode("latin-1"))


def beside_safe(hand: Hand, target: Dataset) -> None:
    """In the blocks of safe creators: as the safe element in another VR, and beside it."""
    siemens, gems = 0x00190000, 0x00430000
    if 0x00190010 not in target:
        raw(target, siemens | 0x12, "LO", b"SIEMENS MR HEADER")
        raw(
            target,
            siemens | 0x1208,
            "CS",
            hand.secret("private CS beside a b-value", siemens | 0x1208, 16).encode("latin-1"),
        )
        wrong = hand.random.choice((0x120C, 0x120D, 0x120E))
        raw(
            target,
            siemens | wrong,
            hand.random.choice(("LO", "UN", "OB")),
            hand.secret("safe private, other VR", siemens | wrong).encode("latin-1").ljust(64),
        )
    if 0x00430010 not in target:
        raw(target, gems | 0x12, "LO", b"GEMS_PARM_01")
        raw(
            target,
            gems | 0x122A,
            "OB",
            hand.secret("private OB beside a GE b-value", gems | 0x122A).encode("latin-1"),
        )
        number = str(hand.random.randrange(12345671, 99999999, 2))
        hand.note("record number as GE b-value", "id", [number], gems | 0x1239)
        raw(target, gems | 0x1239, "IS", f"{number}\\8\\0\\0".encode())
    raw(target, 0x20050014, "LO", b"Philips MR Imaging DD 005")
    item = Dataset()
    raw(
        item,
        0x00100010,
        "PN",
        hand.person_name("PatientName in a Philips sequence", 0x00100010).encode("latin-1"),
    )
    target.add_new(0x20051402, "SQ", Sequence([item]))
