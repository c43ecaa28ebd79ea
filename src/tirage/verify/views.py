"""Other readings of the same bytes: what is inside base64 text and deflate streams."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from tirage.model.records import View

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_ONLY_BASE64 = bytes(byte if byte in _BASE64 else 0x20 for byte in range(256))
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_TOKEN = 16
"""Shortest base64 token looked into: `SMITH^JOHN` takes 16. A shorter one must be a value of its own."""
# zlib (RFC 1950) with its usual window and levels, gzip (RFC 1952).
_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_ATTEMPTS = 16
_EXPANDED = 16 << 20


class TooLarge(Exception):
    """A stream expands beyond what is looked into."""


def tokens_unwrapped(text: bytes) -> Iterator[tuple[View, bytes]]:
    """(view, bytes) of every base64 token of a text, and of what is packed in it; raises `TooLarge`."""
    for payload in _base64(text):
        yield View.BASE64, payload
        yield from unwrapped(payload, 1)


def unwrapped(data: bytes, depth: int = 2) -> Iterator[tuple[View, bytes]]:
    """(view, bytes) of everything packed in a value, in what was packed in it too; raises `TooLarge`."""
    for payload in _base64(data):
        yield View.BASE64, payload
        if depth > 1:
            yield from unwrapped(payload, depth - 1)
    for payload in _inflated(data):
        yield View.INFLATED, payload
        if depth > 1:
            yield from unwrapped(payload, depth - 1)


def _base64(data: bytes) -> Iterator[bytes]:
    whole = b"".join(data.split()).strip(b"\0").translate(_URL_SAFE)
    if len(whole) >= 8 and not whole.translate(None, _BASE64):
        yield from _decoded(whole, 1)
    for token in data.translate(_ONLY_BASE64).split():
        if len(token) >= _TOKEN and token != whole:
            yield from _decoded(token, 4 if len(token) >= 24 else 1)


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
    starts = [match.start() for match in _STREAM.finditer(data)][:_ATTEMPTS]
    for start in starts:
        # 32 added to the window bits: zlib or gzip, told by the header.
        yield from _expanded(data[start:], 32 + zlib.MAX_WBITS)
    if 0 not in starts:
        yield from _expanded(data, -zlib.MAX_WBITS)


def _expanded(data: bytes, window_bits: int) -> Iterator[bytes]:
    expander = zlib.decompressobj(window_bits)
    try:
        payload = expander.decompress(data, _EXPANDED)
    except zlib.error:
        return
    if len(payload) == _EXPANDED:
        raise TooLarge
    if len(payload) > 4:
        yield payload
