"""Puts one identifier of a patient back into a clean output: a random one, somewhere, in some encoding."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pydicom
from pydicom import dcmread
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit
from tests.unit.verify.codings import CODINGS, TEXTUAL, bytes_of
from tests.unit.verify.forms import SCATTERED, Dice, draw

from tirage.model.records import Confidential, Identifiers

_TEXTS = sorted(
    (tag, entry[0])
    for tag, entry in DicomDictionary.items()
    if entry[0] in ("LO", "LT", "SH", "ST", "UT", "UC", "PN") and tag > 0x00080016 and entry[4]
)
_CODECS = {"ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8", "GB18030": "gb18030"}


@dataclass(frozen=True, slots=True, repr=False)
class Clean(Confidential):
    """An output that the gate passed, and the identifiers of its patient."""

    data: bytes
    identifiers: Identifiers


class Plant(NamedTuple):
    """What is put in: its form and text."""

    form: str
    text: str


class Mutation(NamedTuple):
    """A file with one identifier in it; `form`, `place` and `coding` say which kind, never the value."""

    data: bytes
    place: str
    form: str
    coding: str
    name: str

    def __repr__(self) -> str:
        return f"<{self.place} · {self.form} · {self.coding}>"


def mutate(clean: Clean, dice: Dice) -> Mutation:
    """One mutation of a clean output."""
    plant = Plant(*draw(clean.identifiers, dice))
    place = dice.choices(list(_PLACES), [weight for weight, _ in _PLACES.values()])[0]
    if place == "pixel data" and not _is_searched_in_samples(plant):
        place = "padding"
    data, coding = _PLACES[place][1](clean.data, plant, dice)
    return Mutation(data, place, plant.form, coding, _file_name(plant, dice) if place == "file name" else "")


def _is_searched_in_samples(plant: Plant) -> bool:
    """Not short, scattered, or of few digits: noise says as much by chance (`tirage.verify.bulk`)."""
    run = _longest_run(plant.text)
    is_number = not any(map(str.isalpha, plant.text)) and "original UID" not in plant.form
    return run >= 8 + 2 * is_number and not any(part in plant.form for part in (*SCATTERED, "birth date"))


def _longest_run(text: str) -> int:
    """Letters and digits in a row; ASCII alone counts."""
    return max(map(len, re.findall(r"[A-Za-z0-9]+", text)), default=0)


_Made = tuple[bytes, str]


def _read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


def _written(content: Dataset) -> bytes:
    target = io.BytesIO()
    dcmwrite(target, content, enforce_file_format=False)
    return target.getvalue()


def _set(item: Dataset, tag: int, vr: str, value: str | bytes) -> None:
    if vr in ("OB", "UN") and isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes) and vr not in ("OB", "UN"):
        value = value.decode("ascii")
    if vr in ("CS", "AE") and isinstance(value, str) and not value.isascii():
        vr = "LO"  # codes have no character set
    item.add(DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE))


def _declare(content: Dataset, text: str) -> None:
    """Keep the declared character set when it can say the text; else declare UTF-8."""
    try:
        text.encode(_CODECS.get(str(content.get("SpecificCharacterSet", "")), "ascii"))
    except UnicodeEncodeError:
        content.SpecificCharacterSet = "ISO_IR 192"


def _in_an_attribute(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    _declare(content, plant.text)
    tag, vr = dice.choice(_TEXTS)
    frame = dice.choice(("{}", "seen by {}", "{} chest", "for ({}) 2 mm", "x/{}/y"))
    _set(content, tag, vr, plant.text if vr == "PN" else frame.format(plant.text))
    return _written(content), vr


def _in_a_value(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    _declare(content, plant.text)
    texts = [e for e in content if e.VR in ("LO", "SH", "CS", "LT", "ST", "UT", "PN") and e.tag > 0x00080016]
    element = dice.choice(texts)
    old = "\\".join(map(str, element.value)) if element.VM > 1 else str(element.value or "")
    text = plant.text
    _set(
        content,
        element.tag,
        element.VR,
        dice.choice((text, f"{old} {text}", f"{text} {old}", f"{old}\\{text}")),
    )
    return _written(content), element.VR


def _in_a_description(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    _declare(content, plant.text)
    tag, vr = dice.choice(((0x00081030, "LO"), (0x0008103E, "LO"), (0x00181030, "LO"), (0x00204000, "LT")))
    words = ["CT", "CHEST", "ABDOMEN", "WITH", "CONTRAST", "2.0", "mm", "B31f"]
    words.insert(dice.randrange(len(words) + 1), plant.text)
    _set(content, tag, vr, " ".join(words))
    return _written(content), vr


def _nested(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content, item = _read(data), Dataset()
    tag, vr = dice.choice(_TEXTS)
    _set(item, tag, vr, plant.text)
    if not plant.text.isascii():
        item.SpecificCharacterSet = "ISO_IR 192"
    for _ in range(dice.randrange(1, 21)):
        outer = Dataset()
        keyword = dice.choice(("RequestAttributesSequence", "ContentSequence", "ReferencedStudySequence", ""))
        if keyword:
            setattr(outer, keyword, Sequence([item]))
        else:
            outer.private_block(0x0029, "TOOLS", create=True).add_new(0x10, "SQ", Sequence([item]))
        item = outer
    content.update(item)
    return _written(content), vr


def _private(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    _declare(content, plant.text)
    group = dice.choice((0x0009, 0x0019, 0x0029, 0x0051, 0x7FE1, 0x0043)) << 16
    if dice.random() < 0.7:
        _set(content, group | 0x10, "LO", dice.choice(("ACME 1", plant.text[:64])))
    vr = dice.choice(("LO", "UN", "ST", "SH", "UT", "OB", "CS"))
    _set(content, group | 0x1001, vr, plant.text)
    return _written(content), vr


def _too_short(text: str) -> set[str]:
    """Codings in which a text is not searched for: turned round, a short name is another word."""
    longest = max(map(len, re.findall(r"[^\W_]+", re.sub(r"'s$", "", text))), default=0)
    return {"reversed", "swapped words"} if longest < 6 and len(text) < 10 else set()


def _coded_text(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    coding = dice.choice(sorted(TEXTUAL - _too_short(plant.text)))
    tag, vr = dice.choice([entry for entry in _TEXTS if entry[1] in ("LT", "UT", "LO", "ST")])
    frame = dice.choice(("%s", "data: %s", "<v>%s</v>", '{"n": "%s"}'))
    value = CODINGS[coding](plant.text).decode("utf-8")
    _declare(content, value)
    _set(content, tag, vr, frame.replace("%s", value))
    return _written(content), coding


def _blob(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    coding = dice.choice(sorted(CODINGS.keys() - _too_short(plant.text)))
    filler = dice.choice(("none", "zeros", "noise", "text", "long"))
    if coding == "deflate":
        filler = "none"
    elif coding == "swapped words" and filler == "text":
        filler = "zeros"
    value = CODINGS[coding](plant.text)
    if filler == "zeros":
        value = bytes(4 * dice.randrange(1, 20)) + value + bytes(dice.randrange(1, 40))
    elif filler == "noise":
        even = 4 * dice.randrange(4, 50)
        value = dice.randbytes(even) + bytes(4) + value + bytes(4) + dice.randbytes(even)
    elif filler == "text":
        value = b"<Header version='1'>\n" + value + b"\n</Header>"
    elif filler == "long":
        value = bytes(20_000) + value + bytes(60_000)
    _set(content, 0x00090010, "LO", "ACME 1")
    _set(content, 0x00091001, dice.choice(("OB", "UN")), value)
    return _written(content), f"{coding}, {filler}"


def _padding(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    around = bytes(dice.randrange(40))
    _set(content, 0xFFFCFFFC, "OB", around + bytes_of(plant.text) + around)
    return _written(content), "plain"


def _preamble(data: bytes, plant: Plant, dice: Dice) -> _Made:
    coding = dice.choice(("plain", "utf-16-le", "utf-16-be", "latin-1"))
    value = CODINGS[coding](plant.text)
    if len(value) > 128:
        coding, value = "plain", bytes_of(plant.text)[:128]
    start = dice.randrange(0, 129 - len(value), 2)
    return (bytes(start) + value).ljust(128, b"\0") + data[128:], coding


def _meta(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    tag, vr = dice.choice(((0x00020016, "AE"), (0x00020013, "SH"), (0x00020018, "AE"), (0x00020102, "OB")))
    content.file_meta.PrivateInformationCreatorUID = "1.2.3.4"
    _set(content.file_meta, tag, "OB" if not plant.text.isascii() else vr, plant.text)
    return _written(content), vr


def _after(data: bytes, plant: Plant, dice: Dice) -> _Made:
    return data + dice.choice((b"", b"\0\0")) + bytes_of(plant.text), "plain"


def _in_pixels(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    if "PixelData" not in content:
        return _padding(data, plant, dice)
    value, pixels = bytes_of(plant.text), bytearray(content.PixelData)
    is_tail = dice.random() < 0.5
    start = len(pixels) - len(value) if is_tail else dice.randrange(len(pixels) - len(value))
    pixels[start : start + len(value)] = value
    content.PixelData = bytes(pixels)
    return _written(content), "tail" if is_tail else "middle"


def _codec_comment(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content, value = _read(data), bytes_of(plant.text)
    body = dice.randbytes(700).replace(b"\xff", b"\xfe")
    where = dice.choice(("COM", "APP1", "APP13", "J2K COM", "after the end"))
    marker = {"COM": b"\xff\xfe", "APP1": b"\xff\xe1", "APP13": b"\xff\xed", "J2K COM": b"\xff\x64"}
    segment = marker.get(where, b"") + (len(value) + 2).to_bytes(2, "big") + value
    if where == "J2K COM":
        stream = b"\xff\x4f\xff\x51\x00\x04\x00\x00" + segment + b"\xff\x90\x00\x0a" + body + b"\xff\xd9"
    elif where == "after the end":
        stream = b"\xff\xd8\xff\xda\x00\x08" + body + b"\xff\xd9" + value
    else:
        stream = b"\xff\xd8" + segment + b"\xff\xda\x00\x08" + body + b"\xff\xd9"
    content.file_meta.TransferSyntaxUID = JPEG2000Lossless if where == "J2K COM" else JPEGBaseline8Bit
    content.PixelData = encapsulate([stream])
    content["PixelData"].is_undefined_length = True
    content["PixelData"].VR = "OB"
    return _written(content), where


def _typed(data: bytes, plant: Plant, dice: Dice) -> _Made:
    content = _read(data)
    form, text = plant
    if form == "original UID":
        item = Dataset()
        item.ReferencedSOPInstanceUID = text
        content.ReferencedImageSequence = Sequence([item])
        return _written(content), "UI"
    if re.fullmatch(r"birth date 0", form):
        content.AcquisitionDate = text
        return _written(content), "DA"
    if form in ("code, bare", "code, without zeros") and text.isdigit() and 6 < len(text) < 13:
        _set(content, 0x00200011, "IS", text)
        return _written(content), "IS"
    return _in_a_description(data, plant, dice)


def _unchanged(data: bytes, plant: Plant, dice: Dice) -> _Made:
    return data, "name of the file"


def _file_name(plant: Plant, dice: Dice) -> str:
    frame = dice.choice(("%s.dcm", "CT_%s_1.dcm", "%s", "a/%s/b.dcm", "%s-IM0001.dcm"))
    return frame.replace("%s", re.sub(r"[/\0]", "_", plant.text))


_PLACES: dict[str, tuple[int, Callable[[bytes, Plant, Dice], _Made]]] = {
    "random attribute": (6, _in_an_attribute),
    "existing value": (5, _in_a_value),
    "description": (5, _in_a_description),
    "nested": (4, _nested),
    "private": (4, _private),
    "coded text": (5, _coded_text),
    "blob": (10, _blob),
    "padding": (1, _padding),
    "preamble": (1, _preamble),
    "file meta": (1, _meta),
    "after the end": (1, _after),
    "codec comment": (2, _codec_comment),
    "pixel data": (2, _in_pixels),
    "typed": (2, _typed),
    "file name": (1, _unchanged),
}
