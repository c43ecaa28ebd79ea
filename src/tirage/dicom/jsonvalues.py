"""One value as DICOM JSON, by VR. Source: PS3.18 F.2.

Each encoder answers what stands after `{"vr":"XX"`, closing brace included: a whole header is one join.
"""

import math
import re
from base64 import b64encode
from collections.abc import Callable
from struct import Struct, error

from orjson import dumps

from tirage.dicom.charsets import Charset

Encoder = Callable[[bytes, Charset], bytes]

INLINE_BYTES = 1024

EMPTY = b"}"
_VALUE = b',"Value":'
# JSON's number grammar within what a double holds. DICOM's is wider (leading zeros, signs): those values, and
# numbers too large, take the slow way.
_NUMBER = rb"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?"
_NUMBERS = re.compile(rb"%b(?:,%b)*" % (_NUMBER, _NUMBER))
_PADDING = " \0"


def _strings(text: str) -> bytes:
    if "\\" in text:
        return _VALUE + dumps([part or None for part in text.split("\\")]) + b"}"
    return b',"Value":[' + dumps(text) + b"]}" if text else EMPTY


def _plain_text(value: bytes, _: Charset) -> bytes:
    """Text in the default repertoire, several values."""
    return _strings(value.decode("latin_1").rstrip(_PADDING))


def _text(value: bytes, charset: Charset) -> bytes:
    """Text in the declared character set, several values."""
    return _strings(charset.read(value).rstrip(_PADDING))


def _long_text(value: bytes, charset: Charset) -> bytes:
    """Text in the declared character set, one value: a backslash is just a character."""
    text = charset.read(value).rstrip(_PADDING)
    return b"%b[%b]}" % (_VALUE, dumps(text)) if text else EMPTY


def _uri(value: bytes, _: Charset) -> bytes:
    text = value.decode("latin_1").rstrip(_PADDING)
    return b"%b[%b]}" % (_VALUE, dumps(text)) if text else EMPTY


def _entity(value: bytes, _: Charset) -> bytes:
    """Application entity titles: leading and trailing spaces mean nothing (PS3.5 6.2)."""
    text = value.decode("latin_1").strip(_PADDING)
    return _strings("\\".join(part.strip() for part in text.split("\\")))


def _name(value: bytes, charset: Charset) -> bytes:
    """Person names, each as up to three component groups (PS3.18 F.2.2)."""
    text = charset.read(value).rstrip(_PADDING)
    if not text:
        return EMPTY
    if "\\" not in text and "=" not in text:
        return b'%b[{"Alphabetic":%b}]}' % (_VALUE, dumps(text))
    groups = ("Alphabetic", "Ideographic", "Phonetic")
    names = []
    for name in text.split("\\"):
        parts = zip(groups, name.split("="), strict=False)
        names.append({group: part for group, part in parts if part} or None)
    return _VALUE + dumps(names) + b"}"


def _decimal(value: bytes, _: Charset) -> bytes:
    """Numbers written as text; what is not a number stays text (PS3.18 Table F.2.3-1 allows both)."""
    digits = value.strip(b" \0").replace(b"\\", b",")
    if not digits:
        return EMPTY
    if _NUMBERS.fullmatch(digits):
        return b',"Value":[' + digits + b"]}"
    return _VALUE + dumps([_number(part.strip(b" \0")) for part in digits.split(b",")]) + b"}"


def _number(digits: bytes) -> int | float | str | None:
    if not digits:
        return None
    text = digits.decode("latin_1")
    if "_" not in text:  # Python takes 1_000 for a number, DICOM does not
        for kind in (int, float):
            try:
                number = kind(text)
            except ValueError:
                continue
            if not isinstance(number, int) or abs(number) < 1 << 53:
                return number if math.isfinite(number) else text
    return text


def _tags(byte_order: str) -> Encoder:
    pair = Struct(byte_order + "HH")

    def encode(value: bytes, _: Charset) -> bytes:
        if not value or len(value) % 4:
            return EMPTY if not value else inline(value)
        return (
            _VALUE + dumps([f"{group:04X}{number:04X}" for group, number in pair.iter_unpack(value)]) + b"}"
        )

    return encode


def _binary_number(code: str) -> Encoder:
    one = Struct(code)
    size, unpack = one.size, one.unpack

    def encode(value: bytes, _: Charset) -> bytes:
        if len(value) == size:
            return b"%b[%d]}" % (_VALUE, unpack(value)[0])
        if not value:
            return EMPTY
        try:
            numbers = [number for (number,) in one.iter_unpack(value)]
        except error:
            return inline(value)
        return _VALUE + dumps(numbers) + b"}"

    return encode


def _binary_float(code: str) -> Encoder:
    one = Struct(code)

    def encode(value: bytes, _: Charset) -> bytes:
        if not value:
            return EMPTY
        try:
            numbers = [number for (number,) in one.iter_unpack(value)]
        except error:
            return inline(value)
        if all(map(math.isfinite, numbers)):
            return _VALUE + dumps(numbers) + b"}"
        return _VALUE + dumps([n if math.isfinite(n) else str(n) for n in numbers]) + b"}"

    return encode


def inline(value: bytes) -> bytes:
    """Bytes as base64 (PS3.18 F.2.7)."""
    return b',"InlineBinary":"%b"}' % b64encode(value)


def elsewhere(length: int) -> bytes:
    """A value too large for the catalogue: a reference relative to the instance, with its length in bytes."""
    return b',"BulkDataURI":"?length=%d"}' % length


def _binary(swap: int) -> Encoder:
    """Binary values, always little endian in JSON: words of `swap` bytes are turned."""

    def encode(value: bytes, _: Charset) -> bytes:
        if not value:
            return EMPTY
        if len(value) > INLINE_BYTES:
            return elsewhere(len(value))
        if swap and not len(value) % swap:
            value = b"".join(value[i : i + swap][::-1] for i in range(0, len(value), swap))
        return inline(value)

    return encode


def encoders(big_endian: bool) -> dict[bytes, Encoder]:
    """The encoder for each VR but SQ."""
    order = ">" if big_endian else "<"
    table: dict[bytes, Encoder] = {
        **dict.fromkeys((b"AS", b"CS", b"DA", b"DT", b"TM", b"UI"), _plain_text),
        **dict.fromkeys((b"SH", b"LO", b"UC"), _text),
        **dict.fromkeys((b"ST", b"LT", b"UT"), _long_text),
        **dict.fromkeys((b"DS", b"IS"), _decimal),
        **dict.fromkeys((b"OB", b"UN"), _binary(0)),
        b"AE": _entity,
        b"UR": _uri,
        b"PN": _name,
        b"AT": _tags(order),
        b"OW": _binary(2 if big_endian else 0),
        b"OF": _binary(4 if big_endian else 0),
        b"OL": _binary(4 if big_endian else 0),
        b"OD": _binary(8 if big_endian else 0),
        b"OV": _binary(8 if big_endian else 0),
    }
    for vr, code in ((b"US", "H"), (b"SS", "h"), (b"UL", "I"), (b"SL", "i"), (b"UV", "Q"), (b"SV", "q")):
        table[vr] = _binary_number(order + code)
    for vr, code in ((b"FL", "f"), (b"FD", "d")):
        table[vr] = _binary_float(order + code)
    return table
