"""Identifiers around the data set: preamble, file meta information, padding, name and path of the file."""

import io
import struct

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian
from tests.golden.planted.hand import Hand
from tests.golden.planted.people import fold
from tests.golden.planted.writing import raw

PADDING = 0xFFFCFFFC


def encoded(content: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A DICOM file (PS3.10) of a data set."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = content.SOPClassUID
    meta.MediaStorageSOPInstanceUID = content.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = UID("1.2.276.0.7230010.3.0.3.6.4")
    target = io.BytesIO()
    whole = Dataset()
    whole.update(content)
    whole.file_meta = meta
    dcmwrite(
        target, whole, enforce_file_format=True, implicit_vr=UID(syntax).is_implicit_VR, little_endian=True
    )
    return target.getvalue()


def in_padding(hand: Hand, target: Dataset) -> None:
    """In the data set trailing padding."""
    raw(
        target,
        PADDING,
        "OB",
        hand.phrase("trailing padding", PADDING).encode("latin-1", "replace").ljust(128, b"\0"),
    )


def around(hand: Hand, data: bytes) -> bytes:
    """The file with identifiers in its preamble and file meta information, by chance."""
    if hand.chance(0.5):
        preamble = hand.secret("preamble", limit=100).encode("latin-1", "replace")
        start = b"II*\0" + bytes(4) if hand.chance(0.3) else b""
        data = (start + preamble).ljust(128, b"\0") + data[128:]
    return _with_meta(hand, data) if hand.chance(0.6) else data


def _with_meta(hand: Hand, data: bytes) -> bytes:
    group = b""
    for number, vr, place in (
        (0x0013, b"SH", "ImplementationVersionName"),
        (0x0016, b"AE", "SourceApplicationEntityTitle"),
        (0x0017, b"AE", "SendingApplicationEntityTitle"),
        (0x0018, b"AE", "ReceivingApplicationEntityTitle"),
    ):
        value = fold(hand.secret(place, limit=16)).encode("latin-1", "replace").upper()
        value += b" " * (len(value) % 2)
        group += struct.pack("<HH2sH", 2, number, vr, len(value)) + value
    address = b"ws://" + hand.secret("SourcePresentationAddress", limit=50).encode("latin-1", "replace")
    address += b" " * (len(address) % 2)
    group += struct.pack("<HH2sHL", 2, 0x0026, b"UR", 0, len(address)) + address
    creator = b"1.2.826.0.1.3680043.1.1\0"
    blob = hand.phrase("PrivateInformation").encode("latin-1", "replace")
    blob += b" " * (len(blob) % 2)
    group += struct.pack("<HH2sH", 2, 0x0100, b"UI", len(creator)) + creator
    group += struct.pack("<HH2sHL", 2, 0x0102, b"OB", 0, len(blob)) + blob
    length = int.from_bytes(data[140:144], "little")
    kept = data[144 : 144 + length]
    # pydicom writes its own version name, of even length.
    at = kept.find(b"\x02\x00\x13\x00SH")
    if at >= 0:
        kept = kept[:at] + kept[at + 8 + int.from_bytes(kept[at + 6 : at + 8], "little") :]
    new = kept + group
    return data[:140] + struct.pack("<L", len(new)) + new + data[144 + length :]


def file_name(hand: Hand) -> str:
    """A path as exports write it: the patient in the folder, the date in the name."""
    mine, day = hand.patient, hand.scene.started
    hand.note("file name", "own name", [part for part in (mine.family,) if len(fold(part)) > 4])
    folder = fold(f"{mine.family}_{mine.given}").replace(" ", "_").replace("/", "-")
    stem = (
        hand.secret("file name", limit=40, plain=True).replace("/", "-").replace("\\", "-").replace("^", "_")
    )
    return f"{folder}/{mine.patient_id.replace('/', '-')}/{day:%Y-%m-%d}/{stem}-{hand.name}.dcm"
