"""Other readings of the same bytes: what is packed, escaped or turned round in a value."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from itertools import islice

from tirage.model.records import View
from tirage.verify.documents import said
from tirage.verify.escapes import unescaped

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_ONLY_BASE64 = bytes(byte if byte in _BASE64 else 0x20 for byte in range(256))
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_HEX_LIKE = b"0123456789abcdefABCDEF+-"
"""Tokens of these alone are GUIDs and numbers: by chance one in ten million is base64."""
_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{48,76}\r?\n[ \t]*)+[A-Za-z0-9+/]*={0,2}")
_TOKEN = 16
"""Shortest base64 token tried at every beginning: `SMITH^JOHN` takes 16. Shorter ones must be padded."""
# zlib (RFC 1950) with its usual window and levels, gzip (RFC 1952), a member of a ZIP archive.
_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08|PK\x03\x04(?s:.{4})\x08")
_ZIP_HEAD = 30
_ATTEMPTS = 4_096
"""Starts of a stream tried in one value; four of them are in 64 KiB of noise, each given up after 2 µs."""
_EXPANDED = 16 << 20
_EXPANDED_IN_ALL = 64 << 20


class TooLarge(Exception):
    """A stream expands beyond what is looked into."""


def tokens_unwrapped(text: bytes) -> Iterator[tuple[View, bytes]]:
    """(view, bytes) of every base64 token and escape of a text, and of what is packed in it; `TooLarge`."""
    for view, payload in _opened(text):
        yield view, payload
        yield from unwrapped(payload, 1)


def unwrapped(data: bytes, depth: int = 2) -> Iterator[tuple[View, bytes]]:
    """(view, bytes) of everything packed in a value, in what was packed in it too; raises `TooLarge`."""
    for view, payload in _opened(data):
        yield view, payload
        if depth > 1:
            yield from unwrapped(payload, depth - 1)
    for payload in _inflated(data):
        yield View.INFLATED, payload
        for text in said(payload):
            yield View.INFLATED, text
        if depth > 1:
            yield from unwrapped(payload, depth - 1)
    for text in said(data):
        yield View.TEXT, text


def _opened(data: bytes) -> Iterator[tuple[View, bytes]]:
    for payload in _base64(data):
        yield View.BASE64, payload
    for payload in unescaped(data):
        yield View.ESCAPED, payload


def _base64(data: bytes) -> Iterator[bytes]:
    whole = b"".join(data.split()).strip(b"\0").translate(_URL_SAFE)
    if len(whole) >= 8 and not whole.translate(None, _BASE64):
        yield from _decoded(whole, 1)
    tokens = [token for token in data.translate(_ONLY_BASE64).split() if len(token) > 7]
    short = [token for token in tokens if len(token) < _TOKEN and not len(token) % 4]
    if short:
        yield _short_ones(short)
    for lines in _LINES.findall(data) if b"\n" in data else ():
        yield from _decoded(b"".join(lines.split()), 1)
    long = [token for token in tokens if len(token) >= _TOKEN]
    if b"-" in data or b"_" in data:
        safe = data.translate(_URL_SAFE).translate(_ONLY_BASE64).split()
        long += [token for token in safe if len(token) >= _TOKEN]
    for token in long:
        if token != whole and token.translate(None, _HEX_LIKE):
            yield from _decoded(token, 4 if len(token) >= 24 else 1)


def _short_ones(tokens: list[bytes]) -> bytes:
    """Many short tokens, decoded in one go; zeros between them."""
    padded = [payload for token in tokens if token.endswith(b"=") for payload in _decoded(token, 1)]
    plain = binascii.a2b_base64(b"AAAA".join([token for token in tokens if b"=" not in token]))
    return b"\0" + b"\0".join((plain, *padded)) + b"\0"


def _decoded(token: bytes, alignments: int) -> Iterator[bytes]:
    bare = token.rstrip(b"=")
    for start in range(alignments):
        part = bare[start:]
        if len(part) % 4 == 1:
            part = part[:-1]
        try:
            yield base64.b64decode(part + b"=" * (-len(part) % 4))
        except binascii.Error:
            continue


def _inflated(data: bytes) -> Iterator[bytes]:
    view, left, is_whole = memoryview(data), _EXPANDED_IN_ALL, False
    for match in islice(_STREAM.finditer(data), _ATTEMPTS):
        start, bits = match.start(), 32 + zlib.MAX_WBITS  # zlib or gzip, told by the header
        is_whole = is_whole or start == 0
        if match[0].startswith(b"PK"):
            names = data[start + 26 : start + _ZIP_HEAD]
            start += _ZIP_HEAD + int.from_bytes(names[:2], "little") + int.from_bytes(names[2:], "little")
            bits = -zlib.MAX_WBITS
        for payload in _expanded(view[start:], bits):
            left -= len(payload)
            if left < 0:
                raise TooLarge
            yield payload
    if not is_whole and data[:1] > b"\x01":
        # What a stored block holds, 0 or 1 first (RFC 1951 3.2.4), is there to read as it is.
        yield from _expanded(view, -zlib.MAX_WBITS)


def _expanded(data: memoryview, window_bits: int) -> Iterator[bytes]:
    expander = zlib.decompressobj(window_bits)
    try:
        payload = expander.decompress(data, _EXPANDED)
    except zlib.error:
        return
    if len(payload) == _EXPANDED:
        raise TooLarge
    if len(payload) > 4:
        yield payload
