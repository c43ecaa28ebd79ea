"""Identifiers in overlays, curves, audio and icons."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.ink import drawn
from tests.golden.planted.writing import raw


def in_overlays(hand: Hand, target: Dataset) -> None:
    """In an overlay's bitmap, label, description and subtype."""
    group = hand.random.choice((0x6000, 0x6002, 0x601E)) << 16
    for element, vr, place in ((0x22, "LO", "description"), (0x1500, "LO", "label"), (0x45, "LO", "subtype")):
        raw(
            target,
            group | element,
            vr,
            hand.phrase(f"overlay {place}", group | element).encode("latin-1", "replace"),
        )
    who = hand.stranger()
    mask = drawn(who.family if who.family.isascii() else who.patient_id, hand.random, 14)
    rows, columns = 64, max(64, mask.shape[1])
    plane = np.zeros((rows, columns), bool)
    plane[4 : 4 + mask.shape[0], : mask.shape[1]] = mask
    bits = np.packbits(plane, bitorder="little").tobytes()
    for element, vr, value in (
        (0x10, "US", rows.to_bytes(2, "little")),
        (0x11, "US", columns.to_bytes(2, "little")),
        (0x40, "CS", b"G "),
        (0x50, "SS", b"\1\0\1\0"),
        (0x100, "US", b"\1\0"),
        (0x102, "US", b"\0\0"),
        (0x3000, "OW", bits),
    ):
        raw(target, group | element, vr, value)
    first = next(at for at, byte in enumerate(bits) if byte)
    hand.hidden_bytes("overlay bitmap", bits[first : first + 60], group | 0x3000)


def in_curves(hand: Hand, target: Dataset) -> None:
    """In a curve's label, description and data, and in audio (PS3.3-2003 C.10.2, C.10.3)."""
    group = hand.random.choice((0x5000, 0x501E)) << 16
    raw(
        target,
        group | 0x22,
        "LO",
        hand.phrase("curve description", group | 0x22).encode("latin-1", "replace"),
    )
    raw(
        target,
        group | 0x40,
        "CS",
        hand.secret("curve activation layer", group | 0x40, 16).encode("latin-1", "replace"),
    )
    raw(target, group | 0x3000, "OW", hand.secret("curve data", group | 0x3000).encode("latin-1", "replace"))
    raw(
        target,
        group | 0x200E,
        "LT",
        hand.phrase("audio comments", group | 0x200E).encode("latin-1", "replace"),
    )
    raw(target, group | 0x200C, "OW", hand.secret("audio", group | 0x200C).encode("latin-1", "replace"))


def in_icon(hand: Hand, target: Dataset) -> None:
    """In an icon's pixels, palette and comments."""
    icon = Dataset()
    icon.Rows, icon.Columns, icon.BitsAllocated, icon.BitsStored, icon.HighBit = 4, 16, 8, 8, 7
    icon.SamplesPerPixel, icon.PixelRepresentation, icon.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    raw(icon, 0x00204000, "LT", hand.phrase("icon comment", 0x00204000).encode("latin-1", "replace"))
    raw(icon, 0x7FE00010, "OW", hand.secret("icon pixels").encode("latin-1", "replace").ljust(64))
    target.IconImageSequence = Sequence([icon])
