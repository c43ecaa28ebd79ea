"""What of an object's plants an output still shows, and which of its keeps survived.

Looks at the bytes in every view a curious reader would try, at the values as pydicom decodes them, and at the
pixels where text was drawn.
"""

import base64
import binascii
import io
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.values import convert_SQ
from tests.golden.planted.people import fold
from tests.golden.planted.values import ANYWHERE, Ink, Keep, Plant, Planted

UNREADABLE = (
    BytesLengthException,
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    NotImplementedError,
    OSError,
    RuntimeError,
    LookupError,
)
LONG_UID = re.compile(rb"[0-9]+(?:\.[0-9]+){2,}")
INFLATED_BYTES = 1 << 20


@dataclass
class Output:
    """One output, its file name in front: bytes as views, values by tag, pixels when asked for."""

    views: list[bytes]
    texts: dict[int, list[str]]
    values: dict[int, list[bytes]]
    content: Dataset
    pixels: "np.ndarray | None" = None
    is_decoded: bool = field(default=False)

    @classmethod
    def of(cls, data: bytes, name: str, source: bytes) -> "Output":
        """The output, without the UIDs that the tool made: among their digits a number stands by chance."""
        old = set(LONG_UID.findall(inflated(source)))
        text = LONG_UID.sub(lambda match: match[0] if match[0] in old else b".", inflated(data))
        seen = [*views(text), name.casefold().encode()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = pydicom.dcmread(io.BytesIO(data), force=True)
            texts: dict[int, list[str]] = {}
            values: dict[int, list[bytes]] = {}
            for tag, _, value, shown in _elements(content):
                if isinstance(value, bytes) and len(value) < 1 << 16:
                    values.setdefault(tag, []).append(value)
                    seen.extend(_raw_inflated(value))
                texts.setdefault(tag, []).extend(shown)
        return cls(seen, texts, values, content)

    def shows(self, plant: Plant) -> bool:
        """Whether the plant leaked."""
        if plant.ink is not None:
            return self._shows_ink(plant.ink)
        if plant.blob:
            return any(plant.blob in value for values in self.values.values() for value in values)
        found = any(self._has(needle, plant) for needle in plant.needles)
        if found and plant.is_shared and plant.tag != ANYWHERE:
            return any(self._has_at(needle, plant) for needle in plant.needles)
        return found

    def _has(self, needle: str, plant: Plant) -> bool:
        if plant.is_word:
            return self._has_at(needle, plant)
        folded = fold(needle)
        if any(folded in fold(text) for texts in self.texts.values() for text in texts):
            return True
        return any(code in view for code in codes(needle, plant.charset) for view in self.views)

    def _has_at(self, needle: str, plant: Plant) -> bool:
        folded = fold(needle)
        pattern = re.compile(
            rf"(?<![^\W_]){re.escape(folded)}(?![^\W_])" if plant.is_word else re.escape(folded)
        )
        if any(pattern.search(fold(text)) for text in self.texts.get(plant.tag, ())):
            return True
        values = b"\1".join(self.values.get(plant.tag, ()))
        if not values or (len(needle) < 5 and needle.isascii()):
            return False
        if plant.is_word:
            return any(pattern.search(view.decode("latin-1")) for view in views(values))
        return any(code in view for code in codes(needle, plant.charset) for view in views(values))

    def _shows_ink(self, ink: Ink) -> bool:
        if "PixelData" not in self.content:
            return False
        if not self.is_decoded:
            self.pixels, self.is_decoded = decoded(self.content), True
        if self.pixels is None:
            return True
        frames = self.pixels
        if ink.frame >= len(frames):
            return False
        rows, columns = ink.mask.shape
        top, left = ink.corner
        region = frames[ink.frame][top : top + rows, left : left + columns]
        if region.shape[:2] != ink.mask.shape:
            return False
        if ink.is_high_bits:
            stored = int(self.content.BitsStored)
            return bool(((region.astype(np.int64) & 0xFFFF) >> stored)[ink.mask].any()) and stored < 16
        return likeness(region, ink.mask) > 0.3


def found_in(planted: Planted, data: bytes, name: str) -> list[Plant]:
    """The plants that an output still shows."""
    output = Output.of(data, name, planted.data)
    return [plant for plant in planted.plants if output.shows(plant)]


def survived(planted: Planted, outputs: Mapping[str, Dataset]) -> list[Keep]:
    """The keeps that an output still has."""
    after = outputs[planted.name]
    found = []
    for keep in planted.keeps:
        try:
            if keep.check(after, planted.content, outputs):
                found.append(keep)
        except UNREADABLE:
            continue
    return found


def likeness(region: np.ndarray, mask: np.ndarray) -> float:
    """How much a region looks like the ink that was drawn: 0 not at all, 1 exactly, in either polarity.

    The best of the colour channels, each compared as correlation.
    """
    channels = region[..., None] if region.ndim == 2 else region
    wanted = mask - mask.mean()
    best = 0.0
    for number in range(channels.shape[2]):
        shown = channels[..., number].astype(np.float64)
        shown -= shown.mean()
        scale = np.sqrt((shown**2).sum() * (wanted**2).sum())
        if scale > 0:
            best = max(best, abs(float((shown * wanted).sum() / scale)))
    return best


def decoded(content: Dataset) -> "np.ndarray | None":
    """All frames (frames, rows, columns[, samples]), stored values; None when they cannot be decoded.

    Native 16-bit pixels are taken from the bytes, so that bits above the stored ones are there to see.
    """
    try:
        syntax = content.file_meta.TransferSyntaxUID
        if not syntax.is_compressed and content.BitsAllocated == 16 and content.SamplesPerPixel == 1:
            count = int(content.get("NumberOfFrames", 1) or 1)
            size = count * content.Rows * content.Columns
            flat = np.frombuffer(
                content.PixelData, "<u2" if content.PixelRepresentation == 0 else "<i2", size
            )
            return flat.reshape(count, content.Rows, content.Columns)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = content.pixel_array
    except UNREADABLE:
        return None
    single = int(content.get("NumberOfFrames", 1) or 1) == 1
    return (
        pixels[None]
        if single and pixels.ndim < 4 and not (pixels.ndim == 3 and content.SamplesPerPixel == 1)
        else pixels
    )


def codes(needle: str, charset: str) -> Iterable[bytes]:
    """The bytes a needle may have in a view, in small letters."""
    if needle.isascii():
        return (needle.lower().encode(),)
    found = set()
    for form in {needle, needle.upper(), needle.lower(), needle.title()}:
        for codec in ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "gb18030", "iso2022_jp", charset):
            try:
                code = form.encode(codec)
            except (UnicodeEncodeError, LookupError):
                continue
            found.add(re.sub(rb"^\x1b\$.|\x1b\(.$", b"", code).lower())
    folded = fold(needle)
    if folded.isascii():
        found.add(folded.encode())
    return tuple(code for code in found if len(code) >= 4)


