"""Compressed objects: identifiers in comments of the codec, after its end, between fragments."""

import io
import struct

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from tests.golden.planted import ink
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import region, same
from tests.golden.planted.objects.pictured import shown_text
from tests.golden.planted.pictures import body, described
from tests.golden.planted.writing import fill

SYNTAXES = {
    "JPEG baseline": "1.2.840.10008.1.2.4.50",
    "JPEG baseline, colour": "1.2.840.10008.1.2.4.50",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "RLE": "1.2.840.10008.1.2.5",
}
CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "OT": "1.2.840.10008.5.1.4.1.1.7"}


def compressed(hand: Hand) -> tuple[Dataset, str]:
    """An object and its transfer syntax; every second one is a capture with burned-in text."""
    name = hand.random.choice(sorted(SYNTAXES))
    has_text = name.startswith("JPEG baseline") or hand.chance(0.4)
    modality = "OT" if has_text else "CT"
    content = header(hand, modality, CLASSES[modality], 9, 1, "SIEMENS")
    rows, columns = 160, 256
    frame = body(hand.random, rows, columns, 8).astype(np.uint8)
    corner = (5, 5)
    mask = ink.fitted(shown_text(hand), hand.random, 16, columns - 10)
    if has_text:
        ink.burn(frame, mask, corner, 255)
        hand.inked(f"burned in, {name}", ink.place(0, mask, corner))
        content.ConversionType = "WSD"
    colours = 3 if name.endswith("colour") else 1
    picture = np.stack([frame] * 3, -1) if colours == 3 else frame
    described(content, picture[None], 8, "YBR_FULL_422" if colours == 3 else "")
    stream = dirty(hand, name, coded(name, content, picture))
    fragments = [stream]
    if hand.chance(0.3) and name != "RLE":
        fragments.append(
            hand.secret(f"fragment after the frame, {name}").encode("latin-1", "replace").ljust(64)
        )
    value = encapsulate(fragments, has_bot=False)
    if hand.chance(0.3) and len(fragments) == 1:
        table = struct.pack("<L", 0) + hand.secret(f"offset table, {name}", plain=True).encode(
            "latin-1", "replace"
        ).ljust(64)
        value = value[:4] + struct.pack("<L", len(table)) + table + value[8:]
    content.add_new(0x7FE00010, "OB", value)
    content["PixelData"].is_undefined_length = True
    is_lossy = name.startswith("JPEG baseline")
    fill(content, {"ImageType": ["DERIVED" if is_lossy else "ORIGINAL", "PRIMARY"]})
    content.LossyImageCompression = "01" if is_lossy else "00"
    if is_lossy:
        content.LossyImageCompressionRatio = "12"
        content.LossyImageCompressionMethod = "ISO_10918_1"
        hand.keep("LossyImageCompressionRatio", same("LossyImageCompressionRatio"))
    hand.put(content, "DerivationDescription")
    hand.keep("the picture beside the text", region(48, 0, rows, columns))
    return content, SYNTAXES[name]


def coded(name: str, content: Dataset, picture: np.ndarray) -> bytes:
    """The codec's stream of one 8-bit frame."""
    target = io.BytesIO()
    if name.startswith("JPEG baseline"):
        Image.fromarray(picture).save(target, "JPEG", quality=92, comment=None)
        return target.getvalue()
    if name == "JPEG 2000":
        from openjpeg import encode

        return bytes(encode(picture))
    if name == "JPEG-LS":
        from jpeg_ls import encode_array

        return bytes(encode_array(picture))
    if name == "RLE":
        from pydicom.encaps import generate_frames
        from pydicom.pixels import compress

        small = Dataset()
        small.update(content)
        small.file_meta = Dataset()
        small.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        compress(small, SYNTAXES["RLE"], encoding_plugin="pydicom", generate_instance_uid=False)
        return next(generate_frames(small.PixelData, number_of_frames=1))
    return lossless_jpeg(picture)


def lossless_jpeg(picture: np.ndarray) -> bytes:
    """JPEG lossless by the left neighbour (ITU-T T.81, process 14) of an 8-bit frame, coded by hand."""
    rows, columns = picture.shape
    values = picture.astype(np.int32)
    before = np.empty_like(values)
    before[:, 1:] = values[:, :-1]
    before[1:, 0] = values[:-1, 0]
    before[0, 0] = 128
    bits = []
    for difference in (values - before).ravel().tolist():
        size = abs(difference).bit_length()
        extra = difference if difference >= 0 else difference + (1 << size) - 1
        bits.append(f"{size:04b}" + (f"{extra:0{size}b}" if size else ""))
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    scan = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    # Ten categories, all with codes of four bits.
    table = b"\0" + bytes([0, 0, 0, 10] + [0] * 12) + bytes(range(10))
    return (
        b"\xff\xd8"
        + b"\xff\xc3"
        + struct.pack(">HBHHB", 11, 8, rows, columns, 1)
        + b"\1\x11\0"
        + b"\xff\xc4"
        + struct.pack(">H", 2 + len(table))
        + table
        + b"\xff\xda"
        + struct.pack(">HB", 8, 1)
        + b"\1\0\1\0\0"
        + scan
        + b"\xff\xd9"
    )


def dirty(hand: Hand, name: str, stream: bytes) -> bytes:
    """The stream with identifiers where decoders do not look."""

    def secret(place: str) -> bytes:
        return hand.secret(f"{place}, {name}").encode("latin-1", "replace")

    if name == "RLE":
        return stream + secret("after the last segment") + b"\0" if hand.chance(0.6) else stream
    if name == "JPEG 2000":
        comment = b"\0\1" + secret("COM segment")
        size = stream.index(b"\xff\x52")
        stream = stream[:size] + b"\xff\x64" + struct.pack(">H", len(comment) + 2) + comment + stream[size:]
    else:
        segments = b""
        for marker, place in (
            (0xFE, "COM segment"),
            (0xE1, "APP1 segment"),
            (0xED, "APP13 segment"),
            (0xEF, "APP15 segment"),
        ):
            if hand.chance(0.7):
                value = (b"Exif\0\0" if marker == 0xE1 else b"") + secret(place)
                segments += bytes([0xFF, marker]) + struct.pack(">H", len(value) + 2) + value
        stream = stream[:2] + segments + stream[2:]
    return stream + secret("after the end of the stream") if hand.chance(0.6) else stream
