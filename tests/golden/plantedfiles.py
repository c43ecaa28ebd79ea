"""Whole files with secrets in them: in the data set, and where a file has room outside of it."""

import struct

from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)
from tests.golden.planting import PLACES, Planter
from tests.make import make_dataset

from tirage.demo import instances

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)


def planted_file(planter: Planter, modality: str, **attributes: object) -> bytes:
    """A file with secrets in a random choice of places; with all of them in one of five."""
    content = make_dataset(modality=modality, **attributes)  # type: ignore[arg-type]
    share = 1.0 if planter.chance(0.2) else 0.4
    for place in PLACES:
        if planter.chance(share):
            place(planter, content)
    if planter.chance(0.3):
        content.PixelData += planter.name("after the last frame").encode()
    data = instances.encode(content, planter.random.choice(SYNTAXES))
    if planter.chance(0.5):
        data = planter.name("preamble").encode().ljust(128, b"\0") + data[128:]
    return with_meta(planter, data) if planter.chance(0.5) else data


def with_meta(planter: Planter, data: bytes) -> bytes:
    """The file with private information and a source title in its file meta information."""
    group = b""
    for number, vr, value in (
        (0x0016, b"AE", planter.name("SourceApplicationEntityTitle").encode()[:16]),
        (0x0017, b"AE", planter.name("SendingApplicationEntityTitle").encode()[:16]),
        (0x0100, b"UI", b"1.2.826.0.1.3680043.1.1\0"),
    ):
        value += b" " * (len(value) % 2)
        group += struct.pack("<HH2sH", 2, number, vr, len(value)) + value
    blob = planter.name("private file meta").encode()
    blob += b" " * (len(blob) % 2)
    group += struct.pack("<HH2sHL", 2, 0x0102, b"OB", 0, len(blob)) + blob
    length = int.from_bytes(data[140:144], "little")
    kept = data[144 : 144 + length]
    place = kept.find(b"\x02\x00\x16\x00AE")
    kept = kept[:place] if place >= 0 else kept
    new = kept + group
    return data[:140] + struct.pack("<L", len(new)) + new + data[144 + length :]


def compressed_file(planter: Planter) -> bytes:
    """An RLE object with a secret beside its image: after the last segment, in the table, as a fragment."""
    content = make_dataset(modality="CT", rows=8, columns=8)
    samples = bytes(content.PixelData)
    low, high = (_packed(samples[part::2]) for part in (0, 1))
    head = struct.pack("<16L", 2, 64, 64 + len(high), *([0] * 13))
    frame = head + high + low
    where = planter.random.choice(("after the last segment", "another fragment", "offset table"))
    secret = planter.name(where).encode().ljust(12)
    frames = [frame + secret] if where == "after the last segment" else [frame]
    if where == "another fragment":
        frames.append(secret)
    content.PixelData = encapsulate(frames, has_bot=False)
    if where == "offset table":
        value = bytes(content.PixelData)
        content.PixelData = value[:4] + struct.pack("<L", 12) + secret + value[8:]
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, RLELossless)


def _packed(data: bytes) -> bytes:
    """PackBits in literal runs."""
    runs = (data[start : start + 128] for start in range(0, len(data), 128))
    packed = b"".join(bytes([len(run) - 1]) + run for run in runs)
    return packed + b"\0" * (len(packed) % 2)