def views(data: bytes, depth: int = 2) -> Iterator[bytes]:
    """The bytes as a reader could take them, in small letters; unpacked twice at most."""
    yield data.lower()
    thin = data.replace(b"\0", b"")
    if thin != data:
        yield thin.lower()
    if not depth:
        return
    for unpacked in _unpacked(data):
        yield from views(unpacked, depth - 1)
    if depth == 2:
        even = data[: len(data) & ~1]
        swapped = bytearray(even)
        swapped[::2], swapped[1::2] = even[1::2], even[::2]
        yield bytes(swapped).lower()
        small = data if len(data) < 1 << 18 else data[: 1 << 18]
        yield small[::-1].lower()
        yield small.decode("cp500", "replace").encode("ascii", "replace").lower()
        yield re.sub(rb"(?<=\w)[ .](?=\w\b)", b"", small).lower()
        yield re.sub(rb"(?<=\w)-(?=\w)", b"", small).lower()
        unescaped = re.sub(rb"\\u00([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), small)
        unescaped = re.sub(rb"%([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), unescaped)
        if unescaped != small:
            yield unescaped.lower()


def _unpacked(data: bytes) -> Iterator[bytes]:
    for token in re.findall(rb"[A-Za-z0-9+/]{8,}(?:[\r\n]+[A-Za-z0-9+/]+)*={0,2}", data):
        text = re.sub(rb"[\r\n=]", b"", token)
        for whole in (text[: len(text) // 4 * 4], text + b"=" * (-len(text) % 4)):
            try:
                yield base64.b64decode(whole)
            except binascii.Error:
                continue
    for token in re.findall(rb"[A-Z2-7]{16,}={0,6}", data):
        try:
            yield base64.b32decode(token.rstrip(b"=") + b"=" * (-len(token.rstrip(b"=")) % 8))
        except binascii.Error:
            continue
    for token in re.findall(rb"(?:[0-9a-f]{2}){8,}", data):
        yield bytes.fromhex(token.decode())
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", data)):
        try:
            yield zlib.decompressobj(47).decompress(data[start:], INFLATED_BYTES)
        except zlib.error:
            continue


def _items(value: bytes) -> Iterable[Dataset]:
    """The items of a sequence that calls itself UN (PS3.5 6.2.2)."""
    try:
        return list(convert_SQ(value, True, True))
    except UNREADABLE:
        return ()


def inflated(data: bytes) -> bytes:
    """A deflated file (PS3.5 A.5) with its data set inflated; any other as it is."""
    if data[128:132] != b"DICM" or b"1.2.840.10008.1.2.1.99" not in data[:2000]:
        return data
    start = 144 + int.from_bytes(data[140:144], "little")
    return data[:start] + zlib.decompressobj(-15).decompress(data[start:])


def _raw_inflated(value: bytes) -> Iterator[bytes]:
    """A value that is a deflate stream without a head."""
    try:
        found = zlib.decompressobj(-15).decompress(value, INFLATED_BYTES)
    except zlib.error:
        return
    if len(found) > 7:
        yield found.lower()


def _elements(content: Dataset) -> Iterator[tuple[int, str, bytes | None, list[str]]]:
    """Every element at any depth: tag, VR, raw value, texts as decoded."""
    waiting: list[Dataset] = [content]
    if isinstance(getattr(content, "file_meta", None), Dataset):
        waiting.append(content.file_meta)
    while waiting:
        current = waiting.pop()
        for tag in list(current.keys()):
            element = current.get_item(tag)
            value = element.value if isinstance(element.value, bytes) else None
            try:
                shown = current[tag]
                vr, decoded_value = str(shown.VR), shown.value
            except UNREADABLE:
                yield int(tag), str(element.VR), value, [(value or b"").decode("latin-1")]
                continue
            if vr == "SQ":
                waiting.extend(decoded_value)
                continue
            if isinstance(decoded_value, bytes):
                value, texts = decoded_value, []
                if vr == "UN" and value.startswith(b"\xfe\xff\x00\xe0"):
                    waiting.extend(_items(value))
            elif isinstance(decoded_value, MultiValue | list):
                texts = [str(one) for one in decoded_value]
            else:
                texts = [] if decoded_value is None else [str(decoded_value)]
            yield int(tag), vr, value, texts
